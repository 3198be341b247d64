import { RandomStream } from '../core/index.js';
import {
  attractorRecall,
  couplingsFromPositions,
  enumerateLandscape,
  enumeratePlasticLandscape,
  exactRecall,
  gaussianPositions,
  memoriesAbove,
  Plasticity,
  replicaOverlaps,
  sherringtonKirkpatrick,
  stateCode,
  stiffnessFor,
  steepestDescentEnd,
  tripleCorrelator,
  type CavityPositions,
  type DiscreteRule,
  type Landscape,
} from '../emulate/index.js';
import { createSpinModel, hebbCouplings, type SpinCouplings } from '../model/index.js';
import { leastMargin, relax } from './relax.js';

/** A polynomial memory: degree 2 is Hebb's rule. */
export interface MemoryOrder {
  readonly degree: number;
  readonly rectified: boolean;
}

interface NetRange {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
}

/** Random patterns of ±1. */
function randomPatterns(count: number, sites: number, stream: RandomStream): Int8Array[] {
  return Array.from({ length: count }, () =>
    Int8Array.from({ length: sites }, () => stream.sign()),
  );
}

const polynomial = (
  patterns: readonly Int8Array[],
  { degree, rectified }: MemoryOrder,
): SpinCouplings => ({
  kind: 'memories',
  patterns,
  weights: null,
  next: null,
  interaction: { kind: 'polynomial', degree, rectified },
});

const equal = (a: ArrayLike<number>, b: ArrayLike<number>): boolean => {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};

/** Of nets with P random memories: how many hold the first strictly stable, and how many restore it exactly. */
function storage(
  args: NetRange & {
    readonly sites: number;
    readonly memories: number;
    readonly order: MemoryOrder;
    readonly flips: number;
  },
): { readonly stable: number; readonly restored: number } {
  let stable = 0;
  let restored = 0;
  for (let net = args.from; net < args.to; net++) {
    const stream = RandomStream.of(args.seed + args.memories, 'disorder', net);
    const patterns = randomPatterns(args.memories, args.sites, stream);
    const first = patterns[0]!;
    const model = createSpinModel(polynomial(patterns, args.order), args.sites);
    model.reset(first);
    if (leastMargin(model) > 0) stable++;
    const cue = first.slice();
    for (const site of stream.sample(args.sites, args.flips)) cue[site] = -cue[site]!;
    model.reset(cue);
    relax(model, stream);
    if (equal(model.state, first)) restored++;
  }
  return { stable, restored };
}

/** Hopfield's merging experiment: seven random memories and an eighth at a distance from the seventh. */
function merging(
  args: NetRange & { readonly sites: number; readonly memories: number; readonly distance: number },
): {
  readonly bothExact: number;
  readonly distinct: number;
  readonly fused: number;
  readonly displacement: number;
} {
  const count = { bothExact: 0, distinct: 0, fused: 0, displacement: 0 };
  for (let net = args.from; net < args.to; net++) {
    const stream = RandomStream.of(args.seed + args.distance, 'disorder', net);
    const patterns = randomPatterns(args.memories - 1, args.sites, stream);
    const seventh = patterns.at(-1)!;
    const eighth = seventh.slice();
    for (const site of stream.sample(args.sites, args.distance)) eighth[site] = -eighth[site]!;
    patterns.push(eighth);
    const model = createSpinModel(
      polynomial(patterns, { degree: 2, rectified: false }),
      args.sites,
    );
    const [a, b] = [seventh, eighth].map((start) => {
      model.reset(start);
      relax(model, stream);
      return model.state.slice();
    }) as [Int8Array, Int8Array];
    const apart = (x: Int8Array, y: Int8Array): number =>
      x.reduce((sum, v, i) => sum + (v === y[i] ? 0 : 1), 0);
    const moved = [apart(a, seventh), apart(b, eighth)] as const;
    if (moved[0] === 0 && moved[1] === 0) count.bothExact++;
    if (equal(a, b)) count.fused++;
    else if (moved[0] < apart(a, eighth) && moved[1] < apart(b, seventh)) count.distinct++;
    count.displacement += (moved[0] + moved[1]) / 2;
  }
  return count;
}

export type GlassModel = 'sherrington-kirkpatrick' | 'four-sevenths';
/** Position spread of 4/7 glasses in waists: from here on they resemble the Sherrington–Kirkpatrick model. */
export const GLASS_SPREAD = 2;

function glassPositions(sites: number, stream: RandomStream): CavityPositions {
  return {
    geometry: 'four-sevenths',
    xy: gaussianPositions(sites, GLASS_SPREAD, stream),
    waist: 1,
    n0: 0,
    cloudSigma: 0,
  };
}

function glass(model: GlassModel, sites: number, stream: RandomStream): Landscape {
  const couplings =
    model === 'sherrington-kirkpatrick'
      ? sherringtonKirkpatrick(sites, stream)
      : couplingsFromPositions(glassPositions(sites, stream));
  return enumerateLandscape(couplings, sites);
}

/** Recall of a glass's own attractors from every cue with d errors, exactly. */
function glassRecall(args: {
  readonly seed: number;
  readonly disorder: number;
  readonly model: GlassModel;
  readonly sites: number;
  readonly rule: DiscreteRule;
  readonly errors: readonly number[];
}): { readonly attractors: number; readonly mean: number[]; readonly memories: number[] } {
  const stream = RandomStream.of(args.seed, 'disorder', args.disorder);
  const landscape = glass(args.model, args.sites, stream);
  return {
    attractors: landscape.attractors.length,
    ...attractorRecall(landscape, args.rule, args.errors),
  };
}

/** Attractor pairs of a 4/7 glass whose atoms move, and how many of them are recalled, exactly. */
function plasticRecall(args: {
  readonly seed: number;
  readonly disorder: number;
  readonly sites: number;
  /** Rms displacement over all states, in waists; 0: atoms at rest. */
  readonly displacement: number;
  readonly errors: readonly number[];
}): { readonly attractors: number; readonly memories: number[] } {
  const stream = RandomStream.of(args.seed, 'disorder', args.disorder);
  const positions = glassPositions(args.sites, stream);
  const landscape =
    args.displacement === 0
      ? enumerateLandscape(couplingsFromPositions(positions), args.sites)
      : enumeratePlasticLandscape(
          new Plasticity(positions, stiffnessFor(positions, args.displacement)),
        );
  const { memories } = attractorRecall(landscape, 'steepest-descent', args.errors);
  return { attractors: landscape.attractors.length, memories };
}

/** Recall of P random patterns stored by Hebb's rule, from every cue with d errors, exactly. */
function hebbRecall(args: {
  readonly seed: number;
  readonly disorder: number;
  readonly sites: number;
  readonly memories: number;
  readonly rule: DiscreteRule;
  readonly errors: readonly number[];
}): { readonly mean: number[]; readonly memories: number[] } {
  const stream = RandomStream.of(args.seed + args.memories, 'disorder', args.disorder);
  const patterns = randomPatterns(args.memories, args.sites, stream);
  // N·J are integers: ties, which Hebb's rule is full of, are exact.
  const landscape = enumerateLandscape(
    hebbCouplings(patterns).map((J) => args.sites * J),
    args.sites,
  );
  const recalls = exactRecall(landscape, patterns.map(stateCode), args.rule, args.errors);
  return {
    mean: args.errors.map((_, d) => recalls.reduce((s, r) => s + r[d]!, 0) / recalls.length),
    memories: args.errors.map((_, d) => memoriesAbove(recalls.map((row) => row[d]!))),
  };
}

/** Final states of steepest descent from random starts (or the starts themselves): overlaps of all replicas. */
function replicas(args: {
  readonly seed: number;
  readonly disorder: number;
  readonly model: GlassModel | 'paramagnet';
  readonly sites: number;
  readonly replicas: number;
  /** Standard deviation of |q| that the K-correlator is in units of; null: this disorder's own. */
  readonly sigma: number | null;
}): {
  readonly overlaps: Float64Array;
  readonly ultrametric: number;
  readonly triples: number;
  readonly magnetisation: number;
} {
  const { sites, model } = args;
  const stream = RandomStream.of(args.seed, 'disorder', args.disorder);
  const starts = RandomStream.of(args.seed, 'initial', args.disorder);
  const landscape = model === 'paramagnet' ? null : glass(model, sites, stream);
  const codes = Array.from({ length: args.replicas }, () => {
    const code = starts.integer(2 ** sites);
    return landscape === null ? code : steepestDescentEnd(landscape, code);
  });
  const overlaps = replicaOverlaps(codes, sites);
  const sizes = overlaps.map(Math.abs);
  const mean = sizes.reduce((a, b) => a + b, 0) / sizes.length;
  const sigma =
    args.sigma ??
    Math.sqrt(sizes.reduce((a, b) => a + (b - mean) ** 2, 0) / Math.max(1, sizes.length - 1));
  let ultrametric = 0;
  let triples = 0;
  let k = 0;
  const at = new Map<number, number>();
  for (let a = 0; a < codes.length; a++)
    for (let b = a + 1; b < codes.length; b++) at.set(a * codes.length + b, overlaps[k++]!);
  const q = (a: number, b: number): number => at.get(a * codes.length + b)!;
  for (let a = 0; sigma > 0 && a + 2 < codes.length; a += 3) {
    triples++;
    const K = tripleCorrelator(q(a, a + 1), q(a + 1, a + 2), q(a, a + 2), sigma);
    if (K < 0.25) ultrametric++;
  }
  const magnetisation =
    codes.reduce((sum, code) => {
      let up = 0;
      for (let i = 0; i < sites; i++) up += (code >>> i) & 1;
      return sum + (2 * up) / sites - 1;
    }, 0) / codes.length;
  return { overlaps, ultrametric, triples, magnetisation };
}

/** What worker threads can be asked, by name. */
export const TASKS = { storage, merging, glassRecall, plasticRecall, hebbRecall, replicas };
export type TaskName = keyof typeof TASKS;
export type TaskArguments<T extends TaskName> = Parameters<(typeof TASKS)[T]>[0];
export type TaskAnswer<T extends TaskName> = ReturnType<(typeof TASKS)[T]>;
