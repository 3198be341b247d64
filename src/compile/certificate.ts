import { checkDocument, throwViolations, Type } from '../core/index.js';
import { CRITERIA, type Criterion } from './calibrated/effective-law.js';
import { REMAINDER_KINDS, type Remainder } from './calibrated/what-remains.js';

const object = <T extends Type.TProperties>(properties: T): Type.TObject<T> =>
  Type.Object(properties, { additionalProperties: false });
const maybe = Type.Optional;
const number = Type.Number();
const count = Type.Integer({ minimum: 0 });
const share = Type.Number({ minimum: 0, maximum: 1 });
const oneOf = <T extends readonly string[]>(...names: T) =>
  Type.Union(names.map((name) => Type.Literal(name)));

/** How an overlap was predicted; docs/formats/certificate.md says what each of them assumes. */
export const OVERLAP_METHODS = [
  'relaxation',
  'ags',
  'mean-field',
  'single-site mean-field',
  'one-step',
] as const;
export type OverlapMethod = (typeof OVERLAP_METHODS)[number];

export const SUCCESS_METHODS = ['signal-to-noise', 'sampled cues'] as const;
export type SuccessMethod = (typeof SUCCESS_METHODS)[number];

export const LOSS_KINDS = [
  'scale',
  'clipping',
  'quantisation',
  'wells',
  'analog-amplitude',
  'temperature',
  'expansion',
] as const;
export type LossKind = (typeof LOSS_KINDS)[number];

const margins = object({ min: number, mean: number, unstable: count, ties: count });

/** A certificate as a document (docs/formats/certificate.md). */
export const CERTIFICATE_SCHEMA = object({
  version: Type.Literal(1),
  device: Type.String(),
  descriptor: Type.String(),
  rule: Type.String(),
  memories: object({ name: Type.String(), hash: Type.String(), count, sites: count }),
  couplings: object({ kind: oneOf('dense', 'coo', 'memories'), expanded: Type.Boolean() }),
  load: number,
  correlation: object({ largest: share, rms: share, pair: maybe(Type.Array(count)) }),
  corrupt: share,
  temperature: object({ device: number, ideal: number }),
  scale: Type.Number({ exclusiveMinimum: 0 }),
  quantisation: object({
    resolution: maybe(number),
    rms: number,
    max: number,
    relative: number,
    excessNoise: number,
  }),
  clipped: count,
  wells: maybe(
    object({
      quadratic: number,
      quartic: number,
      largestEigenvalue: number,
      memoryEigenvalue: object({ min: number, mean: number }),
      amplitude: number,
    }),
  ),
  calibration: maybe(
    object({
      id: Type.String(),
      criterion: oneOf(...CRITERIA),
      shown: object({ scale: Type.Array(number), offset: Type.Array(number) }),
      remains: Type.Array(
        object({
          kind: oneOf(...REMAINDER_KINDS),
          what: Type.String(),
          largest: number,
          rms: number,
          unit: oneOf('coupling', 'energy', 'field', 'V0', 't0', '1'),
        }),
      ),
    }),
  ),
  certified: count,
  predictions: Type.Array(
    object({
      index: count,
      label: Type.String(),
      before: margins,
      after: margins,
      overlap: object({ value: number, method: oneOf(...OVERLAP_METHODS) }),
      success: maybe(
        object({ value: share, estimate: Type.Literal(true), method: oneOf(...SUCCESS_METHODS) }),
      ),
    }),
  ),
  losses: Type.Array(object({ kind: oneOf(...LOSS_KINDS), what: Type.String(), amount: number })),
  warnings: Type.Array(Type.String()),
});

/** Stability of a memory: ξ_i b_i over the sites, in the unit of the rule's ideal couplings. */
export interface Margins {
  readonly min: number;
  readonly mean: number;
  /** Sites with ξ_i b_i < 0: they leave the memory at zero temperature. */
  readonly unstable: number;
  /** Sites with ξ_i b_i = 0: what they do is the tie rule's business. */
  readonly ties: number;
}

export interface MemoryPrediction {
  readonly index: number;
  readonly label: string;
  /** With the rule's ideal couplings. */
  readonly before: Margins;
  /** With the couplings that the device gets, divided by the scale: the same unit as `before`. */
  readonly after: Margins;
  /** Overlap with the memory that a run ends at, from the memory itself, at the device's temperature. */
  readonly overlap: { readonly value: number; readonly method: OverlapMethod };
  /** Share of cues with the corruption asked for that end at overlap ≥ 0.95; null for sequences. */
  readonly success: {
    readonly value: number;
    readonly estimate: true;
    readonly method: SuccessMethod;
  } | null;
}

/** Something that the device cannot do as the rule has it, and how much of it is lost. */
export interface Loss {
  readonly kind: LossKind;
  readonly what: string;
  readonly amount: number;
}

/** What a compiled program is expected to do, and what was lost on the way. Its predictions are tests. */
export interface Certificate {
  readonly version: 1;
  readonly device: string;
  /** Hash of the descriptor that was compiled for. */
  readonly descriptor: string;
  readonly rule: string;
  readonly memories: {
    readonly name: string;
    readonly hash: string;
    readonly count: number;
    readonly sites: number;
  };
  readonly couplings: {
    readonly kind: 'dense' | 'coo' | 'memories';
    /** True where memories were multiplied out to pairs, since the device takes no memories. */
    readonly expanded: boolean;
  };
  /** α = P / N */
  readonly load: number;
  /** |overlap| between different memories: largest, root mean square, and which two are the most alike. */
  readonly correlation: {
    readonly largest: number;
    readonly rms: number;
    readonly pair: readonly [number, number] | null;
  };
  /** Fraction of flipped sites that `success` is predicted for. */
  readonly corrupt: number;
  /** The temperature that the program sets, and the same in the unit of the ideal couplings (device / scale). */
  readonly temperature: { readonly device: number; readonly ideal: number };
  /** Program's J = scale × ideal J, before rounding. */
  readonly scale: number;
  /** Errors J − scale·J_ideal in the program's unit; `relative` is rms error over rms coupling. */
  readonly quantisation: {
    readonly resolution: number | null;
    readonly rms: number;
    readonly max: number;
    readonly relative: number;
    /** κ = ⟨J²⟩⟨J_ideal²⟩/⟨J J_ideal⟩² − 1: variance that rounding and clipping add to the crosstalk, α κ. */
    readonly excessNoise: number;
  };
  /** Couplings (entries of the matrix) cut off at the range. */
  readonly clipped: number;
  /** Continuous sites only. */
  readonly wells: {
    readonly quadratic: number;
    readonly quartic: number;
    readonly largestEigenvalue: number;
    readonly memoryEigenvalue: { readonly min: number; readonly mean: number };
    /** x of a stored site at zero temperature, √((λ − 2q)/4r) with the mean λ of the memories. */
    readonly amplitude: number;
  } | null;
  /** What the program was corrected for; null: it is for a device of nominal parts. Predictions are then those of the corrected board. */
  readonly calibration: {
    readonly id: string;
    readonly criterion: Criterion;
    /** Shown = scale × ideal value + offset, per site. */
    readonly shown: { readonly scale: readonly number[]; readonly offset: readonly number[] };
    readonly remains: readonly Remainder[];
  } | null;
  /** Number of memories that `predictions` covers: all, or the first ones and the target where that would take too long. */
  readonly certified: number;
  readonly predictions: readonly MemoryPrediction[];
  readonly losses: readonly Loss[];
  readonly warnings: readonly string[];
}

/**
 * Reads a certificate document; members that are left out are null.
 * @throws RelaxdError `invalid-input`, or the code of the only violation (`unknown-field`, …)
 */
export function readCertificate(document: unknown): Certificate {
  throwViolations('invalid-input', 'certificate', checkDocument(CERTIFICATE_SCHEMA, document));
  const certificate = document as Certificate;
  return {
    ...certificate,
    correlation: { ...certificate.correlation, pair: certificate.correlation.pair ?? null },
    quantisation: {
      ...certificate.quantisation,
      resolution: certificate.quantisation.resolution ?? null,
    },
    wells: certificate.wells ?? null,
    calibration: certificate.calibration ?? null,
    predictions: certificate.predictions.map((row) => ({ ...row, success: row.success ?? null })),
  };
}
