import { smallProgram, startTestService, until } from '../../src/service/service.test-support.js';
import { fuzzApi, type FuzzSummary } from './fuzz-api.js';

const SET = {
  version: 1,
  name: 'ab',
  shape: [2, 2],
  labels: ['a', 'b'],
  patterns: [
    [1, -1, 1, -1],
    [1, 1, -1, -1],
  ],
};

/** Fuzzes a service with a real lab and a device for tests, which does whatever it is asked at once. */
export async function fuzzTestService(size: {
  readonly seed: number;
  readonly runs: number;
}): Promise<FuzzSummary> {
  const test = await startTestService();
  try {
    const program = smallProgram();
    const { id: stored } = (await (await test.post('/v1/programs', program)).json()) as {
      id: string;
    };
    const { id: set } = (await (await test.post('/v1/memory-sets', SET)).json()) as { id: string };
    const job = await test.lab.submit({ kind: 'run', device: 'one', program });
    await until(async () => (await test.lab.job(job.id)).state === 'completed');
    const { run } = await test.lab.job(job.id);
    const waiting = await test.lab.submit({
      kind: 'run',
      device: 'one',
      program,
      notBefore: '2100-01-01T00:00:00Z',
    });
    const { key } = await test.lab.keys.create({
      name: 'fuzz',
      role: 'observer',
      expiresAt: null,
      createdBy: 'test',
    });
    const devices = ['one'];
    return await fuzzApi({
      address: test.service.address,
      ...size,
      known: {
        device: devices,
        memories: ['letters:A,B', set, SET],
        program: [stored, program],
        kind: ['run', 'retrieve'],
        rule: ['hebb', 'projection'],
        expiresAt: ['2100-01-01'],
        role: ['observer', 'operator'],
        // The answer may take that long, s.
        wait: [0, 0.05, 1],
        'devices/{id}': devices,
        'devices/{name}': ['gain'],
        'devices/{action}': ['connect', 'disconnect', 'safe-state', 'clear-fault', 'self-test'],
        'jobs/{id}': [job.id, waiting.id],
        'jobs/{action}': ['hold', 'release', 'pause', 'resume', 'cancel', 'abort', 'reprioritise'],
        'runs/{id}': [run],
        'programs/{id}': [stored],
        'memory-sets/{id}': [set, 'letters', 'letters:A,B'],
        'keys/{id}': [key.id],
        'keys/{action}': ['rotate', 'revoke'],
      },
      async restore(operationId) {
        if (operationId !== 'actOnDevice') return;
        await test.device.connect();
        if (test.device.equipment === 'standby') return;
        await test.device.clearFault({ fault: test.device.fault?.id ?? 'none' });
      },
    });
  } finally {
    await test[Symbol.asyncDispose]();
  }
}
