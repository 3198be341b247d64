import { afterAll, describe, expect, it } from 'vitest';
import { createDevice } from '../../drivers/glauber/index.js';
import { readProgram, type Device, type DeviceResult } from '../../src/device/index.js';
import { Arena } from '../../src/kernels/index.js';
import { driverContext } from '../support/run-device.js';

const SITES = 12;
const program = readProgram({
  version: 1,
  sites: SITES,
  couplings: {
    kind: 'dense',
    data: Array.from({ length: SITES * SITES }, (_, at) => {
      const [i, j] = [Math.floor(at / SITES), at % SITES];
      return i === j ? 0 : Math.sin(1 + i * j) / SITES;
    }),
  },
  fields: Array.from({ length: SITES }, (_, i) => 0.1 * i),
  references: [new Array(SITES).fill(1)],
  dynamics: { temperature: 1 },
  duration: 2,
  shots: 2,
});
const arena = Arena.create();
/** The same program with its couplings in an arena, as where a long list is read. */
const inArena = ((): typeof program => {
  const { couplings } = program;
  if (couplings.kind !== 'dense') throw new Error('the couplings are dense');
  const list = arena.begin();
  list.add(Float64Array.from(couplings.data));
  return { ...program, couplings: { ...couplings, data: list.finish() } };
})();

const device: Device = createDevice('glauber', {}, driverContext(2));
afterAll(() => device.close());

async function run(seed: number): Promise<DeviceResult> {
  await device.arm({ run: 'run', seed });
  await device.start();
  return device.readResult();
}

describe('a program whose couplings lie in an arena', () => {
  it('is run 400 times without more memory than for the first runs, and as it would be elsewhere', async () => {
    await device.connect();
    await device.load(program);
    const elsewhere = await run(399);
    await device.load(inArena);
    let then = 0;
    for (let seed = 0; seed < 400; seed++) {
      const result = await run(seed);
      if (seed === 9) then = arena.used;
      if (seed === 399) expect(result).toEqual(elsewhere);
    }
    expect(then).toBeGreaterThan(0);
    // Threads take shots by themselves: each of the two may come to its first piece of working memory late.
    expect(arena.used - then).toBeLessThan(2 * 2 ** 20 + 2 ** 12);
  });

  it('is run again after runs that were aborted at any point', async () => {
    await device.load({ ...inArena, duration: 1e9 });
    const used: number[] = [];
    for (let k = 0; k < 6; k++) {
      await device.arm({ run: 'run', seed: k });
      await device.start();
      const result = device.readResult().catch((error: unknown) => error);
      await new Promise((resolve) => setTimeout(resolve, 40 * k));
      await device.abort();
      expect(await result).toMatchObject({ code: 'aborted' });
      used.push(arena.used);
    }
    await device.load(inArena);
    expect((await run(399)).shots).toBe(2);
    expect(used.at(-1)! - used[2]!).toBeLessThan(3 * 2 ** 20);
  });
});
