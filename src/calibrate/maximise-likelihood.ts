import { RelaxdError, throwIfAborted } from '../core/index.js';
import { ArrowFactors } from './arrow-factors.js';
import { ArrowInformation } from './arrow-information.js';

/** ln L at a point, with its gradient and Fisher's information, p × p. */
export interface LikelihoodPoint {
  readonly value: number;
  readonly score: Float64Array;
  readonly information: Float64Array | ArrowInformation;
}

/** The same with its information as a full matrix. */
export interface DensePoint extends LikelihoodPoint {
  readonly information: Float64Array;
}

/** ln L of runs that are independent of each other, of p parameters. */
export function summedLikelihood(runs: readonly DensePoint[], p: number): DensePoint {
  const sum = { value: 0, score: new Float64Array(p), information: new Float64Array(p * p) };
  for (const { value, score, information } of runs) {
    sum.value += value;
    for (let a = 0; a < p; a++) sum.score[a] = sum.score[a]! + score[a]!;
    for (let a = 0; a < p * p; a++) sum.information[a] = sum.information[a]! + information[a]!;
  }
  return sum;
}

export interface Maximum<Point extends LikelihoodPoint> {
  readonly at: Float64Array;
  readonly point: Point;
  readonly rounds: number;
  /** ½ score·F⁻¹·score that was left: ln L is that far below its maximum. */
  readonly remaining: number;
}

export interface SearchOptions {
  /** False: held at its start. */
  readonly isFree?: (parameter: number) => boolean;
  /** The least coordinate that is tried; none by default. */
  readonly leastOf?: (parameter: number) => number;
  readonly signal?: AbortSignal;
  /** What ln L may still gain at the end; 1e-8 where left out, which leaves estimates within 1e-4 of their standard errors. */
  readonly close?: number;
  /** `remaining`: what ln L may still gain, by its slope. */
  readonly onRound?: (round: number, value: number, remaining: number) => void;
}

const MOST_ROUNDS = 60;
const CLOSE = 1e-8;
/** Directions that the data say nothing about stay where they started: they have neither slope nor information. */
const LEAST_DAMPING = 1e-10;
const MOST_DAMPING = 1e6;
/** No coordinate is moved by more at once: logarithms are e-folds. */
const MOST_STEP = 1;

/**
 * The maximum of a likelihood by Fisher's scoring with Levenberg's damping: θ ← θ + (F + λ diag F)⁻¹ score, λ raised where ln L does
 * not rise. F is what the analytic derivatives give beside the score, so a round costs one evaluation, and least-squares
 * solvers with difference quotients (ml-levenberg-marquardt) would neither see ln |S| nor come as close. A coordinate that is at its
 * least, and whose slope points beyond it, stays there for the round (projected scoring).
 *
 * @throws RelaxdError `did-not-converge` after 60 rounds, `aborted`
 */
export function maximiseLikelihood<Point extends LikelihoodPoint>(
  evaluate: (at: Float64Array) => Point,
  start: Float64Array,
  options: SearchOptions = {},
): Maximum<Point> {
  const leastOf = options.leastOf ?? (() => -Infinity);
  const isFree = (a: number): boolean =>
    options.isFree?.(a) !== false && !(at[a]! <= leastOf(a) && point.score[a]! <= 0);
  let at = start.slice();
  let point = evaluate(at);
  if (!Number.isFinite(point.value)) refuse(`ln L is ${point.value} at its start`, 0, point.value);
  let damping = LEAST_DAMPING;
  let before: Step | null = null;
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    throwIfAborted(options.signal);
    const F = informationOf(point);
    const free = new ArrowFactors(F, isFree, LEAST_DAMPING);
    const undamped = free.isPositive ? free.solve(point.score) : null;
    const remaining = undamped === null ? Infinity : undamped.gain / 2;
    options.onRound?.(round, point.value, remaining);
    if (remaining < (options.close ?? CLOSE)) return { at, point, rounds: round, remaining };
    const steps = stepsFrom(point, F, isFree, damping);
    const bent: Float64Array | null =
      remaining < BENT ? bentStep(free, undamped!.x, F, point.score, before) : null;
    let isBetter = false;
    for (const { x, damping: used } of bent === null ? steps : chain(bent, damping, steps)) {
      let most = 0;
      for (const v of x) most = Math.max(most, Math.abs(v));
      const factor = most > MOST_STEP ? MOST_STEP / most : 1;
      const next = at.map((v, k) => Math.max(v + factor * x[k]!, leastOf(k)));
      const there = evaluate(next);
      // At the end rounding decides which of two values is the higher one.
      const slack = 1e-12 * Math.abs(point.value);
      if (!(there.value >= point.value - (remaining < 1e-4 ? slack : 0))) continue;
      const step = next.map((v, k) => v - at[k]!);
      before = { step, fall: point.score.map((v, k) => v - there.score[k]!) };
      at = next;
      point = there;
      damping = Math.max(LEAST_DAMPING, used / 10);
      isBetter = true;
      break;
    }
    if (!isBetter) refuse('ln L rises in no direction that its slopes point to', round, remaining);
  }
  return refuse('ln L still rises', MOST_ROUNDS, point.value);
}

function refuse(message: string, rounds: number, value: number): never {
  throw new RelaxdError('did-not-converge', `the fit did not converge: ${message}`, {
    path: 'likelihood',
    value,
    limit: `${MOST_ROUNDS} rounds, ${rounds} done`,
    hint: 'look at the residuals: the device may not be what its model says, or its nominal values far off',
  });
}

const informationOf = ({ score, information }: LikelihoodPoint): ArrowInformation =>
  information instanceof Float64Array
    ? ArrowInformation.of(information, score.length)
    : information;

interface DampedStep {
  readonly x: Float64Array;
  readonly damping: number;
}

/** (F̃ + λ)⁻¹ of the score, F̃ scaled to a diagonal of 1, with λ raised each time that is asked for another. */
function* stepsFrom(
  { score }: LikelihoodPoint,
  F: ArrowInformation,
  isFree: (parameter: number) => boolean,
  from: number,
): Generator<DampedStep> {
  for (let damping = from; damping <= MOST_DAMPING; damping = Math.max(damping * 10, 1e-4)) {
    const factors = new ArrowFactors(F, isFree, damping);
    if (factors.isPositive) yield { x: factors.solve(score).x, damping };
  }
}

function* chain(
  first: Float64Array,
  damping: number,
  others: Iterable<DampedStep>,
): Generator<DampedStep> {
  yield { x: first, damping };
  yield* others;
}

/** A step that was taken, and by how much the score fell. */
interface Step {
  readonly step: Float64Array;
  readonly fall: Float64Array;
}

/** What ln L may gain at most for a step to be bent by the one before. */
const BENT = 10;

/**
 * Where a model is not quite what the device is, F is not how the score falls, and scoring only creeps. What it fell by over the step before
 * mends F in that direction: F + r rᵀ/(r·s), r = fall − F s (symmetric rank one), whose inverse is Sherman and Morrison's. null where that is
 * not positive definite.
 */
function bentStep(
  factors: ArrowFactors,
  plain: Float64Array,
  F: ArrowInformation,
  score: Float64Array,
  before: Step | null,
): Float64Array | null {
  if (before === null) return null;
  const { step, fall } = before;
  const r = F.times(step);
  let along = 0;
  for (let a = 0; a < r.length; a++) {
    // What was held or unseen has not moved.
    r[a] = step[a] === 0 ? 0 : fall[a]! - r[a]!;
    along += r[a]! * step[a]!;
  }
  const { x, gain } = factors.solve(r);
  const whole = along + gain;
  if (!(Math.abs(whole) > 1e-6 * gain) || whole * along <= 0) return null;
  let pull = 0;
  for (let a = 0; a < r.length; a++) pull += x[a]! * score[a]!;
  return plain.map((v, a) => v - (x[a]! * pull) / whole);
}
