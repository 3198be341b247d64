import { RandomStream } from '../core/index.js';
import { hopfieldNetwork, retrieve, type Engine, type HopfieldNetwork } from '../kernels/index.js';
import type { Trial, Workload } from './workload.js';

const SITES = 1000;
const MEMORIES = 100;
const WRONG = 200;
const MOST_SWEEPS = 1000;
/** Retrievals a call: at most some 10 ms of work. */
const CUES_A_CALL = 250;
/** Measured: sweeps and flips of a retrieval, which are the same on every engine. */
const SWEEPS = 4;
const FLIPS = 230;

/**
 * W2: Hopfield's model, N = 1000, P = 100, cues with 20 % of the sites wrong, zero temperature, one site after the other
 * until nothing changes; retrievals a second. A trial makes 5000 (the reference 20).
 */
export const hopfield: Workload = {
  name: 'W2',
  title: 'retrieval from Hopfield’s model, N = 1000, P = 100',
  unit: 'retrievals/s',
  lowerIsBetter: false,
  on: (engine) => new RetrievalTrial(engine),
};

class RetrievalTrial implements Trial {
  readonly operations: number;
  readonly bytes: number;
  private readonly calls: number;
  private readonly cues: number;
  private readonly network: HopfieldNetwork;
  private readonly given: Int8Array;
  private readonly states: Int8Array;
  private readonly sweeps: Int32Array;

  constructor(private readonly engine: Engine) {
    this.calls = engine.raw === null ? 1 : 20;
    this.cues = engine.raw === null ? 20 : CUES_A_CALL;
    const stream = RandomStream.of(2, 'disorder', 0);
    const patterns = Array.from({ length: MEMORIES }, () =>
      Int8Array.from({ length: SITES }, () => stream.sign()),
    );
    this.network = hopfieldNetwork(engine.arena, patterns);
    const { stride } = this.network;
    const { arena } = engine;
    this.given = arena.int8(this.calls * this.cues * stride).fill(1);
    for (let cue = 0; cue < this.calls * this.cues; cue++) {
      this.given.set(patterns[cue % MEMORIES]!, cue * stride);
      const draws = RandomStream.of(2, 'cue', cue);
      for (const site of draws.sample(SITES, WRONG)) {
        this.given[cue * stride + site] = -this.given[cue * stride + site]!;
      }
    }
    this.states = arena.int8(this.calls * this.cues * stride);
    this.sweeps = arena.int32(this.calls * this.cues);
    const retrievals = this.calls * this.cues;
    this.operations = retrievals * (2 * SITES * MEMORIES + SWEEPS * SITES + FLIPS * SITES);
    this.bytes = retrievals * (FLIPS * SITES + (SITES * MEMORIES) / 4);
  }

  run(): void {
    const { states, network, calls, cues, sweeps } = this;
    states.set(this.given);
    for (let call = 0; call < calls; call++) {
      const block = states.subarray(
        call * cues * network.stride,
        (call + 1) * cues * network.stride,
      );
      const some = sweeps.subarray(call * cues, (call + 1) * cues);
      retrieve(this.engine, network, block, false, MOST_SWEEPS, some);
    }
  }

  figure(seconds: number): number {
    return (this.calls * this.cues) / seconds;
  }

  /** Every end is a fixed point, its fields computed from scratch. */
  check(): void {
    const { couplings, stride } = this.network;
    for (let cue = 0; cue < Math.min(50, this.sweeps.length); cue++) {
      const state = this.states.subarray(cue * stride, cue * stride + SITES);
      if (this.sweeps[cue]! >= MOST_SWEEPS) throw new Error(`cue ${cue} of W2 did not settle`);
      for (let i = 0; i < SITES; i++) {
        let field = 0;
        for (let j = 0; j < SITES; j++) field += couplings[i * stride + j]! * state[j]!;
        if (field * state[i]! < 0) throw new Error(`site ${i} of cue ${cue} of W2 is not stable`);
      }
    }
  }
}
