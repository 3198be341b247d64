import type { ImageProblem } from '../analog-part.js';
import type { Curve, ProgramImage } from '../program-image.js';
import { LIMITS } from './board-descriptor.js';
import type { CircuitProfile } from './circuit-profile.js';
import { MOST_DRIVES } from './components.js';

type Range = readonly [number, number];
/** f32 scales make the last code of a full scale a little more than it. */
const SLACK = 1e-6;

/** The first value of an image that the board cannot set; index as in the section. */
export function checkImage(image: ProgramImage, profile: CircuitProfile): ImageProblem | null {
  const { n, couplings, controls, drives } = image;
  const most = profile.couplingFullScale;
  let k = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const value = couplings[i * n + j]!;
      if (isOut(value, [-most, most])) return beyond('COUPLINGS', k, value, [-most, most]);
      k++;
    }
  }
  const { fieldFullScale: field, patternFullScale: pattern } = profile;
  const problem =
    first('FIELDS', image.fields, [-field, field]) ??
    first('QUADRATIC', image.quadratic, LIMITS.quadratic) ??
    first('QUARTIC', image.quartic, LIMITS.quartic) ??
    first('NODE_TEMPERATURE', image.nodeTemperature, LIMITS.temperature) ??
    unbounded(image);
  if (problem !== null) return problem;
  for (const drive of drives) {
    if (drive.index >= MOST_DRIVES) {
      return { section: 'DRIVE_PATTERN', index: drive.index, problem: `${MOST_DRIVES} drives` };
    }
    const bad =
      first(`DRIVE_PATTERN[${drive.index}]`, drive.pattern, [-pattern, pattern]) ??
      curve(`DRIVE_CURVE[${drive.index}]`, drive.amplitude, LIMITS.amplitude);
    if (bad !== null) return bad;
  }
  if (controls.pump !== undefined) {
    return { section: 'CONTROL_CURVE', index: 4, problem: 'the board has no pump' };
  }
  if (controls.temperature !== undefined && image.nodeTemperature !== null) {
    const text = 'a curve of the temperature and NODE_TEMPERATURE: one of them';
    return { section: 'CONTROL_CURVE', index: 0, problem: text };
  }
  return (
    curve('CONTROL_CURVE[0]', controls.temperature, LIMITS.temperature) ??
    curve('CONTROL_CURVE[1]', controls.coupling, LIMITS.coupling) ??
    curve('CONTROL_CURVE[2]', controls.quadratic, LIMITS.quadraticControl) ??
    curve('CONTROL_CURVE[3]', controls.quartic, LIMITS.quarticControl)
  );
}

/** A site without a quartic needs a rising quadratic well. Couplings may still carry it to the rails: that is read as saturation. */
function unbounded({ n, quadratic, quartic }: ProgramImage): ImageProblem | null {
  for (let i = 0; i < n; i++) {
    if ((quartic?.[i] ?? 1) > 0 || (quadratic?.[i] ?? 1) > 0) continue;
    return { section: 'QUADRATIC', index: i, problem: 'above 0 where quartic is 0' };
  }
  return null;
}

const isOut = (value: number, [least, most]: Range): boolean => {
  const slack = SLACK * Math.max(Math.abs(least), Math.abs(most));
  return value < least - slack || value > most + slack;
};

const beyond = (section: string, index: number, value: number, [least, most]: Range) => ({
  section,
  index,
  problem: `${Number(value.toPrecision(6))}, from ${least} to ${most}`,
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
