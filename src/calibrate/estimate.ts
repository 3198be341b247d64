import { RelaxdError } from '../core/index.js';
import type { ArrowCovariance } from './arrow-covariance.js';
import type { ArrowInformation } from './arrow-information.js';
import { identifiability, type Combination } from './identifiability.js';
import { endsOf, leastCoordinate, slopeOf, valueOf, type Parameter } from './parameter.js';

/** What a fit says of one parameter. */
export interface EstimatedParameter {
  readonly name: string;
  readonly unit: string;
  readonly nominal: number;
  /** Where it is not identified: the value on which the rest of the fit rests, and no measurement. */
  readonly value: number;
  /** In the unit; null where the data do not identify it by itself. */
  readonly standardError: number | null;
  readonly identified: boolean;
  /** 95 %; null as the standard error. */
  readonly interval: readonly [number, number] | null;
  /** Held at a reference: nothing was looked for. */
  readonly held: boolean;
  /** Of a part that may be missing and is not told from none: what it is below, at 95 %; null of all others. */
  readonly below: number | null;
}

/** A direction in which parameters can move without any of the data changing. */
export interface OpenDirection {
  /** Coefficients of the coordinates, logarithms but for offsets; the largest is 1. */
  readonly coefficients: readonly { readonly parameter: string; readonly coefficient: number }[];
  /** For people: `(capacitance[0], readoutGain[0], …) → (s ×, s ×, …)`. */
  readonly text: string;
}

/** A combination of coordinates with its error: {@link Estimate.combination}. */
export interface CombinationEstimate {
  readonly value: number;
  /** null where the data do not identify it. */
  readonly standardError: number | null;
}

/** A coordinate whose error is beyond this is known by order of magnitude at best: linear errors say nothing there. */
const TOO_WIDE = 0.5;
const NORMAL_95 = 1.959963984540054;
/** Share of a combination in directions that are open, squared. */
const OPEN_SHARE = 1e-6;

/** Estimates with their covariance, and what is not identified: data in, this out. */
export class Estimate {
  readonly parameters: readonly EstimatedParameter[];
  readonly open: readonly OpenDirection[];
  readonly rank: number;
  /** Of the information scaled to a diagonal of 1, from the largest. */
  readonly eigenvalues: readonly number[];
  /** Of the coordinates, correlations kept; 0 for what was held. */
  readonly covariance: ArrowCovariance;
  private readonly free: readonly Combination[];

  /**
   * @param at coordinates
   * @param information Fisher's, references included
   * @param isHeld coordinates that were not looked for
   */
  constructor(
    private readonly list: readonly Parameter[],
    readonly at: Float64Array,
    information: Float64Array | ArrowInformation,
    isHeld: (parameter: number) => boolean,
  ) {
    const p = list.length;
    const members = list.flatMap((_, a) => (isHeld(a) ? [] : [a]));
    const found = identifiability(information, p, members);
    this.covariance = found.covariance;
    this.free = found.free;
    this.rank = found.rank;
    this.eigenvalues = found.eigenvalues;
    this.parameters = list.map((parameter, a): EstimatedParameter => {
      const { name, unit, nominal } = parameter;
      const value = valueOf(parameter, at[a]!);
      const sd = Math.sqrt(found.covariance.at(a, a));
      const least = parameter.least ?? -Infinity;
      const isStraight = parameter.coordinate === 'linear' || parameter.straightIn === 'square';
      const isSeen = found.identified[a]! && (isStraight || sd < TOO_WIDE);
      const [low, high] = endsOf(parameter, at[a]!, NORMAL_95 * sd);
      // At its least a part may well be smaller still, however well the data would tell it there.
      const isLeast = at[a]! <= leastCoordinate(parameter);
      const isNone = isSeen && !isHeld(a) && (isLeast || low <= least);
      const identified = isSeen && !isNone;
      return {
        name,
        unit,
        nominal,
        value,
        standardError: identified ? sd * slopeOf(parameter, at[a]!) : null,
        identified,
        interval: identified ? [low, high] : null,
        held: isHeld(a),
        below: isNone ? high : null,
      };
    });
    this.open = found.free.map((direction) => openDirection(direction, list));
  }

  /** @throws RelaxdError `unknown-parameter` */
  parameter(name: string): EstimatedParameter {
    return this.parameters[this.indexOf(name)]!;
  }

  /** Σ coefficient × coordinate: of logarithms (value over nominal) but for offsets. */
  combination(coefficients: Readonly<Record<string, number>>): CombinationEstimate {
    const members = Object.entries(coefficients).map(
      ([name, c]) => [this.indexOf(name), c] as const,
    );
    let value = 0;
    let variance = 0;
    for (const [a, c] of members) {
      value += c * this.at[a]!;
      for (const [b, d] of members) variance += c * d * this.covariance.at(a, b);
    }
    return { value, standardError: this.isOpen(members) ? null : Math.sqrt(variance) };
  }

  /** Standard error of a function of the coordinates with these slopes. */
  errorOf(slopes: Float64Array): number {
    return Math.sqrt(Math.max(0, this.covariance.variance(slopes)));
  }

  private isOpen(members: readonly (readonly [number, number])[]): boolean {
    const size = members.reduce((sum, [, c]) => sum + c * c, 0);
    return this.free.some((direction) => {
      let along = 0;
      for (const [a, c] of members) along += c * (direction.get(a) ?? 0);
      return along * along > OPEN_SHARE * size;
    });
  }

  private indexOf(name: string): number {
    const at = this.list.findIndex((parameter) => parameter.name === name);
    if (at >= 0) return at;
    throw new RelaxdError('unknown-parameter', `the calibration has no parameter '${name}'`, {
      path: 'name',
      value: name,
      limit: this.list.map((parameter) => parameter.name).slice(0, 20),
    });
  }
}

function openDirection(direction: Combination, list: readonly Parameter[]): OpenDirection {
  const coefficients = [...direction].map(([a, v]) => ({
    parameter: list[a]!.name,
    coefficient: Number(v.toPrecision(4)),
  }));
  const moves = [...direction].map(([a, v]) => {
    const c = Number(v.toPrecision(3));
    return list[a]!.coordinate === 'log'
      ? `s${power(c)} ×`
      : `${c < 0 ? '−' : '+'} ${Math.abs(c)} ln s`;
  });
  const names = coefficients.map(({ parameter }) => parameter);
  return { coefficients, text: `(${names.join(', ')}) → (${moves.join(', ')})` };
}

const power = (c: number): string => (c === 1 ? '' : `^${c}`);
