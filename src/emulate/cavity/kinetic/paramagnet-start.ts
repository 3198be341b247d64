import type { RandomStream } from '../../../core/index.js';

/** Stub to be replaced. */
export interface ParamagnetStart {
  begin(initial: Int8Array, stream: RandomStream): void;
  advanceTo(t: number): boolean;
  handOver(energy: number): void;
  readonly startEnergy: number;
  readonly energy: number;
  readonly time: number;
  readonly values: Float64Array;
  readonly work: number;
  readonly heat: number;
}
