import * as Type from 'typebox';
import { describe, expect, it } from 'vitest';
import { RelaxdError } from '../core/index.js';
import { readProgram, type Device } from '../device/index.js';
import { FakeDevice, fakeProgram } from './fake-device.test-support.js';
import type { JobKind } from './job-kind.js';
import { Lab, type LabOptions } from './lab.js';
import { ManualTime } from './manual-alarm.test-support.js';
import { temporaryFolder } from './temporary-folder.test-support.js';

const runKind: JobKind = {
  name: 'run',
  schema: Type.Object(
    { program: Type.Optional(Type.Unknown()), shots: Type.Optional(Type.Integer({ minimum: 1 })) },
    { additionalProperties: false },
  ),
  async prepare(body, context) {
    const { device, program, shots } = body as {
      device: string;
      program?: unknown;
      shots?: number;
    };
    await context.descriptor(device);
    return {
      device,
      program:
        program === undefined
          ? fakeProgram(shots === undefined ? {} : { shots })
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

interface Bench {
  readonly lab: Lab;
  readonly devices: FakeDevice[];
  readonly time: ManualTime;
  readonly logs: string[];
}

async function bench(options: Partial<LabOptions> & { ids?: never; names?: string[] } = {}): Promise<Bench> {
  const devices = (options.names ?? ['a']).map((id) => new FakeDevice(id));
  const time = new ManualTime();
  const logs: string[] = [];
  const lab = await Lab.open({
    folder: ':memory:',
    devices: source(devices),
    kinds: [runKind],
    clock: time.clock,
    setAlarm: time.setAlarm,
    log: (_level, message) => logs.push(message),
    version: 'test',
    drawSeed: () => 4711,
    ...options,
  } as LabOptions);
  return { lab, devices, time, logs };
}

function source(devices: readonly Device[]) {
  return {
    list: () => [...devices],
    get: (id: string): Device => {
      const device = devices.find((candidate) => candidate.id === id);
      if (device === undefined) throw new RelaxdError('unknown-device', `no device ${id}`);
      return device;
    },
  };
}

const code = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'nothing was thrown',
    (error: unknown) => (error as RelaxdError).code,
  );

/** Waits for a job's state without waiting for time. */
async function reaches(lab: Lab, id: string, state: string): Promise<void> {
  for (let job = await lab.job(id); job.state !== state; ) {
    if (job.endedAt !== null) throw new Error(`job ended as ${job.state}, not ${state}: ${JSON.stringify(job.error)}`);
    job = await lab.waitJob(id, job.revision, 1e9);
  }
}

describe('Lab', () => {
  it('takes a job through every state to its result and announces each step once it is durable', async () => {
    const { lab } = await bench();
    const states: string[] = [];
    lab.on('job', (job) => states.push(job.state));
    const submitted = await lab.submit({ kind: 'run', device: 'a' });
    expect(submitted).toMatchObject({
      kind: 'run',
      device: 'a',
      priority: 0,
      result: null,
      error: null,
      progress: { fraction: 0, shots: 0 },
    });
    const job = await lab.jobEnd(submitted.id);
    expect(job).toMatchObject({
      state: 'completed',
      actions: [],
      progress: { fraction: 1, shots: 2 },
      result: {
        version: 1,
        job: submitted.id,
        run: job.run,
        device: 'a',
        origin: 'emulator',
        seed: 4711,
        shots: 2,
        program: { rule: 'hebb' },
        calibration: null,
        engine: 'fake',
        retrieval: { shots: 2 },
      },
    });
    expect(job.result!.warnings).toContain('prepared');
    expect([...new Set(states)]).toEqual([
      'queued',
      'dispatching',
      'running',
      'finalizing',
      'completed',
    ]);
    const history = await lab.jobHistory(submitted.id);
    expect(history.map((step) => step.to)).toEqual([
      'submitted',
      'validated',
      'queued',
      'dispatching',
      'dispatching',
      'running',
      'finalizing',
      'completed',
    ]);
    await lab.close();
  });
});
