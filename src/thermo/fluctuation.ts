import { moments, RunningMoments } from './statistics.js';

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

const NO_FIT: CrooksFit = { slope: NaN, slopeError: NaN, freeEnergy: NaN, freeEnergyError: NaN };

/** ln(1 + e^z) without overflow. */
const softplus = (z: number): number => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));

/** Whether some of the first `count` numbers lie below some of the others, and some above. */
function overlap(x: readonly number[], count: number): boolean {
  let [least, most, leastOther, mostOther] = [Infinity, -Infinity, Infinity, -Infinity];
  x.forEach((value, k) => {
    if (k < count) {
      least = Math.min(least, value);
      most = Math.max(most, value);
    } else {
      leastOther = Math.min(leastOther, value);
      mostOther = Math.max(mostOther, value);
    }
  });
  return least < mostOther && leastOther < most;
}

/**
 * Crooks' theorem P_F(W)/P_R(−W) = e^{β(W−ΔF)} (Crooks, PRE 60, 2721 (1999)) as a maximum-likelihood fit without bins:
 * logistic regression of "forward or reverse" on W (Shirts et al., PRL 91, 140601 (2003); with slope 1 it is Bennett's
 * acceptance ratio). Errors from the Fisher information, less what is known of the numbers of shots. NaN where the two
 * samples do not overlap: then every steep slope between them fits.
 * @param forward work of the forward protocol, from its Gibbs state
 * @param reverse work of the reversed protocol, from its Gibbs state
 */
export function fitCrooks(
  forward: readonly number[],
  reverse: readonly number[],
  beta: number,
): CrooksFit {
  const offset = Math.log(forward.length / reverse.length);
  // Works lie around ΔF, which may be far from 0: they are counted from between the two samples.
  const centre = (beta * (moments(forward).mean - moments(reverse).mean)) / 2;
  const x = [...forward.map((w) => beta * w - centre), ...reverse.map((w) => -beta * w - centre)];
  const isForward = (k: number): number => (k < forward.length ? 1 : 0);
  const likelihood = (a: number, slope: number): number =>
    x.reduce((sum, value, k) => {
      const z = offset + a + slope * value;
      return sum - softplus(isForward(k) === 1 ? -z : z);
    }, 0);
  if (!overlap(x, forward.length)) return NO_FIT;
  let [a, slope] = [0, 1];
  let [iaa, iab, ibb] = [0, 0, 0];
  let best = likelihood(a, slope);
  for (let round = 0; round < 100; round++) {
    let [ga, gb] = [0, 0];
    [iaa, iab, ibb] = [0, 0, 0];
    x.forEach((value, k) => {
      const p = 1 / (1 + Math.exp(-(offset + a + slope * value)));
      const left = isForward(k) - p;
      ga += left;
      gb += left * value;
      iaa += p * (1 - p);
      iab += p * (1 - p) * value;
      ibb += p * (1 - p) * value * value;
    });
    const det = iaa * ibb - iab * iab;
    const da = (ibb * ga - iab * gb) / det;
    const db = (iaa * gb - iab * ga) / det;
    // The likelihood is concave: where a whole step overshoots, part of it does not.
    let share = 1;
    let next = likelihood(a + da, slope + db);
    while (!(next >= best - 1e-12 * Math.abs(best)) && share > 1e-9) {
      share /= 2;
      next = likelihood(a + share * da, slope + share * db);
    }
    a += share * da;
    slope += share * db;
    best = next;
    if (Math.abs(da) + Math.abs(db) < 1e-12 * (1 + Math.abs(a))) break;
  }
  const det = iaa * ibb - iab * iab;
  // How many shots each protocol has was chosen, not drawn: the intercept knows 1/n_F + 1/n_R more than the regression does
  // (Prentice & Pyke, Biometrika 66, 403 (1979)); with slope 1 what is left is the error of Bennett's ratio.
  const chosen = 1 / forward.length + 1 / reverse.length;
  const [vaa, vab, vbb] = [Math.max(0, ibb / det - chosen), -iab / det, iaa / det];
  const crossing = -a / slope;
  const spread =
    Math.max(0, vaa + 2 * crossing * vab + crossing * crossing * vbb) / (slope * slope);
  return {
    slope,
    slopeError: Math.sqrt(vbb),
    freeEnergy: (centre + crossing) / beta,
    freeEnergyError: Math.sqrt(spread) / beta,
  };
}

/** What the detailed theorem gives from samples of one quantity. */
export interface DetailedFit {
  /** d ln[P(s)/P(−s)]/ds; 1 by the theorem. */
  readonly slope: number;
  readonly slopeError: number;
}

/**
 * The detailed fluctuation theorem P(s)/P(−s) = e^{s} for an entropy production s (nats) whose reverse process is the process itself:
 * stationary states, and protocols that are their own reverse, from the same distribution at both ends (Seifert, PRL 95,
 * 040602 (2005)). Maximum likelihood without bins: of a pair ±s the sign is a coin with ln odds a·s, so that
 * L(a) = −Σ ln(1 + e^{−a s}) is largest at a = 1. Error from the Fisher information. NaN where all samples have one sign: then
 * every steep slope fits.
 */
export function fitDetailed(entropies: ArrayLike<number>): DetailedFit {
  const n = entropies.length;
  let [above, below] = [false, false];
  for (let k = 0; k < n; k++) {
    above ||= entropies[k]! > 0;
    below ||= entropies[k]! < 0;
  }
  if (!(above && below)) return { slope: NaN, slopeError: NaN };
  const likelihood = (a: number): number => {
    let sum = 0;
    for (let k = 0; k < n; k++) sum -= softplus(-a * entropies[k]!);
    return sum;
  };
  let slope = 1;
  let information = NaN;
  let best = likelihood(slope);
  for (let round = 0; round < 100; round++) {
    let gradient = 0;
    information = 0;
    for (let k = 0; k < n; k++) {
      const s = entropies[k]!;
      const p = 1 / (1 + Math.exp(-slope * s));
      gradient += (1 - p) * s;
      information += p * (1 - p) * s * s;
    }
    let step = gradient / information;
    let next = likelihood(slope + step);
    while (!(next >= best - 1e-12 * Math.abs(best)) && Math.abs(step) > 1e-12) {
      step /= 2;
      next = likelihood(slope + step);
    }
    slope += step;
    best = next;
    if (Math.abs(step) < 1e-12) break;
  }
  return { slope, slopeError: 1 / Math.sqrt(information) };
}

/**
 * The integral fluctuation theorem ⟨e^{−s}⟩ = 1 of total entropy productions s = ln p₀(σ₀) − ln p(σ_τ) + Σ Q/T, in nats (Seifert, PRL
 * 95, 040602 (2005)). It holds with any normalised p at the end, not only with the distribution that the process has there,
 * where the start's has full support: from a start in which all states are alike ⟨e^{−ΣQ/T}⟩ = 1.
 */
export function integralAverage(entropies: ArrayLike<number>): ExponentialAverage {
  return exponentialAverage(Float64Array.from(entropies, (s) => -s));
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
