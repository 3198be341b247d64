import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { CHIP, circuitDescriptor } from '../../emulate/index.js';
import { drawnRun } from '../../../test/support/drawn-circuit.js';
import { BLIND, MeasuredBoard } from '../../../test/support/measured-board.js';
import {
  bentFit,
  colouredFit,
  drawnParts,
  ownFit,
  trialReferences,
  unseenPoleFit,
} from '../../../test/support/spread-trial.js';
import { chiSquareTail } from '../job/chi-square.js';
import { CircuitLikelihood } from './circuit-likelihood.js';
import { fitCircuit } from './fit-circuit.js';
import { planProbes } from './plan-probes.js';
import { spreadTest, type SpreadTest } from './spread-test.js';

/** Σ χ² of devices that are as their model is a χ² again: outside of 1e-4 on either side in 2e-4 of such tests. */
function expectAllOfModel(fits: readonly SpreadTest[]): void {
  const sum = fits.reduce((total, { chiSquare }) => total + chiSquare, 0);
  const freedom = fits.reduce((total, { degreesOfFreedom }) => total + degreesOfFreedom, 0);
  const p = chiSquareTail(sum, freedom);
  const said = `χ² ${sum} for ${freedom} degrees of freedom`;
  expect(p, said).toBeGreaterThan(1e-4);
  expect(p, said).toBeLessThan(1 - 1e-4);
}

const SMALL = { sites: 1, effort: 0.2 };
const PAIR = { sites: 2, effort: 0.5 };

describe('The spread of prediction errors between probes', () => {
  it('is that of the model for devices that are as their model', () => {
    const alone = Array.from({ length: 6 }, (_, k) => ownFit(SMALL, k + 1));
    expectAllOfModel([...alone, ownFit(PAIR, 1)]);
    // Two wells at rest, four steps, heat driven and at rest; less the scale of all noise, of heat, and the monitor's offset.
    expect(alone[0]!.degreesOfFreedom).toBe(5);
  });

  it('shows noise of a site that is not white, and a low-pass that the model lacks', () => {
    expect(colouredFit(SMALL, 1, 0.05).pValue).toBeLessThan(1e-3);
    expect(unseenPoleFit(SMALL, 1).pValue).toBeLessThan(1e-3);
  });

  it('shows a bend of the wells', () => {
    expect(bentFit(PAIR, 1, 0.05).pValue).toBeLessThan(1e-3);
  });
});

describe('Its χ²', () => {
  const { descriptor } = new MeasuredBoard({ ...BLIND, sites: 2 }, 'full');
  const { parameters, probes } = planProbes(descriptor, {
    effort: 0.3,
    quartic: false,
    readoutPoleS: 0,
  });
  const at = drawnParts(parameters, 1);

  it('is that of the full covariance of all numbers, 1 − B F⁻¹ Bᵀ', () => {
    const runs = probes.map((probe, k) => drawnRun(parameters, probe, at, k));
    const isHeld = parameters.named('resistance[0]');
    const { name, nominal } = parameters.list[isHeld]!;
    const held = { name, value: nominal * Math.exp(at[isHeld]!), standardError: 0 };
    const references = [...trialReferences(2), held];
    const fit = fitCircuit(parameters, runs, references);
    const point = new CircuitLikelihood(parameters, runs, references).evaluate(fit.estimate.at);
    const free = parameters.list.flatMap((_, a) => (a === isHeld ? [] : [a]));
    // B and r, all of them over their own spread.
    const rows: number[][] = [];
    const r: number[] = [];
    for (const { count, squares, slopes, members } of point.groups) {
      const row = new Array<number>(parameters.count).fill(0);
      members.forEach((a, k) => (row[a] = slopes[k]! / Math.sqrt(2 * count)));
      rows.push(free.map((a) => row[a]!));
      r.push((squares - count) / Math.sqrt(2 * count));
    }
    for (const { z, slopes } of point.heats) {
      rows.push(free.map((a) => slopes[a]!));
      r.push(z);
    }
    const B = new Matrix(rows);
    const F = new Matrix(free.map((a) => free.map((b) => point.information.at(a, b))));
    const V = Matrix.eye(r.length).sub(
      B.mmul(symmetricInverse(F, 1e-10).inverse).mmul(B.transpose()),
    );
    const { inverse, rank } = symmetricInverse(V, 1e-6);
    const whole = Matrix.rowVector(r).mmul(inverse).mmul(Matrix.columnVector(r)).get(0, 0);
    expect(fit.spread.degreesOfFreedom).toBe(rank);
    expect(rank).toBeLessThan(r.length);
    expect(fit.spread.chiSquare / whole).toBeCloseTo(1, 5);
  });
});

/** Of a symmetric matrix with entries of any size, in the directions in which it is more than `nothing` of its largest. */
function symmetricInverse(
  S: Matrix,
  nothing: number,
): { readonly inverse: Matrix; readonly rank: number } {
  const scale = S.diagonal().map((v) => (v > 0 ? 1 / Math.sqrt(v) : 0));
  const D = Matrix.diag(scale);
  const { realEigenvalues: values, eigenvectorMatrix: U } = new EigenvalueDecomposition(
    D.mmul(S).mmul(D),
    { assumeSymmetric: true },
  );
  const most = Math.max(...values);
  const isThere = values.map((v) => v > nothing * most);
  const inverted = Matrix.diag(values.map((v, k) => (isThere[k]! ? 1 / v : 0)));
  return {
    inverse: D.mmul(U).mmul(inverted).mmul(U.transpose()).mmul(D),
    rank: isThere.filter(Boolean).length,
  };
}

describe('Numbers of a readout whose noise stands at its least', () => {
  const descriptor = circuitDescriptor('rc-langevin', 'rc-langevin', CHIP);
  const { parameters, probes } = planProbes(descriptor, { sites: 2, effort: 0.3, quartic: false });
  const fitted = (seed: number) => {
    const at = drawnParts(parameters, seed);
    for (const i of [0, 1]) at[parameters.node('readoutNoise', i)] = -Infinity;
    const runs = probes.map((probe, k) => drawnRun(parameters, probe, at, 1000 * seed + k));
    return { runs, fit: fitCircuit(parameters, runs, trialReferences(2)) };
  };

  it('take no part where they show little else, and all others do', () => {
    const fits = [1, 2].map(fitted);
    const [{ runs, fit }] = fits as [(typeof fits)[number]];
    for (const { run, count } of fit.spread.runs) {
      const { shots } = runs[run]! as { readonly shots: readonly Float64Array[] };
      // Of each shot the start alone, which is known.
      expect(count, runs[run]!.probe).toBe(fit.runs[run]!.count - 2 * shots.length);
    }
    expectAllOfModel(fits.map(({ fit: { spread } }) => spread));
  });
});

describe('Runs without anything to compare', () => {
  it('have no p', () => {
    // One group with a temperature and a readout's noise of its own: its scale is what was fitted.
    const { parameters, probes } = planProbes(
      circuitDescriptor('rc-langevin', 'rc-langevin', CHIP),
      {
        sites: 1,
        effort: 0.3,
        quartic: false,
      },
    );
    const at = drawnParts(parameters, 1);
    const likelihood = new CircuitLikelihood(
      parameters,
      [drawnRun(parameters, probes[0]!, at, 1)],
      [],
    );
    const { degreesOfFreedom, pValue } = spreadTest(likelihood.evaluate(at), () => true);
    expect({ degreesOfFreedom, pValue }).toEqual({ degreesOfFreedom: 0, pValue: null });
  });
});
