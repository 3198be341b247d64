import type { RandomStream } from '../../../core/index.js';
import { KNOB, type Knobs } from '../protocol.js';
import { FlickerNoise } from './flicker-noise.js';
import type { RealCircuit } from './real-circuit.js';

/** The state of an imperfect circuit, and views of its parts. */
export class CircuitState {
  readonly z: Float64Array;
  readonly x: Float64Array;
  /** Outputs of the coupling paths' poles; null where couplings act at once. */
  readonly w: Float64Array | null;
  /** Outputs of the readout's low-passes; null where there are none. */
  readonly r: Float64Array | null;
  readonly flicker: FlickerNoise;

  constructor(private readonly circuit: RealCircuit) {
    const { layout } = circuit;
    const { nodes } = layout;
    this.z = new Float64Array(layout.size);
    const part = (at: number): Float64Array | null =>
      at < 0 ? null : this.z.subarray(at, at + nodes);
    this.x = this.z.subarray(0, nodes);
    this.w = part(layout.w);
    this.r = part(layout.r);
    this.flicker = new FlickerNoise(
      nodes,
      layout.flickerRates,
      layout.flickerVariance,
      layout.flicker < 0 ? new Float64Array(0) : this.z.subarray(layout.flicker),
    );
  }

  /** Poles settle to the nodes as they are, as under a state that has been held; 1/f noise is drawn stationary. */
  settle(knobs: Knobs, stream: RandomStream): void {
    const { circuit, x, w, r, flicker } = this;
    circuit.receive(x);
    const c = knobs[KNOB.coupling]!;
    if (w !== null) for (let i = 0; i < w.length; i++) w[i] = c * circuit.received[i]!;
    if (r !== null) r.set(x);
    flicker.begin(stream);
  }

  /** What the couplings give to the nodes now. */
  coupled(knobs: Knobs, out: Float64Array): void {
    const { w, circuit } = this;
    if (w !== null) {
      out.set(w);
      return;
    }
    const c = knobs[KNOB.coupling]!;
    for (let i = 0; i < out.length; i++) out[i] = c * circuit.received[i]!;
  }
}
