import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../core/index.js';
import { CHIP, circuitDescriptor } from '../../emulate/index.js';
import { linearStep } from '../linear/linear-step.js';
import { stationaryState } from '../linear/stationary-state.js';
import { sampleShot } from '../linear/sample-shot.js';
import { CircuitLikelihood, type RunResidual } from './circuit-likelihood.js';
import { predictHeat } from './predict-heat.js';
import type { CircuitProbe } from './circuit-probe.js';
import type { NodeParameter } from './circuit-parameters.js';
import { coupledGroups } from './circuit-setting.js';
import { groupSystem } from './group-system.js';
import { planProbes } from './plan-probes.js';

const CIRCUIT = circuitDescriptor('rc-langevin', 'rc-langevin', CHIP);

describe('Probes of two temperatures', () => {
  const SITES = 3;
  const plan = planProbes(CIRCUIT, { sites: SITES, readoutPoleS: 0, siteTemperatures: true });
  const { parameters } = plan;
  const added = plan.probes.filter(({ name }) => /warm/.test(name));
  /** Parts that are all off. */
  const at = Float64Array.from(parameters.list, (_, a) => 0.2 * Math.sin(1 + 2.7 * a));
  const of = (name: NodeParameter, site: number): number =>
    Math.exp(at[parameters.node(name, site)]!);

  it('of halves have the covariance that Lyapunov’s equation gives of their parts', () => {
    const halves = added.filter(({ kind }) => kind === 'states');
    expect(halves).toHaveLength(2);
    for (const { setting, course } of halves) {
      for (const nodes of coupledGroups(setting)) {
        const n = nodes.length;
        const { system } = groupSystem(parameters, setting, nodes, at);
        const inputs = Float64Array.of(1);
        const { covariance: S } = stationaryState(
          system,
          linearStep(system, course.interval),
          inputs,
        );
        // By hand: c_i dx_i = (−2[1/ρ + (q − 1)w] x_i + Jκ_ij x_j) dt + noise of 2Tτ/ρ.
        const A = nodes.map((i, a) =>
          nodes.map((j, b) =>
            a === b
              ? (2 / of('resistance', i) + 2 * (setting.quadratic[i]! - 1) * of('wellGain', i)) /
                of('capacitance', i)
              : (-setting.couplings[2]! * Math.exp(at[parameters.coupling(i, j)]!)) /
                of('capacitance', i),
          ),
        );
        const temperature = setting.temperature as Float64Array;
        for (let a = 0; a < n; a++) {
          for (let b = 0; b < n; b++) {
            let left = 0;
            for (let k = 0; k < n; k++)
              left += A[a]![k]! * S[k * n + b]! + S[a * n + k]! * A[b]![k]!;
            const i = nodes[a]!;
            const D =
              a === b
                ? (2 * temperature[i]! * of('temperature', i)) /
                  (of('resistance', i) * of('capacitance', i) ** 2)
                : 0;
            expect(left).toBeCloseTo(D, 9);
          }
        }
        // What is seen of the cool one is mostly the warm one's noise.
        if (n === 2) {
          const cool = temperature[nodes[0]!]! < temperature[nodes[1]!]! ? 0 : 1;
          expect(S[cool * n + cool]!).toBeGreaterThan(3 * temperature[nodes[cool]!]!);
        }
      }
    }
  });

  it('of heat take half a temperature from what warms each site', () => {
    const warmings = added.filter(({ kind }) => kind === 'heat');
    expect(warmings).toHaveLength(SITES);
    for (const { setting, course } of warmings) {
      const start = { kind: 'known', values: new Float64Array(SITES) } as const;
      const duration = course.interval * (course.length - 1);
      const heat = predictHeat(parameters, { setting, course, start }, new Float64Array(at.length));
      // q⟨x²⟩ with ⟨x²⟩ = (T/2q)(1 − e^{−4qt}) of each.
      const expected = (setting.temperature as Float64Array).reduce(
        (sum, T, i) => sum - (T / 2) * (1 - Math.exp(-4 * setting.quadratic[i]! * duration)),
        0,
      );
      expect(heat.value).toBeCloseTo(expected, 5);
    }
  });

  it('tell noise that a site has from its neighbours, which at one temperature is its own', () => {
    // A twentieth of each site's noise is that of all sites' mean temperature.
    const shared = (T: number | Float64Array): number | Float64Array => {
      if (typeof T === 'number') return T;
      const mean = T.reduce((sum, v) => sum + v / T.length, 0);
      return T.map((v) => v + 0.05 * (mean - v));
    };
    const stream = RandomStream.of(8, 'dynamics', 0);
    const zOf = (probe: CircuitProbe, isShared: boolean): number => {
      const { setting, course } = probe;
      const is = isShared ? { ...setting, temperature: shared(setting.temperature) } : setting;
      const shots = Array.from({ length: probe.shots }, () => {
        const shot = new Float64Array(course.length * SITES);
        for (const nodes of coupledGroups(is)) {
          const { system } = groupSystem(parameters, is, nodes, at);
          const mean = new Float64Array(system.states);
          const part = sampleShot(system, course, { kind: 'known', mean }, stream);
          for (let s = 0; s < course.length; s++)
            nodes.forEach((i, k) => (shot[s * SITES + i] = part[s * nodes.length + k]!));
        }
        return shot;
      });
      const start = { kind: 'known', values: new Float64Array(SITES) } as const;
      const base = { probe: probe.name, setting, course, start };
      const run = { ...base, kind: 'states', shots } as const;
      const [{ count, squares }] = new CircuitLikelihood(parameters, [run], []).evaluate(at)
        .runs as [RunResidual];
      return (squares / count - 1) / Math.sqrt(2 / count);
    };
    const uniform = plan.probes.filter(({ name }) => name.startsWith('rest'));
    for (const probe of uniform) expect(Math.abs(zOf(probe, true))).toBeLessThan(4);
    for (const probe of added.slice(0, 2)) {
      expect(Math.abs(zOf(probe, false))).toBeLessThan(4);
      expect(zOf(probe, true)).toBeGreaterThan(20);
    }
  });
});
