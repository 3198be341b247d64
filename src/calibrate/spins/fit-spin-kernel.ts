import { RelaxdError } from '../../core/index.js';
import { Estimate } from '../estimate.js';
import type { DensePoint, SearchOptions } from '../maximise-likelihood.js';
import { coordinateOf, errorOf, type Reference } from '../parameter.js';
import { chiSquareTail } from '../job/chi-square.js';
import { maximiseWithin, type BoundedMaximum } from './maximise-within.js';
import { singleSpinLikelihood, type SingleSpinRun } from './single-spin-likelihood.js';
import type { SpinDevice } from './spin-device.js';
import { SpinParameters } from './spin-parameters.js';

/** What was seen of one site in one probe. */
export interface SiteRun extends SingleSpinRun {
  /** Place of the probe in its plan. */
  readonly probe: number;
  readonly site: number;
}

export interface SpinKernelFit {
  readonly parameters: SpinParameters;
  readonly estimate: Estimate;
  /** Fisher's at the maximum. */
  readonly information: Float64Array;
  readonly logLikelihood: number;
  readonly rounds: number;
  readonly samples: number;
  /** Coordinates at a bound: an error of 0, or a temperature that is too low to show. */
  readonly atBound: ReadonlySet<number>;
  /** Whether sites have one rate: twice the gain of ln L by rates of their own; null: one site only. */
  readonly oneRate: {
    readonly chiSquare: number;
    readonly degreesOfFreedom: number;
    readonly pValue: number;
  } | null;
}

/** Sites that have one rate are taken for different ones so often. */
const DIFFERENT = 1e-3;

/**
 * Fits a device's kernel and each site's readout error to what single spins did in fields. Sites get rates of their own where a likelihood
 * ratio says that one does not do for all (chance of a mistake: 0.1 %), or where a reference names a site's.
 *
 * @param references what is known from elsewhere; a standard error of 0 holds a parameter
 * @throws RelaxdError `did-not-converge`, `unknown-parameter`, `aborted`
 */
export function fitSpinKernel(
  device: SpinDevice,
  sites: number,
  runs: readonly SiteRun[],
  references: readonly Reference[] = [],
  options: Omit<SearchOptions, 'isFree'> = {},
): SpinKernelFit {
  const leastCost = runs.reduce(
    (least, { field }) => Math.min(least, 2 * Math.abs(field)),
    Infinity,
  );
  const common = new SpinParameters(device, sites, leastCost, false);
  const own = new SpinParameters(device, sites, leastCost, true);
  const isOwn = references.some(({ name }) => name.startsWith('rate['));
  const one = isOwn ? null : search(common, runs, references, null, options);
  if (sites === 1 && one !== null) return fitOf(common, one, null);
  const many = search(
    own,
    runs,
    isOwn ? references : withoutRate(references),
    one?.found.at ?? null,
    options,
  );
  if (one === null) return fitOf(own, many, null);
  const chiSquare = Math.max(0, 2 * (many.found.point.value - one.found.point.value));
  const degreesOfFreedom = sites - 1;
  const pValue = chiSquareTail(chiSquare, degreesOfFreedom);
  const oneRate = { chiSquare, degreesOfFreedom, pValue };
  const isHeld = references.some(({ name }) => name === 'rate');
  return pValue < DIFFERENT && !isHeld ? fitOf(own, many, oneRate) : fitOf(common, one, oneRate);
}

const withoutRate = (references: readonly Reference[]): Reference[] =>
  references.filter(({ name }) => name !== 'rate');

interface Found {
  readonly found: BoundedMaximum<DensePoint>;
  readonly held: ReadonlySet<number>;
  readonly samples: number;
}

/** A temperature below that share of the least cost is asked whether it is one at all. */
const COLD_SHARE = 1 / 3;
/** χ² of one degree of freedom at 0.1 %. */
const WARM = 10.83;

/**
 * The maximum, and where the temperature is low, that without flips uphill beside it: e^{−x/T} has no slope at T = 0, so that scores lead nowhere there, and
 * some errors of the readout look like flips. The device is warm only where a likelihood ratio says so (0.1 %).
 */
function search(
  parameters: SpinParameters,
  runs: readonly SiteRun[],
  references: readonly Reference[],
  from: Float64Array | null,
  options: Omit<SearchOptions, 'isFree'>,
): Found {
  const { temperature, leastCost, list, least } = parameters;
  const { name, nominal } = list[temperature]!;
  if (references.some((reference) => reference.name === name)) {
    return searchFrom(parameters, runs, references, from, options);
  }
  const warm = orNull(() => searchFrom(parameters, runs, references, from, options));
  const low = Math.log(
    (COLD_SHARE * leastCost * parameters.device.units.temperature.each) / nominal,
  );
  if (warm !== null && warm.found.at[temperature]! >= low) return warm;
  const value = nominal * Math.exp(least[temperature]!);
  const none = [...references, { name, value, standardError: 0 }];
  const cold = searchFrom(parameters, runs, none, from, options);
  if (warm !== null && 2 * (warm.found.point.value - cold.found.point.value) > WARM) return warm;
  const atBound = new Set([...cold.found.atBound, temperature]);
  const held = new Set([...cold.held].filter((a) => a !== temperature));
  return { ...cold, held, found: { ...cold.found, atBound } };
}

function orNull(work: () => Found): Found | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof RelaxdError && error.code === 'did-not-converge') return null;
    throw error;
  }
}

function searchFrom(
  parameters: SpinParameters,
  runs: readonly SiteRun[],
  references: readonly Reference[],
  from: Float64Array | null,
  options: Omit<SearchOptions, 'isFree'>,
): Found {
  const { list, count } = parameters;
  const start = startOf(parameters, from);
  const held = new Set<number>();
  const known = references.map((reference) => {
    const at = list.findIndex(({ name }) => name === reference.name);
    if (at < 0) {
      throw new RelaxdError('unknown-parameter', `there is no parameter '${reference.name}'`, {
        path: 'references',
        value: reference.name,
        limit: list.map(({ name }) => name).slice(0, 20),
      });
    }
    const coordinate = coordinateOf(list[at]!, reference.value);
    start[at] = coordinate;
    if (reference.standardError === 0) held.add(at);
    const weight = held.has(at) ? 0 : 1 / errorOf(list[at]!, reference) ** 2;
    return { at, coordinate, weight };
  });
  const evaluate = (at: Float64Array): DensePoint => {
    const point = likelihoodAt(parameters, runs, at);
    let { value } = point;
    for (const one of known) {
      const off = at[one.at]! - one.coordinate;
      value -= (one.weight * off * off) / 2;
      point.score[one.at] = point.score[one.at]! - one.weight * off;
      const diagonal = one.at * (count + 1);
      point.information[diagonal] = point.information[diagonal]! + one.weight;
    }
    return { ...point, value };
  };
  const { least, most } = parameters;
  const found = maximiseWithin(evaluate, start, least, most, {
    ...options,
    isFree: (a) => !held.has(a),
  });
  return { found, held, samples: likelihoodAt(parameters, runs, found.at).count };
}

/** From where one rate was found for all. */
function startOf(parameters: SpinParameters, from: Float64Array | null): Float64Array {
  const start = new Float64Array(parameters.count);
  if (from === null) return start;
  const { temperature } = parameters;
  start.fill(from[0]!, 0, temperature);
  start.set(from.subarray(1), temperature);
  return start;
}

/** Of ln L: 95 % of a likelihood ratio's. */
const FALL = 1.92;

/**
 * Of a fit without a temperature: the one at which ln L has fallen by 1.92, all else as it is, in its unit; what is warmer would show.
 */
export function warmestUnseen(fit: SpinKernelFit, runs: readonly SiteRun[]): number {
  const { parameters, estimate } = fit;
  const { temperature, list, leastCost, device } = parameters;
  const { nominal } = list[temperature]!;
  const at = estimate.at.slice();
  const value = (coordinate: number): number => {
    at[temperature] = coordinate;
    return likelihoodAt(parameters, runs, at).value;
  };
  let low = estimate.at[temperature]!;
  let high = Math.log((leastCost * device.units.temperature.each) / nominal);
  const limit = value(low) - FALL;
  for (let k = 0; k < 12; k++) {
    const middle = (low + high) / 2;
    if (value(middle) >= limit) low = middle;
    else high = middle;
  }
  return nominal * Math.exp(low);
}

/** ln L of all sites at a point, by its coordinates. */
export function likelihoodAt(
  parameters: SpinParameters,
  runs: readonly SiteRun[],
  at: Float64Array,
): DensePoint & { readonly count: number } {
  const p = parameters.count;
  const score = new Float64Array(p);
  const information = new Float64Array(p * p);
  let value = 0;
  let count = 0;
  for (const run of runs) {
    const { law, error } = parameters.kernelAt(run.site, at);
    const point = singleSpinLikelihood(parameters.device.kernel, law, error, run);
    const places = parameters.placesOf(run.site);
    const m = places.length;
    // All coordinates but the error's are the kernel's own.
    const scale = (b: number): number => (b === m - 1 ? parameters.errorScale : 1);
    value += point.value;
    count += point.count;
    for (let b = 0; b < m; b++) {
      score[places[b]!] = score[places[b]!]! + scale(b) * point.score[b]!;
      for (let c = 0; c < m; c++) {
        const entry = places[b]! * p + places[c]!;
        information[entry] =
          information[entry]! + scale(b) * scale(c) * point.information[b * m + c]!;
      }
    }
  }
  return { value, score, information, count };
}

function fitOf(
  parameters: SpinParameters,
  { found, held, samples }: Found,
  oneRate: SpinKernelFit['oneRate'],
): SpinKernelFit {
  const { at, point, rounds, atBound } = found;
  const { count: p, temperature } = parameters;
  const information = point.information.slice();
  for (const a of atBound) {
    for (let b = 0; b < p; b++) information[a * p + b] = information[b * p + a] = 0;
    // ln L falls from its bound in a straight line: e^{−|S| θ} has the standard deviation 1/|S|. A temperature below all that shows has no slope.
    if (a !== temperature) information[a * (p + 1)] = point.score[a]! ** 2;
  }
  return {
    parameters,
    estimate: new Estimate(parameters.list, at, information, (a) => held.has(a)),
    information,
    logLikelihood: point.value,
    rounds,
    samples,
    atBound,
    oneRate,
  };
}
