import { cpSync, mkdirSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { driverContext, runOnDevice } from '../../test/support/run-device.js';
import { readManifest, readProgram } from '../../src/device/index.js';
import { createDevice } from './index.js';

const folder = new URL('.', import.meta.url).pathname;
const devices = [1, 2].map((threads) => createDevice('rc-langevin', {}, driverContext(threads)));
const [one, two] = devices as [(typeof devices)[0], (typeof devices)[0]];
afterAll(async () => {
  for (const device of devices) await device.close();
});

it('runs', async () => {
  const program = readProgram({
    version: 1,
    sites: 4,
    siteKinds: 'continuous',
    couplings: { kind: 'coo', entries: [[0, 1, 2.001], [1, 2, -1], [2, 3, 0.5]] },
    references: [[1, 1, -1, -1]],
    initial: { kind: 'equilibrium' },
    drives: [{ pattern: [1, 1, 1, 1], amplitude: [[0, 0], [1, 2]] }],
    duration: 2,
    readout: { every: 0.3, channels: ['energy', 'overlaps', 'state', 'work', 'heat'] },
    shots: 700,
  });
  const first = await runOnDevice(one, program, { seed: 11 });
  const parallel = await runOnDevice(two, program, { seed: 11, threads: 2 });
  expect(parallel.result).toEqual(first.result);
  console.log(first.warnings, JSON.stringify(first.result.thermodynamics), first.result.observables);
});
