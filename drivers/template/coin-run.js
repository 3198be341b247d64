import { RelaxdError, asRelaxdError } from 'relaxd/dist/src/core/index.js';
import { SHOWN_SHOTS } from 'relaxd/dist/src/device/index.js';
import { MeanList } from './mean-list.js';

/** Samples are sent when so many rows have come together, and at each pause and end. */
const ROWS_A_CHUNK = 2000;
/** Other calls get their turn after so many shots. */
const SHOTS_A_TURN = 16;

/**
 * One run: shot after shot, samples to whoever listens, the result in the end. A board would be doing the shots by itself, and this
 * would receive them.
 */
export class CoinRun {
  #options;
  #settle;
  #failure = null;
  #paused = null;
  #stopping = false;
  #finished = Promise.resolve();
  #shots = 0;
  #chunk = null;
  #nextRow = 0;
  #means;
  #energyChange = new MeanList(1);
  #finals = { states: [], overlaps: [] };

  constructor(options) {
    this.#options = options;
    const { program, times } = options;
    this.#means = {
      energy: new MeanList(times.length),
      overlaps: program.references.map(() => new MeanList(times.length)),
    };
    this.result = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    this.result.catch(() => undefined); // whoever reads the result sees the failure
  }

  /** @param onEnd called before the result is there, with the failure or null */
  begin(onEnd) {
    this.#finished = this.#loop()
      .then(
        async () => {
          await onEnd(null);
          this.#settle.resolve(this.#build());
        },
        async (error) => {
          const failure = asRelaxdError(error, 'driver-failed');
          await onEnd(failure);
          this.#settle.reject(failure);
        },
      )
      .catch((error) => this.#settle.reject(error));
  }

  /** Resolves once no shot is under way and everything that was done has been delivered. */
  async pause() {
    this.#paused ??= open();
    await Promise.race([this.#paused.reached, this.#finished]);
  }

  resume() {
    this.#paused?.goOn();
    this.#paused = null;
  }

  /** Ends the run at the next shot. */
  async stop() {
    this.#stopping = true;
    this.resume();
    await this.#finished;
  }

  /** Ends the run at once. */
  async end(failure) {
    this.#failure ??= failure;
    this.resume();
    await this.#finished;
  }

  async #loop() {
    const { program, emit } = this.#options;
    while (this.#shots < program.shots && !this.#stopping) {
      if (this.#failure !== null) throw this.#failure;
      if (this.#paused !== null) {
        await this.#deliver();
        this.#paused?.reach();
        await this.#paused?.goneOn;
        continue;
      }
      this.#shot(this.#shots);
      this.#shots++;
      if (this.#chunk.t.length >= ROWS_A_CHUNK) await this.#deliver();
      if (this.#shots % SHOTS_A_TURN === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    }
    if (this.#failure !== null) throw this.#failure;
    await this.#deliver();
    await emit('progress', { fraction: this.#shots / program.shots, shots: this.#shots });
  }

  #shot(shot) {
    const { program, times, bench, randomOf, offset } = this.#options;
    const { sites, references, initial } = program;
    const temperature = program.dynamics.temperature;
    const fields = program.fields.map((h) => h + offset);
    const start = randomOf('initial', shot);
    const dynamics = randomOf('dynamics', shot);
    const state = Int8Array.from({ length: sites }, (_, i) =>
      initial.kind === 'pattern' ? initial.values[i] : start.sign(),
    );
    let first = NaN;
    for (let step = 0; step < times.length; step++) {
      if (step > 0) {
        try {
          bench.wait(state, fields, temperature, times[step] - times[step - 1], () =>
            dynamics.uniform(),
          );
        } catch (error) {
          throw new RelaxdError('device-fault', error.message, { fault: 'jam' }, error);
        }
      }
      const energy = -fields.reduce((sum, h, i) => sum + h * state[i], 0);
      const overlaps = references.map((xi) => xi.reduce((m, x, i) => m + x * state[i], 0) / sites);
      if (step === 0) first = energy;
      this.#readout(shot, step, energy, overlaps, state);
      if (step < times.length - 1) continue;
      this.#energyChange.add(0, energy - first);
      if (this.#finals.states.length < SHOWN_SHOTS) {
        this.#finals.states.push(Array.from(state));
        this.#finals.overlaps.push(overlaps);
      }
    }
  }

  #readout(shot, step, energy, overlaps, state) {
    const { times } = this.#options;
    this.#chunk ??= {
      shot: [],
      step: [],
      t: [],
      energy: [],
      overlaps: [],
      stateRows: [],
      state: [],
    };
    const chunk = this.#chunk;
    // A state where the channel was asked for, and always with the last readout of a shot.
    if (this.#asked('state') || step === times.length - 1) {
      chunk.stateRows.push(chunk.t.length);
      chunk.state.push(...state);
    }
    chunk.shot.push(shot);
    chunk.step.push(step);
    chunk.t.push(times[step]);
    chunk.energy.push(energy);
    chunk.overlaps.push(...overlaps);
    this.#means.energy.add(step, energy);
    overlaps.forEach((m, k) => this.#means.overlaps[k].add(step, m));
  }

  #asked(channel) {
    return this.#options.program.readout.channels.includes(channel);
  }

  /** Hands on what has come together. Waiting for the listeners is what keeps the recorder from losing anything. */
  async #deliver() {
    const { emit, program } = this.#options;
    const chunk = this.#chunk;
    if (chunk === null) return;
    this.#chunk = null;
    const rows = chunk.t.length;
    const firstRow = this.#nextRow;
    this.#nextRow += rows;
    await emit('samples', {
      firstRow,
      rows,
      shot: Int32Array.from(chunk.shot),
      step: Int32Array.from(chunk.step),
      t: Float64Array.from(chunk.t),
      energy: this.#asked('energy') ? Float64Array.from(chunk.energy) : null,
      work: null,
      heat: null,
      overlaps: this.#asked('overlaps') ? Float64Array.from(chunk.overlaps) : null,
      stateRows: Int32Array.from(chunk.stateRows),
      state: Int8Array.from(chunk.state),
    });
    await emit('shot', { shots: this.#shots });
    await emit('progress', { fraction: this.#shots / program.shots, shots: this.#shots });
  }

  #build() {
    const { program, times } = this.#options;
    const { energy, overlaps } = this.#means;
    const [mean] = this.#energyChange.means();
    const [sem] = this.#energyChange.sems();
    const [variance] = this.#energyChange.variances();
    return {
      shots: this.#shots,
      deviceTime: program.duration,
      engine: 'coins',
      algorithm: null,
      observables: {
        t: Array.from(times),
        ...(this.#asked('energy') ? { energy: { mean: energy.means(), sem: energy.sems() } } : {}),
        ...(this.#asked('overlaps')
          ? {
              overlaps: {
                mean: overlaps.map((m) => m.means()),
                sem: overlaps.map((m) => m.sems()),
              },
            }
          : {}),
      },
      final: this.#finals,
      // Nothing is driven, so W = 0 and the heat into the bath is −ΔE. What is not known is null, with its reason below.
      thermodynamics: {
        work: { mean: 0, sem: 0, variance: 0 },
        heat: {
          mean: mean === null ? null : -mean,
          sem,
          variance,
          baths: [
            {
              bath: 'bench',
              temperature: program.dynamics.temperature,
              mean: mean === null ? null : -mean,
              sem,
              variance,
            },
          ],
        },
        energyChange: { mean, sem, variance },
        entropyProduction: null,
        firstLawResidual: 0,
        jarzynski: null,
      },
      warnings: [
        'entropyProduction and jarzynski are null: the coin driver does not compute them',
        ...(this.#shots < 2 ? ['standard errors are null: they need at least two shots'] : []),
        ...(this.#shots < program.shots
          ? [`stopped after ${this.#shots} of ${program.shots} shots`]
          : []),
      ],
    };
  }
}

/** A pause: asked for, reached, left. */
function open() {
  const pause = {};
  pause.reached = new Promise((resolve) => (pause.reach = resolve));
  pause.goneOn = new Promise((resolve) => (pause.goOn = resolve));
  return pause;
}
