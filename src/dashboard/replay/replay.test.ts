import { describe, expect, it } from 'vitest';
import type { SampleBatch } from '../api/sample-batch.js';
import { stepDurationsMs } from './pacing.js';
import { ShotTracks, stateAt } from './shot-tracks.js';

const NONE = new Float64Array(0);

/** Rows of two sites and one reference; a state at each row that `stateRows` names. */
function batch(rows: readonly (readonly [shot: number, overlap: number])[], stateRows: number[]) {
  return {
    subscription: '1',
    firstRow: 0,
    rows: rows.length,
    shot: rows.map(([shot]) => shot),
    step: rows.map((_, k) => k),
    t: Float64Array.from(rows, (_, k) => k / 10),
    energy: NONE,
    work: NONE,
    heat: NONE,
    references: 1,
    overlaps: Float64Array.from(rows, ([, overlap]) => overlap),
    stateRows,
    sites: 2,
    stateSpins: Int8Array.from(stateRows.flatMap((row) => [1, row % 2 === 0 ? 1 : -1])),
    stateValues: NONE,
  } satisfies SampleBatch;
}

describe('the tracks of a run', () => {
  it('gather rows shot by shot, over batches', () => {
    const tracks = new ShotTracks();
    tracks.add(batch([[0, 0.2]], [0]));
    tracks.add(
      batch(
        [
          [0, 0.9],
          [1, 0.1],
        ],
        [0, 1],
      ),
    );
    expect(tracks.tracks.map((track) => [track.shot, track.t.length, track.whole])).toEqual([
      [0, 2, true],
      [1, 1, false],
    ]);
    expect(tracks.tracks[0]!.overlaps.map((row) => row[0])).toEqual([0.2, 0.9]);
    expect(tracks.bytes).toBe(6);
    expect(tracks.whole).toBe(1);
    tracks.finish();
    expect(tracks.whole).toBe(2);
  });

  it('sort shots that came out of order', () => {
    const tracks = new ShotTracks();
    tracks.add(batch([[4, 0]], []));
    tracks.add(batch([[2, 0]], []));
    expect(tracks.tracks.map((track) => track.shot)).toEqual([2, 4]);
  });

  it('show the newest state until then, and before the first the next one', () => {
    const tracks = new ShotTracks();
    tracks.add(
      batch(
        [
          [0, 0],
          [0, 0],
          [0, 0],
          [0, 0],
        ],
        [1, 2],
      ),
    );
    const [track] = tracks.tracks;
    expect([0, 1, 2, 3].map((step) => stateAt(track!, step)?.step)).toEqual([1, 1, 2, 2]);
    expect([...stateAt(track!, 3)!.state]).toEqual([1, 1]);
  });

  it('have no state to show where none was read out', () => {
    const tracks = new ShotTracks();
    tracks.add(batch([[0, 0]], []));
    expect(stateAt(tracks.tracks[0]!, 0)).toBeNull();
  });
});

describe('the pace of a replay', () => {
  it('gives more time to the readouts after which the overlaps move', () => {
    const tracks = new ShotTracks();
    const course = [0.2, 0.6, 0.9, 1, 1, 1, 1, 1, 1, 1];
    tracks.add(
      batch(
        course.map((m) => [0, m]),
        [],
      ),
    );
    const ms = stepDurationsMs(tracks.tracks[0]!);
    expect(ms[0]).toBeGreaterThan(1.4 * ms[5]!);
    expect(ms.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(5200);
  });

  it('is even where nothing moves', () => {
    const tracks = new ShotTracks();
    tracks.add(
      batch(
        Array.from({ length: 40 }, () => [0, 1] as const),
        [],
      ),
    );
    expect(new Set(stepDurationsMs(tracks.tracks[0]!)).size).toBe(1);
  });
});
