import { isoTime, RelaxdError, type Clock } from '../core/index.js';
import {
  descriptorHash,
  DeviceEventSource,
  nextEquipment,
  programHash,
  readoutTimes,
  resolveProgram,
  validateProgram,
  type Descriptor,
  type Device,
  type DeviceResult,
  type EquipmentEvent,
  type EquipmentState,
  type LinkState,
  type ParameterReading,
  type Program,
  type SampleChunk,
} from '../device/index.js';

/** Descriptor of a small spin device with one parameter. */
export function testDescriptor(id: string): Descriptor {
  return {
    version: 1,
    device: id,
    driver: 'test',
    origin: 'emulator',
    serial: `test-${id}`,
    title: 'Test device',
    model: 'spins that stay where they are',
    fidelity: 'none',
    sites: { max: 128, kinds: ['ising'], hidden: false, range: null, clamping: false },
    topology: 'all-to-all',
    couplings: {
      kinds: ['dense', 'coo', 'memories'],
      interactions: ['polynomial'],
      maxDegree: 2,
      geometries: [],
      range: [-10, 10],
      resolution: null,
      asymmetric: false,
      perSiteSum: null,
    },
    fields: { range: [-1, 1], resolution: null },
    wells: null,
    drives: null,
    controls: {},
    dynamics: {
      rules: { glauber: ['continuous-time', 'random'] },
      fidelities: [],
      kernels: [],
      integrators: [],
      temperature: { range: [0, 10], perSite: false, default: 1 },
      ties: ['keep'],
      synapses: false,
      spiking: false,
      burnIn: false,
    },
    initial: ['pattern', 'corrupted', 'random'],
    shots: { max: 1000, pauseAtShot: true },
    duration: { max: 1000 },
    readout: {
      channels: [
        { name: 'energy', unit: '1' },
        { name: 'overlaps', unit: '1' },
        { name: 'state', unit: '1' },
      ],
      minEvery: null,
    },
    parameters: [
      {
        name: 'gain',
        unit: '1',
        default: 1,
        range: [0, 2],
        writable: true,
        meaning: 'what a test can set',
      },
    ],
    units: { time: { name: 'sweep', seconds: null }, energy: { name: 'one', joules: null } },
    calibrated: [],
    features: [],
  };
}

/**
 * A device whose runs a test plays: with `manual`, a run stands still until `deliver` and `finish`. Otherwise it
 * delivers one chunk a shot at once.
 */
export class TestDevice implements Device {
  readonly driver = 'test';
  readonly origin = 'emulator' as const;
  readonly serial: string;
  link: LinkState = 'offline';
  equipment: EquipmentState = 'safe';
  reason: string | null = null;
  /** Latched, where a test says so. */
  fault: { readonly id: string; readonly cause: string } | null = null;
  manual = false;
  /** Thrown by `describe`, where set. */
  failure: RelaxdError | null = null;
  private readonly events = new DeviceEventSource();
  private program: Program | null = null;
  private seed = 0;
  private gain = 1;
  private settled: {
    readonly resolve: (result: DeviceResult) => void;
    readonly reject: (error: Error) => void;
  } | null = null;
  private result: Promise<DeviceResult> | null = null;
  private begun: (() => void)[] = [];

  constructor(
    readonly id: string,
    private readonly clock: Clock,
  ) {
    this.serial = `test-${id}`;
  }

  on: Device['on'] = (event, listener) => this.events.on(event, listener);

  async connect(): Promise<void> {
    if (this.link === 'online') return;
    this.link = 'online';
    await this.events.emit('link', { link: 'online' });
    await this.step('connected');
  }
  async close(): Promise<void> {
    this.link = 'offline';
    this.equipment = 'safe';
    await this.events.emit('link', { link: 'offline' });
  }
  async describe(): Promise<Descriptor> {
    if (this.failure !== null) throw this.failure;
    return testDescriptor(this.id);
  }
  private reading(): ParameterReading {
    return {
      name: 'gain',
      value: this.gain,
      unit: '1',
      readAt: isoTime(this.clock.wallMs()),
    };
  }
  async readParameters(): Promise<readonly ParameterReading[]> {
    return [this.reading()];
  }
  async writeParameter(name: string, value: number): Promise<ParameterReading> {
    if (name !== 'gain') {
      throw new RelaxdError('unknown-parameter', `no parameter '${name}'`, { limit: ['gain'] });
    }
    if (value < 0 || value > 2) {
      throw new RelaxdError('parameter-out-of-range', `gain: ${value} is outside 0 … 2`, {
        path: 'value',
        value,
        limit: [0, 2],
      });
    }
    this.gain = value;
    await this.events.emit('parameter', this.reading());
    return this.reading();
  }
  async validate(program: Program) {
    return validateProgram(program, testDescriptor(this.id));
  }
  async load(program: Program) {
    await this.step('load');
    this.program = program;
    await this.step('loaded');
    return {
      programHash: programHash(program),
      descriptorHash: descriptorHash(testDescriptor(this.id)),
      warnings: [],
    };
  }
  async arm(plan: { readonly seed: number }): Promise<void> {
    this.seed = plan.seed;
    await this.step('arm');
  }
  async start(): Promise<void> {
    await this.step('start');
    this.result = new Promise((resolve, reject) => (this.settled = { resolve, reject }));
    this.result.catch(() => undefined);
    for (const begun of this.begun.splice(0)) begun();
    if (!this.manual) void this.playAll();
  }
  /** Resolves once a run has started. */
  started(): Promise<void> {
    if (this.equipment === 'acquiring') return Promise.resolve();
    return new Promise((resolve) => this.begun.push(resolve));
  }
  private async playAll(): Promise<void> {
    const { shots } = this.program!;
    for (let shot = 0; shot < shots; shot++) await this.deliver(shot);
    await this.finish();
  }
  /** Delivers a shot's rows, as the program asks for them. */
  async deliver(shot: number): Promise<SampleChunk> {
    const program = this.program!;
    const resolved = resolveProgram(program, testDescriptor(this.id), this.seed);
    const times = readoutTimes(resolved);
    const rows = times.length;
    const { channels } = program.readout;
    const everyState = channels.includes('state');
    const stateRows = everyState
      ? Int32Array.from({ length: rows }, (_, k) => k)
      : Int32Array.of(rows - 1);
    const chunk: SampleChunk = {
      firstRow: shot * rows,
      rows,
      shot: new Int32Array(rows).fill(shot),
      step: Int32Array.from({ length: rows }, (_, k) => k),
      t: Float64Array.from(times),
      energy: channels.includes('energy')
        ? Float64Array.from({ length: rows }, (_, k) => (k === 0 ? NaN : -shot - k / 8))
        : null,
      work: null,
      heat: null,
      overlaps: channels.includes('overlaps')
        ? new Float64Array(rows * program.references.length).fill(0.5)
        : null,
      stateRows,
      state: new Int8Array(stateRows.length * program.sites).fill(shot % 2 === 0 ? 1 : -1),
    };
    await this.events.emit('samples', chunk);
    await this.events.emit('progress', { fraction: (shot + 1) / program.shots, shots: shot + 1 });
    return chunk;
  }
  async finish(): Promise<void> {
    if (this.equipment !== 'acquiring') return;
    await this.step('finished');
    this.settled?.resolve({
      shots: this.program!.shots,
      deviceTime: this.program!.duration,
      engine: 'test',
      observables: { t: [0] },
      final: { states: [], overlaps: [] },
      thermodynamics: {
        work: null,
        heat: null,
        energyChange: null,
        entropyProduction: null,
        firstLawResidual: null,
        jarzynski: null,
      },
      warnings: [],
    });
  }
  async pauseAtShot(): Promise<void> {}
  async resume(): Promise<void> {}
  async stop(): Promise<void> {
    await this.finish();
  }
  async abort(): Promise<void> {
    if (this.equipment === 'acquiring' || this.equipment === 'armed') await this.step('disarm');
    this.settled?.reject(new RelaxdError('aborted', 'the run was aborted'));
  }
  async toSafeState(cause: string): Promise<void> {
    this.reason = cause;
    await this.step('safe');
    this.settled?.reject(new RelaxdError('aborted', cause));
  }
  async clearFault({ fault }: { readonly fault: string }): Promise<void> {
    if (this.fault !== null && this.fault.id !== fault) {
      const message = `the latched fault of ${this.id} is '${this.fault.id}'`;
      throw new RelaxdError('illegal-transition', message, { value: fault, limit: this.fault.id });
    }
    await this.step('clear');
    this.fault = null;
    this.reason = null;
  }
  readResult(): Promise<DeviceResult> {
    return this.result!;
  }
  async selfTest() {
    return this.health();
  }
  async health() {
    return {
      ok: true,
      checkedAt: isoTime(this.clock.wallMs()),
      checks: [{ name: 'link', ok: this.link === 'online', detail: this.link }],
    };
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  private async step(event: EquipmentEvent): Promise<void> {
    this.equipment = nextEquipment(this.equipment, event);
    await this.events.emit('equipment', { equipment: this.equipment });
  }
}
