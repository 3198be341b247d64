import { describe, expect, it } from 'vitest';
import { BUSY_AT_BYTES } from '../../../src/service/stream/stream-socket.js';
import { campaignViewers } from './campaign-viewers.js';

describe('Viewers of one run (npm run campaign -- viewers: 260)', () => {
  it('that do not read hold up nobody, and are told exactly what they miss', async () => {
    const outcome = await campaignViewers({
      viewers: { 'never-reads': 2, 'never-reads-latest': 30, slow: 8, fast: 2 },
      shots: 60,
      shotMs: 20,
    });
    expect(outcome.broken).toEqual([]);
    // Far more than what networks swallow: some had to wait, and some missed something.
    expect(outcome.recordBytes).toBeGreaterThan(15_000_000);
    expect(outcome.waitingBeforeBatch).toBeGreaterThan(BUSY_AT_BYTES / 2);
    expect(outcome.rowsInGaps).toBeGreaterThan(0);
  }, 300_000);
});
