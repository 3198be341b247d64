import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IdSource, systemClock } from '../core/index.js';
import type { DeviceRegistry } from '../device/index.js';
import { temporaryFolder } from '../lab/temporary-folder.test-support.js';
import { startTestService, type TestService } from '../service/service.test-support.js';
import { TestDevice } from '../service/test-device.test-support.js';
import { runCli } from './cli.js';
import type { Composition } from './composition.js';

class Sink extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}

let test: TestService;
/** A device of the command's own process. */
const own = new TestDevice('mine', systemClock);
beforeAll(async () => {
  test = await startTestService();
  await own.connect();
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

async function command(env: Record<string, string>, args: readonly string[]) {
  const [stdout, stderr] = [new Sink(), new Sink()];
  const registry = {
    get: () => own,
    list: () => [own],
    absent: [],
    [Symbol.asyncDispose]: async () => undefined,
  } as unknown as DeviceRegistry;
  const composition = {
    version: '0.0.0',
    clock: systemClock,
    ids: new IdSource(systemClock),
    stdout: stdout as unknown as NodeJS.WriteStream,
    stderr: stderr as unknown as NodeJS.WriteStream,
    openDevices: async () => registry,
    jobKinds: async () => [],
    env,
  } as unknown as Composition;
  const code = await runCli(['node', 'relaxd', ...args], composition);
  return { code, out: stdout.text, said: stderr.text };
}
const there = (...args: readonly string[]) => command({ RELAXD_URL: test.service.address }, args);
const here = (...args: readonly string[]) => command({}, args);

describe('relaxd safe-state, clear-fault, self-test, connect, disconnect', () => {
  it('act on a device of a service', async () => {
    const safe = await there('safe-state', 'one', '--cause', 'smoke');
    expect([safe.code, safe.out]).toEqual([0, 'one is online, safe: smoke\n']);
    const nobody = await there('clear-fault', 'one', '--note', 'aired');
    expect([nobody.code, nobody.said]).toEqual([2, expect.stringContaining('operator')]);
    expect(test.device.equipment).toBe('safe');
    const cleared = await there('clear-fault', 'one', '--note', 'aired', '--operator', 'ada');
    expect([cleared.code, cleared.out]).toEqual([0, 'cleared: smoke\none is online, standby\n']);
    const again = await there('clear-fault', 'one', '--note', 'aired', '--operator', 'ada');
    expect([again.code, again.said]).toEqual([2, expect.stringContaining('illegal-transition')]);
    const tested = await there('self-test', 'one');
    expect([tested.code, tested.out]).toEqual([0, expect.stringMatching(/link +passed +online/)]);
    const off = await there('disconnect', 'one', '--json');
    expect(JSON.parse(off.out)).toMatchObject({ id: 'one', link: 'offline' });
    const on = await there('connect', 'one');
    expect([on.code, on.out]).toEqual([0, 'one is online, standby\n']);
  });

  it('name the fault that is latched, and refuse one that is not', async () => {
    test.device.fault = { id: '7-2', cause: 'over-temperature' };
    await test.device.toSafeState('over-temperature');
    const note = ['--note', 'fan replaced', '--operator', 'ada'];
    expect((await there('devices')).out).toContain('fault 7-2: over-temperature');
    const wrong = await there('clear-fault', 'one', '--fault', '7-1', ...note);
    expect([wrong.code, wrong.said]).toEqual([2, expect.stringContaining("is '7-2'")]);
    const cleared = await there('clear-fault', 'one', ...note);
    expect([cleared.code, cleared.out]).toEqual([0, 'cleared: 7-2\none is online, standby\n']);
    expect(test.device.fault).toBe(null);
  });

  it('without a service act on a device of their own process, which has to be told who asks', async () => {
    expect((await here('safe-state', 'mine')).out).toBe(
      'mine is online, safe: asked for by an operator\n',
    );
    const nobody = await here('clear-fault', 'mine', '--note', 'aired');
    expect([nobody.code, nobody.said]).toEqual([2, expect.stringContaining('--operator')]);
    const cleared = await here('clear-fault', 'mine', '--note', 'aired', '--operator', 'ada');
    expect([cleared.code, own.equipment]).toEqual([0, 'standby']);
    expect(JSON.parse((await here('self-test', 'mine', '--json')).out)).toMatchObject({ ok: true });
  });
});

describe('a run in the command’s own process', () => {
  it('on a device that is in fault or safe says how to go on', async () => {
    const program = join(temporaryFolder(), 'program.json');
    writeFileSync(
      program,
      JSON.stringify({
        version: 1,
        sites: 2,
        couplings: { kind: 'coo', entries: [] },
        duration: 1,
      }),
    );
    own.fault = { id: '3-1', cause: 'over-current' };
    await own.toSafeState('over-current');
    const safe = await here('run', program, '--device', 'mine');
    expect(safe.code).not.toBe(0);
    expect(safe.said).toContain('mine is in its safe state (over-current)');
    expect(safe.said).toContain('relaxd clear-fault mine --fault 3-1 --note');
    own.equipment = 'fault';
    const fault = await here('run', program, '--device', 'mine');
    expect(fault.said).toContain('device-fault: mine is in fault (over-current)');
    expect(fault.said).toContain('relaxd self-test mine');
  });
});
