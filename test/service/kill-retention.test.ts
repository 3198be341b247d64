import { createHash } from 'node:crypto';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { RandomStream } from '../../src/core/index.js';
import { temporaryFolder } from '../../src/lab/temporary-folder.test-support.js';
import { ServiceProcess } from '../support/service-process.js';

interface RunView {
  readonly id: string;
  readonly record: string;
  readonly result: unknown;
  readonly deleted?: { readonly hash: string; readonly bytes: number };
}

const KILLS = Number(process.env['RELAXD_TEST_KILLS'] ?? 2);
const RUNS = 60;
const folder = temporaryFolder();
let service: ServiceProcess | undefined;
afterEach(async () => {
  await service?.end('SIGKILL');
});

const program = (k: number): object => ({
  version: 1,
  sites: 8,
  couplings: { kind: 'coo', entries: [[0, 1, 1]] },
  dynamics: { rule: 'glauber', order: 'random', temperature: 1 },
  duration: 4,
  readout: { every: 1, channels: ['energy', 'state'] },
  shots: 50,
  seed: k,
});

it(
  `leaves a record or a statement of each, whenever the service is killed while it deletes (${KILLS} times)`,
  async () => {
    const seed = Number(process.env['RELAXD_TEST_SEED'] ?? 20261126);
    const random = RandomStream.of(seed, 'disorder');
    const rules = [{ name: 'all', mostBytes: 0 }];
    const config = join(folder, 'relaxd.json');
    writeFileSync(config, JSON.stringify({ version: 1, retention: { everyS: 86_400, rules } }));
    const data = join(folder, 'data');
    const more = ['--config', config];

    service = await ServiceProcess.start(data, more);
    const hashes = new Map<string, string>();
    const jobs: string[] = [];
    for (let k = 0; k < RUNS; k++) {
      const body = { kind: 'run', device: 'glauber', program: program(k) };
      jobs.push((await service.submit(body)).id);
    }
    for (const id of jobs) {
      const { state, run } = await service.jobEnd(id);
      expect(state).toBe('completed');
      hashes.set(run!, hashOf(await exported(service, run!)));
    }
    // Whoever has read is taken to go on for a minute: a new process knows of no readers.
    await service.end('SIGKILL');

    let deletedBefore = 0;
    let between = 0;
    for (let kill = 0; kill <= KILLS; kill++) {
      service = await ServiceProcess.start(data, more);
      let deleted = 0;
      for (const [id, hash] of hashes) {
        const run = await service.get<RunView>(`/v1/runs/${id}`);
        expect(run.result, `${id} after kill ${kill}, seed ${seed}`).not.toBe(null);
        const own = join(data, 'runs', id);
        if (run.record === 'deleted') {
          deleted++;
          expect(run.deleted?.hash).toBe(hash);
          for (let tries = 0; existsSync(own) && tries < 2000; tries++) await delay(1);
          expect(existsSync(own), `the file of ${id}`).toBe(false);
          const gone = await fetch(`${service.address}/v1/runs/${id}/export?format=arrow`);
          expect([gone.status, await codeIn(gone)]).toEqual([410, 'record-deleted']);
        } else {
          expect(run.record).toBe('whole');
          expect(existsSync(join(own, 'samples.arrow')), id).toBe(true);
        }
      }
      expect(deleted).toBeGreaterThanOrEqual(deletedBefore);
      if (deleted > deletedBefore && deleted < RUNS) between++;
      deletedBefore = deleted;
      if (kill === KILLS) break;
      const here = service;
      const records = (): number => readdirSync(join(data, 'runs')).length;
      const before = records();
      const apply = here.post('/v1/retention/actions/apply', {}).catch(() => undefined);
      for (let tries = 0; records() === before && tries < 5000; tries++) await delay(1);
      await delay(8 * random.uniform());
      await here.end('SIGKILL');
      await apply;
    }
    // What is left is as it was, and the log of it is whole.
    const left = [...hashes].slice(deletedBefore);
    for (const [id, hash] of left) {
      const run = await service.get<RunView>(`/v1/runs/${id}`);
      if (run.record === 'deleted') continue;
      expect(hashOf(await exported(service, id))).toBe(hash);
    }
    const log = await service.get<{ items: unknown[] }>(
      '/v1/audit?action=record-deleted&limit=500',
    );
    expect(log.items).toHaveLength(deletedBefore);
    expect(await service.get('/v1/audit/verification')).toMatchObject({ whole: true });
    // It has hit what it aims at: a kill that fell among the deletions.
    expect(between, `seed ${seed}`).toBeGreaterThanOrEqual(1);
    expect(await service.end('SIGTERM')).toBe(0);
  },
  60_000 + 30_000 * KILLS,
);

async function exported(service: ServiceProcess, run: string): Promise<Uint8Array> {
  const response = await fetch(`${service.address}/v1/runs/${run}/export?format=arrow`);
  expect(response.status).toBe(200);
  return new Uint8Array(await response.arrayBuffer());
}

const hashOf = (bytes: Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

const codeIn = async (response: Response): Promise<string> =>
  ((await response.json()) as { code: string }).code;
