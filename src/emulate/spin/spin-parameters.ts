import { hiddenMask, type ParameterDescriptor, type Program } from '../../device/index.js';

/** From this rate on hidden units count as following the visible ones (physics page §2.8, item 4). */
const ADIABATIC = 20;

/** How fast hidden units follow the visible ones. */
export const HIDDEN_RATE: ParameterDescriptor = {
  name: 'hiddenRate',
  unit: '1/sweep',
  default: ADIABATIC,
  range: [1e-3, 1e4],
  writable: true,
  meaning: 'redraws of a hidden unit in the time in which a visible site attempts once',
};

/** What a user should know of the rate that hidden units move at. */
export function hiddenRateWarnings(
  program: Program,
  parameters: Readonly<Record<string, number>>,
): readonly string[] {
  if (hiddenMask(program) === null) return [];
  const rate = parameters[HIDDEN_RATE.name] ?? HIDDEN_RATE.default;
  if (rate >= ADIABATIC) return [];
  return [
    `hidden units are redrawn ${rate} times a sweep, less than ${ADIABATIC}: they lag behind the visible sites; in one bath the equilibrium is the same, the dynamics is not`,
  ];
}
