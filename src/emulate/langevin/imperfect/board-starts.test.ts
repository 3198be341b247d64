import { describe, expect, test } from 'vitest';
import { resolveDocument, runSimulation } from '../../../../test/support/run-simulation.js';
import { CHIP, circuitUnits } from '../circuit-units.js';
import { circuitDescriptor } from '../circuit-descriptor.js';
import { realiseCircuit } from '../realise-circuit.js';
import { simulate } from '../simulate-circuit.js';
import { boardOf } from './board.js';
import { imperfectionsOf, isIdealCircuit } from './imperfections.js';

const descriptor = circuitDescriptor('c', 'rc-langevin', CHIP, { parameters: { couplingBits: 0 } });
const { timeS } = circuitUnits(CHIP);
const parametersWith = (own: Record<string, number>): Record<string, number> => ({
  ...Object.fromEntries(descriptor.parameters.map((p) => [p.name, p.default])),
  ...own,
});
const pair = (own: object = {}) =>
  resolveDocument(
    {
      version: 1,
      sites: 2,
      siteKinds: 'continuous',
      couplings: { kind: 'coo', entries: [[0, 1, -0.8]] },
      wells: { quadratic: 1, quartic: 0 },
      dynamics: { rule: 'langevin', temperature: 1 },
      initial: { kind: 'equilibrium' },
      duration: 0.5,
      readout: { every: 0.5 },
      shots: 4,
      seed: 3,
      ...own,
    },
    descriptor,
  );

describe('stationary starts of boards', () => {
  test('a shot with 1/f currents has the same bytes whatever shots ran before it in its thread', () => {
    const program = pair({
      dynamics: { rule: 'langevin', temperature: 1, integrator: 'euler-maruyama', dt: 9e-4 },
    });
    const parameters = parametersWith({ flickerCornerHz: 0.5 / timeS });
    const all = runSimulation(simulate, program, { parameters });
    const late = runSimulation(simulate, program, { parameters, firstShot: 2, shots: 2 });
    expect(late.finalStates).toEqual(all.finalStates.slice(2));
    expect(late.ledgers).toEqual(all.ledgers.slice(2));
  });

  test('what the low-pass shows is stationary from t = 0 on', () => {
    const program = pair({ shots: 6000 });
    const tau = 0.1;
    const parameters = parametersWith({ readoutPoleS: tau * timeS });
    const { initialStates } = runSimulation(simulate, program, { parameters });
    // Each mode of rate l: (1/l)/(1 + l τ).
    const exact = [1.2, 2.8].reduce((sum, l) => sum + 0.5 / l / (1 + l * tau), 0);
    const squares = initialStates.map((x) => 0.5 * (x[0]! ** 2 + x[1]! ** 2));
    const mean = squares.reduce((a, b) => a + b, 0) / squares.length;
    const variance = squares.reduce((a, b) => a + (b - mean) ** 2, 0) / squares.length;
    expect(Math.abs(mean - exact)).toBeLessThan(4 * Math.sqrt(variance / squares.length));
  });

  test('where it is not, a warning says so', () => {
    const parameters = parametersWith({ readoutPoleS: 0.1 * timeS });
    const bent = pair({ wells: { quadratic: 1, quartic: 1 } });
    expect(realiseCircuit(bent, parameters).warnings.join()).toMatch(/low-pass starts/);
    expect(realiseCircuit(pair(), parameters).warnings.join()).not.toMatch(/low-pass starts/);
  });
});

test('poles that are too fast for double precision beside the nodes act at once', () => {
  const fast = parametersWith({ couplingPoleS: 1e-15 * timeS, readoutPoleS: 1e-15 * timeS });
  expect(isIdealCircuit(imperfectionsOf(fast))).toBe(true);
  const slow = parametersWith({ couplingPoleS: 1e-6 * timeS });
  expect(imperfectionsOf(slow).couplingPole).toBeCloseTo(1e-6, 15);
});

test('1/f corners at which nothing decays any more are none; slow ones have a stationary state', () => {
  for (const corner of [1e-20, 1e-13, 2e-10, 1.1e-9, 1e-8]) {
    const parameters = parametersWith({ flickerCornerHz: corner / timeS });
    const { finalStates } = runSimulation(simulate, pair(), { parameters, shots: 1 });
    expect(Math.abs(finalStates[0]![0]!)).toBeLessThan(10);
  }
});

test('coupling capacitors stay capacitors however wide their spread', () => {
  const program = pair({ initial: { kind: 'zero' } });
  for (let boardSeed = 1; boardSeed <= 60; boardSeed++) {
    const { couplings } = boardOf(program, {
      ...imperfectionsOf(
        parametersWith({ couplingMismatch: 1, capacitorMismatch: 0.3, boardSeed }),
      ),
      wells: 'charge',
      coupling: 'capacitor',
    });
    expect(couplings.kind === 'dense' && couplings.data.every((J) => J <= 1e-12)).toBe(true);
  }
});
