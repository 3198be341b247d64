import { contentHash, type TypedList } from '../core/index.js';
import type { CHANNELS, CONTROLS, KERNELS, ORDERS, RULES } from './program-document.js';

/** Energies follow one convention: E = −½ Σ Jᵢⱼ sᵢ sⱼ − Σ hᵢ sᵢ − Σ_d A_d(t) Σ ηᵢ sᵢ + wells, each pair once. */

export type Rule = (typeof RULES)[number];
export type Order = (typeof ORDERS)[number];
export type Channel = (typeof CHANNELS)[number];
export type ControlName = (typeof CONTROLS)[number];
/** How faithfully a device is emulated; the cavity's levels. */
export type Fidelity = 'discrete' | 'kinetic' | 'semiclassical' | 'quantum';
export type SiteKind = 'ising' | 'continuous';
export type HiddenPrior = 'gaussian' | 'binary' | 'one-hot' | 'poisson';

export interface SiteSpec {
  readonly kind: SiteKind;
  readonly hidden: boolean;
  readonly prior: HiddenPrior | null;
}

export type Interaction =
  | { readonly kind: 'polynomial'; readonly degree: number; readonly rectified: boolean }
  | { readonly kind: 'log-sum-exp'; readonly beta: number }
  | { readonly kind: 'exponential' };

/** N×N, row-major; row i is what site i receives. */
export interface DenseCouplings {
  readonly kind: 'dense';
  readonly data: Float64Array;
}
/** Flat list i, j, J; each pair once, symmetric. */
export interface CooCouplings {
  readonly kind: 'coo';
  readonly entries: Float64Array;
}
export interface MemoryCouplings {
  readonly kind: 'memories';
  readonly patterns: readonly Int8Array[];
  /** P×P, row-major; degree 2 only. */
  readonly weights: Float64Array | null;
  /** `next[μ]` is recalled after μ: a sequence, without an energy. */
  readonly next: Int32Array | null;
  readonly interaction: Interaction;
}
export interface PositionCouplings {
  readonly kind: 'positions';
  readonly geometry: 'confocal' | 'four-sevenths';
  /** Flat list x, y in the unit of `waist`. */
  readonly xy: Float64Array;
  readonly waist: number;
  readonly n0: number;
  /** Rms radius per axis of one cloud, same unit; 0 for points. */
  readonly cloudSigma: number;
  /** Tweezer stiffness for short-term plasticity; null for fixed atoms. */
  readonly stiffness: number | null;
}
export type Couplings = DenseCouplings | CooCouplings | MemoryCouplings | PositionCouplings;

export type KernelName = (typeof KERNELS)[number];
/** Bath of an ohmic flip law: it obeys detailed balance at T, in the program's energy. */
export interface OhmicKernel {
  readonly kind: 'ohmic';
  /** Left out: `dynamics.temperature`. */
  readonly temperature?: number | undefined;
}
/** A lossy, red-detuned cavity mode as the bath; all in the program's energy. */
export interface CavityKernelSpec {
  readonly kind: 'cavity';
  readonly detuning?: number | undefined;
  readonly linewidth?: number | undefined;
  readonly width?: number | undefined;
}
/** By what law the cavity's spins flip (docs/formats/program.md); members left out are the law's defaults. */
export type FlipKernel =
  | OhmicKernel
  | CavityKernelSpec
  | { readonly kind: 'dephased'; readonly width?: number | undefined }
  | { readonly kind: 'power'; readonly p?: number | undefined }
  | { readonly kind: 'steepest-descent' }
  | {
      readonly kind: 'avalanche';
      readonly p?: number | undefined;
      readonly spin?: number | undefined;
      readonly local?: boolean | undefined;
    }
  | {
      readonly kind: 'resolved';
      readonly spin?: number | undefined;
      readonly law?: OhmicKernel | CavityKernelSpec | undefined;
      readonly local?: boolean | undefined;
      readonly leap?: number | undefined;
    };

/** What becomes of the light in which vector spins precess. */
export interface LightKernel {
  readonly kind: 'eliminated' | 'truncated-wigner';
}
/** The neuron of rule `spiking`; members left out are the device's defaults. */
export interface NeuronKernelSpec {
  readonly kind: 'lif' | 'srm0' | 'memoryless';
  /** Membrane times. */
  readonly window?: number | undefined;
  readonly response?: 'box' | 'exponential' | undefined;
  readonly escape?: 'sigmoidal' | 'exponential' | undefined;
  readonly escapeTime?: number | undefined;
}
export type Kernel = FlipKernel | LightKernel | NeuronKernelSpec;

export interface Dynamics {
  readonly rule: Rule | null;
  readonly order: Order | null;
  /** One value, or one a site. */
  readonly temperature: number | Float64Array | null;
  readonly fidelity: Fidelity | null;
  readonly kernel: KernelName | Kernel | null;
  /** What a spin does at zero field and zero temperature: keep its value, or go to +1. */
  readonly ties: 'keep' | 'plus' | null;
  readonly integrator: string | null;
  readonly dt: number | null;
  readonly burnIn: number | null;
  readonly synapse: {
    readonly kernel: 'delay' | 'box' | 'exponential';
    readonly tau: number;
    readonly lambda: number;
  } | null;
  readonly spiking: Readonly<Record<string, number>> | null;
}

export type Initial =
  | { readonly kind: 'pattern'; readonly values: Float64Array }
  | { readonly kind: 'corrupted'; readonly values: Int8Array; readonly flips: number }
  | { readonly kind: 'random' }
  | { readonly kind: 'zero' }
  | { readonly kind: 'equilibrium' };

/** Flat list t, value: piecewise linear; a jump is two points at one t; constant before the first and after the last. */
export type Curve = Float64Array;

export interface Drive {
  readonly pattern: Float64Array;
  readonly amplitude: Curve;
}

/** A program in the form that devices work with: defaults that need no device filled in, numbers in typed arrays. */
export interface Program {
  readonly version: 1;
  readonly sites: number;
  /** One for all sites, or one a site. */
  readonly siteKinds: SiteKind | readonly SiteSpec[];
  readonly couplings: Couplings;
  /** Patterns that overlaps are taken with: as given, else the memories, else none. */
  readonly references: readonly Int8Array[];
  readonly fields: Float64Array;
  /** Per site; null where there are no continuous sites or the device's own wells are meant. */
  readonly wells: { readonly quadratic: Float64Array; readonly quartic: Float64Array } | null;
  readonly clamped: Int32Array;
  /** Values of the clamped sites, one row a shot (one row serves all); empty: held at their initial values. */
  readonly inputs: readonly Float64Array[];
  readonly dynamics: Dynamics;
  readonly initial: Initial;
  readonly drives: readonly Drive[];
  readonly controls: Readonly<Partial<Record<ControlName, Curve>>>;
  readonly duration: number;
  readonly readout: { readonly every: number | null; readonly channels: readonly Channel[] };
  readonly shots: number;
  readonly seed: number | null;
  /** Id of the calibration that it was corrected for: it is for that board as it was then. Left out or null: for nominal parts. */
  readonly calibration?: string | null;
}

/** A program's dynamics once a device has filled in its own defaults. */
export interface ResolvedDynamics extends Dynamics {
  readonly rule: Rule;
  readonly order: Order;
  readonly temperature: number | Float64Array;
  readonly ties: 'keep' | 'plus';
}
/** What a simulator gets: nothing is left to guess. */
export interface ResolvedProgram extends Program {
  readonly dynamics: ResolvedDynamics;
  readonly readout: { readonly every: number; readonly channels: readonly Channel[] };
  readonly seed: number;
}

/** Value of a piecewise-linear curve at t; at a jump the value after it. */
export function curveValue(curve: Curve, t: number): number {
  const points = curve.length / 2;
  if (t < curve[0]!) return curve[1]!;
  for (let k = points - 1; k >= 0; k--) {
    const t0 = curve[2 * k]!;
    if (t < t0) continue;
    const v0 = curve[2 * k + 1]!;
    if (k === points - 1) return v0;
    const t1 = curve[2 * k + 2]!;
    const v1 = curve[2 * k + 3]!;
    return v0 + ((v1 - v0) * (t - t0)) / (t1 - t0);
  }
  return curve[1]!;
}

/** The value before anything has happened: a curve's first listed one, which `equilibrium` is drawn at. */
export const curveStart = (curve: Curve): number => curve[1]!;

/** The document form of a program, members that hold their default left out. */
export const programDocument = (program: Program): Record<string, unknown> =>
  documentOf(program, (values) => Array.from(values));

/** The same for use within the process: large lists are the program's own arrays, not copies. Not for JSON.stringify. */
export const programView = (program: Program): Record<string, unknown> =>
  documentOf(program, (values) => values);

/** What a list of numbers becomes in a document. */
type AsList = (values: TypedList) => ArrayLike<number>;

function documentOf(program: Program, list: AsList): Record<string, unknown> {
  const { couplings, dynamics, initial, wells } = program;
  const compact = (values: Float64Array): number | number[] =>
    values.every((v) => v === values[0]) ? (values[0] ?? 0) : Array.from(values);
  const pairs = (curve: Curve): number[][] =>
    Array.from({ length: curve.length / 2 }, (_, k) => [curve[2 * k]!, curve[2 * k + 1]!]);
  const document: Record<string, unknown> = {
    version: 1,
    sites: program.sites,
    siteKinds:
      typeof program.siteKinds === 'string'
        ? program.siteKinds
        : program.siteKinds.map((site) => ({
            kind: site.kind,
            ...(site.hidden ? { hidden: true } : {}),
            ...(site.prior === null ? {} : { prior: site.prior }),
          })),
    couplings: couplingsDocument(couplings, list),
    duration: program.duration,
    shots: program.shots,
  };
  const own = couplings.kind === 'memories' ? couplings.patterns : [];
  const sameReferences =
    own.length === program.references.length && own.every((p, k) => p === program.references[k]);
  if (!sameReferences) document['references'] = program.references.map(list);
  if (program.fields.some((h) => h !== 0)) document['fields'] = Array.from(program.fields);
  if (wells !== null) {
    document['wells'] = { quadratic: compact(wells.quadratic), quartic: compact(wells.quartic) };
  }
  if (program.clamped.length > 0) document['clamped'] = Array.from(program.clamped);
  if (program.inputs.length > 0) document['inputs'] = program.inputs.map((row) => Array.from(row));
  const dynamicsDocument = Object.fromEntries(
    Object.entries({
      ...dynamics,
      temperature:
        dynamics.temperature instanceof Float64Array
          ? Array.from(dynamics.temperature)
          : dynamics.temperature,
    }).filter(([, value]) => value !== null),
  );
  if (Object.keys(dynamicsDocument).length > 0) document['dynamics'] = dynamicsDocument;
  if (initial.kind !== 'random') {
    document['initial'] =
      'values' in initial ? { ...initial, values: Array.from(initial.values) } : initial;
  }
  if (program.drives.length > 0) {
    document['drives'] = program.drives.map((drive) => ({
      pattern: Array.from(drive.pattern),
      amplitude: pairs(drive.amplitude),
    }));
  }
  const controls = Object.entries(program.controls).map(([name, curve]) => [name, pairs(curve)]);
  if (controls.length > 0) document['controls'] = Object.fromEntries(controls);
  document['readout'] = {
    ...(program.readout.every === null ? {} : { every: program.readout.every }),
    channels: [...program.readout.channels],
  };
  if (program.seed !== null) document['seed'] = program.seed;
  if (program.calibration != null) document['calibration'] = program.calibration;
  return document;
}

function couplingsDocument(couplings: Couplings, list: AsList): Record<string, unknown> {
  switch (couplings.kind) {
    case 'dense':
      return { kind: 'dense', data: list(couplings.data) };
    case 'coo': {
      const { entries } = couplings;
      return {
        kind: 'coo',
        entries: Array.from({ length: entries.length / 3 }, (_, k) =>
          Array.from(entries.subarray(3 * k, 3 * k + 3)),
        ),
      };
    }
    case 'memories': {
      const { patterns, weights, next, interaction } = couplings;
      const P = patterns.length;
      return {
        kind: 'memories',
        patterns: patterns.map(list),
        ...(weights === null
          ? {}
          : { weights: patterns.map((_, m) => Array.from(weights.subarray(m * P, (m + 1) * P))) }),
        ...(next === null ? {} : { next: Array.from(next) }),
        interaction,
      };
    }
    case 'positions': {
      const { xy, ...rest } = couplings;
      return {
        ...rest,
        xy: Array.from({ length: xy.length / 2 }, (_, k) => [xy[2 * k]!, xy[2 * k + 1]!]),
      };
    }
  }
}

const HASHES = new WeakMap<Program, string>();

/** Hash of a program: of its document, so that two spellings of the same program have the same hash. */
export function programHash(program: Program): string {
  let hash = HASHES.get(program);
  if (hash === undefined) HASHES.set(program, (hash = contentHash(programView(program))));
  return hash;
}

/** Members of a program that say how its system is run. */
const PER_RUN = ['initial', 'controls', 'duration', 'readout', 'shots', 'seed'] as const;
/** Above so many sites the hash of a system would take noticeable time. */
const MOST_HASHED_SITES = 128;

/**
 * Hash of what a program's energy and rates are made of: everything but the start, courses in time, the duration, readouts, shots and
 * seed. Two runs of one hash are of one system; null for large ones.
 */
export function systemHash(program: Program): string | null {
  if (program.sites > MOST_HASHED_SITES) return null;
  const { drives, dynamics, ...rest } = programView(program);
  for (const name of [...PER_RUN, 'references']) {
    delete rest[name];
  }
  const { burnIn: _burnIn, ...rates } = (dynamics ?? {}) as Record<string, unknown>;
  const patterns = ((drives ?? []) as { pattern: unknown }[]).map(({ pattern }) => pattern);
  return contentHash({ ...rest, dynamics: rates, patterns });
}

/** Notes a hash that another thread has computed: a large program takes a while. */
export function rememberProgramHash(program: Program, hash: string): void {
  HASHES.set(program, hash);
}

/** Kind and visibility of every site. */
export function siteSpecs(program: Program): readonly SiteSpec[] {
  const { siteKinds } = program;
  if (typeof siteKinds !== 'string') return siteKinds;
  return Array.from({ length: program.sites }, () => ({
    kind: siteKinds,
    hidden: false,
    prior: null,
  }));
}

/** The one kind of all sites, or null where they differ. */
export function uniformSiteKind(program: Program): SiteKind | null {
  if (typeof program.siteKinds === 'string') return program.siteKinds;
  const first = program.siteKinds[0]?.kind ?? null;
  return program.siteKinds.every((site) => site.kind === first) ? first : null;
}
