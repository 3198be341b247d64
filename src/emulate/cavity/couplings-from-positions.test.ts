import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../core/index.js';
import {
  couplingGradients,
  couplingsFromPositions,
  positionWarnings,
  type CavityPositions,
} from './couplings-from-positions.js';
import { gaussianPositions, sherringtonKirkpatrick } from './disorder.js';

const positions: CavityPositions = {
  geometry: 'four-sevenths',
  xy: gaussianPositions(12, 2, RandomStream.of(3, 'disorder')),
  waist: 1,
  n0: 0,
  cloudSigma: 0,
};

describe('couplingsFromPositions', () => {
  it('is exactly symmetric with a zero diagonal', () => {
    const couplings = couplingsFromPositions({ ...positions, cloudSigma: 0.1 });
    for (let i = 0; i < 12; i++) {
      expect(couplings[i * 13]).toBe(0);
      for (let j = 0; j < i; j++) expect(couplings[i * 12 + j]).toBe(couplings[j * 12 + i]);
    }
  });

  it('depends on lengths in waists only', () => {
    const inMicrometres: CavityPositions = {
      ...positions,
      xy: positions.xy.map((x) => 34.79 * x),
      waist: 34.79,
      cloudSigma: 3.5,
    };
    const inWaists = couplingsFromPositions({ ...positions, cloudSigma: 3.5 / 34.79 });
    couplingsFromPositions(inMicrometres).forEach((J, k) => expect(J).toBeCloseTo(inWaists[k]!, 9));
  });

  it('has gradients that say how couplings change when one site moves', () => {
    const gradients = couplingGradients(positions);
    const moved = { ...positions, xy: positions.xy.slice() };
    moved.xy[6] = moved.xy[6]! + 1e-6;
    const before = couplingsFromPositions(positions);
    const after = couplingsFromPositions(moved);
    for (let j = 0; j < 12; j++) {
      const change = (after[3 * 12 + j]! - before[3 * 12 + j]!) / 1e-6;
      expect(Math.abs(change - gradients[2 * (3 * 12 + j)]!)).toBeLessThan(1e-2);
    }
    expect(gradients[2 * (3 * 12 + 3)]).toBe(0);
  });
});

describe('positionWarnings', () => {
  it('says nothing of sites that are apart', () => {
    const grid = Float64Array.from([0, 0, 1, 0, 0, 1, 1, 1]);
    expect(positionWarnings({ ...positions, xy: grid })).toEqual([]);
  });

  it('names sites whose clouds overlap, unless damped modes carry their local interaction', () => {
    const close = { ...positions, xy: Float64Array.of(1, 0, 5, 5, 1.1, 0), cloudSigma: 0.05 };
    expect(positionWarnings(close)).toHaveLength(1);
    expect(positionWarnings(close)[0]).toContain('sites 0 and 2');
    expect(positionWarnings(close, 0.01)).toEqual([]);
    expect(positionWarnings({ ...close, cloudSigma: 0.01 })).toEqual([]);
  });

  it('says that confocal spins are kept to one quadrature', () => {
    const far = Float64Array.of(1, 0, 1, 1);
    expect(positionWarnings({ ...positions, geometry: 'confocal', xy: far }).join()).toContain(
      'both quadratures',
    );
  });
});

describe('sherringtonKirkpatrick', () => {
  it('has couplings of variance 1/N, symmetric, without a diagonal', () => {
    const couplings = sherringtonKirkpatrick(200, RandomStream.of(4, 'disorder'));
    let square = 0;
    for (let i = 0; i < 200; i++) {
      expect(couplings[i * 201]).toBe(0);
      for (let j = 0; j < i; j++) {
        expect(couplings[i * 200 + j]).toBe(couplings[j * 200 + i]);
        square += couplings[i * 200 + j]! ** 2;
      }
    }
    // 19,900 pairs: the variance is good to 1 % (one standard error)
    expect(Math.abs((square / 19_900) * 200 - 1)).toBeLessThan(0.04);
  });
});
