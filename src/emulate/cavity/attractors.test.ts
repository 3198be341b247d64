import { describe, expect, it } from 'vitest';
import { RandomStream, RelaxdError } from '../../core/index.js';
import {
  enumerateLandscape,
  stateCode,
  stateOfCode,
  steepestDescentEnd,
  zeroTemperatureReturn,
} from './attractors.js';
import { sherringtonKirkpatrick } from './disorder.js';
import { Quench } from './quench.js';
import { attractorRecall, cueErrors, exactRecall, memoriesAbove } from './recall.js';
import { tripleCorrelator } from './observables/index.js';
import { codeOverlap, replicaOverlaps } from './replicas.js';

const couplings = (sites: number, k: number): Float64Array =>
  sherringtonKirkpatrick(sites, RandomStream.of(8, 'disorder', k));
const energyOf = (J: Float64Array, s: ArrayLike<number>): number => {
  let energy = 0;
  for (let i = 0; i < s.length; i++) {
    for (let j = 0; j < i; j++) energy -= J[i * s.length + j]! * s[i]! * s[j]!;
  }
  return energy;
};

describe('enumerateLandscape', () => {
  it('knows the energy and the unstable sites of every state', () => {
    const J = couplings(9, 0);
    const { energies, unstable } = enumerateLandscape(J, 9);
    for (let code = 0; code < 256; code++) {
      const state = stateOfCode(code, 9);
      expect(stateCode(state)).toBe(code);
      expect(energies[code]).toBeCloseTo(energyOf(J, state), 10);
      for (let i = 0; i < 9; i++) {
        const lower = energyOf(J, stateOfCode(code ^ (1 << i), 9)) < energies[code]!;
        expect((unstable[code]! >>> i) & 1).toBe(lower ? 1 : 0);
      }
    }
  });

  it('lists one code of each attractor pair, lowest energy first', () => {
    const J = couplings(12, 1);
    const { attractors, energies, groundEnergy, unstable } = enumerateLandscape(J, 12);
    const stable = Array.from(unstable.keys()).filter((code) => unstable[code] === 0);
    expect(Array.from(attractors).sort((a, b) => a - b)).toEqual(stable);
    expect(groundEnergy).toBe(Math.min(...energies));
    expect(energies[attractors[0]!]).toBe(groundEnergy);
  });

  it('follows steepest descent as a quench does, and mirrors it for −s', () => {
    const J = couplings(12, 2);
    const landscape = enumerateLandscape(J, 12);
    const quench = new Quench(J, 12);
    const stream = RandomStream.of(1);
    for (let code = 0; code < 4096; code += 3) {
      quench.start(stateOfCode(code, 12));
      quench.run('steepest-descent', stream);
      expect(steepestDescentEnd(landscape, code)).toBe(stateCode(quench.state));
      expect(steepestDescentEnd(landscape, 4095 - code)).toBe(4095 - stateCode(quench.state));
    }
  });

  it('gives random descent probabilities that sum to one over all ends and agree with quenches', () => {
    const J = couplings(10, 3);
    const landscape = enumerateLandscape(J, 10);
    const tables = Array.from(landscape.attractors, (a) => zeroTemperatureReturn(landscape, a));
    for (let code = 0; code < 1024; code += 7) {
      const total = tables.reduce((sum, p) => sum + p[code]! + p[1023 - code]!, 0);
      expect(total).toBeCloseTo(1, 12);
    }
    const quench = new Quench(J, 10);
    const stream = RandomStream.of(2);
    const open = (code: number): number =>
      tables.findIndex((p) => p[code]! > 0.2 && p[code]! < 0.8);
    const start = Array.from({ length: 1024 }, (_, code) => code).find((code) => open(code) >= 0)!;
    const target = open(start);
    const p = tables[target]![start]!;
    let hits = 0;
    for (let r = 0; r < 5000; r++) {
      quench.start(stateOfCode(start, 10));
      quench.run('zero-temperature', stream);
      if (stateCode(quench.state) === landscape.attractors[target]) hits++;
    }
    // 4 standard errors of 5000 quenches
    expect(Math.abs(hits / 5000 - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / 5000));
  });

  it('keeps ties: a spin in zero field is stable, and the lowest index flips first', () => {
    const none = enumerateLandscape(new Float64Array(16), 4);
    expect(none.attractors).toHaveLength(8);
    const ring = Float64Array.from({ length: 16 }, (_, k) => (k % 5 === 0 ? 0 : -0.1));
    expect(steepestDescentEnd(enumerateLandscape(ring, 4), 0b1111)).toBe(0b1100);
  });

  it('refuses more sites than it can enumerate, and matrices of another size', () => {
    expect(() => enumerateLandscape(new Float64Array(21 * 21), 21)).toThrow(RelaxdError);
    expect(() => enumerateLandscape(new Float64Array(8), 3)).toThrow(RelaxdError);
  });
});

describe('recall', () => {
  it('takes every cue with d errors once', () => {
    for (const [d, count] of [
      [0, 1],
      [1, 16],
      [2, 120],
      [3, 560],
    ] as const) {
      const masks = cueErrors(16, d);
      expect(masks).toHaveLength(count);
      expect(new Set(masks).size).toBe(count);
      for (const mask of masks) expect(codeOverlap(mask, 0, 16)).toBe(1 - (2 * d) / 16);
    }
    expect(Array.from(cueErrors(5, 5))).toEqual([31]);
  });

  it('is the share of cues that end in the target itself, counted by hand', () => {
    const J = couplings(10, 4);
    const landscape = enumerateLandscape(J, 10);
    const quench = new Quench(J, 10);
    const stream = RandomStream.of(1);
    const table = exactRecall(landscape, landscape.attractors, 'steepest-descent', [2]);
    landscape.attractors.forEach((target, a) => {
      let hits = 0;
      for (const mask of cueErrors(10, 2)) {
        quench.start(stateOfCode(target ^ mask, 10));
        quench.run('steepest-descent', stream);
        if (stateCode(quench.state) === target) hits++;
      }
      expect(table[a]![0]).toBe(hits / 45);
    });
    const { mean, memories } = attractorRecall(landscape, 'steepest-descent', [2]);
    expect(mean[0]).toBeCloseTo(table.reduce((sum, row) => sum + row[0]!, 0) / table.length, 12);
    expect(memories[0]).toBe(table.filter((row) => row[0]! >= 0.8).length);
  });

  it('counts a recall of exactly 80 % as a memory', () => {
    expect(memoriesAbove([0.8, 0.1 + 0.7, 0.79, 1])).toBe(3);
  });

  it('is certain for a cue without errors', () => {
    const landscape = enumerateLandscape(couplings(8, 5), 8);
    for (const rule of ['steepest-descent', 'zero-temperature'] as const) {
      for (const [recall] of exactRecall(landscape, landscape.attractors, rule, [0])) {
        expect(recall).toBe(1);
      }
    }
  });
});

describe('replicas', () => {
  it('overlap by what their spins say', () => {
    expect(codeOverlap(0b1010, 0b1010, 4)).toBe(1);
    expect(codeOverlap(0b1010, 0b0101, 4)).toBe(-1);
    expect(Array.from(replicaOverlaps([0b00, 0b01, 0b11], 2))).toEqual([0, -1, 0]);
  });

  it('have K = 0 for ultrametric triples, whatever the signs of the replicas', () => {
    expect(tripleCorrelator(0.8, 0.3, 0.3, 0.5)).toBe(0);
    expect(tripleCorrelator(-0.8, -0.3, 0.3, 0.5)).toBe(0);
    expect(tripleCorrelator(0.8, 0.4, 0.3, 0.5)).toBeCloseTo(0.2, 12);
    // frustrated: the smallest is negative, 0.4 − (−0.3)
    expect(tripleCorrelator(0.8, -0.4, 0.3, 0.5)).toBeCloseTo(1.4, 12);
  });
});
