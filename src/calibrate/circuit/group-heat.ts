import { meanHeat, type MeanWithSlopes } from '../linear/mean-heat.js';
import type { InputCourse, StartOfShots } from '../linear/linear-system.js';
import type { GroupSystem } from './group-system.js';

/**
 * Mean heat that a group gives off over a course, with its slopes by the group's parameters.
 * @param group its nodes alone, without the readout's poles
 */
export function groupHeat(
  { system, masses, dMasses, lagHeat }: GroupSystem,
  course: InputCourse,
  start: StartOfShots,
): MeanWithSlopes {
  const found = meanHeat(system, masses, dMasses, course, start);
  if (lagHeat === null) return found;
  const duration = course.interval * (course.length - 1);
  const total = (rates: Float64Array): number => rates.reduce((sum, rate) => sum + rate, 0);
  return {
    value: found.value + duration * total(lagHeat.rates),
    slopes: found.slopes.map((slope, a) => slope + duration * total(lagHeat.dRates[a]!)),
  };
}
