import { contentHash, RelaxdError, type Violation } from '../core/index.js';
import {
  descriptorHash,
  DeviceEventSource,
  nextEquipment,
  programHash,
  readProgram,
  type Descriptor,
  type Device,
  type DeviceClock,
  type DeviceEventName,
  type DeviceListener,
  type DeviceResult,
  type EquipmentEvent,
  type EquipmentState,
  type HealthReport,
  type HeldProgram,
  type LinkState,
  type LoadReceipt,
  type Origin,
  type ParameterReading,
  type Program,
  type RunAside,
  type RunPlan,
  type SampleChunk,
} from '../device/index.js';

export const fakeDescriptor = (id: string): Descriptor => ({
  version: 1,
  device: id,
  driver: 'fake',
  origin: 'emulator',
  serial: `${id}-1`,
  title: 'A device for tests',
  model: 'none',
  fidelity: 'none',
  sites: { max: 64, kinds: ['ising', 'continuous'], hidden: true, range: null, clamping: true },
  topology: 'all-to-all',
  couplings: {
    kinds: ['dense', 'coo', 'memories'],
    interactions: ['polynomial'],
    maxDegree: 2,
    geometries: [],
    range: null,
    resolution: null,
    asymmetric: false,
    perSiteSum: null,
  },
  fields: { range: null, resolution: null },
  wells: null,
  drives: null,
  controls: {},
  dynamics: {
    rules: { glauber: ['continuous-time'] },
    fidelities: [],
    kernels: [],
    integrators: [],
    temperature: { range: [0, 10], perSite: false, default: 1 },
    ties: ['keep'],
    synapses: false,
    spiking: false,
    burnIn: false,
  },
  initial: ['random'],
  shots: { max: 1000, pauseAtShot: true },
  duration: { max: 1000 },
  readout: { channels: [{ name: 'energy', unit: 'J' }], minEvery: null },
  parameters: [],
  units: { time: { name: 'sweep', seconds: null }, energy: { name: 'J', joules: null } },
  calibrated: [],
  features: [],
});

/** A program of four sites with readouts at 0, 1 and 2: three rows a shot. */
export function fakeProgram(members: Record<string, unknown> = {}): Program {
  return readProgram({
    version: 1,
    sites: 4,
    couplings: {
      kind: 'memories',
      patterns: [
        [1, 1, -1, -1],
        [1, -1, 1, -1],
      ],
    },
    duration: 2,
    readout: { every: 1, channels: ['energy', 'overlaps', 'state'] },
    shots: 2,
    ...members,
  });
}

/** The chunk that a fake device makes of one shot. */
export function fakeChunk(program: Program, seed: number, shot: number): SampleChunk {
  const rows = 3;
  const P = program.references.length;
  const { sites } = program;
  const spins = program.siteKinds === 'ising';
  const everyState = program.readout.channels.includes('state');
  const stateRows = Int32Array.from(everyState ? [0, 1, 2] : [2]);
  const length = stateRows.length * sites;
  const value = (k: number): number => Math.sin(seed * 31 + shot * 7 + k);
  const channel = (name: 'energy' | 'work' | 'heat'): Float64Array | null =>
    program.readout.channels.includes(name)
      ? Float64Array.from({ length: rows }, (_, k) => (k === 1 ? NaN : value(k)))
      : null;
  return {
    firstRow: shot * rows,
    rows,
    shot: new Int32Array(rows).fill(shot),
    step: Int32Array.from([0, 1, 2]),
    t: Float64Array.from([0, 1, 2]),
    energy: channel('energy'),
    work: channel('work'),
    heat: channel('heat'),
    overlaps: program.readout.channels.includes('overlaps')
      ? Float64Array.from({ length: rows * P }, (_, k) => value(k + 10))
      : null,
    stateRows,
    state: spins
      ? Int8Array.from({ length }, (_, k) => (value(k) > 0 ? 1 : -1))
      : Float64Array.from({ length }, (_, k) => value(k)),
  };
}

type Call = 'load' | 'arm' | 'start' | 'stop' | 'abort' | 'pause' | 'resume' | 'aside' | 'takeUp';

/** A device in memory whose shots come when the test says so, or at once (`auto`). */
export class FakeDevice implements Device {
  readonly driver = 'fake';
  readonly serial: string;
  link: LinkState = 'online';
  equipment: EquipmentState = 'standby';
  reason: string | null = null;
  clockFit: DeviceClock | null | undefined = undefined;
  /** Runs that were armed, in order. */
  readonly plans: RunPlan[] = [];
  readonly calls: Call[] = [];
  /** What a call throws, once. */
  readonly failures = new Map<Call, Error>();
  violations: readonly Violation[] = [];
  auto = true;
  origin: Origin = 'emulator';
  /** What the device says that it holds. */
  held = 'as loaded';
  descriptor: Descriptor;
  private readonly events = new DeviceEventSource();
  private program: Program | null = null;
  private shots = 0;
  private paused = false;
  private settle: {
    resolve: (result: DeviceResult) => void;
    reject: (error: Error) => void;
  } | null = null;
  private result: Promise<DeviceResult> | null = null;

  constructor(readonly id: string) {
    this.descriptor = fakeDescriptor(id);
    this.serial = this.descriptor.serial;
  }

  on<E extends DeviceEventName>(event: E, listener: DeviceListener<E>): () => void {
    return this.events.on(event, listener);
  }

  private called(call: Call): void {
    this.calls.push(call);
    const failure = this.failures.get(call);
    this.failures.delete(call);
    if (failure !== undefined) throw failure;
  }

  private async step(event: EquipmentEvent): Promise<void> {
    this.equipment = nextEquipment(this.equipment, event);
    await this.events.emit('equipment', { equipment: this.equipment });
  }

  async setLink(link: LinkState): Promise<void> {
    this.link = link;
    await this.events.emit('link', { link });
  }

  async connect(): Promise<void> {
    await this.setLink('online');
  }
  async close(): Promise<void> {
    await this.setLink('offline');
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
  async describe(): Promise<Descriptor> {
    if (this.link !== 'online') throw new RelaxdError('device-offline', `${this.id} is offline`);
    return this.descriptor;
  }
  async readParameters(): Promise<readonly ParameterReading[]> {
    return [{ name: 'temperatureK', value: 300, unit: 'K', readAt: '2026-01-01T00:00:00.000Z' }];
  }
  async writeParameter(): Promise<ParameterReading> {
    throw new RelaxdError('not-supported', 'a fake has no parameters to write');
  }
  async validate(): Promise<readonly Violation[]> {
    return this.violations;
  }

  async load(program: Program): Promise<LoadReceipt> {
    await this.step('load');
    try {
      this.called('load');
      this.program = program;
    } finally {
      await this.step('loaded');
    }
    return {
      programHash: programHash(program),
      descriptorHash: descriptorHash(this.descriptor),
      warnings: [],
    };
  }

  async arm(plan: RunPlan): Promise<void> {
    this.called('arm');
    await this.step('arm');
    this.plans.push(plan);
    this.shots = 0;
    this.paused = false;
    this.result = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    this.result.catch(() => undefined);
  }

  async start(): Promise<void> {
    this.called('start');
    await this.step('start');
    if (this.auto) void this.finish();
  }

  /** Delivers the next shot; resolves once every listener has it. */
  async shot(): Promise<void> {
    const program = this.program!;
    const { seed } = this.plans.at(-1)!;
    await this.events.emit('samples', fakeChunk(program, seed, this.shots));
    this.shots++;
    await this.events.emit('progress', {
      fraction: this.shots / program.shots,
      shots: this.shots,
    });
  }

  /** Loses the next shots, or goes back. */
  skipShot(shots = 1): void {
    this.shots += shots;
  }

  /** Delivers what is left, and ends. */
  async finish(): Promise<void> {
    while (!this.paused && this.settle !== null && this.shots < this.program!.shots) {
      await this.shot();
    }
    if (!this.paused) await this.conclude();
  }

  private async conclude(): Promise<void> {
    const { settle } = this;
    this.settle = null;
    if (settle === null) return;
    if (this.equipment === 'acquiring') await this.step('finished');
    const clock = this.clockFit;
    settle.resolve({ ...fakeResult(this.shots), ...(clock === undefined ? {} : { clock }) });
  }

  async pauseAtShot(): Promise<void> {
    this.called('pause');
    this.paused = true;
  }
  async resume(): Promise<void> {
    this.called('resume');
    this.paused = false;
    if (this.auto) void this.finish();
  }
  async verify(): Promise<HeldProgram> {
    return { programHash: programHash(this.program!), held: this.held };
  }
  /** Tests delete it: then the device can hold one run only. */
  putAside?: () => Promise<RunAside> = () => this.aside();
  private async aside(): Promise<RunAside> {
    this.called('aside');
    const { program, shots, settle, result } = this;
    this.settle = null;
    this.paused = false;
    await this.step('disarm');
    const plan = this.plans.at(-1)!;
    return {
      takeUp: async () => {
        this.called('takeUp');
        await this.step('arm');
        await this.step('start');
        this.plans.push(plan);
        Object.assign(this, { program, shots, settle, result, paused: true });
      },
      stop: async () => settle!.resolve(fakeResult(shots)),
      abort: async () => settle!.reject(new RelaxdError('aborted', 'the run was aborted')),
    };
  }
  async stop(): Promise<void> {
    this.called('stop');
    if (this.equipment === 'armed') return this.step('disarm');
    await this.conclude();
  }
  async abort(): Promise<void> {
    this.called('abort');
    await this.fail(new RelaxdError('aborted', 'the run was aborted'));
  }
  /** The run ends badly. */
  async fail(error: Error): Promise<void> {
    const { settle } = this;
    this.settle = null;
    if (this.equipment === 'acquiring') await this.step('finished');
    else if (this.equipment === 'armed') await this.step('disarm');
    settle?.reject(error);
  }
  async toSafeState(cause: string): Promise<void> {
    this.reason = cause;
    await this.step('safe');
  }
  async clearFault(): Promise<void> {
    await this.step('clear');
  }
  async readResult(): Promise<DeviceResult> {
    if (this.result === null) throw new RelaxdError('illegal-transition', 'there is no run');
    return this.result;
  }
  async selfTest(): Promise<HealthReport> {
    return this.health();
  }
  async health(): Promise<HealthReport> {
    return { ok: true, checkedAt: '2026-01-01T00:00:00.000Z', checks: [] };
  }
}

export function fakeResult(shots: number): DeviceResult {
  return {
    shots,
    deviceTime: 2,
    engine: 'fake',
    observables: { t: [0, 1, 2] },
    final: { states: [], overlaps: [] },
    thermodynamics: {
      work: null,
      heat: null,
      energyChange: null,
      entropyProduction: null,
      firstLawResidual: null,
      jarzynski: null,
    },
    warnings: [contentHash({ shots })],
  };
}
