import type { ImageProblem } from '../analog-part.js';
import type { Curve, ProgramImage } from '../program-image.js';
import { LEAST_NODE, limitsOf, type Limits } from './board-descriptor.js';
import type { CircuitProfile } from './circuit-profile.js';

type Range = readonly [number, number];
/** f32 scales make the last code of a full scale a little more than it. */
const SLACK = 1e-6;

/** The first value of an image that the board cannot set; index as in the section. */
export function checkImage(image: ProgramImage, profile: CircuitProfile): ImageProblem | null {
  const { n, couplings, controls, drives } = image;
  const limits = limitsOf(profile);
  let k = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const value = couplings[i * n + j]!;
      if (isOut(value, limits.couplings)) return beyond('COUPLINGS', k, value, limits.couplings);
      k++;
    }
  }
  const pattern = profile.patternFullScale;
  const byCapacitors = profile.couplingElement === 'capacitor';
  const problem =
    first('FIELDS', image.fields, limits.fields) ??
    first('QUADRATIC', image.quadratic, limits.quadratic) ??
    first('QUARTIC', image.quartic, limits.quartic) ??
    first('NODE_TEMPERATURE', image.nodeTemperature, limits.temperature) ??
    (byCapacitors ? tooSmall(image) : unbounded(image));
  if (problem !== null) return problem;
  for (const drive of drives) {
    if (limits.drives === null || drive.index >= limits.drives.max) {
      const problem =
        limits.drives === null ? 'the board has no drives' : `${limits.drives.max} drives`;
      return { section: 'DRIVE_PATTERN', index: drive.index, problem };
    }
    const bad =
      first(`DRIVE_PATTERN[${drive.index}]`, drive.pattern, [-pattern, pattern]) ??
      curve(`DRIVE_CURVE[${drive.index}]`, drive.amplitude, limits.drives.amplitude);
    if (bad !== null) return bad;
  }
  if (controls.pump !== undefined) {
    return { section: 'CONTROL_CURVE', index: 4, problem: 'the board has no pump' };
  }
  if (controls.temperature !== undefined && image.nodeTemperature !== null) {
    const text = 'a curve of the temperature and NODE_TEMPERATURE: one of them';
    return { section: 'CONTROL_CURVE', index: 0, problem: text };
  }
  for (const [index, name] of CONTROLS.entries()) {
    const range = limits.controls[name];
    const line = controls[name];
    if (line !== undefined && range === undefined) {
      return { section: 'CONTROL_CURVE', index, problem: `the board has no control of ${name}` };
    }
    const bad = range === undefined ? null : curve(`CONTROL_CURVE[${index}]`, line, range);
    if (bad !== null) return bad;
  }
  return null;
}

/** By the indices of their sections. */
const CONTROLS: readonly (keyof Limits['controls'])[] = [
  'temperature',
  'coupling',
  'quadratic',
  'quartic',
];

/** What couplings take of a node’s capacitance is in it: J_ij x_i x_j is a part of C_ij (v_i − v_j)²/2. */
function tooSmall({ n, quadratic, couplings }: ProgramImage): ImageProblem | null {
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += couplings[i * n + j]!;
    const least = sum / 2 + LEAST_NODE;
    const value = quadratic?.[i] ?? 1;
    if (value >= least * (1 - SLACK)) continue;
    const problem = `${short(value)}, at least ${short(least)}: half of the site’s couplings and ${LEAST_NODE}`;
    return { section: 'QUADRATIC', index: i, problem };
  }
  return null;
}

/** A site without a quartic needs a rising quadratic well. Couplings may still carry it to the rails: that is read as saturation. */
function unbounded({ n, quadratic, quartic }: ProgramImage): ImageProblem | null {
  for (let i = 0; i < n; i++) {
    if ((quartic?.[i] ?? 1) > 0 || (quadratic?.[i] ?? 1) > 0) continue;
    return { section: 'QUADRATIC', index: i, problem: 'above 0 where quartic is 0' };
  }
  return null;
}

const short = (value: number): number => Number(value.toPrecision(6));

const isOut = (value: number, [least, most]: Range): boolean => {
  const slack = SLACK * Math.max(Math.abs(least), Math.abs(most));
  return value < least - slack || value > most + slack;
};

const beyond = (section: string, index: number, value: number, [least, most]: Range) => ({
  section,
  index,
  problem: `${short(value)}, from ${least} to ${most}`,
});

function first(section: string, values: Float64Array | null, range: Range): ImageProblem | null {
  const k = values?.findIndex((value) => isOut(value, range)) ?? -1;
  return k < 0 ? null : beyond(section, k, values![k]!, range);
}

/** @returns the index of a value in the section's f32 pairs */
function curve(section: string, line: Curve | undefined, range: Range): ImageProblem | null {
  const problem = first(section, line?.values ?? null, range);
  return problem === null ? null : { ...problem, index: 2 * problem.index + 1 };
}
