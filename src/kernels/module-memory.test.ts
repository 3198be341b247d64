import { describe, expect, it } from 'vitest';
import { RandomStream } from '../core/index.js';
import {
  annealingRuns,
  annealSweeps,
  compiledRowProducts,
  computeFields,
  engineMissing,
  openEngine,
  seedLanes,
} from './index.js';
import { descend } from './descent/descend.js';
import { DescentArrays } from './descent/descent-arrays.js';

/** Where arenas keep their own cells: see arena.ts. The module's constants lie below. */
const CELLS = 0xf000;

describe.skipIf(engineMissing('wasm') !== null)('the WebAssembly module', () => {
  it('writes into arrays that it is given alone: its own memory is that of all threads', () => {
    const engine = openEngine('wasm');
    const { arena } = engine;
    const sites = 70;
    const stream = RandomStream.of(1, 'disorder');
    const own = (): Uint8Array => new Uint8Array(arena.buffer, 0, CELLS).slice();
    const before = own();
    expect(before.some((byte) => byte !== 0)).toBe(true);

    const state = arena.int8(sites + 64).subarray(0, sites);
    for (let i = 0; i < sites; i++) state[i] = stream.sign();
    const out = arena.float64(sites);
    for (const rows of [arena.float32(sites * sites), arena.float64(sites * sites)]) {
      for (let k = 0; k < rows.length; k++) rows[k] = stream.normal();
      expect(compiledRowProducts(engine, rows, sites, state, out)).toBe(true);
    }
    expect(own()).toEqual(before);

    const job = annealingRuns(arena, sites, 2);
    for (let k = 0; k < job.couplings.length; k++) job.couplings[k] = stream.normal();
    for (let run = 0; run < 2; run++) {
      seedLanes(job.lanes.subarray(64 * run, 64 * (run + 1)), 1, 'dynamics', run);
    }
    computeFields(engine, job, 0, 2);
    const temperatures = arena.float32(5).fill(20);
    const start = job.states.slice();
    annealSweeps(engine, job, 0, 2, temperatures);
    expect(job.states).not.toEqual(start);
    expect(own()).toEqual(before);

    const rows = arena.float64(sites * sites);
    const fields = arena.float64(sites + 16);
    for (let i = 0; i < sites; i++) fields[i] = stream.normal();
    const dense = { kind: 'dense', rows, stride: sites } as const;
    const arrays = new DescentArrays(arena, sites, state, fields, dense, 1, sites);
    expect(descend(engine, arrays, sites)).toBeGreaterThan(10);
    expect(own()).toEqual(before);
  });
});
