import type { Curve, ResolvedProgram } from '../../device/index.js';
import { curveStart, curveValue } from '../../device/index.js';
import { bathsOf } from '../baths.js';

/**
 * What may change during a run, as one vector: temperature, coupling factor c, and q and r where controls set them for
 * all sites (0 where the program's own wells hold), then one drive amplitude after the other.
 */
export const KNOB = { temperature: 0, coupling: 1, quadratic: 2, quartic: 3, drives: 4 } as const;
export type Knobs = Float64Array;

/** A stretch of time in which every knob is linear, divided into equal steps. */
export interface Segment {
  readonly t0: number;
  readonly t1: number;
  readonly steps: number;
  /** Length of a step. */
  readonly dt: number;
  /** Knobs just after t0 and just before t1. */
  readonly start: Knobs;
  readonly end: Knobs;
  /** Knobs just after t1: different from `end` at a jump. */
  readonly after: Knobs;
  readonly constant: boolean;
  /** Whether the coupling factor or the temperature changes in here. */
  readonly couplingVaries: boolean;
  readonly temperatureVaries: boolean;
  /** Number of the readout at t1, or −1. */
  readonly readout: number;
}

/** The whole run: knobs at 0⁻, then the segments; every readout and every knot of a curve is a segment's end. */
export interface Protocol {
  readonly before: Knobs;
  readonly segments: readonly Segment[];
}

/** Knots closer than this share of the duration to a readout or to each other are taken for the same time. */
const SAME_TIME = 1e-9;

interface Knob {
  readonly at: number;
  readonly curve: Curve;
}

/**
 * Splits a run at its readouts and knots. Intervals are divided evenly into steps of at most `dt`, so that no step is
 * a rounding remainder of another.
 *
 * @param times readout times, first 0, last the duration
 * @param dt longest step; Infinity: one step a segment
 */
export function makeProtocol(program: ResolvedProgram, times: Float64Array, dt: number): Protocol {
  const duration = times[times.length - 1]!;
  const { knobs, constants } = knobsOf(program);
  const events = eventTimes(times, knobs, duration);
  const snapped = knobs.map((knob) => ({ at: knob.at, curve: snap(knob.curve, events, duration) }));
  const valuesAt = (value: (curve: Curve) => number): Knobs => {
    const out = constants.slice();
    for (const { at, curve } of snapped) out[at] = value(curve);
    return out;
  };
  /** Runs can have very many readouts: equal knobs are one object. */
  const shared = (values: Knobs, earlier: Knobs): Knobs =>
    values.every((v, i) => v === earlier[i]) ? earlier : values;
  const segments: Segment[] = [];
  let readout = 1;
  const before = valuesAt(curveStart);
  let start = shared(
    valuesAt((curve) => curveValue(curve, 0)),
    before,
  );
  for (let k = 1; k < events.length; k++) {
    const t0 = events[k - 1]!;
    const t1 = events[k]!;
    const end = shared(
      valuesAt((curve) => valueBefore(curve, t1)),
      start,
    );
    const after = shared(
      valuesAt((curve) => curveValue(curve, t1)),
      end,
    );
    const steps = Math.max(1, Math.ceil((t1 - t0) / dt - 1e-9));
    const varies = (at: number): boolean => start[at] !== end[at];
    segments.push({
      t0,
      t1,
      steps,
      dt: (t1 - t0) / steps,
      start,
      end,
      after,
      constant: start === end,
      couplingVaries: varies(KNOB.coupling),
      temperatureVaries: varies(KNOB.temperature),
      readout: t1 === times[readout] ? readout++ : -1,
    });
    start = after;
  }
  return { before, segments };
}

/** Whether any knob takes more than one value from 0⁻ to the end. */
export function knobVaries(protocol: Protocol, at: number): boolean {
  const first = protocol.before[at];
  return protocol.segments.some(
    (s) => s.start[at] !== first || s.end[at] !== first || s.after[at] !== first,
  );
}

/** Largest |value| of a knob from 0⁻ to the end. */
export function mostOf({ before, segments }: Protocol, at: number): number {
  return segments.reduce(
    (most, s) => Math.max(most, Math.abs(s.start[at]!), Math.abs(s.end[at]!)),
    Math.abs(before[at]!),
  );
}

/** Whether two settings of the knobs are the same. */
export function sameKnobs(a: Knobs, b: Knobs): boolean {
  for (let k = 0; k < a.length; k++) if (a[k] !== b[k]) return false;
  return true;
}

/** Knobs after so many half steps of the way from start to end in `steps` steps, the end itself after all; into `out`. */
export function between(
  start: Knobs,
  end: Knobs,
  halfSteps: number,
  steps: number,
  out: Knobs,
): void {
  const share = halfSteps / (2 * steps);
  for (let k = 0; k < out.length; k++) {
    out[k] = share === 1 ? end[k]! : start[k]! + (end[k]! - start[k]!) * share;
  }
}

function knobsOf(program: ResolvedProgram): { knobs: Knob[]; constants: Knobs } {
  const { controls, drives } = program;
  const { siteTemperature, temperature } = bathsOf(program);
  const constants = new Float64Array(KNOB.drives + drives.length);
  // A list of equal temperatures is one bath; with several baths the knob is not used.
  constants[KNOB.temperature] = siteTemperature === null ? temperature : 0;
  constants[KNOB.coupling] = 1;
  const knobs: Knob[] = [];
  const add = (at: number, curve: Curve | undefined): void => {
    if (curve !== undefined) knobs.push({ at, curve });
  };
  add(KNOB.temperature, controls.temperature);
  add(KNOB.coupling, controls.coupling);
  add(KNOB.quadratic, controls.quadratic);
  add(KNOB.quartic, controls.quartic);
  drives.forEach((drive, d) => add(KNOB.drives + d, drive.amplitude));
  return { knobs, constants };
}

/** Readout times, and the knots that are not one of them. */
function eventTimes(times: Float64Array, knobs: readonly Knob[], duration: number): number[] {
  const near = SAME_TIME * duration;
  const all = Array.from(times, (t) => ({ t, readout: true }));
  for (const { curve } of knobs) {
    for (let k = 0; k < curve.length; k += 2) {
      const t = curve[k]!;
      if (t > near && t < duration - near) all.push({ t, readout: false });
    }
  }
  all.sort((a, b) => a.t - b.t || Number(b.readout) - Number(a.readout));
  const kept: { t: number; readout: boolean }[] = [];
  for (const event of all) {
    const last = kept[kept.length - 1];
    if (last !== undefined && !event.readout && event.t - last.t <= near) continue;
    if (last !== undefined && event.readout && !last.readout && event.t - last.t <= near) {
      kept.pop();
    }
    kept.push(event);
  }
  return kept.map((event) => event.t);
}

/** The curve with its knots moved onto the events that they were taken for. */
function snap(curve: Curve, events: readonly number[], duration: number): Curve {
  const out = curve.slice();
  for (let k = 0; k < out.length; k += 2) {
    const t = out[k]!;
    if (t > duration * (1 + SAME_TIME)) continue;
    let low = 0;
    let high = events.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (events[middle]! <= t) low = middle;
      else high = middle;
    }
    out[k] = t - events[low]! <= events[high]! - t ? events[low]! : events[high]!;
  }
  return out;
}

/** Value of a curve just before t: at a jump the value that it jumps from. */
function valueBefore(curve: Curve, t: number): number {
  const points = curve.length / 2;
  for (let k = 0; k < points; k++) {
    if (curve[2 * k]! < t) continue;
    if (curve[2 * k] === t || k === 0) return curve[2 * k + 1]!;
    const t0 = curve[2 * k - 2]!;
    const v0 = curve[2 * k - 1]!;
    return v0 + ((curve[2 * k + 1]! - v0) * (t - t0)) / (curve[2 * k]! - t0);
  }
  return curve[2 * points - 1]!;
}
