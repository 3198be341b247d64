import { RandomStream } from '../../core/index.js';
import type { ResolvedProgram } from '../../device/index.js';
import { CompensatedSum } from '../../thermo/index.js';
import type { Engine } from '../../kernels/index.js';
import { InitialStates } from '../spin/initial-state.js';
import { Protocol } from '../spin/protocol.js';
import type { SpinSystem } from '../spin/spin-system.js';
import { escapeProbability, escapeRate } from './escape.js';
import type { Neuron } from './neuron.js';
import { neuronSystem } from './neuron-system.js';
import type { NeuronDynamics } from './neuron-dynamics.js';

/** Calls to `onProgress` come once in so many decisions. */
const DECISIONS_A_REPORT = 4096;

/**
 * Memoryless neurons in continuous time: each decides at moments of its own, a Poisson process with one moment a step
 * on average, whether it fires, and its spike counts until its next moment. With P(fire) = ½(1 + tanh b/T) that is
 * asynchronous Glauber dynamics, and a decision that changes the state has the log ratio 2 s b/T of its rate and the reverse one.
 */
export class ClockedNeurons implements NeuronDynamics {
  readonly algorithm = 'decisions-one-by-one';
  readonly system: SpinSystem;
  onProgress: (t: number) => void = () => undefined;
  onSpike: ((site: number, t: number) => void) | null = null;
  private readonly protocol: Protocol;
  private readonly starts: InitialStates;
  private readonly entropySum = new CompensatedSum();
  private readonly pace: number;
  private stream: RandomStream;
  private next = Infinity;
  private readonly draw = new Float64Array(1);

  constructor(
    private readonly program: ResolvedProgram,
    private readonly neuron: Neuron,
    engine: Engine | null = null,
  ) {
    const temperature = program.dynamics.temperature as number;
    this.protocol = new Protocol(program, temperature);
    this.system = neuronSystem(program, this.protocol, engine);
    this.starts = new InitialStates(program, this.system, false, temperature);
    this.pace = neuron.window / this.system.free.length;
    this.stream = RandomStream.of(program.seed, 'dynamics', 0);
  }

  get entropy(): number {
    return this.entropySum.value;
  }

  begin(shot: number): void {
    this.protocol.rewind();
    this.starts.place(shot);
    this.stream = RandomStream.of(this.program.seed, 'dynamics', shot);
    this.entropySum.reset();
    this.next = 0;
    this.schedule();
  }

  advanceTo(until: number): void {
    while (this.next <= until) {
      this.decideUntil(until);
      this.onProgress(Math.min(this.next, until));
    }
    this.protocol.advance(until);
  }

  /** So many decisions that compilers take notice of this function, and that progress is to be told. */
  private decideUntil(until: number): void {
    const { system, protocol, stream } = this;
    for (let k = 0; k < DECISIONS_A_REPORT && this.next <= until; k++) {
      if (this.next >= protocol.quietUntil) protocol.advance(this.next);
      this.decide(system.free[stream.integer(system.free.length)]!);
      this.schedule();
    }
  }

  private decide(site: number): void {
    const { system, neuron, draw } = this;
    const { temperature } = this.protocol;
    const over = system.totalField(site) + neuron.offset;
    const rate = escapeRate(over, temperature, neuron.escape);
    const chance = escapeProbability(rate, neuron.window / neuron.escapeTime);
    let fires = rate > 0;
    if (fires && chance < 1) {
      this.stream.fillUniform(draw, 1);
      fires = draw[0]! < chance;
    }
    if (fires && this.onSpike !== null) this.onSpike(site, this.next);
    if (fires === system.state[site]! > 0) return;
    this.entropySum.add((fires ? 2 : -2) * (over / temperature));
    system.flip(site);
  }

  private schedule(): void {
    if (this.pace === Infinity) {
      this.next = Infinity;
      return;
    }
    this.stream.fillUniform(this.draw, 1);
    this.next -= this.pace * Math.log(1 - this.draw[0]!);
  }
}
