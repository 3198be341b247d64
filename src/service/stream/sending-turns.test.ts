import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { BYTES_A_TURN, SendingTurns } from './sending-turns.js';

describe('SendingTurns', () => {
  it('sends so much in a turn of the event loop and no more, first come, first served', async () => {
    const turns = new SendingTurns();
    const sent: number[] = [];
    const half = BYTES_A_TURN / 2;
    for (let k = 0; k < 6; k++) void turns.wait(half).then(() => sent.push(k));
    await Promise.resolve();
    await Promise.resolve();
    expect(sent).toEqual([0, 1]);
    const counts: number[] = [];
    while (sent.length < 6) {
      const before = sent.length;
      await setImmediate();
      counts.push(sent.length - before);
    }
    expect(Math.max(...counts)).toBeLessThanOrEqual(2);
    expect(sent).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('sends what is larger than a turn all the same, alone', async () => {
    const turns = new SendingTurns();
    await turns.wait(3 * BYTES_A_TURN);
    let other = false;
    const after = turns.wait(1).then(() => (other = true));
    await Promise.resolve();
    expect(other).toBe(false);
    await after;
  });
});
