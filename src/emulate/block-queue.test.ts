import { describe, expect, it } from 'vitest';
import { BlockQueue } from './block-queue.js';

/** The same queue as another thread sees it. */
const seenFrom = (queue: BlockQueue, blocks: number): BlockQueue =>
  new BlockQueue(queue.memory, blocks);

describe('a queue of blocks', () => {
  it('gives each block once, in order, to whoever asks, and then none', () => {
    const queue = BlockQueue.of(3);
    const [one, other] = [seenFrom(queue, 3), seenFrom(queue, 3)];
    queue.allow(3);
    expect([one.take(), other.take(), one.take(), other.take(), one.take()]).toEqual([
      0,
      1,
      2,
      null,
      null,
    ]);
    expect(queue.taken).toBe(3);
  });

  it('keeps what has been taken while it is held or has ended', () => {
    const queue = BlockQueue.of(5);
    queue.allow(5);
    queue.take();
    queue.hold();
    expect(queue.taken).toBe(1);
    queue.release();
    expect(queue.take()).toBe(1);
    queue.hold();
    queue.end();
    expect(queue.take()).toBeNull();
    expect(queue.taken).toBe(2);
  });
});
