import { RelaxdError } from '../core/index.js';
import {
  exponentialAverage,
  fitCrooks,
  fitDetailed,
  speedLimitBound,
  uncertaintyRatio,
} from './fluctuation.js';
import { freeEnergyFromWork, whyNotTrusted } from './free-energy.js';
import { dissipatedWork, totalBounds, type Bound } from './entropy-bounds.js';
import { groupedJackknife } from './resampling.js';
import { isOwnReverse, whyNotReverse, type RunStatement } from './run-statement.js';
import type { EndEntropy } from './end-entropy.js';
import { GaussianEnds } from './gaussian-ends.js';
import { MARGINAL_PARTS, SpinMarginals } from './spin-marginals.js';
import { moments } from './statistics.js';
import { FIRST_LAW_TOLERANCE } from './summarise-ledger.js';
import { timeAverage } from './time-average.js';

/** What a record holds of its shots; null: a channel that was not recorded. */
export interface ShotTotals {
  readonly shots: number;
  /** [shot] since t = 0⁻ */
  readonly work: readonly number[] | null;
  readonly heat: readonly number[] | null;
  /** [shot] E(end) − E(0⁻) */
  readonly energyChange: readonly number[] | null;
  /** [shot][readout] energy, for averages over time; null where it is not wanted or not there. */
  readonly energySeries: readonly ArrayLike<number>[] | null;
  /** Of the first states of continuous sites; null or left out where they were not recorded. */
  readonly starts?: GaussianEnds | null;
  /** Of the final states. */
  readonly ends: EndEntropy | null;
}

/** `measured`: there is nothing that it must be. */
export type VerdictKind = 'holds' | 'violated' | 'measured' | 'not-judged';

/** One line: a quantity, what it must be, and whether it is. */
export interface ThermoVerdict {
  readonly name: string;
  /** In words, for people. */
  readonly quantity: string;
  readonly value: number | null;
  readonly standardError: number | null;
  readonly expected: { readonly relation: '=' | '≥' | '≤'; readonly value: number } | null;
  readonly verdict: VerdictKind;
  /** Standard errors between value and expectation on the wrong side; null where that says nothing. */
  readonly sigma: number | null;
  /** Why it cannot be judged, or what it is. */
  readonly note: string | null;
}

/** A theorem is violated beyond so many standard errors. */
export const VIOLATION_SIGMA = 5;
/** Fewer shots have errors that say nothing. */
export const LEAST_SHOTS = 20;

type Lines = ThermoVerdict[];
const finite = (x: number): number | null => (Number.isFinite(x) ? x : null);

function measured(
  name: string,
  quantity: string,
  value: number,
  standardError: number,
  note: string | null = null,
): ThermoVerdict {
  return {
    name,
    quantity,
    value: finite(value),
    standardError: finite(standardError),
    expected: null,
    verdict: 'measured',
    sigma: null,
    note,
  };
}

function unjudged(
  name: string,
  quantity: string,
  note: string,
  value: number | null = null,
  standardError: number | null = null,
): ThermoVerdict {
  return {
    name,
    quantity,
    value,
    standardError,
    expected: null,
    verdict: 'not-judged',
    sigma: null,
    note,
  };
}

/** Holds a value with its error against what it must be. */
function judged(
  name: string,
  quantity: string,
  got: { readonly value: number; readonly error: number; readonly shots: number },
  relation: '=' | '≥' | '≤',
  expected: number,
  note: string | null = null,
): ThermoVerdict {
  const { value, error, shots } = got;
  const base = {
    name,
    quantity,
    value: finite(value),
    standardError: finite(error),
    expected: { relation, value: expected },
  };
  if (shots < LEAST_SHOTS) {
    return {
      ...base,
      verdict: 'not-judged',
      sigma: null,
      note: `${shots} shots are too few for an error (${LEAST_SHOTS} are needed)`,
    };
  }
  const off = value - expected;
  const wrong = relation === '=' ? Math.abs(off) : relation === '≥' ? -off : off;
  // Without any spread rounding is all that is left of an error.
  const least = 1e-9 * Math.max(1, Math.abs(expected));
  const sigma = Math.max(0, wrong) / Math.max(error, least);
  if (!Number.isFinite(sigma)) {
    return { ...base, verdict: 'not-judged', sigma: null, note: 'it has no finite error' };
  }
  return { ...base, verdict: sigma > VIOLATION_SIGMA ? 'violated' : 'holds', sigma, note };
}

/** The one temperature of a run, or why there is none that heat could be divided by. */
function oneTemperature(
  statement: RunStatement,
): { readonly T: number } | { readonly why: string } {
  const { context, controls } = statement;
  if (context.noHeat !== null) return { why: context.noHeat };
  if (context.noEntropy !== null) return { why: context.noEntropy };
  if (context.notHeatOverT != null) return { why: context.notHeatOverT };
  if (context.baths.length !== 1) {
    return {
      why: 'there is more than one bath and the record has only the total heat; the run’s result has each bath’s',
    };
  }
  const course = controls['temperature'] ?? [];
  if (course.some(([, value]) => value !== course[0]![1])) {
    return { why: 'the temperature changes during the run; the run’s result has Σ Q/T' };
  }
  const T = context.baths[0]!.temperature;
  if (!(T > 0)) return { why: 'entropy production is infinite at T = 0' };
  return { T };
}

/**
 * Everything that can be said of a run's thermodynamics from what its record holds: totals with their errors, the first and second law,
 * Jarzynski's equality, the integral and the detailed fluctuation theorem, the uncertainty relation, the speed limit; what cannot be judged comes
 * with its reason.
 * @param statement of the record; null: it says nothing (an old one)
 */
export function judgeRun(totals: ShotTotals, statement: RunStatement | null): ThermoVerdict[] {
  const lines: Lines = [];
  totalsOf(totals, statement, lines);
  if (statement !== null) burnInOf(totals, statement, lines);
  if (statement === null) {
    const why = 'the record does not say how the run started and at what temperature';
    lines.push(unjudged('theorems', 'fluctuation theorems and bounds', why));
    return lines;
  }
  entropyOf(totals, statement, lines);
  jarzynskiOf(totals, statement, lines);
  integralOf(totals, statement, lines);
  detailedOf(totals, statement, lines);
  uncertaintyOf(totals, statement, lines);
  speedLimitOf(totals, statement, lines);
  return lines;
}

const missing = (channel: string): string =>
  `the record has no ${channel}: ask for it in readout.channels`;

function totalsOf(totals: ShotTotals, statement: RunStatement | null, lines: Lines): void {
  const { work, heat, energyChange, shots } = totals;
  const context = statement?.context ?? null;
  const add = (
    name: string,
    quantity: string,
    values: readonly number[] | null,
    channel: string,
    why: string | null,
  ): void => {
    if (why !== null || values === null) {
      lines.push(unjudged(name, quantity, why ?? missing(channel)));
      return;
    }
    const { mean, sem } = moments(values);
    if (Number.isFinite(mean)) lines.push(measured(name, quantity, mean, sem));
    else lines.push(unjudged(name, quantity, 'it is not a number in at least one shot'));
  };
  add('work', 'work on the system', work, 'work', context?.noEnergy ?? null);
  add('heat', 'heat into the baths', heat, 'heat', context?.noHeat ?? null);
  add('energy-change', 'energy change', energyChange, 'energy', context?.noEnergy ?? null);

  const law = (line: Partial<ThermoVerdict>): void => {
    lines.push({ ...unjudged('first-law', 'first law, largest |ΔE − W + Q|', ''), ...line });
  };
  const undefinedWhy = context?.noEnergy ?? context?.noHeat ?? null;
  if (undefinedWhy !== null) return law({ note: undefinedWhy });
  for (const [channel, values] of [
    ['work', work],
    ['heat', heat],
    ['energy', energyChange],
  ] as const) {
    if (values === null) return law({ note: missing(channel) });
  }
  if (shots === 0) return law({ note: 'no shot came to its end' });
  let [worst, excess] = [0, 0];
  for (let k = 0; k < shots; k++) {
    const residual = Math.abs(energyChange![k]! - work![k]! + heat![k]!);
    const scale = Math.max(
      context?.sites ?? 1,
      Math.abs(energyChange![k]!),
      Math.abs(work![k]!),
      Math.abs(heat![k]!),
    );
    worst = Math.max(worst, residual);
    excess = Math.max(excess, Number.isNaN(residual) ? Infinity : residual / scale);
  }
  if (context?.noFirstLaw != null) {
    const residuals = work!.map((w, k) => energyChange![k]! - w + heat![k]!);
    const { mean, sem } = moments(residuals);
    law({ value: finite(worst), note: context.noFirstLaw });
    lines.push(measured('first-law-mean', 'ΔE − W + Q on average', mean, sem));
    return;
  }
  law({
    value: finite(worst),
    expected: { relation: '≤', value: FIRST_LAW_TOLERANCE * (context?.sites ?? 1) },
    verdict: excess <= FIRST_LAW_TOLERANCE ? 'holds' : 'violated',
    note: null,
  });
}

/** Shorter burn-ins have not forgotten where they began. */
const LEAST_BURN_IN = 10;

/** What is said of everything that rests on an equilibrium which a burn-in has to reach; null where it is drawn. */
export function burnInCaveat(statement: RunStatement): string | null {
  const equilibrium = statement.context.start?.equilibrium ?? null;
  return equilibrium?.by === 'burn-in'
    ? `the start is what a burn-in of ${equilibrium.burnIn} ${statement.units.time.name} reached`
    : null;
}

/** How many relaxation times a burn-in lasts, where the record has the relaxation. */
function burnInOf(totals: ShotTotals, statement: RunStatement, lines: Lines): void {
  const equilibrium = statement.context.start?.equilibrium ?? null;
  if (equilibrium?.by !== 'burn-in') return;
  const quantity = 'burn-in, in autocorrelation times of the energy';
  const series = totals.energySeries;
  const readouts = series?.[0]?.length ?? 0;
  if (statement.context.stationary !== true || series === null || readouts < 4) {
    const held = 'a run with drives and controls held still and `energy` read out shows it';
    lines.push(unjudged('burn-in', quantity, `the record shows no relaxation: ${held}`));
    return;
  }
  const interval = statement.duration / (readouts - 1);
  const times = equilibrium.burnIn / (timeAverage(series).correlationTime * interval);
  const note =
    times >= LEAST_BURN_IN
      ? 'the start is what it reached'
      : `too short to forget its beginning: at least ${LEAST_BURN_IN} are needed`;
  lines.push(measured('burn-in', quantity, times, NaN, note));
}

/** A note with the caveat of a burn-in, where there is one. */
function withCaveat(statement: RunStatement, note: string | null): string | null {
  const caveat = burnInCaveat(statement);
  return caveat === null ? note : note === null ? caveat : `${note}; ${caveat}`;
}

function entropyOf(totals: ShotTotals, statement: RunStatement, lines: Lines): void {
  const { heat, ends, shots, energySeries } = totals;
  const { context } = statement;
  const stationary = context.stationary === true;
  if (stationary && energySeries !== null && energySeries.some(({ length }) => length > 3)) {
    const { mean, sem, correlationTime } = timeAverage(energySeries);
    const text = `autocorrelation time ${Number(correlationTime.toPrecision(3))} readouts`;
    lines.push(measured('energy-average', 'energy, average over shots and time', mean, sem, text));
  }
  const quantity = 'entropy given to the bath Σ Q/T (nats)';
  const second = 'second law, total entropy production (nats)';
  const bath = oneTemperature(statement);
  if ('why' in bath || heat === null) {
    const why = 'why' in bath ? bath.why : missing('heat');
    lines.push(unjudged('medium-entropy', quantity, why), unjudged('second-law', second, why));
    return;
  }
  const { mean, sem } = moments(heat);
  const medium = { value: mean / bath.T, error: sem / bath.T, shots };
  lines.push(measured('medium-entropy', quantity, medium.value, medium.error));
  if (stationary && context.balance?.detailed === true) {
    lines.push(
      judged('equilibrium-heat', 'heat in equilibrium', { value: mean, error: sem, shots }, '=', 0),
    );
  }
  if (stationary) {
    const note = 'stationary: the baths’ part is the total';
    lines.push(judged('second-law', second, medium, '≥', 0, note));
    return;
  }
  const { work } = totals;
  const { start } = context;
  const run = { context, medium: heat.map((q) => q / bath.T), work, ends };
  const bounds = totalBounds(run);
  const byWork = dissipatedWork(run);
  if (bounds === null && byWork === null) {
    const why =
      start?.entropy == null
        ? (start?.whyNoEntropy ?? 'the entropy of the start is not known')
        : 'the entropy at the end is not bounded: the sites are no free ones, final states are missing, or there are fewer than 20 shots';
    lines.push(unjudged('second-law', second, why));
    return;
  }
  const most = bounds?.most ?? byWork!;
  const note =
    bounds === null || bounds.by === 'work'
      ? 'at most this: β(⟨W⟩ − ΔF)'
      : `at most this (${ends!.how}); at least ${shown(bounds.least.mean)}`;
  lines.push(
    judged('second-law', second, { value: most.mean, error: most.sem, shots }, '≥', 0, note),
  );
}

const shown = (x: number): string => String(Number(x.toPrecision(5)));

function jarzynskiOf({ work, shots }: ShotTotals, statement: RunStatement, lines: Lines): void {
  const { context } = statement;
  const average = 'Jarzynski ⟨exp(−βW)⟩';
  const difference = 'free energy difference by Jarzynski';
  const beta = context.jarzynskiBeta;
  const why = beta === null ? (context.noJarzynski ?? 'β is not known') : null;
  if (beta === null || work === null) {
    const reason = why ?? missing('work');
    lines.push(unjudged('jarzynski', average, reason), unjudged('free-energy', difference, reason));
    return;
  }
  const exponents = work.map((w) => -beta * w);
  const { mean, sem } = exponentialAverage(exponents);
  const found = freeEnergyFromWork(work, beta);
  if (!found.trusted) {
    const reason = found.reason ?? 'it rests on too few shots';
    lines.push(
      unjudged('jarzynski', average, reason, finite(mean), finite(sem)),
      unjudged(
        'free-energy',
        difference,
        reason,
        finite(found.freeEnergy),
        finite(found.standardError),
      ),
    );
    return;
  }
  const note = withCaveat(statement, `${shown(found.effectiveSamples)} of ${shots} shots count`);
  const caveat = burnInCaveat(statement);
  const change = context.freeEnergyChange ?? null;
  if (change === null) {
    lines.push(
      measured('jarzynski', average, mean, sem, note),
      measured('free-energy', difference, found.freeEnergy, found.standardError, caveat),
    );
    return;
  }
  lines.push(
    judged(
      'jarzynski',
      average,
      { value: mean, error: sem, shots },
      '=',
      Math.exp(-beta * change),
      note,
    ),
    judged(
      'free-energy',
      difference,
      { value: found.freeEnergy, error: found.standardError, shots },
      '=',
      change,
      caveat,
    ),
  );
}

function integralOf(totals: ShotTotals, statement: RunStatement, lines: Lines): void {
  const { heat, work, shots } = totals;
  const { context } = statement;
  const name = 'integral-theorem';
  const quantity = 'integral theorem ⟨exp(−Δs)⟩';
  const beta = context.jarzynskiBeta;
  const change = context.freeEnergyChange ?? null;
  const bath = oneTemperature(statement);
  let exponents: number[];
  let note: string | null;
  if (beta !== null && change !== null && work !== null) {
    exponents = work.map((w) => -beta * (w - change));
    note = withCaveat(statement, 'Δs = β(W − ΔF), from Gibbs state to Gibbs state');
  } else if (context.start?.uniform === true && heat !== null && 'T' in bath) {
    exponents = heat.map((q) => -q / bath.T);
    note = 'Δs = Q/T, from all states alike to all states alike';
  } else {
    const why =
      context.start?.uniform === true
        ? heat === null
          ? missing('heat')
          : 'why' in bath
            ? bath.why
            : ''
        : beta !== null
          ? work === null
            ? missing('work')
            : 'the probabilities of the states at the ends are not known'
          : `the probability of the states that shots start from is not known or not above 0 everywhere (start '${statement.start}')`;
    lines.push(unjudged(name, quantity, why));
    return;
  }
  const { mean, sem } = exponentialAverage(exponents);
  const reason = whyNotTrusted(exponents);
  if (reason !== null) lines.push(unjudged(name, quantity, reason, finite(mean), finite(sem)));
  else lines.push(judged(name, quantity, { value: mean, error: sem, shots }, '=', 1, note));
}

function detailedOf(totals: ShotTotals, statement: RunStatement, lines: Lines): void {
  const { heat, work, shots } = totals;
  const { context } = statement;
  const name = 'detailed-theorem';
  const quantity = 'detailed theorem, slope of ln P(s)/P(−s)';
  const refuse = (why: string): void => {
    lines.push(unjudged(name, quantity, why));
  };
  const beta = context.jarzynskiBeta;
  const bath = oneTemperature(statement);
  const uniform = context.start?.uniform === true;
  if (beta === null && !uniform) {
    return refuse('it needs a start from equilibrium or from all states alike');
  }
  if (context.fixedOrder === true) {
    return refuse('sites are updated in a fixed order, whose reverse is another process');
  }
  if (!isOwnReverse(statement)) {
    return refuse('the protocol is not its own reverse; --reverse takes a record of that (Crooks)');
  }
  if (uniform && 'why' in bath) return refuse(bath.why);
  const channel = beta !== null ? work : heat;
  if (channel === null) return refuse(missing(beta !== null ? 'work' : 'heat'));
  const entropies = channel.map((x) => (beta !== null ? beta * x : 'T' in bath ? x / bath.T : NaN));
  const fit = fitDetailed(entropies);
  if (Number.isNaN(fit.slope)) return refuse('s has one sign in all shots, or is 0');
  const got = { value: fit.slope, error: fit.slopeError, shots };
  const note = beta !== null ? withCaveat(statement, 's = βW') : 's = Q/T';
  if (shots * fit.slopeError ** 2 === Infinity) return refuse('s does not vary');
  lines.push(judged(name, quantity, got, '=', 1, note));
}

function uncertaintyOf(totals: ShotTotals, statement: RunStatement, lines: Lines): void {
  const { heat, shots } = totals;
  const { context } = statement;
  const name = 'uncertainty-relation';
  const quantity = 'uncertainty relation, Var(Q)Σ/2⟨Q⟩²';
  const refuse = (why: string): void => {
    lines.push(unjudged(name, quantity, why));
  };
  if (context.stationary !== true) return refuse('the run is not stationary from its start');
  if (context.continuousTime !== true) return refuse('updates come at discrete times');
  if (context.balance?.detailed === true)
    return refuse('there is no current: rates are in detailed balance');
  const bath = oneTemperature(statement);
  if ('why' in bath) return refuse(bath.why);
  if (heat === null) return refuse(missing('heat'));
  const all = moments(heat);
  if (!(all.mean > VIOLATION_SIGMA * all.sem))
    return refuse('the heat is not distinguishable from 0');
  const ratioOf = (values: readonly number[]): number => {
    const { mean, variance } = moments(values);
    return uncertaintyRatio(mean, variance, mean / bath.T);
  };
  const parts = 20;
  const { estimate: value, standardError: error } = groupedJackknife(parts, (without) =>
    ratioOf(heat.filter((_, k) => k % parts !== without)),
  );
  lines.push(judged(name, quantity, { value, error, shots }, '≥', 1));
}

/**
 * Speed limits, from below. Spins: the mean of the one that has gone farthest from a start in which all states are alike is at most L₁, and
 * flips are at most as many as spins try. Overdamped sites, dx = −∂E dt + √(2T) dW: W₂²/(TΣ) ≤ τ (Aurell, Mejía-Monasterio & Muratore-Ginanneschi
 * 2011, from Benamou & Brenier 2000), W₂² being at least what the means and variances of the sites say. Σ is at most its bound.
 */
function speedLimitOf(totals: ShotTotals, statement: RunStatement, lines: Lines): void {
  const { heat, work, starts, ends, shots } = totals;
  const { context, duration } = statement;
  const continuous = context.start?.continuousSites != null;
  const quantity = `speed limit ${continuous ? 'W₂²/(TΣ)' : 'L₁²/(2Σ⟨A⟩)'} ≤ τ`;
  const refuse = (why: string): void => void lines.push(unjudged('speed-limit', quantity, why));
  const rate = context.mostJumpRate ?? null;
  if (!continuous && rate === null) {
    return refuse(
      'it needs spins in continuous time, or an overdamped circuit whose equilibrium start is drawn',
    );
  }
  if (!continuous && (context.start?.uniform !== true || context.start.freeSpins !== context.sites))
    return refuse(
      'the start is not one in which all states of all spins are alike; relaxd run --exact has it of any start',
    );
  const bath = oneTemperature(statement);
  if ('why' in bath) return refuse(bath.why);
  if (heat === null) return refuse(missing('heat'));
  if (continuous && starts?.count !== shots) return refuse(missing('state'));
  const most = totalBounds({ context, medium: heat.map((q) => q / bath.T), work, ends })?.most;
  if (most === undefined) {
    return refuse('Σ is not bounded: final states are missing, or there are fewer than 20 shots');
  }
  const way = wayGone(totals);
  if (way === null) return refuse('the states at the ends are of another kind than the start');
  if (!(most.mean > VIOLATION_SIGMA * most.sem && way.mean > VIOLATION_SIGMA * way.sem))
    return refuse('how far the run has gone, or Σ, is not distinguishable from 0');
  const value = continuous
    ? way.mean / (bath.T * most.mean)
    : speedLimitBound(Math.sqrt(way.mean), most.mean, rate! * duration, duration);
  const error = value * Math.hypot(way.sem / way.mean, most.sem / most.mean);
  const note = continuous
    ? `at least this: W₂² ≥ ${shown(way.mean)}, Σ ≤ ${shown(most.mean)}`
    : `at least this: L₁ ≥ ${shown(Math.sqrt(way.mean))}, Σ ≤ ${shown(most.mean)}, ⟨A⟩ ≤ ${shown(rate!)}`;
  lines.push(judged('speed-limit', quantity, { value, error, shots }, '≤', duration, note));
}

/** L₁² or W₂² from below; null where the states are of neither kind. */
function wayGone({ starts, ends, shots }: ShotTotals): Bound | null {
  if (ends instanceof SpinMarginals) {
    // The largest of N noisy means is above the largest mean by at most this on average (Hoeffding).
    const noise = 1 / Math.sqrt(shots);
    const farthest = ends.farthest() - Math.sqrt(2 * Math.log(2 * ends.sites)) * noise;
    const distance = Math.max(0, farthest);
    return { mean: distance * distance, sem: 2 * distance * noise };
  }
  if (!(ends instanceof GaussianEnds) || starts == null) return null;
  const { estimate, bias, standardError } = groupedJackknife(MARGINAL_PARTS, (without) =>
    ends.squaredWayFrom(starts, without),
  );
  return { mean: estimate - bias, sem: standardError };
}

/** One of two records that Crooks' theorem is to join. */
export interface CrooksSide {
  readonly totals: ShotTotals;
  readonly statement: RunStatement | null;
}

/**
 * Crooks' theorem between a record and one of the reversed protocol: where their distributions of work cross, and the slope of their
 * log ratio.
 * @throws RelaxdError `not-comparable` where the second is not the reverse of the first, or one of them does not start from equilibrium
 */
export function judgeCrooks(forward: CrooksSide, reverse: CrooksSide): ThermoVerdict[] {
  const refuse = (why: string, hint: string): never => {
    throw new RelaxdError('not-comparable', `Crooks’ theorem cannot be judged: ${why}`, {
      path: '--reverse',
      hint,
    });
  };
  const here = forward.statement;
  const there = reverse.statement;
  if (here === null || there === null) {
    return refuse(
      'a record does not say how its run started and at what temperature',
      'records that this relaxd writes do',
    );
  }
  for (const [name, statement] of [
    ['the record', here],
    ['its reverse', there],
  ] as const) {
    if (statement.context.jarzynskiBeta !== null) continue;
    refuse(
      `${name}: ${statement.context.noJarzynski ?? 'β is not known'}`,
      'both runs start in equilibrium, the reverse one at the values where the forward one ended',
    );
  }
  const beta = here.context.jarzynskiBeta!;
  if (Math.abs(there.context.jarzynskiBeta! - beta) > 1e-9 * beta) {
    refuse(`they have different temperatures`, 'run both at one temperature');
  }
  if (here.context.fixedOrder === true) {
    refuse(
      'sites are updated in a fixed order, whose reverse is another process',
      'order continuous-time or random',
    );
  }
  const differs = whyNotReverse(here, there);
  if (differs !== null) {
    refuse(
      `the second protocol is not the first one backwards: ${differs}`,
      'A(t) of the reverse run is A(duration − t)',
    );
  }
  const slope = 'Crooks, slope of ln P(W)/P_R(−W) in βW';
  const crossing = 'free energy difference, where both cross';
  const [w, r] = [forward.totals.work, reverse.totals.work];
  if (w === null || r === null) {
    const why = missing('work');
    return [unjudged('crooks-slope', slope, why), unjudged('crooks-free-energy', crossing, why)];
  }
  const fit = fitCrooks(w, r, beta);
  if (Number.isNaN(fit.slope)) {
    const why = 'the works of both protocols do not overlap: take more shots, or go slower';
    return [unjudged('crooks-slope', slope, why), unjudged('crooks-free-energy', crossing, why)];
  }
  const shots = Math.min(w.length, r.length);
  const free = { value: fit.freeEnergy, error: fit.freeEnergyError, shots };
  const change = here.context.freeEnergyChange ?? null;
  const caveats = [
    ['forward', here],
    ['reverse', there],
  ] as const;
  const note =
    caveats
      .flatMap(([name, side]) => {
        const caveat = burnInCaveat(side);
        return caveat === null ? [] : [`${name}: ${caveat}`];
      })
      .join('; ') || null;
  const slopeFound = { value: fit.slope, error: fit.slopeError, shots };
  return [
    judged('crooks-slope', slope, slopeFound, '=', 1, note),
    change === null
      ? measured('crooks-free-energy', crossing, free.value, free.error, note)
      : judged('crooks-free-energy', crossing, free, '=', change, note),
  ];
}
