import { fileURLToPath } from 'node:url';
import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/index.js';
import { conform, type ConformanceGroup } from '../../src/device/conformance/index.js';
import {
  createDevice,
  readManifest,
  type Device,
  type FaultInjector,
  type SampleChunk,
} from '../../src/device/index.js';
import { sabotaged, withChunks, withPrograms } from './sabotage.js';

const folder = fileURLToPath(new URL('../../dist/drivers/glauber', import.meta.url));
const context = { clock: systemClock, log: () => undefined, threads: 1 };
const glauber = (): Promise<Device> =>
  createDevice(folder, readManifest(folder), 'glauber', {}, context);

/** What is wrong with a driver, in which group it must show, and in which check. */
interface Broken {
  readonly group: ConformanceGroup;
  readonly defect: string;
  readonly check: RegExp;
  readonly open: () => Promise<Device>;
  readonly faults?: FaultInjector;
}

const open = async (change: (device: Device) => Device | Promise<Device>): Promise<Device> =>
  change(await glauber());
const servers: Server[] = [];
const kept: unknown[] = [];
let starts = 0;

const BROKEN: readonly Broken[] = [
  {
    group: 'describe',
    defect: 'its descriptor is another one after each connection',
    check: /does not change/,
    open: () =>
      open(async (device) => {
        const descriptor = { ...(await device.describe()), title: `start ${++starts}` };
        return sabotaged(device, { describe: async () => descriptor });
      }),
  },
  {
    group: 'describe',
    defect: 'it says hardware in one place and emulator in another',
    check: /device’s own/,
    open: () => open((device) => sabotaged(device, { origin: 'hardware' })),
  },
  {
    group: 'validate',
    defect: 'it takes every program',
    check: /is refused, with path/,
    open: () => open((device) => sabotaged(device, { validate: async () => [] })),
  },
  {
    group: 'couplings',
    defect: 'its couplings have the wrong sign',
    check: /coupling makes two sites/,
    open: () =>
      open((device) =>
        withPrograms(device, (program) =>
          program.couplings.kind === 'dense'
            ? {
                ...program,
                couplings: { ...program.couplings, data: program.couplings.data.map((J) => -J) },
              }
            : program,
        ),
      ),
  },
  {
    group: 'couplings',
    defect: 'its fields are one site off',
    check: /fields pull/,
    open: () =>
      open((device) =>
        withPrograms(device, (program) => ({
          ...program,
          fields: program.fields.map((_, i) => program.fields[(i + 1) % program.sites]!),
        })),
      ),
  },
  {
    group: 'life-cycle',
    defect: 'pause is taken in every state',
    check: /standby, with a program/,
    open: () => open((device) => sabotaged(device, { pauseAtShot: async () => undefined })),
  },
  {
    group: 'life-cycle',
    defect: 'abort does nothing',
    check: /abort ends a run/,
    open: () => open((device) => sabotaged(device, { abort: async () => undefined })),
  },
  {
    group: 'samples',
    defect: 'the first chunk of each run is lost without a word',
    check: /rows and gaps/,
    open: () =>
      open((device) => withChunks(device, (chunk) => (chunk.firstRow === 0 ? null : chunk))),
  },
  {
    group: 'samples',
    defect: 'its overlaps are not those of its states',
    check: /overlaps are those/,
    open: () =>
      open((device) =>
        withChunks(device, (chunk) => ({
          ...chunk,
          overlaps: chunk.overlaps?.map((m) => m + 0.5) ?? null,
        })),
      ),
  },
  {
    group: 'samples',
    defect: 'it does not wait for its recorder',
    check: /waits for whoever listens/,
    open: () => open((device) => withChunks(device, (chunk) => chunk, false)),
  },
  {
    group: 'pause',
    defect: 'it says that it stands still, and goes on',
    check: /stands still/,
    open: () => open((device) => sabotaged(device, { pauseAtShot: async () => undefined })),
  },
  {
    group: 'safe-state',
    defect: 'it goes on after it was told to be safe',
    check: /from acquiring/,
    open: () => open((device) => sabotaged(device, { toSafeState: async () => undefined })),
  },
  {
    group: 'faults',
    defect: 'a fault ends nothing',
    check: /fault 'short circuit'/,
    open: glauber,
    faults: {
      faults: ['short circuit'],
      inject: async () => undefined,
      remove: async () => undefined,
    },
  },
  {
    group: 'statistics',
    defect: 'it is twice as hot as it should be',
    check: /Gibbs state/,
    open: () =>
      open((device) =>
        withPrograms(device, (program) => ({
          ...program,
          dynamics: {
            ...program.dynamics,
            temperature: 2 * ((program.dynamics.temperature as number | null) ?? 1),
          },
        })),
      ),
  },
  {
    group: 'leaks',
    defect: 'it opens a port for each connection and never closes it',
    check: /leave no handle/,
    open: () =>
      open((device) => {
        const server = createServer().listen(0, '127.0.0.1');
        servers.push(server);
        return device;
      }),
  },
  {
    group: 'leaks',
    defect: 'it keeps what every run sent',
    check: /keep nothing/,
    open: () =>
      open((device) =>
        withChunks(device, (chunk): SampleChunk => {
          kept.push(new Array(50_000).fill(chunk.firstRow));
          return chunk;
        }),
      ),
  },
];

describe('the conformance kit', () => {
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
    kept.length = 0;
  });

  it.each(BROKEN.map((broken) => [broken.group, broken.defect, broken] as const))(
    '%s finds a driver where %s',
    async (group, _, broken) => {
      const report = await conform({
        open: broken.open,
        groups: [group],
        patienceMs: 5000,
        faults: broken.faults ?? null,
      });
      const failures = report.groups.flatMap(({ failures: all }) => all);
      expect(failures.map(({ check }) => check).join('\n')).toMatch(broken.check);
      expect(failures.every(({ message }) => message.length > 10)).toBe(true);
    },
    120_000,
  );
});
