import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../src/lab/temporary-folder.test-support.js';
import { RelaxdCommand } from '../support/relaxd-command.js';
import { ServiceProcess } from '../support/service-process.js';

const folder = temporaryFolder();
const command = new RelaxdCommand(folder);
let service: ServiceProcess;
beforeAll(async () => {
  service = await ServiceProcess.start(join(folder, 'data'));
});
afterAll(async () => {
  await service?.end('SIGKILL');
});

/** Calls of one process, each with the address and --json unless it is for people. */
async function relaxd(...calls: readonly (readonly string[])[]) {
  const url = ['--url', service.address];
  const answers = await command.together(
    calls
      .map((call) =>
        call.includes('--plain') ? call.filter((word) => word !== '--plain') : [...call, '--json'],
      )
      .map((call) => [...call, ...url]),
  );
  return answers.map(({ exit, out, err }) => ({ exit, out, err }));
}
const parsed = ({ out }: { readonly out: string }): Record<string, unknown> =>
  JSON.parse(out) as Record<string, unknown>;

describe('relaxd reserve, extend, release, reservations, lock, unlock', () => {
  it('have a device for a holder and for maintenance, and tell who has it', async () => {
    const terms = ['--until', '2h', '--note', 'annealing', '--holder', 'ada'];
    const [made, refused, wrong] = await relaxd(
      ['reserve', 'glauber', ...terms],
      ['reserve', 'glauber', ...terms],
      ['reserve', 'glauber', '--until', 'soon', '--note', 'x', '--holder', 'ada'],
    );
    expect(made!.exit).toBe(0);
    const { id } = parsed(made!) as { id: string };
    expect(parsed(made!)).toMatchObject({ device: 'glauber', holder: 'ada', state: 'active' });
    expect(refused!.exit).not.toBe(0);
    expect(parsed(refused!)).toMatchObject({
      error: { code: 'reservation-conflict', details: { holder: 'ada' } },
    });
    expect([wrong!.exit, parsed(wrong!)]).toMatchObject([2, { error: { code: 'wrong-call' } }]);
    const [longer, listed, shown, released, none] = await relaxd(
      ['extend', id, '--until', '3h'],
      ['reservations', '--state', 'active', '--holder', 'ada'],
      ['reservations', '--plain'],
      ['release', id],
      ['reservations', '--state', 'active,upcoming'],
    );
    expect(parsed(longer!)).toMatchObject({ revision: 2 });
    expect(parsed(listed!)).toMatchObject({ items: [{ id }] });
    expect(shown!.out).toContain('annealing');
    expect(parsed(released!)).toMatchObject({ state: 'released' });
    expect(parsed(none!)).toMatchObject({ items: [] });

    const [locked, anothers, device, unlocked, forced] = await relaxd(
      ['lock', 'null', '--note', 'new coils', '--operator', 'ada'],
      ['unlock', 'null', '--operator', 'ben'],
      ['lock', 'null', '--note', 'still new coils', '--operator', 'ada', '--plain'],
      ['unlock', 'null', '--operator', 'ben', '--force'],
      ['unlock', 'null'],
    );
    expect(parsed(locked!)).toMatchObject({ lock: { holder: 'ada', note: 'new coils' } });
    expect(parsed(anothers!)).toMatchObject({ error: { code: 'device-locked' } });
    expect(device!.out).toContain('null is locked by ada');
    expect(parsed(unlocked!)).toMatchObject({ lock: null });
    expect(parsed(forced!)).toMatchObject({ error: { code: 'illegal-transition' } });
  });
});

describe('relaxd retention, pin, unpin', () => {
  it('show what rules would delete, and keep what is pinned', async () => {
    const body = { kind: 'retrieve', device: 'glauber', memories: 'letters:A,B', shots: 3 };
    const job = await service.jobEnd((await service.submit(body)).id);
    expect(job.state).toBe('completed');
    const run = job.run!;
    const rules = [{ name: 'all of it', devices: ['glauber'], mostBytes: 0 }];
    writeFileSync(join(folder, 'rules.json'), JSON.stringify({ retention: { rules } }));
    writeFileSync(join(folder, 'none.json'), '{}');
    const [now, would, forPeople, pinned, held, unpinned, applied, both, empty] = await relaxd(
      ['retention', '--plain'],
      ['retention', '--config', 'rules.json'],
      ['retention', '--config', 'rules.json', '--plain'],
      ['pin', run, '--note', 'figure 3'],
      ['retention', '--config', 'rules.json'],
      ['unpin', run],
      ['retention', '--apply'],
      ['retention', '--apply', '--config', 'rules.json'],
      ['retention', '--config', 'none.json'],
    );
    expect(now!.out).toContain('every record is kept for ever');
    expect(parsed(would!)).toMatchObject({ goes: { runs: 1 }, items: [{ run, held: null }] });
    expect(forPeople!.out).toMatch(/all of it[^]*would go now: 1 records/);
    expect(parsed(pinned!)).toMatchObject({ run, pins: [{ note: 'figure 3' }] });
    expect(parsed(held!)).toMatchObject({ goes: { runs: 0 }, held: { runs: 1 } });
    expect(parsed(unpinned!)).toMatchObject({ run, pins: [] });
    expect(parsed(applied!)).toMatchObject({ deleted: { runs: 0 } });
    expect([both!.exit, empty!.exit]).toEqual([2, 2]);
    expect(await service.get(`/v1/runs/${run}`)).toMatchObject({ record: 'whole' });
  });
});
