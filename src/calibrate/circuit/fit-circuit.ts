import { asRelaxdError, RelaxdError } from '../../core/index.js';
import { Estimate } from '../estimate.js';
import { maximiseLikelihood, type SearchOptions } from '../maximise-likelihood.js';
import {
  coordinateOf,
  leastCoordinate,
  valueOf,
  type Parameter,
  type Reference,
} from '../parameter.js';
import { profileInterval } from '../profile-interval.js';
import { CircuitLikelihood, type RunResidual } from './circuit-likelihood.js';
import type { CircuitRun } from './circuit-run.js';
import type { CircuitParameters } from './circuit-parameters.js';
import { spreadTest, type SpreadTest } from './spread-test.js';

/** A board as its runs show it. */
export interface CircuitFit {
  readonly parameters: CircuitParameters;
  readonly estimate: Estimate;
  readonly logLikelihood: number;
  readonly rounds: number;
  /** How well each run is explained: Σ e²/variance against as many numbers. */
  readonly runs: readonly RunResidual[];
  /** Whether these agree between probes. */
  readonly spread: SpreadTest;
  /** 95 % by profile likelihood, in the parameter's unit ({@link profileInterval}); null: open on that side. */
  profile(name: string): readonly [number | null, number | null];
}

export interface CircuitFitOptions {
  readonly signal?: AbortSignal;
  /** How far the search is, 0 … 1: by how much ln L may still gain, on a scale of powers of ten. Never falls. */
  readonly onProgress?: (fraction: number) => void;
}

/** ln L has so much to gain at first, by powers of ten, and at the end. */
const [FIRST, LAST] = [5, -8];

function progressOf(tell: CircuitFitOptions['onProgress']): NonNullable<SearchOptions['onRound']> {
  let most = 0;
  return (_, __, remaining) => {
    const fraction = (FIRST - Math.log10(Math.max(remaining, 10 ** LAST))) / (FIRST - LAST);
    most = Math.max(most, Math.min(fraction, 1));
    tell?.(most);
  };
}

/** ln of the readout's noise over its nominal one, where a search starts. */
const NOISY = 3;

/**
 * Estimates a board's parameters from its runs by maximum likelihood: exact for linear wells.
 * @param references what is known from elsewhere: a standard error of 0 holds a parameter, another one weighs in as a measurement would
 * @throws RelaxdError `did-not-converge`, `invalid-input`, `wrong-size`, `aborted`
 */
export function fitCircuit(
  parameters: CircuitParameters,
  runs: readonly CircuitRun[],
  references: readonly Reference[] = [],
  options: CircuitFitOptions = {},
): CircuitFit {
  requireScatter(parameters, runs);
  const likelihood = new CircuitLikelihood(parameters, runs, references);
  const start = new Float64Array(parameters.count);
  // A readout that is taken for noisy forgives what nominal parts do not explain: the way to the maximum is shorter.
  for (let i = 0; i < parameters.sites; i++) start[parameters.node('readoutNoise', i)] = NOISY;
  const held = new Set<number>();
  for (const reference of references) {
    const at = parameters.named(reference.name);
    start[at] = coordinateOf(parameters.list[at]!, reference.value);
    if (reference.standardError === 0) held.add(at);
  }
  const search = {
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    onRound: progressOf(options.onProgress),
    isFree: (a: number) => !held.has(a),
    leastOf: (a: number) => leastCoordinate(parameters.list[a]!),
  };
  const near = withoutCouplings(parameters, runs, references, start, search);
  const { at, point, rounds } = maximiseLikelihood((x) => likelihood.evaluate(x), near, search);
  requireWarmth(parameters, at, held);
  const estimate = new Estimate(parameters.list, at, point.information, (a) => held.has(a));
  return {
    parameters,
    estimate,
    profile(name) {
      const k = parameters.named(name);
      const found = { estimate, logLikelihood: point.value };
      const ends = profileInterval((x) => likelihood.evaluate(x), found, k, {
        isFree: search.isFree,
        leastOf: search.leastOf,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
      const parameter = parameters.list[k]!;
      const [low, high] = ends.map((end) => (end === null ? null : valueOf(parameter, end)));
      return [low!, high!];
    },
    logLikelihood: point.value,
    rounds,
    runs: point.runs,
    spread: spreadTest(
      point,
      (a) => search.isFree(a) && at[a]! > leastCoordinate(parameters.list[a]!),
    ),
  };
}

/** Rates are seen in how noise dies away, and what heat is is told from what temperature. @throws RelaxdError `invalid-input` */
function requireWarmth(
  parameters: CircuitParameters,
  at: Float64Array,
  held: ReadonlySet<number>,
): void {
  for (let i = 0; i < parameters.sites; i++) {
    const a = parameters.node('temperature', i);
    const parameter = parameters.list[a]!;
    if (!held.has(a) && at[a]! <= leastCoordinate(parameter)) refuseCold(parameter, i);
  }
}

/** A site that shows the same in all shots of all programs: no search would come to an end. @throws RelaxdError `invalid-input` */
function requireScatter(parameters: CircuitParameters, runs: readonly CircuitRun[]): void {
  const { sites, list } = parameters;
  const repeated = runs.filter(isOfStates).filter(({ shots }) => shots.length > 1);
  if (repeated.length === 0) return;
  for (let i = 0; i < sites; i++) {
    const isSame = repeated.every(({ shots: [first, ...others] }) =>
      others.every((shot) => {
        for (let k = i; k < shot.length; k += sites) {
          if (Math.abs(shot[k]! - first![k]!) > 0) return false;
        }
        return true;
      }),
    );
    if (isSame) refuseCold(list[parameters.node('temperature', i)]!, i);
  }
}

function refuseCold(parameter: Parameter, site: number): never {
  throw new RelaxdError('invalid-input', `site ${site} shows no noise of its own`, {
    path: parameter.name,
    value: 0,
    limit: `more than ${parameter.least} ${parameter.unit}`,
    hint: 'a circuit is calibrated by its thermal noise: look whether its noise sources are on, and the programs’ temperature above 0',
  });
}

/** Runs of coupled nodes over the others, from which on a search among the others first saves time. */
const MANY_COUPLED = 2;
/** What ln L may still gain there. */
const NEAR = 0.1;

/**
 * A start that is near for all but the couplings' gains, from the runs without couplings: of a large board nearly all runs are of pairs,
 * and rounds with them cost ten times as much.
 */
function withoutCouplings(
  parameters: CircuitParameters,
  runs: readonly CircuitRun[],
  references: readonly Reference[],
  start: Float64Array,
  search: SearchOptions,
): Float64Array {
  const alone = runs.filter(({ setting }) =>
    setting.couplings.every((v, k) => k % 3 < 2 || v === 0),
  );
  const coupled = runs.length - alone.length;
  if (alone.length === 0 || coupled < MANY_COUPLED * alone.filter(isOfStates).length) return start;
  const likelihood = new CircuitLikelihood(parameters, alone, references);
  try {
    return maximiseLikelihood((x) => likelihood.evaluate(x), start, { ...search, close: NEAR }).at;
  } catch (error) {
    // What these runs leave open they may fail on; the others know more.
    if (asRelaxdError(error).code === 'did-not-converge') return start;
    throw error;
  }
}

const isOfStates = (run: CircuitRun): run is CircuitRun & { readonly kind: 'states' } =>
  run.kind === 'states';
