import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../core/index.js';
import { boltzmannLine, boltzmannPlane } from '../../../test/support/boltzmann.js';
import { batchMean, circuit } from '../../../test/support/circuit.js';
import { EquilibriumSampler } from './equilibrium.js';
import { Potential } from './potential.js';
import { makeProtocol } from './protocol.js';

const DRAWS = 40_000;

/** Means of functions of exact draws, held to 4 standard errors by the caller. */
function draws(document: Record<string, unknown>, fs: readonly ((z: Float64Array) => number)[]) {
  const program = circuit({ duration: 1, ...document });
  const potential = new Potential(program);
  if (program.inputs.length > 0) potential.setClamped(program.inputs[0]!);
  const knobs = makeProtocol(program, Float64Array.of(0, 1), Infinity).before;
  const sampler = new EquilibriumSampler(potential, knobs);
  const stream = RandomStream.of(1, 'initial');
  const z = new Float64Array(potential.sites);
  const values = fs.map(() => new Float64Array(DRAWS));
  for (let k = 0; k < DRAWS; k++) {
    sampler.draw(stream, z);
    fs.forEach((f, n) => (values[n]![k] = f(z)));
  }
  return values.map(batchMean);
}

const holds = (estimates: { mean: number; sem: number }[], exact: number[]): void =>
  exact.forEach((value, k) => {
    const { mean, sem } = estimates[k]!;
    expect(Math.abs(mean - value)).toBeLessThan(4 * sem);
    expect(sem).toBeLessThan(0.03);
  });

describe('exact equilibrium draws', () => {
  it('have the moments of a tilted double well', () => {
    const line = boltzmannLine((x) => -3 * x * x + x ** 4 - 0.4 * x, 0.8);
    const estimates = draws(
      {
        sites: 1,
        wells: { quadratic: -3, quartic: 1 },
        fields: [0.4],
        dynamics: { temperature: 0.8 },
      },
      [(z) => z[0]!, (z) => z[0]! ** 2, (z) => z[0]! ** 3],
    );
    const exact = [1, 2, 3].map((n) => line.average((x) => x ** n));
    holds(estimates, exact);
  });

  it('have the moments of two coupled quartic sites', () => {
    const average = boltzmannPlane(
      (x, y) => x * x + x ** 4 + 0.5 * y * y + 2 * y ** 4 - 2.5 * x * y - 0.3 * x,
    );
    holds(
      draws(
        {
          sites: 2,
          couplings: { kind: 'coo', entries: [[0, 1, 2.5]] },
          wells: { quadratic: [1, 0.5], quartic: [1, 2] },
          fields: [0.3, 0],
        },
        [(z) => z[0]!, (z) => z[0]! ** 2, (z) => z[0]! * z[1]!, (z) => z[1]! ** 2],
      ),
      [
        average((x) => x),
        average((x) => x * x),
        average((x, y) => x * y),
        average((_, y) => y * y),
      ],
    );
  });

  it('have mean A⁻¹f and covariance T A⁻¹ in a linear network beside a clamped site', () => {
    // A = [[3, 2], [2, 4]]; site 2 is held at 2 and couples to site 0 with 0.5: f = (1, −1).
    const z = (k: number) => (state: Float64Array) => state[k]!;
    holds(
      draws(
        {
          sites: 3,
          couplings: {
            kind: 'coo',
            entries: [
              [0, 1, -2],
              [0, 2, 0.5],
            ],
          },
          wells: { quadratic: [1.5, 2, 1], quartic: 0 },
          fields: [0, -1, 7],
          clamped: [2],
          inputs: [[2]],
        },
        [z(0), z(1), (s) => (s[0]! - 0.75) ** 2, (s) => (s[0]! - 0.75) * (s[1]! + 0.625)],
      ),
      [0.75, -0.625, 0.5, -0.25],
    );
  });

  it('are refused where the wells do not hold the couplings', () => {
    expect(() =>
      draws(
        {
          sites: 2,
          couplings: { kind: 'coo', entries: [[0, 1, 3]] },
          wells: { quadratic: 1, quartic: 0 },
        },
        [],
      ),
    ).toThrow(/no Gibbs state/);
  });
});
