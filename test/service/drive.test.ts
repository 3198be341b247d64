import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DriveSummary } from '../../src/drive/index.js';
import { temporaryFolder } from '../../src/lab/temporary-folder.test-support.js';
import { ServiceProcess, type JobView } from '../support/service-process.js';

interface Problem {
  readonly code: string;
  readonly detail: string;
  readonly path?: string;
  readonly limit?: unknown;
  readonly hint?: string;
  readonly violations?: readonly { readonly path: string; readonly limit?: unknown }[];
}

const folder = temporaryFolder();
let service: ServiceProcess;
beforeAll(async () => {
  service = await ServiceProcess.start(folder);
}, 60_000);
afterAll(async () => {
  await service.end();
});

const body = {
  kind: 'drive',
  device: 'glauber',
  memories: 'letters:A,B',
  order: 3,
  temperature: 0.1,
  from: { memory: 'B' },
  cue: { memory: 'A', accuracy: 0.8 },
  protocol: [
    [0, 1],
    [4, 1],
  ],
  release: 4,
  shots: 20,
  seed: 1,
};

async function refused(more: Record<string, unknown>): Promise<Problem & { status: number }> {
  const response = await service.post('/v1/jobs', { ...body, ...more });
  return { ...((await response.json()) as Problem), status: response.status };
}

describe('a job of kind drive', () => {
  it('is done as the contract has it, and its result has the drive beside theory', async () => {
    interface DriveJob extends JobView {
      readonly result: { drive: DriveSummary; program: { rule: string } } | null;
    }
    const job = await service.jobEnd<DriveJob>((await service.submit(body)).id);
    expect(job.state).toBe('completed');
    const { drive, program } = job.result!;
    expect(program.rule).toBe('polynomial:3');
    expect(drive).toMatchObject({
      target: 0,
      other: 1,
      from: { memory: 1 },
      release: 4,
      ended: 20,
    });
    expect(drive.cue.wrong).toBe(10);
    expect(drive.success).toMatchObject({ mean: 1, theory: 1 });
    // A hundred sites are few: theory is met to some 1/N, not to the standard error.
    expect(Math.abs(drive.work.mean! - drive.work.theory!)).toBeLessThan(0.05);
    expect(drive.courses.target.theory).toHaveLength(drive.courses.t.length);
  }, 60_000);

  it('is in the OpenAPI document', async () => {
    const api = JSON.stringify(await service.get('/openapi.json'));
    expect(api).toContain('DriveJobBody');
    expect(api).toContain('optimise');
  });

  it.each([
    [{ cue: { memory: 'A', accuracy: 1.5 } }, 'cue.accuracy'],
    [{ cue: { memory: 'Z', accuracy: 0.5 } }, 'cue.memory'],
    [{ from: { memory: 7 } }, 'from.memory'],
    [{ order: 1 }, 'order'],
    [{ protocol: [[0, 1]], release: null }, 'release'],
    [
      {
        protocol: [
          [1, 1],
          [0, 1],
        ],
      },
      'protocol[1][0]',
    ],
    [{ protocol: { optimise: { points: 3, duration: 2 } }, temperature: 0 }, 'protocol.optimise'],
    [{ protocol: { optimise: { points: 3, duration: 2 } }, release: 1 }, 'release'],
    [
      { protocol: { optimise: { points: 3, duration: 2, range: [1, 0] } }, release: null },
      'protocol.optimise.range',
    ],
    [
      {
        protocol: { optimise: { points: 3, duration: 0.5, range: [0, 0.1] } },
        release: null,
        relax: 5,
      },
      'protocol.optimise',
    ],
    [{ device: 'rc-langevin', temperature: null }, 'rule'],
    [{ fidelity: 'kinetic' }, 'fidelity'],
  ])('%j is refused at %s, with what is allowed', async (more, path) => {
    const problem = await refused(more);
    expect(problem.status).toBeGreaterThanOrEqual(400);
    expect(problem.status).toBeLessThan(500);
    const found = problem.violations?.find((v) => v.path === path) ?? problem;
    expect([found.path, problem.detail]).toEqual([path, expect.stringMatching(/./)]);
    expect(found.limit).toBeDefined();
  });

  it('refuses a member that there is not, by name', async () => {
    const problem = await refused({ strength: 1 });
    expect(problem).toMatchObject({ status: 400, code: 'unknown-field' });
    expect(problem.detail).toContain('strength');
  });
});
