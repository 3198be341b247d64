import {
  RandomStream,
  RelaxdError,
  abortedError,
  isoTime,
  throwIfAborted,
  throwViolations,
} from 'relaxd/dist/src/core/index.js';
import {
  DeviceEventSource,
  descriptorHash,
  nextEquipment,
  programHash,
  programViolations,
  readoutTimes,
  resolveProgram,
  validateProgram,
} from 'relaxd/dist/src/device/index.js';
import { coinDescriptor } from './coin-descriptor.js';
import { CoinRun } from './coin-run.js';

/** @typedef {import('relaxd/dist/src/device/index.js').Device} Device */
/** @typedef {import('relaxd/dist/src/device/index.js').Program} Program */

/**
 * The Device contract on a bench of coins: identity, link, states, parameters, programs, faults. What happens between
 * `start` and the result is in coin-run.js.
 *
 * @implements {Device}
 */
export class CoinDevice {
  #descriptor;
  #context;
  #link = 'offline';
  #equipment = 'safe';
  #reason = 'not connected yet';
  #events = new DeviceEventSource();
  #parameters = new Map();
  /** @type {Program | null} */
  #loaded = null;
  /** @type {CoinRun | null} */
  #run = null;
  /** Name of the latched fault. @type {string | null} */
  #fault = null;

  constructor(id, bench, context) {
    this.id = id;
    this.bench = bench;
    this.#context = context;
    this.#descriptor = coinDescriptor(id, bench.serial, bench.coins);
    for (const { name, default: value } of this.#descriptor.parameters) {
      this.#parameters.set(name, value);
    }
  }

  // Identity and state: plain getters, which never wait.
  get driver() {
    return this.#descriptor.driver;
  }
  get origin() {
    return this.#descriptor.origin;
  }
  get serial() {
    return this.#descriptor.serial;
  }
  get link() {
    return this.#link;
  }
  get equipment() {
    return this.#equipment;
  }
  get reason() {
    return this.#reason;
  }
  /** Who clears it names it by its id. */
  get fault() {
    return this.#fault === null ? null : { id: this.#fault, cause: this.#reason };
  }

  on(event, listener) {
    return this.#events.on(event, listener);
  }

  // The link.
  async connect(signal) {
    throwIfAborted(signal);
    if (this.#link === 'online') return;
    // Here a driver of a board opens the port and asks who is there, and refuses another serial number by name.
    await this.#setLink('online', null);
    if (this.#equipment === 'safe') await this.#step('connected', null);
  }

  async close() {
    await this.#run?.end(new RelaxdError('aborted', `${this.id} was closed`));
    if (this.#link === 'offline') return;
    this.#reason = 'closed';
    await this.#setLink('offline', 'closed');
  }

  async [Symbol.asyncDispose]() {
    await this.close();
  }

  async describe(signal) {
    throwIfAborted(signal);
    return this.#descriptor;
  }

  // Parameters: settings of the thing itself, which no program changes.
  async readParameters(signal) {
    throwIfAborted(signal);
    return this.#descriptor.parameters.map((parameter) => this.#reading(parameter));
  }

  async writeParameter(name, value, signal) {
    throwIfAborted(signal);
    const parameter = this.#descriptor.parameters.find((candidate) => candidate.name === name);
    if (parameter === undefined) {
      throw new RelaxdError('unknown-parameter', `${this.id} has no parameter '${name}'`, {
        value: name,
        limit: this.#descriptor.parameters.map((p) => p.name),
      });
    }
    const [least, most] = parameter.range;
    if (!(value >= least && value <= most)) {
      throw new RelaxdError(
        'parameter-out-of-range',
        `${name} = ${value} is outside ${least} … ${most}`,
        { path: name, value, limit: parameter.range },
      );
    }
    this.#requireIdle('write a parameter');
    this.#parameters.set(name, value);
    const reading = this.#reading(parameter);
    await this.#events.emit('parameter', reading);
    return reading;
  }

  #reading({ name, unit }) {
    const readAt = isoTime(this.#context.clock.wallMs());
    return { name, value: this.#parameters.get(name), unit, readAt };
  }

  // A program, on its way to a run.
  async validate(program, signal) {
    throwIfAborted(signal);
    const own = programViolations(program); // it contradicts itself
    // What the descriptor cannot say is added here, in the same form: code, path, message, value, limit.
    return own.length > 0 ? own : validateProgram(program, this.#descriptor);
  }

  async load(program, signal) {
    throwIfAborted(signal);
    this.#requireOnline();
    await this.#step('load');
    this.#loaded = null;
    try {
      throwViolations(
        'program-refused',
        `program on ${this.id}`,
        await this.validate(program, signal),
      );
      this.#loaded = program;
    } finally {
      await this.#step(this.#loaded === null ? 'refused' : 'loaded');
    }
    return {
      programHash: programHash(program),
      descriptorHash: descriptorHash(this.#descriptor),
      warnings: [], // what was rounded, in words, for a device with a resolution
    };
  }

  async arm(plan, signal) {
    throwIfAborted(signal);
    this.#requireOnline();
    if (this.#loaded === null) {
      throw new RelaxdError('illegal-transition', `${this.id} has no program loaded`, {
        state: this.#equipment,
        hint: 'load a program first',
      });
    }
    await this.#step('arm');
    // The program with everything filled in that it left to the device.
    const program = resolveProgram(this.#loaded, this.#descriptor, plan.seed);
    this.#run = new CoinRun({
      program,
      times: readoutTimes(program),
      offset: this.#parameters.get('offset'),
      bench: this.bench,
      randomOf: (purpose, shot) => RandomStream.of(program.seed, purpose, shot),
      emit: (event, value) => this.#events.emit(event, value),
    });
  }

  // A run.
  async start(signal) {
    throwIfAborted(signal);
    const run = this.#requireRun('start');
    await this.#step('start');
    run.begin((failure) => this.#ended(failure));
  }

  async #ended(failure) {
    if (this.#equipment !== 'acquiring') return; // the safe state came first
    if (failure?.code !== 'device-fault') {
      return this.#step('finished', failure === null ? null : failure.message);
    }
    this.#fault = failure.details.fault;
    await this.#step('fail', failure.message);
    const at = isoTime(this.#context.clock.wallMs());
    await this.#events.emit('fault', { id: this.#fault, cause: failure.message, at });
  }

  async pauseAtShot(signal) {
    throwIfAborted(signal);
    await this.#requireAcquiring('pause').pause();
  }

  async resume(signal) {
    throwIfAborted(signal);
    this.#requireAcquiring('resume').resume();
  }

  async stop(signal) {
    throwIfAborted(signal);
    if (this.#equipment === 'armed') return this.#disarm();
    await this.#requireRun('stop').stop();
  }

  async abort(signal) {
    throwIfAborted(signal);
    if (this.#equipment === 'armed') return this.#disarm();
    await this.#run?.end(new RelaxdError('aborted', 'the run was aborted'));
  }

  async #disarm() {
    this.#run = null;
    await this.#step('disarm');
  }

  async readResult(signal) {
    const run = this.#requireRun('read a result');
    if (signal === undefined) return run.result;
    throwIfAborted(signal);
    return new Promise((resolve, reject) => {
      const leave = () => reject(abortedError(signal)); // the run goes on
      signal.addEventListener('abort', leave, { once: true });
      run.result.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
    });
  }

  // Safety.
  async toSafeState(cause) {
    this.bench.rest(); // the thing first, the bookkeeping afterwards
    await this.#step('safe', cause);
    await this.#run?.end(new RelaxdError('aborted', `safe state: ${cause}`, { cause }));
    this.#loaded = null;
  }

  async clearFault({ fault }, signal) {
    throwIfAborted(signal);
    const next = nextEquipment(this.#equipment, 'clear'); // throws where there is nothing to clear
    if (this.#fault !== null && fault !== this.#fault) {
      throw new RelaxdError('device-fault', `the fault of ${this.id} is '${this.#fault}'`, {
        value: fault,
        limit: this.#fault,
      });
    }
    if (this.bench.jammed) {
      throw new RelaxdError('device-fault', 'the machine is still stuck', {
        hint: 'free it first',
      });
    }
    this.#fault = null;
    if (next !== this.#equipment) await this.#step('clear', null);
  }

  async selfTest(signal) {
    this.#requireIdle('test itself');
    return this.health(signal);
  }

  async health(signal) {
    throwIfAborted(signal);
    const checks = [
      { name: 'link', ok: this.#link === 'online', detail: this.#link },
      { name: 'machine', ok: !this.bench.jammed, detail: this.bench.jammed ? 'stuck' : 'free' },
    ];
    const checkedAt = isoTime(this.#context.clock.wallMs());
    return { ok: checks.every(({ ok }) => ok), checkedAt, checks };
  }

  // The two state machines. Every change is told, with its reason.
  async #setLink(link, reason) {
    this.#link = link;
    await this.#events.emit('link', reason === null ? { link } : { link, reason });
  }

  async #step(event, reason = null) {
    this.#equipment = nextEquipment(this.#equipment, event); // throws illegal-transition, naming both
    this.#reason = reason;
    const { equipment } = this;
    await this.#events.emit('equipment', reason === null ? { equipment } : { equipment, reason });
  }

  #requireOnline() {
    if (this.#link === 'online') return;
    throw new RelaxdError('device-offline', `${this.id} is ${this.#link}`, { hint: 'connect it' });
  }

  #requireIdle(what) {
    if (this.#equipment !== 'acquiring' && this.#equipment !== 'armed') return;
    throw new RelaxdError('device-busy', `${this.id} cannot ${what} while ${this.#equipment}`, {
      state: this.#equipment,
    });
  }

  #requireAcquiring(what) {
    if (this.#equipment === 'acquiring') return this.#requireRun(what);
    throw new RelaxdError('illegal-transition', `${this.id} has no run under way to ${what}`, {
      state: this.#equipment,
      hint: 'load, arm, start',
    });
  }

  #requireRun(what) {
    if (this.#run !== null) return this.#run;
    throw new RelaxdError('illegal-transition', `${this.id} has no run to ${what}`, {
      state: this.#equipment,
      hint: 'load, arm, start, then readResult',
    });
  }
}
