import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { RelaxdError, throwIfAborted } from '../core/index.js';

/** ln L at a point, with its gradient and Fisher's information, p and p × p. */
export interface LikelihoodPoint {
  readonly value: number;
  readonly score: Float64Array;
  readonly information: Float64Array;
}

/** ln L of runs that are independent of each other, of p parameters. */
export function summedLikelihood(runs: readonly LikelihoodPoint[], p: number): LikelihoodPoint {
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
  readonly onRound?: (round: number, value: number) => void;
}

const MOST_ROUNDS = 60;
/** Of what ln L may still gain: 1e-8 leaves estimates within 1e-4 of their standard errors. */
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
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    throwIfAborted(options.signal);
    options.onRound?.(round, point.value);
    const undamped = scoringStep(point, isFree, LEAST_DAMPING);
    const remaining = undamped === null ? Infinity : undamped.gain / 2;
    if (remaining < CLOSE) return { at, point, rounds: round, remaining };
    let isBetter = false;
    while (!isBetter && damping <= MOST_DAMPING) {
      const tried = scoringStep(point, isFree, damping);
      if (tried !== null) {
        const { step } = tried;
        let most = 0;
        for (const v of step) most = Math.max(most, Math.abs(v));
        const factor = most > MOST_STEP ? MOST_STEP / most : 1;
        const next = at.map((v, k) => Math.max(v + factor * step[k]!, leastOf(k)));
        const there = evaluate(next);
        // At the end rounding decides which of two values is the higher one.
        const slack = 1e-12 * Math.abs(point.value);
        if (there.value >= point.value - (remaining < 1e-4 ? slack : 0)) {
          at = next;
          point = there;
          isBetter = true;
          damping = Math.max(LEAST_DAMPING, damping / 10);
          continue;
        }
      }
      damping = Math.max(damping * 10, 1e-4);
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

/** (F̃ + λ)⁻¹ of the score, F̃ scaled to a diagonal of 1; null where that is not positive definite. */
function scoringStep(
  { score, information }: LikelihoodPoint,
  isFree: (parameter: number) => boolean,
  damping: number,
): { readonly step: Float64Array; readonly gain: number } | null {
  const p = score.length;
  const members: number[] = [];
  for (let a = 0; a < p; a++) {
    if (isFree(a) && information[a * p + a]! > 0) members.push(a);
  }
  const scale = members.map((a) => 1 / Math.sqrt(information[a * p + a]!));
  const F = Matrix.zeros(members.length, members.length);
  const g = Matrix.zeros(members.length, 1);
  for (let i = 0; i < members.length; i++) {
    for (let j = 0; j < i; j++) {
      const entry = information[members[i]! * p + members[j]!]! * scale[i]! * scale[j]!;
      F.set(i, j, entry);
      F.set(j, i, entry);
    }
    F.set(i, i, 1 + damping);
    g.set(i, 0, score[members[i]!]! * scale[i]!);
  }
  const factors = new CholeskyDecomposition(F);
  if (!factors.isPositiveDefinite()) return null;
  const x = factors.solve(g);
  const step = new Float64Array(p);
  let gain = 0;
  for (let i = 0; i < members.length; i++) {
    step[members[i]!] = x.get(i, 0) * scale[i]!;
    gain += x.get(i, 0) * g.get(i, 0);
  }
  return { step, gain };
}
