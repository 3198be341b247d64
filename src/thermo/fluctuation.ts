import { RunningMoments } from './statistics.js';

/** An average of exponentials, kept as a logarithm so that it cannot overflow. */
export interface ExponentialAverage {
  /** ln ⟨eˣ⟩ */
  readonly logMean: number;
  /** ⟨eˣ⟩ and its standard error; Infinity where it does not fit into a double. */
  readonly mean: number;
  readonly sem: number;
  /** Standard deviation of eˣ over its mean: how many samples a precision takes. */
  readonly relativeDeviation: number;
}

/** ⟨eˣ⟩ of samples, by shifting with the largest x. NaN for no samples. */
export function exponentialAverage(exponents: ArrayLike<number>): ExponentialAverage {
  let largest = -Infinity;
  for (let k = 0; k < exponents.length; k++) largest = Math.max(largest, exponents[k]!);
  if (!Number.isFinite(largest)) {
    return { logMean: NaN, mean: NaN, sem: NaN, relativeDeviation: NaN };
  }
  const running = new RunningMoments();
  for (let k = 0; k < exponents.length; k++) running.add(Math.exp(exponents[k]! - largest));
  const scale = Math.exp(largest);
  return {
    logMean: largest + Math.log(running.mean),
    mean: scale * running.mean,
    sem: scale * running.sem,
    relativeDeviation: Math.sqrt(running.variance) / running.mean,
  };
}

/** ⟨e^{−βW}⟩, which is e^{−βΔF} from an equilibrium start (Jarzynski, PRL 78, 2690 (1997)). */
export function jarzynskiAverage(work: readonly number[], beta: number): ExponentialAverage {
  return exponentialAverage(work.map((w) => -beta * w));
}

/** What Crooks' theorem gives from work of a protocol and of its reverse. */
export interface CrooksFit {
  /** d ln[P_F(W)/P_R(−W)] / d(βW); 1 by the theorem. */
  readonly slope: number;
  readonly slopeError: number;
  /** ΔF, from where both are alike. */
  readonly freeEnergy: number;
  readonly freeEnergyError: number;
}

/**
 * Crooks' theorem P_F(W)/P_R(−W) = e^{β(W−ΔF)} (Crooks, PRE 60, 2721 (1999)) as a maximum-likelihood fit without bins:
 * logistic regression of "forward or reverse" on W (Shirts et al., PRL 91, 140601 (2003); with slope 1 it is Bennett's
 * acceptance ratio). Errors from the Fisher information.
 * @param forward work of the forward protocol, from its Gibbs state
 * @param reverse work of the reversed protocol, from its Gibbs state
 */
export function fitCrooks(
  forward: readonly number[],
  reverse: readonly number[],
  beta: number,
): CrooksFit {
  const offset = Math.log(forward.length / reverse.length);
  let a = 0;
  let slope = 1;
  let [iaa, iab, ibb] = [0, 0, 0];
  for (let round = 0; round < 100; round++) {
    let [ga, gb] = [0, 0];
    [iaa, iab, ibb] = [0, 0, 0];
    const gather = (x: number, isForward: number): void => {
      const p = 1 / (1 + Math.exp(-(offset + a + slope * x)));
      ga += isForward - p;
      gb += (isForward - p) * x;
      iaa += p * (1 - p);
      iab += p * (1 - p) * x;
      ibb += p * (1 - p) * x * x;
    };
    for (const w of forward) gather(beta * w, 1);
    for (const w of reverse) gather(-beta * w, 0);
    const det = iaa * ibb - iab * iab;
    const da = (ibb * ga - iab * gb) / det;
    const db = (iaa * gb - iab * ga) / det;
    a += da;
    slope += db;
    if (Math.abs(da) + Math.abs(db) < 1e-12 * (1 + Math.abs(a))) break;
  }
  const det = iaa * ibb - iab * iab;
  const [vaa, vab, vbb] = [ibb / det, -iab / det, iaa / det];
  const crossing = -a / slope;
  const spread = (vaa + 2 * crossing * vab + crossing * crossing * vbb) / (slope * slope);
  return {
    slope,
    slopeError: Math.sqrt(vbb),
    freeEnergy: crossing / beta,
    freeEnergyError: Math.sqrt(spread) / beta,
  };
}

/**
 * Thermodynamic uncertainty relation Var(J)/⟨J⟩² ≥ 2/Σ (Barato & Seifert, PRL 114, 158101 (2015)), as the ratio of its
 * two sides: at least 1 for a current of a stationary continuous-time process without time-dependent driving.
 */
export function uncertaintyRatio(
  mean: number,
  variance: number,
  entropyProduction: number,
): number {
  return (variance / (mean * mean)) * (entropyProduction / 2);
}

/**
 * Classical speed limit τ ≥ L₁²/(2 Σ ⟨A⟩) (Shiraishi, Funo & Saito, PRL 121, 070601 (2018)): the bound on τ.
 * @param distance L₁ = Σ |p₀ − p_τ|
 * @param jumps expected number of jumps ∫A dt over the duration τ
 */
export function speedLimitBound(
  distance: number,
  entropyProduction: number,
  jumps: number,
  duration: number,
): number {
  return (distance * distance) / (2 * entropyProduction * (jumps / duration));
}
