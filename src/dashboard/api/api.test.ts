import { describe, expect, it } from 'vitest';
import { relaxd } from '../../../proto/gen/stream.js';
import { backOffMs } from './back-off.js';
import { readProblem } from './problem.js';
import { readSampleBatch } from './sample-batch.js';

const { SampleBatch } = relaxd.stream.v1;

describe('a batch of samples', () => {
  it('is read as the generated code wrote it, spins as signed bytes', () => {
    const bytes = SampleBatch.encode({
      subscription: '7',
      run: '01J',
      origin: 'emulator',
      sequence: 3,
      firstRow: 5_000_000_000,
      rows: 2,
      shot: [0, 300],
      step: [1, 2],
      t: [0.5, 1.25],
      energy: [-3, NaN],
      references: 2,
      overlaps: [1, -0.5, 0.25, 0],
      stateRows: [1],
      sites: 3,
      stateSpins: new Uint8Array([1, 255, 1]),
    }).finish();
    const batch = readSampleBatch(bytes);
    expect(batch).toMatchObject({
      subscription: '7',
      firstRow: 5_000_000_000,
      rows: 2,
      shot: [0, 300],
      step: [1, 2],
      references: 2,
      stateRows: [1],
      sites: 3,
    });
    expect([...batch.t]).toEqual([0.5, 1.25]);
    expect([...batch.energy]).toEqual([-3, NaN]);
    expect(batch.work).toHaveLength(0);
    expect([...batch.overlaps]).toEqual([1, -0.5, 0.25, 0]);
    expect([...batch.stateSpins]).toEqual([1, -1, 1]);
    expect(batch.stateValues).toHaveLength(0);
  });

  it('is read with continuous states', () => {
    const bytes = SampleBatch.encode({
      rows: 1,
      sites: 2,
      stateRows: [0],
      stateValues: [0.5, -1.5],
      work: [2],
      heat: [3],
    }).finish();
    const batch = readSampleBatch(bytes);
    expect([...batch.stateValues]).toEqual([0.5, -1.5]);
    expect([batch.work[0], batch.heat[0]]).toEqual([2, 3]);
  });

  it('is read past fields of a later version', () => {
    const known = SampleBatch.encode({ rows: 4 }).finish();
    // Field 100: a number, 8 bytes, a block and 4 bytes.
    const later = [
      ...[0xa0, 0x06, 0x96, 0x01],
      ...[0xa1, 0x06, 1, 2, 3, 4, 5, 6, 7, 8],
      ...[0xa2, 0x06, 2, 9, 9],
      ...[0xa5, 0x06, 1, 2, 3, 4],
    ];
    expect(readSampleBatch(Uint8Array.of(...later, ...known)).rows).toBe(4);
  });

  it('is refused where it is cut off', () => {
    const bytes = SampleBatch.encode({ rows: 1, t: [1, 2, 3] }).finish();
    expect(() => readSampleBatch(bytes.subarray(0, bytes.length - 1))).toThrow(RangeError);
  });
});

describe('a problem', () => {
  it('keeps code, place, hint and what is allowed', () => {
    const problem = readProblem(
      400,
      JSON.stringify({
        code: 'invalid-input',
        detail: 'shots: -3 is less than 1',
        path: 'shots',
        hint: 'give 1 or more',
        limit: ['a', 'b'],
        violations: [{ code: 'invalid-input', path: 'shots', message: 'is less than 1' }],
      }),
    );
    expect(problem).toMatchObject({
      code: 'invalid-input',
      path: 'shots',
      hint: 'give 1 or more',
      allowed: 'a, b',
    });
    expect(problem.violations).toHaveLength(1);
  });

  it('is made of the status where the answer is no document', () => {
    expect(readProblem(502, '<html>')).toMatchObject({ code: 'service-unreachable' });
    expect(readProblem(418, '{}')).toMatchObject({ code: 'http-418', path: null, allowed: null });
  });
});

describe('trying again', () => {
  it('waits twice as long after each failure, up to 15 s', () => {
    expect([1, 2, 3, 4, 5, 6, 60].map(backOffMs)).toEqual([
      500, 1000, 2000, 4000, 8000, 15_000, 15_000,
    ]);
  });
});
