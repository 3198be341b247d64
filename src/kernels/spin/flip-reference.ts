import { LANES } from '../random/lanes.js';
import { drawAttempts } from './flip-draws.js';
import { ACCOUNT, STRETCH } from './flip-layout.js';
import type { FlipRecord } from './flip-record.js';

/** A model as the loop needs it. */
export interface FlippingModel {
  /** The field b_i (couplings only, at scale 1) is unit · rawField(i). */
  readonly unit: number;
  rawField(i: number): number;
  /** The field that the heat of a flip is of, where it is another one. */
  rawEnergyField?(i: number): number;
  flip(i: number): void;
  /** Tells the time of an attempt, where fields move on by themselves. */
  advance?(t: number): void;
  /** Whether fields are to be computed afresh before the next attempt. */
  readonly isStale: boolean;
}

/** Adds to a sum and its compensation (Neumaier 1974), see CompensatedSum of src/thermo. */
export function addTo(cells: Float64Array, at: number, x: number): void {
  const sum = cells[at]!;
  const t = sum + x;
  cells[at + 1] = cells[at + 1]! + (Math.abs(sum) >= Math.abs(x) ? sum - t + x : x - t + sum);
  cells[at] = t;
}

/**
 * Attempts one after the other up to the record's limit, as far as its budget goes: the reference of every compiled loop.
 *
 * Attempt a (from 1) is due at a/n in random and sequential order, after an exponential time of mean 1/n in continuous
 * time. It sees the protocol of that moment. It flips its site where cost = 2 s b is less than T · threshold (at T = 0:
 * less than 0; a tie goes where it is told). Before a flip the work of what the protocol has changed since the last one
 * is booked, in the state of the meantime; the flip gives the bath −cost, or what it costs in another field.
 */
export function runFlipsReference(record: FlipRecord, model: FlippingModel): void {
  const { parts, lanes, thresholds } = record;
  const { order, rule, free, fields, patterns, projections, booked, state } = parts;
  const { siteTemperature, siteBath, account } = parts;
  const n = free.length;
  const drives = patterns.length;
  const external = record.get('external') === 1;
  const picks = order === 'sequential' ? null : record.picks;
  const waits = order === 'continuous-time' ? record.waits : null;
  const limit = record.get('limit');
  const settledAt = record.get('settledAt');
  const width = STRETCH.amplitudes + 2 * drives;
  const rows = new Float64Array(
    record.numbers.buffer,
    record.get('stretches'),
    record.get('stretchCount') * width,
  );
  let budget = record.get('budget');
  let [next, attempts, lane] = [record.get('next'), record.get('attempts'), record.get('lane')];
  let [stretch, sinceFlip, flips] = [
    record.get('stretch'),
    record.get('sinceFlip'),
    record.get('flips'),
  ];
  let still = record.get('still') === 1;

  const schedule = (): void => {
    attempts++;
    if (++lane === LANES) {
      drawAttempts(lanes, rule, n, thresholds, picks, waits);
      lane = 0;
    }
    next = waits === null ? attempts / n : next + waits[lane]! / n;
  };
  const at = (column: number): number => {
    const base = stretch * width;
    return rows[base + column]! + rows[base + column + 1]! * (next - rows[base]!);
  };
  const externalField = (site: number): number => {
    if (!external) return 0;
    let field = fields[site]!;
    for (let d = 0; d < drives; d++) {
      field += at(STRETCH.amplitudes + 2 * d) * patterns[d]![site]!;
    }
    return field;
  };
  const isUnstable = (site: number, scale: number): boolean => {
    const cost = 2 * state[site]! * (scale * model.rawField(site) + externalField(site));
    return cost < 0 || (cost === 0 && parts.plus && state[site]! < 0);
  };

  if (attempts === 0 && !still) schedule();
  while (!still && next <= limit && budget > 0 && !model.isStale) {
    budget--;
    while (next >= rows[stretch * width + STRETCH.end]!) stretch++;
    const site = free[picks === null ? (attempts - 1) % n : picks[lane]!]!;
    const coupling = at(STRETCH.coupling);
    const scale = coupling * model.unit;
    const temperature =
      siteTemperature === null ? Math.max(0, at(STRETCH.temperature)) : siteTemperature[site]!;
    const spin = state[site]!;
    model.advance?.(next);
    const raw = model.rawField(site);
    const cost = 2 * spin * (scale * raw + externalField(site));
    const accepted =
      temperature > 0 ? cost < temperature * thresholds[lane]! : isUnstable(site, scale);
    if (accepted) {
      for (let d = 0; d < drives; d++) {
        const amplitude = at(STRETCH.amplitudes + 2 * d);
        const change = amplitude - booked[d]!;
        if (change === 0) continue;
        addTo(account, ACCOUNT.work, -change * projections[d]!);
        booked[d] = amplitude;
      }
      if (parts.followsCoupling) {
        const change = coupling - account[ACCOUNT.bookedCoupling]!;
        if (change !== 0) {
          const energy = account[ACCOUNT.coupling]! + account[ACCOUNT.coupling + 1]!;
          addTo(account, ACCOUNT.work, change * energy);
          account[ACCOUNT.bookedCoupling] = coupling;
        }
        addTo(account, ACCOUNT.coupling, 2 * spin * (model.unit * raw));
      }
      const bath = siteBath === null ? 0 : siteBath[site]!;
      const heat =
        model.rawEnergyField === undefined
          ? -cost
          : -(2 * spin * (scale * model.rawEnergyField(site) + externalField(site)));
      addTo(account, ACCOUNT.heat + 2 * bath, heat);
      addTo(account, ACCOUNT.entropy, heat / temperature);
      model.flip(site);
      for (let d = 0; d < drives; d++) {
        projections[d] = projections[d]! + -2 * spin * patterns[d]![site]!;
      }
      sinceFlip = 0;
      flips++;
      budget -= parts.flipCost;
    } else if (++sinceFlip >= n && next >= settledAt) {
      sinceFlip = 0;
      still =
        siteTemperature === null &&
        temperature === 0 &&
        !free.some((one) => isUnstable(one, scale));
    }
    schedule();
  }
  record.set('next', next);
  record.set('attempts', attempts);
  record.set('lane', lane);
  record.set('stretch', stretch);
  record.set('sinceFlip', sinceFlip);
  record.set('flips', flips);
  record.set('still', Number(still));
}
