import { RelaxdError } from '../../../core/index.js';
import { checkOrder, checkParameter } from '../check-parameter.js';
import { gridOf, halved, type TimeGrid } from './time-grid.js';

/**
 * `hopfield`: E = −½ Σ J s s with Hebb's J and J_ii = 0, n = 2. `full-overlap`: E = −N Σ_μ m_μⁿ/n, powers of the whole
 * overlap, of which a spin feels what it does not add itself. `pure`: interactions of n different spins only (Gardner).
 */
export type DmftInteraction = 'hopfield' | 'full-overlap' | 'pure';

/** A memory of extensive load P = αN^{n−1} under a cue (physics page §2.5), in the unit-field convention F = mⁿ/n. */
export interface DmftSetting {
  /** n ≥ 2. */
  readonly degree: number;
  /** α = P/N^{n−1} ≥ 0. */
  readonly load: number;
  /** T ≥ 0. */
  readonly temperature: number;
  /** `hopfield` for n = 2 and `full-overlap` beyond by default. */
  readonly interaction?: DmftInteraction;
  /** Overlap of the start with the target, −1 … 1; the spins are otherwise random. */
  readonly initialOverlap: number;
  /** c, −1 … 1: overlap of the cue η with the target (1 by default). */
  readonly cueAccuracy?: number;
  /** h(t) as [t, h], piecewise linear; a jump is two points at one t; before the first point 0, then constant. */
  readonly field?: readonly (readonly [number, number])[];
  /** In sweeps (N attempts). */
  readonly duration: number;
  /** Longest time step, 0.1 by default. */
  readonly dt?: number;
  /**
   * Whether each ensemble is solved with steps of twice the length too and extrapolated to dt → 0 (by default); the error is then of
   * second order in dt, and the scatter √5 times as large. Without, the error is of first order, with a factor α.
   */
  readonly extrapolate?: boolean;
  /** Time between samples, duration/20 by default. */
  readonly every?: number;
  /** Single-spin trajectories of all ensembles together, 16,000 by default. */
  readonly trajectories?: number;
  /** Independent solutions whose scatter gives the standard errors, 8 by default; each has its share of trajectories. */
  readonly ensembles?: number;
  readonly seed?: number;
  /** Worker threads; 1, the default: none, and the calling thread computes. The result does not depend on it. */
  readonly threads?: number;
}

/** A setting with every choice made. */
export interface ResolvedDmft {
  readonly degree: number;
  readonly load: number;
  readonly temperature: number;
  readonly interaction: DmftInteraction;
  readonly initialOverlap: number;
  readonly cueAccuracy: number;
  readonly grid: TimeGrid;
  /** The same with steps twice as long, for the extrapolation; null: none. */
  readonly coarse: TimeGrid | null;
  /** Of one ensemble. */
  readonly trajectories: number;
  readonly ensembles: number;
  readonly seed: number;
  readonly threads: number;
}

/** Matrices of step × step are kept. */
const MOST_STEPS = 2000;
/** Of a number of steps. */
const ROUNDING = 1e-6;
/** Trajectories × steps of an ensemble: about 1 GB. */
const MOST_POINTS = 5e7;

/** @throws RelaxdError `invalid-input` */
export function resolveDmft(setting: DmftSetting): ResolvedDmft {
  const { degree, load, temperature, initialOverlap, duration } = setting;
  const { cueAccuracy = 1, field = [], dt = 0.1, every = duration / 20 } = setting;
  const { trajectories = 16_000, ensembles = 8, seed = 1, threads = 1 } = setting;
  checkOrder(degree);
  checkParameter('load', load, (a) => a >= 0, '≥ 0');
  checkParameter('temperature', temperature, (t) => t >= 0, '≥ 0');
  checkParameter('initialOverlap', initialOverlap, (m) => Math.abs(m) <= 1, '−1 … 1');
  checkParameter('cueAccuracy', cueAccuracy, (c) => Math.abs(c) <= 1, '−1 … 1');
  checkParameter('duration', duration, (t) => t > 0, '> 0');
  checkParameter('dt', dt, (t) => t > 0 && t <= 1, 'above 0, up to 1');
  checkParameter('every', every, (t) => t > 0, '> 0');
  const whole = (least: number) => (n: number) => Number.isSafeInteger(n) && n >= least;
  checkParameter('ensembles', ensembles, whole(2), 'an integer ≥ 2');
  checkParameter('trajectories', trajectories, whole(100 * ensembles), '≥ 100 in each ensemble');
  checkParameter('seed', seed, whole(0), 'an integer ≥ 0');
  checkParameter('threads', threads, whole(1), 'an integer ≥ 1');
  const interaction = setting.interaction ?? (degree === 2 ? 'hopfield' : 'full-overlap');
  if ((interaction === 'hopfield') !== (degree === 2)) {
    throw new RelaxdError('invalid-input', `interaction is '${interaction}' at degree ${degree}`, {
      path: 'interaction',
      value: interaction,
      limit: degree === 2 ? ['hopfield'] : ['full-overlap', 'pure'],
    });
  }
  checkField(field);
  // Before so many times are listed.
  checkSteps(dt, Math.floor((duration / Math.min(dt, every)) * (1 - ROUNDING)));
  const coarse = setting.extrapolate === false ? null : gridOf(field, duration, 2 * dt, every);
  const grid = coarse === null ? gridOf(field, duration, dt, every) : halved(coarse);
  checkSteps(dt, grid.t.length - 1);
  const each = Math.floor(trajectories / ensembles);
  checkParameter(
    'trajectories',
    trajectories,
    () => each * grid.t.length <= MOST_POINTS,
    `up to ${Math.floor(MOST_POINTS / grid.t.length)} in each ensemble of ${grid.t.length - 1} steps: more ensembles`,
  );
  return {
    degree,
    load,
    temperature,
    interaction,
    initialOverlap,
    cueAccuracy,
    grid,
    coarse,
    trajectories: each,
    ensembles,
    seed,
    threads,
  };
}

function checkSteps(dt: number, steps: number): void {
  const limit = `steps up to ${MOST_STEPS}; here ${steps}: a longer dt or a shorter duration`;
  checkParameter('dt', dt, () => steps <= MOST_STEPS, limit);
}

function checkField(field: readonly (readonly [number, number])[]): void {
  let before = 0;
  for (const [k, [t, h]] of field.entries()) {
    if (!Number.isFinite(h) || !Number.isFinite(t) || t < before) {
      throw new RelaxdError('invalid-input', `field[${k}] is [${t}, ${h}]`, {
        path: `field[${k}]`,
        value: [t, h],
        limit: 'finite values at times ≥ 0 that do not decrease',
      });
    }
    before = t;
  }
}
