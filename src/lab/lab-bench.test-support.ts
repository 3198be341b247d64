import { RelaxdError, Type } from '../core/index.js';
import { readProgram, type Device } from '../device/index.js';
import type { DeviceSource } from './device-places.js';
import { FakeDevice, fakeProgram } from './fake-device.test-support.js';
import type { JobKind } from './job-kind.js';
import type { LabOptions } from './lab-options.js';
import { Lab } from './lab.js';
import { ManualTime } from './manual-alarm.test-support.js';

/** A job kind that runs the fake program, or the one that it is given. */
export const runKind: JobKind = {
  name: 'run',
  schema: Type.Object(
    {
      program: Type.Optional(Type.Unknown()),
      shots: Type.Optional(Type.Integer({ minimum: 1 })),
      seed: Type.Optional(Type.Integer({ minimum: 0 })),
    },
    { additionalProperties: false },
  ),
  async prepare(body, context) {
    const { device, program, shots, seed } = body as {
      device: string;
      program?: unknown;
      shots?: number;
      seed?: number;
    };
    await context.descriptor(device);
    return {
      device,
      program:
        program === undefined
          ? fakeProgram({
              ...(shots === undefined ? {} : { shots }),
              ...(seed === undefined ? {} : { seed }),
            })
          : readProgram(program),
      rule: 'hebb',
      observer: {
        onSamples: () => undefined,
        finish: (result) => ({ retrieval: { shots: result.shots } }),
      },
      warnings: ['prepared'],
    };
  },
};

export interface Bench {
  readonly lab: Lab;
  readonly devices: readonly FakeDevice[];
  readonly device: FakeDevice;
  readonly time: ManualTime;
  readonly logs: string[];
}

export interface BenchOptions extends Partial<LabOptions> {
  /** Ids of the devices; one called `a` otherwise. */
  readonly names?: readonly string[];
  readonly time?: ManualTime;
  /** Shots come when the test says so. */
  readonly byHand?: boolean;
}

/** A lab with fake devices, a clock that stands still, and no files that stay. */
export async function bench(options: BenchOptions = {}): Promise<Bench> {
  const { names = ['a'], time = new ManualTime(), byHand = false, ...own } = options;
  const devices = names.map((id) => new FakeDevice(id));
  for (const device of devices) device.auto = !byHand;
  const logs: string[] = [];
  const lab = await Lab.open({
    folder: ':memory:',
    devices: deviceSource(devices),
    kinds: [runKind],
    clock: time.clock,
    setAlarm: time.setAlarm,
    log: (_level, message) => logs.push(message),
    version: 'test',
    drawSeed: () => 4711,
    ...own,
  });
  return { lab, devices, device: devices[0]!, time, logs };
}

export const deviceSource = (devices: readonly Device[]): DeviceSource => ({
  list: () => [...devices],
  get: (id) => {
    const device = devices.find((candidate) => candidate.id === id);
    if (device !== undefined) return device;
    throw new RelaxdError('unknown-device', `there is no device '${id}'`, { value: id });
  },
});

/** Waits for a job's state, without waiting for time. Fails where the job ends otherwise. */
export async function reaches(lab: Lab, id: string, state: string): Promise<void> {
  for (let job = await lab.job(id); job.state !== state;) {
    if (job.endedAt !== null) {
      throw new Error(`${id} is ${job.state}, not ${state}: ${JSON.stringify(job.error)}`);
    }
    job = await lab.waitJob(id, job.revision, 1e9);
  }
}
