import { describe, expect, it } from 'vitest';
import { VirtualTimeline } from '../core/index.js';
import { Heartbeat, Liveness } from './liveness.js';

describe('liveness', () => {
  it('is suspect after 1.5 s without a frame, online again with one, and down after 3 s', async () => {
    const timeline = new VirtualTimeline();
    let heard = 0;
    const changes: [number, string][] = [];
    const liveness = new Liveness(
      timeline,
      () => heard,
      (state) => changes.push([timeline.monotonicMs(), state]),
    );
    for (heard = 500; heard <= 4000; heard += 500) await timeline.advance(500);
    heard = 4000;
    expect(changes).toEqual([]);
    await timeline.advance(1700);
    expect(changes).toEqual([[5500, 'suspect']]);
    heard = 5700;
    await timeline.advance(300);
    expect(changes.at(-1)).toEqual([5750, 'online']);
    await timeline.advance(10_000);
    expect(changes.slice(2)).toEqual([
      [7200, 'suspect'],
      [8700, 'down'],
    ]);
    expect(liveness.state).toBe('down');
  });

  it('looks again where this process itself stood still', async () => {
    let now = 0;
    const rings: { at: number; ring: () => void }[] = [];
    const timeline = {
      wallMs: () => now,
      monotonicMs: () => now,
      after: (ms: number, ring: () => void) => {
        rings.push({ at: now + ms, ring });
        return () => undefined;
      },
    };
    let heard = 0;
    const changes: string[] = [];
    new Liveness(
      timeline,
      () => heard,
      (state) => changes.push(state),
    );
    now = 60_000;
    rings.shift()!.ring();
    expect(changes).toEqual([]);
    // Now what had come meanwhile is read.
    heard = 60_000;
    now = rings[0]!.at;
    rings.shift()!.ring();
    expect(changes).toEqual([]);
  });
});

describe('the heartbeat', () => {
  it('beats every 250 ms, has no more than two unanswered, and stops', async () => {
    const timeline = new VirtualTimeline();
    const beats: number[] = [];
    const answers: (() => void)[] = [];
    const heartbeat = new Heartbeat(timeline, () => {
      beats.push(timeline.monotonicMs());
      return new Promise<void>((resolve) => answers.push(resolve));
    });
    await timeline.advance(1100);
    expect(beats).toEqual([0, 250]);
    answers.shift()!();
    await timeline.advance(250);
    expect(beats).toEqual([0, 250, 1250]);
    heartbeat.stop();
    answers.forEach((answer) => answer());
    await timeline.advance(5000);
    expect(beats).toHaveLength(3);
  });
});
