import type { Allocator } from '../arena.js';
import type { LayerPlaces } from './layer-places.js';

/** Words of the plan that compiled code reads: the same in `assembly/layered.ts` and `native/layered.h`. */
const PLAN_WORDS = 11;
const LAYER_WORDS = 3;

/**
 * Layers of continuous units that are coupled to their neighbours only, alike in both directions: the force on unit i is
 * h_i + c Σ_j w_ij x_j − (2q_i + 4r_i x_i²) x_i. All arrays are of 32-bit floats, one number a unit of {@link places}; what pads
 * the layers is to stay 0.
 */
export class LayeredNetwork {
  readonly x: Float32Array;
  /** Σ_j w_ij x_j after a product; overwritten by steps. */
  readonly force: Float32Array;
  /** h */
  readonly field: Float32Array;
  /** 2q and 4r. */
  readonly twiceQuadratic: Float32Array;
  readonly fourQuartic: Float32Array;
  /** √(2T dt) */
  readonly amplitude: Float32Array;
  /** Standard normal numbers of a step, and of the one before. */
  readonly noise: Float32Array;
  readonly earlier: Float32Array;
  /** What compiled code reads. */
  readonly plan: Int32Array;
  /** What compiled code multiplies its sums by. */
  readonly scale: number;

  /**
   * @param allocator of the engine whose kernels work on it
   * @param weights {@link LayerPlaces.weights} numbers in the same arena; any number of networks may share them
   * @param unit what a weight of 1 stands for
   */
  constructor(
    allocator: Allocator,
    readonly places: LayerPlaces,
    readonly weights: Float32Array | Int16Array,
    readonly unit = 1,
  ) {
    if (places.halves !== weights instanceof Int16Array) throw new Error('weights of another kind');
    // Weights of 16 bits are read as the upper halves of words.
    this.scale = places.halves ? unit / 0x10000 : unit;
    const { sizes, units, offsets, widths, firstWeights } = places;
    const fresh = (): Float32Array => allocator.float32(units);
    this.x = fresh();
    this.force = fresh();
    this.field = fresh();
    this.twiceQuadratic = fresh();
    this.fourQuartic = fresh();
    this.amplitude = fresh();
    this.noise = fresh();
    this.earlier = fresh();
    this.plan = allocator.int32(PLAN_WORDS + LAYER_WORDS * sizes.length);
    const { x, force, field, twiceQuadratic, fourQuartic, amplitude, noise, earlier } = this;
    const arrays = [x, force, field, twiceQuadratic, fourQuartic, amplitude, noise, earlier];
    this.plan.set([sizes.length, units, ...arrays.map((array) => array.byteOffset)]);
    this.plan[PLAN_WORDS - 1] = places.halves ? 1 : 0;
    offsets.forEach((offset, l) => {
      const first = weights.byteOffset + weights.BYTES_PER_ELEMENT * (firstWeights[l] ?? 0);
      this.plan.set([offset, widths[l]!, first], PLAN_WORDS + LAYER_WORDS * l);
    });
  }
}
