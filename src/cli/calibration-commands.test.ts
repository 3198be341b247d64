import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IdSource, systemClock } from '../core/index.js';
import { calibrationId, descriptorHash, type Calibration } from '../device/index.js';
import { startTestService, type TestService } from '../service/service.test-support.js';
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
beforeAll(async () => {
  test = await startTestService();
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

async function relaxd(...args: readonly string[]) {
  const [stdout, stderr] = [new Sink(), new Sink()];
  const composition = {
    version: '0.0.0',
    clock: systemClock,
    ids: new IdSource(systemClock),
    stdout: stdout as unknown as NodeJS.WriteStream,
    stderr: stderr as unknown as NodeJS.WriteStream,
    env: { RELAXD_URL: test.service.address },
  } as unknown as Composition;
  const code = await runCli(['node', 'relaxd', 'calibrations', ...args], composition);
  return { code, out: stdout.text, said: stderr.text };
}

async function proposed(value: number): Promise<string> {
  const rest = {
    version: 1,
    device: 'one',
    serial: test.device.serial,
    origin: 'emulator',
    descriptor: descriptorHash(await test.device.describe()),
    model: 'test',
    parameters: [{ name: 'gain[0]', value, standardError: 0.01, unit: '1', identified: true }],
    covariance: [{ parameters: ['gain[0]'], lower: [1e-4] }],
    unidentified: [],
    fit: null,
    residuals: [],
    probes: [],
    heldOut: [],
    against: null,
    validity: { from: '2026-01-01T00:00:00.000Z', until: null, temperatureK: null },
    job: null,
    createdAt: '2026-01-01T00:00:00.000Z',
    warnings: [],
  } as const satisfies Omit<Calibration, 'id'>;
  const calibration = { ...rest, id: calibrationId(rest) };
  await test.post('/v1/calibrations', { calibration, reason: 'from a test' });
  return calibration.id.slice(7);
}
const why = ['--reason', 'from a test'];

describe('relaxd calibrations', () => {
  it('lists, activates and rolls back, each named by its first digits', async () => {
    expect((await relaxd('list')).out).toBe('no calibrations\n');
    const [one, two] = [await proposed(1.01), await proposed(1.02)];
    const listed = await relaxd('list', '--device', 'one');
    expect(listed.out).toMatch(new RegExp(`${one.slice(0, 12)} +one +proposed .* 1 of 1`));
    const active = await relaxd('activate', one.slice(0, 12), ...why);
    expect([active.code, active.out]).toEqual([
      0,
      `calibration ${one.slice(0, 12)} of one is active\n`,
    ]);
    await relaxd('activate', `sha256:${two.slice(0, 20)}`, ...why);
    const only = await relaxd('list', '--state', 'active', '--json');
    expect(JSON.parse(only.out)).toMatchObject({ items: [{ id: `sha256:${two}` }] });
    const back = await relaxd('roll-back', `sha256:${one}`, ...why, '--json');
    expect(JSON.parse(back.out)).toMatchObject({ id: `sha256:${one}`, state: 'active' });
    expect((await relaxd('list')).out).toMatch(new RegExp(`${two.slice(0, 12)} +one +retired`));
    expect((await relaxd('retire', one.slice(0, 12), ...why)).out).toContain('is retired');
  });

  it('refuses what is no id, what nobody has, what is not legal now, and a step without a reason', async () => {
    const id = (await proposed(1.03)).slice(0, 12);
    for (const [args, code] of [
      [['activate', 'newest', ...why], 'wrong-call'],
      [['activate', '00000', ...why], 'wrong-call'],
      [['activate', 'ffffffffffff', ...why], 'unknown-calibration'],
      [['roll-back', id, ...why], 'illegal-transition'],
      [['activate', id], 'wrong-call'],
    ] as const) {
      const { code: exit, said } = await relaxd(...args);
      expect([exit, said], args.join(' ')).toEqual([2, expect.stringContaining(code)]);
    }
    expect((await relaxd('reject', id, ...why)).out).toContain('is rejected');
  });
});
