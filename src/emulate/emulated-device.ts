import {
  isoTime,
  RelaxdError,
  throwIfAborted,
  throwViolations,
  unlessAborted,
  type Violation,
} from '../core/index.js';
import {
  descriptorAt,
  descriptorHash,
  DeviceEventSource,
  DeviceStatus,
  programHash,
  programViolations,
  readoutTimes,
  resolveProgram,
  systemHash,
  validateProgram,
  writableParameter,
  type Descriptor,
  type Device,
  type DeviceEventName,
  type DeviceListener,
  type DeviceResult,
  type DriverContext,
  type EquipmentState,
  type HealthReport,
  type HeldProgram,
  type LinkState,
  type LoadReceipt,
  type ParameterReading,
  type Program,
  type ResolvedProgram,
  type RunAside,
  type RunPlan,
} from '../device/index.js';
import { runStatement, type RunStatement, type ThermoContext } from '../thermo/index.js';
import { EmulatedRun } from './emulated-run.js';
import { defaultEngine, engineName, requireEngine } from '../kernels/index.js';
import { arenaOf, shareArrays } from './share-arrays.js';
import { SimulationPool } from './simulation-pool.js';

/** What makes an emulated device out of a simulator. */
export interface Emulation {
  readonly descriptor: Descriptor;
  /** Compiled module with an export `simulate`. */
  readonly simulator: URL;
  /** Engine in the result where no kernel computes it; left out: the kernel engine's name. */
  readonly engineName?: string;
  /** What the descriptor's schema cannot say; the same form as {@link validateProgram}. */
  readonly furtherViolations?: (
    program: Program,
    parameters: Readonly<Record<string, number>>,
  ) => readonly Violation[];
  /** The program as the device will really run it (rounded couplings, for one), and what was changed, in words. */
  readonly realise?: (
    program: ResolvedProgram,
    parameters: Readonly<Record<string, number>>,
  ) => { readonly program: ResolvedProgram; readonly warnings: readonly string[] };
  /**
   * Shots of a block, where the simulator moves many side by side; depends on what the device is to run only.
   * Left out, or null: few, so that threads are busy alike.
   */
  readonly shotsABlock?: (
    program: ResolvedProgram,
    parameters: Readonly<Record<string, number>>,
    readouts: number,
  ) => number | null;
  /** May depend on everything but the program's seed. */
  readonly thermodynamics: (
    program: ResolvedProgram,
    parameters: Readonly<Record<string, number>>,
  ) => ThermoContext;
}

/** What a device has in hand; with a run that is put aside goes all of it. */
interface InHand {
  program: Program | null;
  run: EmulatedRun | null;
  readonly parameters: Map<string, number>;
  /** A parameter has been written since the program was loaded. */
  changed: boolean;
  /** What is known of the program's thermodynamics with the parameters as they are; null: not worked out. */
  known: ThermoContext | null;
  /** Threads of the run: those of one that is put aside stand still in it. */
  readonly pool: SimulationPool;
}

/** A device whose physics runs in worker threads of this process. */
export class EmulatedDevice implements Device {
  readonly id: string;
  readonly driver: string;
  readonly origin = 'emulator' as const;
  readonly serial: string;
  private readonly events = new DeviceEventSource();
  private readonly status: DeviceStatus;
  private readonly hash: string;
  private now: InHand;
  private readonly aside = new Set<InHand>();

  constructor(
    private readonly emulation: Emulation,
    private readonly context: DriverContext,
  ) {
    const { descriptor } = emulation;
    this.id = descriptor.device;
    this.driver = descriptor.driver;
    this.serial = descriptor.serial;
    this.status = new DeviceStatus(this.id, this.events);
    this.hash = descriptorHash(descriptor);
    this.now = this.emptyHanded(descriptor.parameters.map((p) => [p.name, p.default]));
  }

  private emptyHanded(parameters: Iterable<readonly [string, number]>): InHand {
    return {
      program: null,
      run: null,
      parameters: new Map(parameters),
      changed: false,
      known: null,
      pool: new SimulationPool(this.context.threads),
    };
  }

  get link(): LinkState {
    return this.status.link;
  }
  get equipment(): EquipmentState {
    return this.status.equipment;
  }
  get reason(): string | null {
    return this.status.reason;
  }

  on<E extends DeviceEventName>(event: E, listener: DeviceListener<E>): () => void {
    return this.events.on(event, listener);
  }

  async connect(signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    if (this.link === 'online') return;
    await this.status.setLink('online');
    if (this.equipment === 'safe') await this.status.step('connected');
  }

  async close(): Promise<void> {
    await this.endRuns(new RelaxdError('aborted', `${this.id} was closed`));
    await this.now.pool[Symbol.asyncDispose]();
    if (this.link === 'offline') return;
    this.status.reason = 'closed';
    await this.status.setLink('offline', 'closed');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async describe(signal?: AbortSignal): Promise<Descriptor> {
    throwIfAborted(signal);
    return this.emulation.descriptor;
  }

  async readParameters(signal?: AbortSignal): Promise<readonly ParameterReading[]> {
    throwIfAborted(signal);
    return this.emulation.descriptor.parameters.map(({ name }) => this.reading(name));
  }

  async writeParameter(
    name: string,
    value: number,
    signal?: AbortSignal,
  ): Promise<ParameterReading> {
    throwIfAborted(signal);
    writableParameter(this.emulation.descriptor, name, value);
    this.requireIdle('write a parameter');
    this.now.parameters.set(name, value);
    this.now.changed = true;
    this.now.known = null;
    const reading = this.reading(name);
    await this.events.emit('parameter', reading);
    return reading;
  }

  private reading(name: string): ParameterReading {
    const parameter = this.emulation.descriptor.parameters.find((p) => p.name === name)!;
    return {
      name,
      value: this.now.parameters.get(name) ?? null,
      unit: parameter.unit,
      readAt: isoTime(this.context.clock.wallMs()),
    };
  }

  async validate(program: Program, signal?: AbortSignal): Promise<readonly Violation[]> {
    throwIfAborted(signal);
    const own = programViolations(program);
    if (own.length > 0) return own;
    const refused = validateProgram(program, this.emulation.descriptor);
    return refused.length > 0
      ? refused
      : (this.emulation.furtherViolations?.(program, Object.fromEntries(this.now.parameters)) ??
          []);
  }

  async load(program: Program, signal?: AbortSignal): Promise<LoadReceipt> {
    this.requireOnline();
    await this.status.step('load');
    try {
      throwViolations(
        'program-refused',
        `program on ${this.id}`,
        await this.validate(program, signal),
      );
      this.now.program = program;
      this.now.changed = false;
      this.now.known = null;
      const resolved = resolveProgram(program, this.emulation.descriptor, 0);
      const { program: realised, warnings } = this.realise(resolved);
      return {
        programHash: programHash(program),
        descriptorHash: this.hash,
        warnings,
        thermodynamics: { ...this.state(program, realised) },
      };
    } catch (error) {
      this.now.program = null;
      throw error;
    } finally {
      await this.status.step(this.now.program === null ? 'refused' : 'loaded');
    }
  }

  /** What a record will say of the run's thermodynamics. */
  private state(program: Program, realised: ResolvedProgram): RunStatement {
    const { units } = descriptorAt(this.emulation.descriptor, program.dynamics.fidelity);
    return runStatement(realised, units, systemHash(program), this.thermodynamics(realised));
  }

  /** Worked out once for what is loaded (enumerations take their time): it is the same for every seed. */
  private thermodynamics(realised: ResolvedProgram): ThermoContext {
    const { thermodynamics } = this.emulation;
    return (this.now.known ??= thermodynamics(realised, Object.fromEntries(this.now.parameters)));
  }

  private realise(program: ResolvedProgram): {
    program: ResolvedProgram;
    warnings: readonly string[];
  } {
    return (
      this.emulation.realise?.(program, Object.fromEntries(this.now.parameters)) ?? {
        program,
        warnings: [],
      }
    );
  }

  async arm(plan: RunPlan, signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    this.requireOnline();
    const loaded = this.status.requireLoaded(this.now.program);
    if (this.now.changed) {
      const found = await this.validate(loaded, signal);
      throwViolations('program-refused', `program on ${this.id} as its parameters are now`, found);
      this.now.changed = false;
    }
    const engine = plan.engine ?? defaultEngine();
    requireEngine(engine);
    await this.status.step('arm');
    // A listener may have brought it to its safe state.
    const still = this.status.requireLoaded(this.now.program);
    const resolved = resolveProgram(still, this.emulation.descriptor, plan.seed);
    const { program, warnings } = this.realise(resolved);
    const arena = arenaOf(program);
    const parameters = Object.fromEntries(this.now.parameters);
    const times = readoutTimes(program);
    this.now.run = new EmulatedRun({
      program: shareArrays(program, arena),
      parameters,
      times: shareArrays(times, arena),
      shotsABlock: this.emulation.shotsABlock?.(program, parameters, times.length) ?? null,
      simulator: this.emulation.simulator,
      engine,
      engineName: this.emulation.engineName ?? engineName(engine),
      algorithm: plan.algorithm ?? null,
      arena,
      warnings,
      context: this.thermodynamics(program),
      threads: Math.max(1, Math.min(plan.threads ?? this.now.pool.threads, this.now.pool.threads)),
      pool: this.now.pool,
      events: this.events,
    });
  }

  async start(signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    const run = this.status.requireRun(this.now.run, 'start');
    await this.status.step('start');
    run.begin(async (failure) => {
      if (this.now.run !== run || this.equipment !== 'acquiring') return;
      await this.status.step('finished', failure === null ? null : failure.message);
    });
  }

  async pauseAtShot(signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    await this.status.requireAcquiring(this.now.run, 'pause').pause();
  }

  async resume(signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    this.status.requireAcquiring(this.now.run, 'resume').resume();
  }

  async verify(signal?: AbortSignal): Promise<HeldProgram> {
    throwIfAborted(signal);
    const run = this.status.requireAcquiring(this.now.run, 'verify');
    return {
      programHash: programHash(this.status.requireLoaded(this.now.program)),
      held: run.fingerprint(),
    };
  }

  async putAside(signal?: AbortSignal): Promise<RunAside> {
    throwIfAborted(signal);
    const run = this.status.requireAcquiring(this.now.run, 'put aside');
    await run.standsStill();
    this.status.requireAcquiring(this.now.run, 'put aside'); // it may have come to its end instead
    const held = this.now;
    this.aside.add(held);
    this.now = this.emptyHanded(held.parameters);
    await this.status.step('disarm');
    return {
      takeUp: async () => {
        this.requireIdle('take up a run');
        const ended = new RelaxdError('aborted', 'the run has ended');
        if (!this.aside.has(held)) throw ended;
        await this.status.step('arm');
        if (!this.aside.delete(held)) {
          await this.disarm();
          throw ended;
        }
        const others = this.now.pool;
        this.now = held;
        await this.status.step('start');
        await others[Symbol.asyncDispose]();
      },
      stop: () => this.drop(held, () => run.stop()),
      abort: () =>
        this.drop(held, () => run.end(new RelaxdError('aborted', 'the run was aborted'))),
    };
  }

  /** A run that is put aside ends, and its threads with it; from here on it cannot be taken up. */
  private async drop(held: InHand, end: () => Promise<void> | undefined): Promise<void> {
    const aside = this.aside.delete(held);
    await end();
    if (aside) await held.pool[Symbol.asyncDispose]();
  }

  private async endRuns(reason: RelaxdError): Promise<void> {
    for (const held of this.aside) await this.drop(held, () => held.run?.end(reason));
    await this.now.run?.end(reason);
  }

  async stop(signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    if (this.equipment === 'armed') return this.disarm();
    await this.status.requireRun(this.now.run, 'stop').stop();
  }

  async abort(signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    if (this.equipment === 'armed') return this.disarm();
    await this.now.run?.end(new RelaxdError('aborted', 'the run was aborted'));
  }

  private async disarm(): Promise<void> {
    this.now.run = null;
    await this.status.step('disarm');
  }

  async toSafeState(cause: string): Promise<void> {
    await this.status.step('safe', cause);
    // At once: whoever clears the safe state may load again before the run has ended.
    this.now.program = null;
    await this.endRuns(new RelaxdError('aborted', `safe state: ${cause}`, { cause }));
  }

  async clearFault(): Promise<void> {
    await this.status.step('clear');
  }

  async readResult(signal?: AbortSignal): Promise<DeviceResult> {
    return unlessAborted(this.status.requireRun(this.now.run, 'read a result').result, signal);
  }

  async selfTest(signal?: AbortSignal): Promise<HealthReport> {
    this.requireIdle('self-test');
    return this.health(signal);
  }

  async health(signal?: AbortSignal): Promise<HealthReport> {
    throwIfAborted(signal);
    const checks = [
      { name: 'link', ok: this.link === 'online', detail: this.link },
      {
        name: 'equipment',
        ok: this.equipment !== 'fault',
        detail: this.reason ?? this.equipment,
      },
    ];
    return {
      ok: checks.every((check) => check.ok),
      checkedAt: isoTime(this.context.clock.wallMs()),
      checks,
    };
  }

  private requireOnline(): void {
    if (this.link === 'online') return;
    throw new RelaxdError('device-offline', `${this.id} is ${this.link}`, {
      hint: 'connect it',
    });
  }

  private requireIdle(what: string): void {
    if (this.equipment !== 'acquiring' && this.equipment !== 'armed') return;
    throw new RelaxdError('device-busy', `${this.id} cannot ${what} while ${this.equipment}`, {
      state: this.equipment,
    });
  }
}
