import {
  compileProgram,
  prepareRetrieval,
  RETRIEVE_BODY_SCHEMA,
  RUN_BODY_SCHEMA,
} from '../compile/index.js';
import { RelaxdError, systemClock } from '../core/index.js';
import { readProgram, type AbsentDevice } from '../device/index.js';
import { Lab, type JobKind, type LabOptions } from '../lab/index.js';
import { loadMemories } from '../memory/index.js';
import { createLogger } from './create-logger.js';
import { startService, type RunningService, type ServiceOptions } from './start-service.js';
import { TestDevice } from './test-device.test-support.js';

interface RunBody {
  readonly device: string;
  readonly program: unknown;
}
/** Programs that need no compiler. */
export const runKind: JobKind = {
  name: 'run',
  schema: RUN_BODY_SCHEMA,
  async prepare(body, context) {
    const { device, program } = body as RunBody;
    const read =
      typeof program === 'string' ? await context.program(program) : readProgram(program);
    if (read === null) {
      throw new RelaxdError('unknown-program', `there is no program '${String(program)}'`);
    }
    return { device, program: read, rule: null, observer: null, warnings: [] };
  },
};
const retrieveKind: JobKind = {
  name: 'retrieve',
  schema: RETRIEVE_BODY_SCHEMA,
  async prepare(body, context) {
    const { device, memories, ...request } = body as {
      readonly device: string;
      readonly memories: string | object;
    };
    const set = await loadMemories(memories, { paths: false });
    const prepared = prepareRetrieval(
      { ...request, memories: set },
      await context.descriptor(device),
    );
    return { device, ...prepared };
  },
};

export interface TestService extends AsyncDisposable {
  readonly service: RunningService;
  readonly lab: Lab;
  readonly device: TestDevice;
  readonly registry: ServiceOptions['registry'];
  /** Lines of the log. */
  readonly logged: string[];
  fetch(path: string, init?: RequestInit): Promise<Response>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
}

/** A service on a free port of 127.0.0.1, with a real lab in memory a device (`one` where `id` is left out), and `gone`, which could not be made. */
export async function startTestService(
  overrides: Partial<ServiceOptions> = {},
  id = 'one',
  ofLab: Partial<LabOptions> = {},
): Promise<TestService> {
  const device = new TestDevice(id, systemClock);
  await device.connect();
  const absent: AbsentDevice[] = [
    {
      id: 'gone',
      driver: 'test',
      failure: new RelaxdError('driver-failed', 'the driver has no hardware'),
    },
  ];
  const registry = {
    absent,
    list: () => [device],
    get(id: string) {
      if (id === device.id) return device;
      const failed = absent.find((candidate) => candidate.id === id);
      if (failed !== undefined) throw failed.failure;
      throw new RelaxdError('unknown-device', `there is no device '${id}'`, { value: id });
    },
  };
  const logged: string[] = [];
  const lab = await Lab.open({
    folder: ':memory:',
    devices: registry,
    kinds: [runKind, retrieveKind],
    clock: overrides.clock ?? systemClock,
    log: () => undefined,
    version: '0.0.0',
    ...ofLab,
  });
  const service = await startService({
    lab,
    registry,
    compile: compileProgram,
    host: '127.0.0.1',
    port: 0,
    clock: systemClock,
    log: createLogger({
      clock: systemClock,
      pretty: false,
      stream: { write: (line: string) => logged.push(line) } as unknown as NodeJS.WritableStream,
    }),
    dashboardFolder: null,
    version: '0.0.0',
    ...overrides,
  });
  const call = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(new URL(path, service.address), init);
  return {
    service,
    lab,
    device,
    registry,
    logged,
    fetch: call,
    post: (path, body, headers = {}) =>
      call(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    async [Symbol.asyncDispose]() {
      await service.close();
      await lab.close();
      await device[Symbol.asyncDispose]();
    },
  };
}

/** A program of four spins; `shots` × 5 rows. */
export function smallProgram(members: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    version: 1,
    sites: 4,
    couplings: { kind: 'dense', data: [0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0] },
    references: [[1, 1, -1, -1]],
    duration: 4,
    readout: { every: 1, channels: ['energy', 'overlaps'] },
    shots: 3,
    seed: 1,
    ...members,
  };
}

/** Waits until something is so, a millisecond at a time; for what has no event of its own. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 5000; tries++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  throw new Error('it did not come about within 5,000 tries');
}
