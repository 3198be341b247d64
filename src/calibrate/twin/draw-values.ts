import { RandomStream } from '../../core/index.js';
import { covarianceOf, type Calibration } from '../../device/index.js';
import { lowerFactor } from '../linear/small-matrix.js';
import type { CalibratedValues } from './twin-numbers.js';

/** What a calibration does not say and a program needs, as somebody takes it to be. */
export interface Assumption {
  readonly parameter: string;
  /** SI, or 1 for gains. */
  readonly value: number;
  readonly standardError: number;
}

/** What may be of either sign; all others are above 0 and known by their ratio. */
const SIGNED = /^(offsetCurrent|readoutOffset|heatOffset|workOffset|couplingError)/;

/**
 * Values that a device may have, for all that its calibration knows: draws of the parameters with their covariance, logarithms of what is
 * above 0, and of what is assumed beside them. Draw −1 is the calibration itself. What is not identified stays at its value.
 */
export class ValueDraws {
  private readonly nominals = new Map<string, number>();
  private readonly centre = new Map<string, number>();
  private readonly blocks: readonly Block[];

  constructor(
    calibration: Calibration,
    private readonly assumed: readonly Assumption[],
  ) {
    for (const { name, value, nominal } of calibration.parameters) {
      this.centre.set(name, value);
      if (nominal != null) this.nominals.set(name, nominal);
    }
    for (const { parameter, value } of assumed) this.centre.set(parameter, value);
    this.blocks = factored(calibration, this.centre);
  }

  /** @param k 0 …; −1: no draw, but what was estimated */
  draw(seed: number, k: number): CalibratedValues {
    const { nominals, centre } = this;
    const nominal = (name: string): number | undefined => nominals.get(name);
    if (k < 0) return { nominal, value: (name) => centre.get(name) };
    const random = RandomStream.of(seed, 'disorder', k);
    const drawn = new Map(centre);
    const move = (name: string, shift: number): void => {
      const at = centre.get(name)!;
      drawn.set(name, SIGNED.test(name) ? at + shift : at * Math.exp(shift));
    };
    const normals = new Map<string, number>();
    for (const { names, L } of this.blocks) {
      const n = names.length;
      // What stands in several blocks comes first in each, and is the same in all.
      const z = names.map((name) => {
        const known = normals.get(name);
        if (known !== undefined) return known;
        const fresh = random.normal();
        normals.set(name, fresh);
        return fresh;
      });
      for (let i = 0; i < n; i++) {
        let shift = 0;
        for (let j = 0; j <= i; j++) shift += L[i * n + j]! * z[j]!;
        move(names[i]!, shift);
      }
    }
    for (const { parameter, standardError } of this.assumed) {
      const scale = SIGNED.test(parameter) ? 1 : Math.abs(centre.get(parameter)!) || 1;
      move(parameter, (standardError / scale) * random.normal());
    }
    return { nominal, value: (name) => drawn.get(name) };
  }
}

interface Block {
  readonly names: readonly string[];
  readonly L: Float64Array;
}

/** Covariances of coordinates, each scaled to a diagonal of 1 for the factorisation. */
function factored(calibration: Calibration, centre: ReadonlyMap<string, number>): Block[] {
  const { covariance } = calibration;
  const times = new Map<string, number>();
  for (const { parameters } of covariance) {
    for (const name of parameters) times.set(name, (times.get(name) ?? 0) + 1);
  }
  return covariance.map((block) => {
    const full = covarianceOf(block);
    const order = block.parameters
      .map((name, at) => ({ name, at }))
      .sort((a, b) => Number(times.get(b.name)! > 1) - Number(times.get(a.name)! > 1));
    const n = order.length;
    const size = order.map(({ name, at }) => {
      const unit = SIGNED.test(name) ? 1 : Math.abs(centre.get(name)!);
      return { unit, sd: Math.sqrt(full[at]![at]!) };
    });
    const S = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        S[i * n + j] = full[order[i]!.at]![order[j]!.at]! / (size[i]!.sd * size[j]!.sd);
      }
    }
    const L = new Float64Array(n * n);
    lowerFactor(S, n, L, LEAST_PIVOT);
    for (let i = 0; i < n; i++) {
      const factor = size[i]!.sd / size[i]!.unit;
      for (let j = 0; j <= i; j++) L[i * n + j] = L[i * n + j]! * factor;
    }
    return { names: order.map(({ name }) => name), L };
  });
}

/** Of a covariance scaled to a diagonal of 1: less is rounding. */
const LEAST_PIVOT = 1e-12;
