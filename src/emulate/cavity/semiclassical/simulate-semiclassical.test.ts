import { describe, expect, it } from 'vitest';
import { cavityDescriptor } from '../../../../drivers/cavity-qed/index.js';
import { resolveDocument, runSimulation } from '../../../../test/support/run-simulation.js';
import type { ResolvedProgram } from '../../../device/index.js';
import { cavityViolations, cavityWarnings } from '../cavity-violations.js';
import { simulateSemiclassical } from './simulate-semiclassical.js';

const DEVICE = cavityDescriptor('cavity-qed');
const spinInField = (field: number, dynamics: object = {}): ResolvedProgram =>
  resolveDocument(
    {
      version: 1,
      sites: 1,
      couplings: { kind: 'dense', data: [0] },
      fields: [field],
      controls: { pump: [[0, 0]] },
      dynamics: { fidelity: 'semiclassical', ...dynamics },
      duration: 3,
      readout: { every: 1 },
      shots: 2,
      seed: 3,
    },
    DEVICE,
  );

describe('a spin that strong damping brings to rest in a strong field', () => {
  it.each([
    [10, 50],
    [4, 50],
    [10, 5],
  ])('ends at −√(1 + h²) with the default step: α = %d, h = %d', (damping, field) => {
    const { energy, ledgers } = runSimulation(simulateSemiclassical, spinInField(field), {
      parameters: { damping },
    });
    expect(energy[3]!.mean).toBeCloseTo(-Math.hypot(1, field), 6);
    for (const { heat } of ledgers) expect(heat).toBeGreaterThan(0);
  });

  it('refuses a step in which Heun’s scheme is unstable, and takes it with exact flows', () => {
    const paths = (dynamics: object): string[] =>
      cavityViolations(spinInField(5, { dt: 0.19, ...dynamics }), { damping: 10 }).map(
        (v) => v.path,
      );
    expect(paths({})).toEqual(['dynamics.dt']);
    expect(paths({ integrator: 'strang' })).toEqual([]);
  });

  it('warns where the precession that Heun’s scheme widens is not small beside the damping', () => {
    const warned = (dt: number): boolean =>
      cavityWarnings(spinInField(50, { dt }), { damping: 0.05 }).some((w) => w.includes('widens'));
    expect(warned(0.0199)).toBe(true);
    expect(warned(0.008)).toBe(false);
    const end = (dt: number): number =>
      runSimulation(simulateSemiclassical, spinInField(50, { dt }), {
        parameters: { damping: 0.05 },
      }).energy[3]!.mean;
    expect(end(0.0199)).toBeGreaterThan(-30);
    expect(end(0.008)).toBeCloseTo(-Math.hypot(1, 50), 2);
  });
});
