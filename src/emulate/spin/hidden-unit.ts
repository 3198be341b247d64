import type { RandomStream } from '../../core/index.js';
import { oneHotGroups, siteSpecs, visibleSites, type ResolvedProgram } from '../../device/index.js';
import { drawPoisson } from './poisson-draw.js';

/**
 * A hidden unit: one hidden site, or a group of one-hot sites. Given the visible sites it feels a field b (one a site)
 * and has the energy V(f) − b f (physics page §2.8).
 */
export type HiddenUnit = { readonly first: number; readonly count: number } & (
  | {
      readonly prior: 'gaussian';
      /** V = q f², q > 0; without wells in the program N f²/2 with N the number of visible sites. */
      readonly quadratic: number;
    }
  | { readonly prior: 'binary' | 'one-hot' | 'poisson' }
);

/** The hidden units of a program, in the order of their sites. */
export function hiddenUnits(program: ResolvedProgram): readonly HiddenUnit[] {
  if (typeof program.siteKinds === 'string') return [];
  const groups = new Map(oneHotGroups(program));
  const ownWell = visibleSites(program).length / 2;
  const units: HiddenUnit[] = [];
  siteSpecs(program).forEach(({ hidden, prior }, site) => {
    if (!hidden || prior === null) return;
    if (prior === 'one-hot') {
      const count = groups.get(site);
      if (count !== undefined) units.push({ prior, first: site, count });
    } else if (prior === 'gaussian') {
      const quadratic = program.wells?.quadratic[site] ?? ownWell;
      units.push({ prior, first: site, count: 1, quadratic });
    } else units.push({ prior, first: site, count: 1 });
  });
  return units;
}

/**
 * −F: minus the free energy T ln ∫ df e^{−β(V − b f)} that a unit adds to the energy of the visible sites it feels, up to
 * a constant. Gaussian b²/4q; binary T ln 2cosh βb; one-hot T ln Σ e^{βb}; Poisson, with the multiplicity 1/k!,
 * T e^{βb}. At T = 0 their limits, −min(V − b f).
 * @param fields b, one a site of the unit
 */
export function hiddenFreeEnergy(
  unit: HiddenUnit,
  fields: ArrayLike<number>,
  temperature: number,
): number {
  const b = fields[0]!;
  switch (unit.prior) {
    case 'gaussian':
      return (b * b) / (4 * unit.quadratic);
    case 'binary': {
      const size = Math.abs(b);
      if (temperature === 0) return size;
      return size + temperature * Math.log1p(Math.exp((-2 * size) / temperature));
    }
    case 'one-hot': {
      let largest = -Infinity;
      for (let k = 0; k < unit.count; k++) largest = Math.max(largest, fields[k]!);
      if (temperature === 0) return largest;
      let sum = 0;
      for (let k = 0; k < unit.count; k++) sum += Math.exp((fields[k]! - largest) / temperature);
      return largest + temperature * Math.log(sum);
    }
    case 'poisson':
      return temperature * Math.exp(b / temperature);
  }
}

/**
 * Draws a unit from its law given its fields, into `values`; at T = 0 it goes to its least energy.
 * @param values the unit's values now, replaced by the new ones; at T = 0 a unit with nothing to gain keeps them
 * @param plus whether a binary unit without a field goes to +1 at T = 0
 */
export function drawHidden(
  unit: HiddenUnit,
  fields: ArrayLike<number>,
  temperature: number,
  plus: boolean,
  stream: RandomStream,
  values: Float64Array,
): void {
  const b = fields[0]!;
  switch (unit.prior) {
    case 'gaussian': {
      const mean = b / (2 * unit.quadratic);
      values[0] = mean;
      if (temperature > 0) {
        values[0] = mean + Math.sqrt(temperature / (2 * unit.quadratic)) * stream.normal();
      }
      return;
    }
    case 'binary':
      if (temperature > 0) {
        values[0] = stream.uniform() * (1 + Math.exp((-2 * b) / temperature)) < 1 ? 1 : -1;
      } else if (b !== 0 || plus) values[0] = b >= 0 ? 1 : -1;
      return;
    case 'one-hot': {
      const chosen =
        temperature > 0
          ? drawLevel(unit.count, fields, temperature, stream)
          : bestLevel(unit.count, fields, values);
      for (let k = 0; k < unit.count; k++) values[k] = k === chosen ? 1 : 0;
      return;
    }
    case 'poisson':
      values[0] = drawPoisson(Math.exp(b / temperature), stream);
  }
}

/** The level with the largest field; the present one where it is among them, else the first. */
function bestLevel(count: number, fields: ArrayLike<number>, values: ArrayLike<number>): number {
  let best = 0;
  for (let k = 0; k < count; k++) if (values[k] === 1) best = k;
  for (let k = 0; k < count; k++) if (fields[k]! > fields[best]!) best = k;
  return best;
}

function drawLevel(
  count: number,
  fields: ArrayLike<number>,
  temperature: number,
  stream: RandomStream,
): number {
  let largest = -Infinity;
  for (let k = 0; k < count; k++) if (fields[k]! > largest) largest = fields[k]!;
  let sum = 0;
  for (let k = 0; k < count; k++) sum += Math.exp((fields[k]! - largest) / temperature);
  let rest = stream.uniform() * sum;
  for (let k = 0; k < count - 1; k++) {
    rest -= Math.exp((fields[k]! - largest) / temperature);
    if (rest < 0) return k;
  }
  return count - 1;
}
