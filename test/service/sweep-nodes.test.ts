import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { SweepDocument } from '../../src/lab/index.js';
import { temporaryFolder } from '../../src/lab/temporary-folder.test-support.js';
import { PostgresServer, postgresMissing } from '../support/postgres-server.js';
import { RedisServer, redisMissing } from '../support/redis-server.js';
import { ServiceProcess } from '../support/service-process.js';

const folder = temporaryFolder();
const nodes: ServiceProcess[] = [];
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.end('SIGKILL');
});

const POINTS = 40;
const sweep = {
  kind: 'sweep',
  base: {
    kind: 'run',
    device: 'glauber',
    program: {
      version: 1,
      sites: 8,
      couplings: { kind: 'coo', entries: [[0, 1, 1]] },
      dynamics: { rule: 'glauber', order: 'random', temperature: 1 },
      duration: 2,
      readout: { every: 1, channels: ['energy'] },
      shots: 4,
    },
  },
  axes: [{ path: 'program.shots', values: Array.from({ length: POINTS }, (_, k) => k + 1) }],
  seed: 5,
};

it.skipIf(postgresMissing !== null || redisMissing !== null)(
  'a sweep on two nodes has each point once, and both nodes tell the same of it',
  async () => {
    await using postgres = await PostgresServer.start();
    await using redis = await RedisServer.start();
    const more = ['--database-url', await postgres.newDatabase(), '--redis-url', redis.url];
    for (const name of ['a', 'b']) {
      nodes.push(await ServiceProcess.start(join(folder, name), more));
    }
    const [one, two] = nodes as [ServiceProcess, ServiceProcess];
    const { id } = await one.submit(sweep);
    expect((await two.jobEnd(id)).state).toBe('completed');
    const documents = await Promise.all(
      nodes.map((node) => node.get<SweepDocument>(`/v1/jobs/${id}/sweep`)),
    );
    expect(documents[0]).toEqual(documents[1]);
    const { rows, counts } = documents[0]!;
    expect(counts).toMatchObject({ points: POINTS, completed: POINTS });
    expect(rows.map(({ shots }) => shots)).toEqual(sweep.axes[0]!.values);
    const runs = await two.get<{ items: { job: string }[] }>('/v1/runs?limit=500');
    expect(runs.items).toHaveLength(POINTS);
    expect(new Set(runs.items.map((run) => run.job)).size).toBe(POINTS);
    for (const node of nodes.splice(0)) await node.end('SIGTERM');
  },
  120_000,
);
