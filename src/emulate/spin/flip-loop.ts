import {
  DENSE,
  FLIP_MODEL,
  MEMORIES,
  runFlips,
  runFlipsReference,
  SPARSE,
  type Engine,
  type FlipKernel,
  type FlippingModel,
  type FlipRecord,
} from '../../kernels/index.js';
import { ExponentialModel, PairwiseModel, SparseModel, type SpinModel } from '../../model/index.js';
import { KernelMemories } from './kernel-memories.js';
import { KernelSynapses } from './kernel-synapses.js';
import { FIELDS, FILTERED, HebbFields, OVERLAPS } from './memory-algorithm.js';

/** Makes attempts on a model's own arrays, many a call. */
export interface FlipLoop {
  /** How, in the field's terms: for the result's provenance. */
  readonly algorithm: string;
  /** What a flip costs in units of an attempt. */
  readonly flipCost: number;
  /** Makes the attempts of a record up to its limit, as far as its budget goes. */
  run(record: FlipRecord): void;
}

/**
 * The loop for a model: a compiled one where there is one, else the reference, with the same random numbers; null where
 * the model has another heat of a flip than −2 s b (exponential memories that are not on kernels).
 */
export function flipLoopOf(engine: Engine, model: SpinModel): FlipLoop | null {
  if (model instanceof PairwiseModel) return new DenseLoop(engine, model);
  if (model instanceof SparseModel) return new SparseLoop(engine, model);
  if (model instanceof KernelMemories) return new MemoryLoop(engine, model);
  if (model instanceof KernelSynapses) return new SynapseLoop(engine, model);
  return model instanceof ExponentialModel ? null : new PlainLoop(model);
}

/** The reference loop on any model. */
class PlainLoop implements FlipLoop {
  readonly algorithm = 'fields-of-the-model';
  readonly flipCost = 1;
  private readonly flipping: FlippingModel;

  constructor(model: SpinModel) {
    this.flipping = {
      unit: 1,
      isStale: false,
      rawField: (i) => model.field(i),
      flip: (i) => model.flip(i),
    };
  }

  run(record: FlipRecord): void {
    runFlipsReference(record, this.flipping);
  }
}

/** Attempts of about this many lanes' masked sums are what one on a cached field costs. */
const LANES_AN_ATTEMPT = 32;
const BUDGET = 1_000_000;
const NEVER = 2 ** 53;

/** Memories: a field is a sum over all overlaps, a flip changes all of them. */
class MemoryLoop implements FlipLoop {
  readonly algorithm = OVERLAPS;
  readonly flipCost = 6;
  private readonly kernel: FlipKernel;
  private readonly slots: Float64Array;
  private readonly budget: number;

  constructor(
    private readonly engine: Engine,
    private readonly model: KernelMemories,
  ) {
    const { lanes, address } = model.block;
    this.kernel = model.logarithm === null ? 'flipsMemories' : 'flipsExponential';
    this.slots = engine.scratch.float64(MEMORIES.slots);
    this.slots[FLIP_MODEL.unit] = model.unit;
    this.slots[FLIP_MODEL.mostFlips] = NEVER;
    this.slots[MEMORIES.block] = address;
    this.budget = Math.max(16, Math.floor(BUDGET / (1 + lanes / LANES_AN_ATTEMPT)));
  }

  run(record: FlipRecord): void {
    record.set('budget', this.budget);
    this.slots[FLIP_MODEL.flips] = 0;
    runFlips(this.engine, this.kernel, record, this.model, this.slots.byteOffset);
    if (this.kernel === 'flipsMemories' || record.done) return;
    // Compiled loops end before a field whose sign doubles do not tell; here it is decided.
    record.set('budget', 1);
    runFlipsReference(record, this.model);
  }
}

/** Memories led on by slow synapses: two or three sums over overlaps, the present ones and those of the past. */
class SynapseLoop implements FlipLoop {
  readonly algorithm = FILTERED;
  readonly flipCost = 6;
  private readonly budget: number;

  constructor(
    private readonly engine: Engine,
    private readonly model: KernelSynapses,
  ) {
    this.budget = Math.max(16, Math.floor(BUDGET / (4 + model.memories / 4)));
  }

  run(record: FlipRecord): void {
    const { synapses } = this.model;
    record.set('budget', this.budget);
    synapses.makeRoom();
    runFlips(this.engine, 'flipsSynapses', record, synapses, synapses.slots.byteOffset);
  }
}

/** A model with fields that are computed from scratch once in a while. */
interface CachedFields extends FlippingModel {
  flips: number;
  readonly mostFlips: number;
  refresh(): void;
}

/** Runs a compiled loop and keeps the count of flips, which is the model's, in the slots that the loop sees. */
abstract class CachedFieldLoop implements FlipLoop {
  abstract readonly algorithm: string;
  abstract readonly flipCost: number;

  protected constructor(
    private readonly engine: Engine,
    private readonly kernel: FlipKernel,
    private readonly model: CachedFields,
    private readonly slots: Float64Array,
  ) {
    slots[FLIP_MODEL.unit] = model.unit;
    slots[FLIP_MODEL.mostFlips] = model.mostFlips;
  }

  run(record: FlipRecord): void {
    const { slots, model } = this;
    if (this.engine.raw === null) {
      runFlips(this.engine, this.kernel, record, model, 0);
      return;
    }
    slots[FLIP_MODEL.flips] = model.flips;
    runFlips(this.engine, this.kernel, record, model, slots.byteOffset);
    model.flips = slots[FLIP_MODEL.flips]!;
    if (model.isStale) model.refresh();
  }
}

const DENSE_KERNELS = {
  int8: 'flipsInt8',
  int16: 'flipsInt16',
  float32: 'flipsFloat32',
  float64: 'flipsFloat64',
} as const;

/** Dense couplings: a flip adds a row to all fields. */
class DenseLoop extends CachedFieldLoop {
  readonly algorithm: string;
  readonly flipCost: number;

  constructor(engine: Engine, model: PairwiseModel) {
    const slots = engine.scratch.float64(DENSE.slots);
    const { columns, stride, type } = model.dense;
    slots[DENSE.columns] = columns.byteOffset;
    slots[DENSE.stride] = stride;
    slots[DENSE.fields] = model.fields.byteOffset;
    super(engine, DENSE_KERNELS[type], model, slots);
    this.algorithm = model instanceof HebbFields ? FIELDS : `local-fields-${type}`;
    this.flipCost = Math.ceil(model.sites / 16);
  }
}

/** Sparse couplings: a flip adds to the fields of its neighbours. */
class SparseLoop extends CachedFieldLoop {
  readonly algorithm = 'local-fields-sparse';
  readonly flipCost: number;

  constructor(engine: Engine, model: SparseModel) {
    const slots = engine.scratch.float64(SPARSE.slots);
    slots[SPARSE.starts] = model.starts.byteOffset;
    slots[SPARSE.neighbours] = model.neighbours.byteOffset;
    slots[SPARSE.couplings] = model.couplings.byteOffset;
    slots[SPARSE.fields] = model.fields.byteOffset;
    super(engine, 'flipsSparse', model, slots);
    this.flipCost = 1 + Math.ceil(model.neighbours.length / model.sites);
  }
}
