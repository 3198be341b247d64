import { expect, it } from 'vitest';
import { RandomStream } from '../../core/index.js';
import { EventQueue } from './event-queue.js';

it('the queue always gives the neuron with the earliest event, ties to the lower number', () => {
  const size = 37;
  const queue = new EventQueue(size);
  const next = new Float64Array(size);
  const random = RandomStream.of(1);
  const draw = (): number => (random.integer(6) === 0 ? Infinity : random.integer(50));
  const earliest = (): number => queue.times.indexOf(Math.min(...queue.times));
  expect(queue.first).toBe(0);
  for (let round = 0; round < 3000; round++) {
    if (random.integer(100) === 0) {
      for (let i = 0; i < size; i++) queue.times[i] = draw();
      queue.rebuild();
    } else if (random.integer(10) === 0) queue.clear(random.integer(size));
    else queue.set(random.integer(size), next.fill(draw()));
    expect(queue.first).toBe(earliest());
  }
});
