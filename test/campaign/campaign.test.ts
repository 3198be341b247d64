import { describe, expect, it } from 'vitest';
import {
  bankCells,
  GOODPUT_TOLERANCE,
  goodputCells,
  goodputDeviation,
  measureGoodput,
  runCells,
} from './campaign.js';
import { computedGoodput, framesOnTheirWay, type GoodputModel } from './goodput.js';
import { campaignRuns } from './runs.js';
import { campaignUploads } from './uploads.js';

const SEED = 1;
/** Both rates; no fault, 2 % of the frames, bytes and bursts. */
const REDUCED = [0, 0.02, 4e-5].map((rate) => `${100 * rate} % of`);

describe('A line with faults (npm run campaign: 10 000 uploads, 1000 runs)', () => {
  const cells = goodputCells(4).filter(({ name }) => REDUCED.some((one) => name.startsWith(one)));
  it.each(cells)('has the goodput of Go-Back-N: $baud baud, $name', async (cell) => {
    const outcome = await measureGoodput(cell, SEED);
    expect(outcome.done).toBe(4);
    expect(Math.abs(goodputDeviation(outcome))).toBeLessThan(GOODPUT_TOLERANCE);
    // A line without faults has nothing to repair.
    if (outcome.loss === 0 && cell.repeated === 0) expect(outcome.faults).toBe(0);
    else expect(outcome.faults).toBeGreaterThan(0);
  });

  it.each(bankCells(110))('leaves no wrong bank: $name', async (cell) => {
    const outcome = await campaignUploads(cell, SEED);
    expect(outcome.done + outcome.failed).toBe(cell.uploads);
    if (cell.hostile !== true) expect(outcome.failed).toBe(0);
  });

  it.each(runCells(100))('leaves no gap that is not declared: $name', async (cell) => {
    const outcome = await campaignRuns(cell, SEED);
    expect(outcome.done).toBe(cell.runs);
    expect(outcome.rowsDelivered + outcome.rowsInGaps).toBe(outcome.rowsMade);
  });
});

describe('The computed goodput', () => {
  const model: GoodputModel = {
    baud: 1_000_000,
    chunkBytes: 500,
    frameBytes: 500,
    ackBytes: 0,
    rxFrames: 16,
    boardWindow: 8,
    rtoMs: 25,
  };
  it('without loss is the line’s', () => {
    expect(computedGoodput(model, 0, 0)).toBeCloseTo(100_000, 6);
  });
  it('is (1 − p) / (1 − p + W p) of it while a time-out is no longer than a window', () => {
    const window = framesOnTheirWay(model);
    expect(window).toBe(11.5);
    for (const p of [0.001, 0.02, 0.3]) {
      const share = (1 - p) / (1 - p + window * p);
      expect(computedGoodput(model, p, p) / 100_000).toBeCloseTo(share, 9);
    }
  });
});
