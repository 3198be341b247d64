import type { ResolvedProgram } from '../device/index.js';

/** The baths of a spin program: one per distinct temperature. */
export interface Baths {
  readonly baths: readonly { readonly name: string; readonly temperature: number }[];
  /** Bath of each site; null where there is one bath. */
  readonly siteBath: Int32Array | null;
  /** Temperature of each site; null where all have the same (which may change in time). */
  readonly siteTemperature: Float64Array | null;
  /** Temperature of all sites before any control; NaN where sites have their own. */
  readonly temperature: number;
}

/** Baths in the order of their temperatures. With a temperature control there is one, whose temperature changes. */
export function bathsOf(program: ResolvedProgram): Baths {
  const { dynamics, controls } = program;
  if (dynamics.rule === 'zero-temperature') return oneBath('bath', 0);
  if (controls.temperature !== undefined) {
    const values = controls.temperature.filter((_, k) => k % 2 === 1);
    const [first, last] = [values[0]!, values[values.length - 1]!];
    const varies = values.some((value) => value !== first);
    return oneBath(varies ? `bath, temperature from ${first} to ${last}` : 'bath', first);
  }
  const { temperature } = dynamics;
  if (typeof temperature === 'number') return oneBath('bath', temperature);
  const distinct = [...new Set(temperature)].sort((a, b) => a - b);
  if (distinct.length === 1) return oneBath('bath', distinct[0]!);
  return {
    baths: distinct.map((value) => ({ name: `bath at T = ${value}`, temperature: value })),
    siteBath: Int32Array.from(temperature, (value) => distinct.indexOf(value)),
    siteTemperature: temperature,
    temperature: NaN,
  };
}

function oneBath(name: string, temperature: number): Baths {
  return { baths: [{ name, temperature }], siteBath: null, siteTemperature: null, temperature };
}
