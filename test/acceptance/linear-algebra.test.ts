import { readFileSync } from 'node:fs';
import { inverse, Matrix } from 'ml-matrix';
import { afterAll, describe, expect, it } from 'vitest';
import {
  covarianceError,
  gaussianSamples,
  LinearAnswerReader,
  meanError,
  planInverse,
  planLinearSolve,
  planSampling,
  type LinearPlan,
} from '../../src/compile/index.js';
import { RandomStream } from '../../src/core/index.js';
import { readProgram } from '../../src/device/index.js';
import {
  BENCH_CELL,
  benchPreset,
  CHIP,
  circuitDescriptor,
  rlcDescriptor,
  SPU8,
} from '../../src/emulate/index.js';
import { createDevice as createOverdamped } from '../../drivers/rc-langevin/index.js';
import { createDevice as createUnderdamped } from '../../drivers/rlc-langevin/index.js';
import { batchMean, circuit, watch } from '../support/circuit.js';
import { hold } from '../support/hold.js';
import { rlcCircuit, watchRlc } from '../support/rlc.js';
import { driverContext, runOnDevice } from '../support/run-device.js';
import { FULL_SIZE } from '../support/run-simulation.js';

const RC = circuitDescriptor('rc-langevin', 'rc-langevin', CHIP);
const RLC = rlcDescriptor('rlc-langevin', 'rlc-langevin', benchPreset(BENCH_CELL));
const devices = {
  rc: createOverdamped('rc-langevin', {}, driverContext(1)),
  rlc: createUnderdamped('rlc-langevin', {}, driverContext(1)),
};
afterAll(async () => {
  for (const device of Object.values(devices)) await device.close();
});

/** The matrix of the physics page: A⁻¹ = [[4, −2], [−2, 3]]/8, tr A⁻² = 33/64. */
const A = [3, 2, 2, 4];
const EIGENVALUES = [(7 - Math.sqrt(17)) / 2, (7 + Math.sqrt(17)) / 2];

function randomSpd(d: number, seed: number): number[] {
  const stream = RandomStream.of(seed, 'disorder', d);
  const B = new Matrix(
    Array.from({ length: d }, () => Array.from({ length: d }, () => stream.normal())),
  );
  const M = Matrix.add(Matrix.mul(B.mmul(B.transpose()), 1 / d), Matrix.mul(Matrix.eye(d), 0.5));
  for (let i = 0; i < d; i++) for (let j = 0; j < i; j++) M.set(i, j, M.get(j, i));
  return M.to1DArray();
}

/** Runs a plan `repetitions` times over on its simulator; the mean square of an error of the answer. */
function meanSquare(
  plan: LinearPlan,
  repetitions: number,
  underdamped: boolean,
): { mean: number; sem: number; trueError: number; statisticalError: number } {
  const document = { ...plan.program, shots: repetitions, seed: 3 };
  const squares: number[] = [];
  let measured = 0;
  let reader = new LinearAnswerReader(plan);
  const steps = Math.round(
    (plan.program['duration'] as number) / (plan.program['readout'] as { every: number }).every,
  );
  const take = (x: Float64Array, step: number): void => {
    if (step === 0) reader = new LinearAnswerReader(plan);
    reader.onSamples({ state: x, stateRows: Int32Array.of(0) });
    if (step < steps) return;
    const { trueError, statisticalError } = reader.finish();
    squares.push(trueError ** 2);
    measured += (statisticalError ?? NaN) ** 2 / repetitions;
  };
  if (underdamped) watchRlc(rlcCircuit(document, { friction: Math.SQRT2 }), take);
  else watch(circuit(document), take);
  const { mean, sem } = batchMean(squares);
  return { mean, sem, trueError: Math.sqrt(mean), statisticalError: Math.sqrt(measured) };
}

describe('the error of an average over a finite time', () => {
  // τ → 0: many readouts of a short interval.
  const long = (t: number, interval = 1e-3) => ({
    eigenvalues: EIGENVALUES,
    temperature: 1,
    friction: null,
    interval,
    samples: Math.round(t / interval),
  });
  it.each([
    [100, 7.55e-3],
    [400, 1.888e-3],
    [1000, 0],
  ])('TC-02 of the covariance after t = %d is that of the physics page', (t, page) => {
    const [l, m] = EIGENVALUES as [number, number];
    const formula = (1 / t) * (2 / l ** 3 + 2 / m ** 3 + (2 * 2) / (l * m * (l + m)));
    // Beyond 1/t the finite run differs by −O(1/(l t)²).
    const found = covarianceError(long(t));
    hold({
      quantity: `E‖δC‖_F² at t = ${t} against §3.3, relative`,
      expected: 1,
      got: found / formula,
      tolerance: 1.2 / t,
      class: 'exact',
    });
    if (page > 0) {
      hold({
        quantity: `E‖δC‖_F² of the formula at t = ${t}`,
        expected: page,
        got: formula,
        tolerance: 0.005 * page,
        class: 'exact',
      });
    } else {
      const size = Math.hypot(0.5, 0.25, 0.25, 0.375);
      hold({
        quantity: 'relative Frobenius error at t = 1000, readouts every 0.05',
        expected: 0.0383,
        got: Math.sqrt(covarianceError(long(t, 0.05))) / size,
        tolerance: 0.0002,
        class: 'exact',
      });
    }
  });

  it('TC-03 of the solution after t is 2kT tr(A⁻²)/t, and γ times that underdamped', () => {
    for (const t of [100, 400]) {
      const exact = (2 * (33 / 64)) / t;
      expect(meanError(long(t)) / exact).toBeGreaterThan(1 - 1.5 / t);
      expect(meanError(long(t)) / exact).toBeLessThan(1);
      const bent = meanError({ ...long(t), friction: 0.7 });
      expect(Math.abs(bent / (0.7 * exact) - 1)).toBeLessThan(3 / t);
    }
  });
});

describe('A x = b by a relaxing circuit', () => {
  // A mean square over n repetitions of a two-component Gaussian scatters by 1.33/√n: 4 standard errors are 5 % at 12,000.
  it.each([100, 400])(
    'TC-03 as a program of the time t = %d has the mean-square error that is predicted, on rc-langevin',
    (t) => {
      const repetitions = FULL_SIZE ? 12_000 : 30_000 / t;
      const base = planLinearSolve({ matrix: A, vector: [1, -1], error: 0.05, descriptor: RC });
      // The page's t is in units of A; the device holds s·A and runs s times faster.
      const { scale } = base.fitted;
      const every = (t > 100 ? 0.2 : 0.1) / scale;
      const plan: LinearPlan = {
        ...base,
        program: {
          ...base.program,
          fields: [scale, -scale],
          dynamics: { temperature: scale, burnIn: 10 / scale },
          duration: t / scale,
          readout: { every, channels: ['state'] },
        },
        amplitude: 1,
      };
      const found = meanSquare(plan, repetitions, false);
      const size = Math.hypot(...plan.exact) ** 2;
      const exact = (2 * (33 / 64)) / t;
      hold({
        quantity: `E|δx|² over 2kT tr(A⁻²)/t, t = ${t}, ${repetitions} runs`,
        expected: 1,
        got: (found.mean * size) / exact,
        standardError: (found.sem * size) / exact,
        tolerance: Math.max(0.05, 4 * ((found.sem * size) / exact)),
        class: 'exact',
      });
    },
  );

  it.each([
    ['rc-langevin', false, 4],
    ['rc-langevin', false, 12],
    ['rlc-langevin', true, 4],
  ] as const)(
    'is planned for the error that it then has, and says it by its own scatter: %s (%s), d = %i',
    (_, underdamped, d) => {
      const stream = RandomStream.of(9, 'disorder', d);
      const plan = planLinearSolve({
        matrix: randomSpd(d, 8),
        vector: Array.from({ length: d }, () => stream.normal()),
        error: 0.05,
        amplitude: underdamped || d > 4 ? 0.2 : 0.5,
        descriptor: underdamped ? RLC : RC,
      });
      expect(plan.predictedError).toBeLessThanOrEqual(0.05);
      expect(plan.predictedError).toBeGreaterThan(0.045);
      const repetitions = FULL_SIZE ? 3000 : 80;
      const found = meanSquare(plan, repetitions, underdamped);
      const total = plan.predictedError ** 2 + plan.roundingError ** 2;
      hold({
        quantity: `mean square of the true error over noise² + rounding², d = ${d}, γ = ${underdamped ? '√2' : '∞'}`,
        expected: 1,
        got: found.mean / total,
        standardError: found.sem / total,
        tolerance: Math.max(0.1, (4 * found.sem) / total),
        class: 'exact',
      });
      // Batches of eight lives of the slowest mode: good to about a tenth.
      hold({
        quantity: `error by the scatter of batches over the predicted one, d = ${d}, γ = ${underdamped ? '√2' : '∞'}`,
        expected: 1,
        got: found.statisticalError / plan.predictedError,
        tolerance: 0.2,
        class: 'choice',
      });
    },
  );

  it('rounding by the coupling DAC is an error of its own, and is the one predicted', async () => {
    const matrix = [1, 0.37, 0.37, 1.3];
    const coarse = { ...RC, couplings: { ...RC.couplings, resolution: 1 } };
    const plan = planLinearSolve({
      matrix,
      vector: [1, 2],
      error: 0.01,
      amplitude: 30,
      descriptor: coarse,
    });
    expect(plan.roundingError).toBeGreaterThan(0.01);
    // At T = 0 nothing else is left.
    const still = { ...plan.program, dynamics: { temperature: 0, burnIn: 20 }, duration: 1 };
    const { chunks } = await runOnDevice(
      devices.rc,
      readProgram({ ...still, readout: { every: 0.01, channels: ['state'] } }),
      {
        seed: 1,
      },
    );
    const reader = new LinearAnswerReader({
      ...plan,
      program: { ...plan.program, duration: 1, readout: { every: 0.01 } },
    });
    for (const chunk of chunks) reader.onSamples(chunk);
    expect(reader.finish().trueError).toBeCloseTo(plan.roundingError, 9);
  });
});

describe('the inverse by fluctuations', () => {
  it.each([
    ['rc-langevin', false],
    ['rlc-langevin', true],
  ] as const)('TC-02 is planned for the error that it then has: %s', (_, underdamped) => {
    const plan = planInverse({ matrix: A, error: 0.1, descriptor: underdamped ? RLC : RC });
    const repetitions = FULL_SIZE ? 3000 : 80;
    const found = meanSquare(plan, repetitions, underdamped);
    const total = plan.predictedError ** 2;
    hold({
      quantity: `mean square of the true error of A⁻¹ over the predicted one, γ = ${underdamped ? '√2' : '∞'}`,
      expected: 1,
      got: found.mean / total,
      standardError: found.sem / total,
      tolerance: Math.max(0.1, (4 * found.sem) / total),
      class: 'exact',
    });
  });

  it('of eight cells with the couplers of spu8 comes to the rounding of its 4 bits', async () => {
    const descriptor = rlcDescriptor('spu', 'rlc-langevin', SPU8);
    const stream = RandomStream.of(5, 'disorder');
    const C = Matrix.eye(8);
    for (let i = 0; i < 8; i++) {
      for (let j = 0; j < i; j++) {
        const c = 0.1 * stream.uniform();
        C.set(i, j, -c);
        C.set(j, i, -c);
        C.set(i, i, C.get(i, i) + c);
        C.set(j, j, C.get(j, j) + c);
      }
    }
    const plan = planInverse({ matrix: C.to1DArray(), error: 0.15, descriptor });
    expect(plan.roundingError).toBeLessThan(0.05);
    expect(plan.roundingError).toBeGreaterThan(1e-4);
    const device = createUnderdamped('spu', { preset: 'spu8' }, driverContext(1));
    const { chunks, warnings } = await runOnDevice(device, readProgram(plan.program), { seed: 2 });
    await device.close();
    expect(warnings.join()).not.toMatch(/rounded/); // the plan holds the DAC's own levels
    const reader = new LinearAnswerReader(plan);
    for (const chunk of chunks) reader.onSamples(chunk);
    const { trueError } = reader.finish();
    expect(trueError).toBeLessThan(3 * plan.predictedError);
  });
});

describe('samples of N(A⁻¹b, θA⁻¹)', () => {
  it.each([
    ['rc-langevin', RC, devices.rc],
    ['rlc-langevin', RLC, devices.rlc],
  ] as const)('have that mean and covariance on %s', async (_, descriptor, device) => {
    const d = 3;
    const matrix = randomSpd(d, 4);
    const b = [1, 0, -2];
    const theta = 0.3;
    const samples = 1000;
    const plan = planSampling({ matrix, vector: b, variance: theta, samples, descriptor });
    const { result } = await runOnDevice(device, readProgram(plan.program), { seed: 5 });
    const rows = gaussianSamples(plan, result);
    expect(rows).toHaveLength(samples);
    const P = inverse(Matrix.from1DArray(d, d, matrix));
    const mean = P.mmul(Matrix.columnVector(b)).to1DArray();
    let squares = 0;
    for (let i = 0; i < d; i++) {
      const found = batchMean(rows.map((row) => row[i]!));
      expect(Math.abs(found.mean - mean[i]!)).toBeLessThan(4.5 * found.sem);
      for (let j = 0; j < d; j++) {
        const covariance =
          rows.reduce((sum, row) => sum + (row[i]! - mean[i]!) * (row[j]! - mean[j]!), 0) / samples;
        squares += (covariance - theta * P.get(i, j)) ** 2;
      }
    }
    expect(Math.sqrt(squares) / (theta * P.norm('frobenius'))).toBeLessThan(
      3 * plan.predictedError,
    );
  });
});

describe('what a circuit cannot solve', () => {
  const solve =
    (matrix: number[], vector: number[], error = 0.1) =>
    () =>
      planLinearSolve({ matrix, vector, error, descriptor: RC });
  it.each([
    ['a matrix that is not symmetric', solve([2, 1, 0, 2], [1, 1]), /not symmetric/],
    ['an indefinite matrix', solve([1, 2, 2, 1], [1, 1]), /not positive definite/],
    ['no square', solve([1, 2, 3], [1]), /no square/],
    ['b of another size', solve(A, [1]), /b has 1 entries/],
    ['b = 0', solve(A, [0, 0]), /nothing to solve/],
    ['an error of 0', solve(A, [1, 1], 0), /error is not a positive number/],
    [
      'an error beyond the longest run',
      solve([1, 0.9999, 0.9999, 1], [1, 1], 1e-6),
      /takes more than/,
    ],
    [
      'couplings of a sign that the device does not have',
      () =>
        planInverse({
          matrix: A,
          error: 0.1,
          descriptor: rlcDescriptor('spu', 'rlc-langevin', SPU8),
        }),
      /needs the other sign/,
    ],
    [
      'a device of spins',
      () =>
        planInverse({
          matrix: A,
          error: 0.1,
          descriptor: { ...RC, wells: null },
        }),
      /no continuous sites/,
    ],
  ] as const)('%s', (_, make, message) => {
    expect(make).toThrow(message);
  });
});

describe('the examples of the documentation', () => {
  const example = (name: string): Record<string, unknown> =>
    JSON.parse(
      readFileSync(new URL(`../../docs/examples/${name}`, import.meta.url), 'utf8'),
    ) as Record<string, unknown>;

  const solve = planLinearSolve({
    matrix: A,
    vector: [1, -1],
    error: 0.01,
    descriptor: RC,
    seed: 1,
  });
  it('linear-solve.json is that plan, and its run gives x = (3/4, −5/8) to its error', async () => {
    expect(example('linear-solve.json')).toEqual(JSON.parse(JSON.stringify(solve.program)));
    const { chunks } = await runOnDevice(devices.rc, readProgram(example('linear-solve.json')), {
      seed: 1,
    });
    const reader = new LinearAnswerReader(solve);
    for (const chunk of chunks) reader.onSamples(chunk);
    const { answer, trueError, statisticalError } = reader.finish();
    expect(answer[0]).toBeCloseTo(0.75, 1);
    expect(answer[1]).toBeCloseTo(-0.625, 1);
    expect(trueError).toBeLessThan(3 * 0.01);
    expect(statisticalError! / 0.01).toBeGreaterThan(0.5);
    expect(statisticalError! / 0.01).toBeLessThan(1.6);
    // The number that the page tells its reader to multiply with.
    const page = readFileSync(new URL('../../docs/linear-algebra.md', import.meta.url), 'utf8');
    expect(page).toContain(`amplitude = ${solve.amplitude.toPrecision(6)}`);
  });

  it('gaussian-samples.json is that plan, and its last states have the covariance A⁻¹', async () => {
    const plan = planSampling({
      matrix: A,
      variance: 1,
      samples: 1000,
      descriptor: RC,
      seed: 1,
    });
    expect(example('gaussian-samples.json')).toEqual(JSON.parse(JSON.stringify(plan.program)));
    const { result } = await runOnDevice(
      devices.rc,
      readProgram(example('gaussian-samples.json')),
      { seed: 1 },
    );
    const rows = gaussianSamples(plan, result);
    const variance = rows.reduce((sum, row) => sum + row[0]! ** 2 / rows.length, 0);
    expect(Math.abs(variance - 0.5)).toBeLessThan(4 * 0.5 * Math.sqrt(2 / 1000));
  });
});
