import { describe, expect, it } from 'vitest';
import { CouplingMatrix } from '../coupling-matrix.js';
import { layersOf } from './layers-of.js';

const of = (sites: number, pairs: readonly (readonly [number, number])[]): CouplingMatrix =>
  CouplingMatrix.of(
    { kind: 'coo', entries: Float64Array.from(pairs.flatMap(([i, j]) => [i, j, 0.5])) },
    sites,
  );

describe('layers of a circuit', () => {
  it('are found in sparse and in dense couplings, whole or with pairs missing', () => {
    const whole: [number, number][] = [];
    for (let i = 0; i < 4; i++) for (let j = 4; j < 7; j++) whole.push([i, j]);
    for (let i = 4; i < 7; i++) for (let j = 7; j < 9; j++) whole.push([j, i]);
    expect(layersOf(of(9, whole))).toEqual({ sizes: [4, 3, 2], pairs: 18 });
    const dense = CouplingMatrix.of({ kind: 'dense', data: of(9, whole).toDense() }, 9);
    expect(layersOf(dense)).toEqual({ sizes: [4, 3, 2], pairs: 18 });
    const thinned = whole.filter(([i, j]) => (i + j) % 3 !== 1);
    expect(layersOf(of(9, thinned))?.sizes).toEqual([4, 3, 2]);
  });

  it('may be single sites: a chain', () => {
    expect(
      layersOf(
        of(3, [
          [0, 1],
          [1, 2],
        ]),
      ),
    ).toEqual({ sizes: [1, 1, 1], pairs: 2 });
  });

  it('are none where a coupling skips a layer, and none without couplings', () => {
    const ring: [number, number][] = [
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 0],
    ];
    expect(layersOf(of(4, ring))).toBeNull();
    expect(layersOf(of(4, []))).toBeNull();
  });
});
