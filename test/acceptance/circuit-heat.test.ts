import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/core/index.js';
import { circuitThermodynamics } from '../../src/emulate/index.js';
import { SampledHeat } from '../../src/emulate/langevin/sampled-heat.js';
import { batchMean, circuit, expectExact, watch } from '../support/circuit.js';
import { holdBound } from '../support/hold.js';
import { FULL_SIZE } from '../support/run-simulation.js';
import { expectNear } from '../support/statistics.js';

// K = [[3, −1], [−1, 4]]: k = (2, 3), kc = 1; quadratic wells K_ii/2, J = 1.
const twoBaths = (options: Record<string, unknown>): ReturnType<typeof circuit> =>
  circuit({
    sites: 2,
    couplings: { kind: 'coo', entries: [[0, 1, 1]] },
    wells: { quadratic: [1.5, 2], quartic: 0 },
    ...options,
    dynamics: { temperature: [2, 1], ...(options['dynamics'] ?? {}) },
  });
const CURRENT = 1 / 7;

describe('two coupled nodes in two baths', () => {
  // The current of one run fluctuates by 0.73/√t (the page's t = 1e5: 1.6 %). Full size: t = 1e6, 4 standard errors are
  // 2 %; `npm test`: t = 8e3, 23 %. dt = 0.002 reads low by (l₁ + l₂) dt/2 = 0.7 %; the default step of npm test by 0.4 %.
  it('TC-14 carry the exact heat current from the hot to the cold bath', () => {
    const shots = 20;
    const duration = FULL_SIZE ? 50_000 : 400;
    const dynamics = { burnIn: 5, ...(FULL_SIZE ? { dt: 0.002 } : {}) };
    const program = twoBaths({
      initial: { kind: 'equilibrium' },
      dynamics,
      duration,
      readout: { every: 0.5 },
      shots,
      seed: 14,
    });
    const sums = [0, 1, 2].map(() => new Float64Array(shots));
    const rows = duration / 0.5;
    const ledgers = watch(program, (x, step, shot) => {
      if (step === 0) return;
      [x[0]! ** 2, x[0]! * x[1]!, x[1]! ** 2].forEach((v, k) => (sums[k]![shot]! += v / rows));
    });
    const into = [0, 1].map((bath) =>
      batchMean(ledgers.map((ledger) => ledger.bathHeat[bath]! / duration)),
    );
    // Baths in the order of their temperatures: the cold one first.
    const [cold, hot] = circuitThermodynamics(program).baths;
    expect([cold!.temperature, hot!.temperature]).toEqual([1, 2]);
    const limits = {
      tolerance: 0.02 * CURRENT,
      resolution: (FULL_SIZE ? 0.03 : 0.35) * CURRENT,
      bias: (FULL_SIZE ? 0.007 : 0.004) * CURRENT,
    };
    expectExact(into[0]!, CURRENT, limits, { quantity: 'heat current into the cold bath' });
    expectExact(into[1]!, -CURRENT, limits, { quantity: 'heat current into the hot bath' });
    [0.7142857, 0.1428571, 0.2857143].forEach((exact, k) => {
      const within = { tolerance: 0.02 * exact, resolution: (FULL_SIZE ? 0.03 : 0.35) * exact };
      const quantity = ['⟨x1²⟩', '⟨x1x2⟩', '⟨x2²⟩'][k]!;
      expectExact(batchMean(sums[k]!), exact, within, { quantity });
    });
    // Entropy production of the baths: current times 1/T_cold − 1/T_hot.
    const entropy = batchMean(ledgers.map((ledger) => ledger.mediumEntropy / duration));
    expectExact(entropy, CURRENT / 2, limits, { quantity: 'entropy production rate' });
    // The baths' heats add up to the total, and that is −ΔV.
    const worst = { sum: 0, closure: 0, cancelled: 0 };
    for (const ledger of ledgers) {
      const sum = ledger.bathHeat[0]! + ledger.bathHeat[1]!;
      // In parts of what a bath exchanges: at full size that is some thousands, summed over 2.5e7 steps.
      worst.sum = Math.max(worst.sum, Math.abs((sum - ledger.heat) / ledger.bathHeat[0]!));
      worst.closure = Math.max(worst.closure, Math.abs(ledger.heat + ledger.energyChange));
      worst.cancelled = Math.max(worst.cancelled, Math.abs(sum) / (CURRENT * duration));
    }
    expectNear(worst.sum, 0, 1e-11, { quantity: '(Q1 + Q2 less the heat)/Q1, worst shot' });
    expectNear(worst.closure, 0, 1e-9, { quantity: 'Q + ΔV, worst shot' });
    if (FULL_SIZE) {
      expectNear(worst.cancelled, 0, 0.001, { quantity: '|Q1 + Q2|/|Q1|, worst shot' });
    }
  });

  const [slow, fast] = [(7 - Math.sqrt(5)) / 2, (7 + Math.sqrt(5)) / 2];
  const reading = (tau: number): number =>
    (Math.exp(-slow * tau) - Math.exp(-fast * tau)) / ((fast - slow) * tau);

  // Standard errors of 0.73/√t again: t = 1e6 at full size, 2e4 in `npm test` (4 of them: 15 %).
  it.each([
    [0.01, 0.9656],
    [0.5, 0.183],
  ])('TC-15 over steps of %f t0 their heat current reads low by the factor %f', (tau, factor) => {
    expectNear(reading(tau), factor, 5e-5, { quantity: `factor by the formula, τ = ${tau}` });
    const shots = 20;
    const duration = FULL_SIZE ? 50_000 : 1000;
    const program = twoBaths({
      initial: { kind: 'zero' },
      dynamics: { dt: tau, integrator: 'exact' },
      duration,
      shots,
      seed: 15,
    });
    const ledgers = watch(program, () => undefined);
    const limits = { tolerance: 0.02, resolution: FULL_SIZE ? 0.03 : 0.25 };
    const readings = ledgers.map((ledger) => ledger.bathHeat[0]! / (duration * CURRENT));
    expectExact(batchMean(readings), reading(tau), limits, {
      quantity: `heat current read over the true one, τ = ${tau}`,
    });
  });

  it('TC-15 a record sampled at that interval has the same sum: the bias belongs to the interval', () => {
    const program = twoBaths({
      initial: { kind: 'zero' },
      dynamics: { dt: 0.01, integrator: 'exact' },
      duration: 20,
      readout: { every: 0.01 },
    });
    const sampled = new SampledHeat(program);
    const [ledger] = watch(program, (x) => sampled.add(x));
    const names = ['hot', 'cold'].map((node) => `heat of the sampled record, ${node} node`);
    expectNear(sampled.perSite[0]!, ledger!.bathHeat[1]!, 5e-10, { quantity: names[0]! });
    expectNear(sampled.perSite[1]!, ledger!.bathHeat[0]!, 5e-10, { quantity: names[1]! });
  });
});

describe('heat of a relaxing network', () => {
  it('TC-22 the Stratonovich sum over samples of 1e−3 t0 closes with −ΔV to 0.5 %', () => {
    const sites = 12;
    const stream = RandomStream.of(22, 'disorder');
    const entries: number[][] = [];
    for (let i = 0; i < sites; i++)
      for (let j = 0; j < i; j++) entries.push([i, j, stream.normal()]);
    const shots = FULL_SIZE ? 1000 : 40;
    for (const integrator of ['strang', 'euler-maruyama']) {
      const program = circuit({
        sites,
        couplings: { kind: 'coo', entries },
        fields: Array.from({ length: sites }, () => 40 * stream.normal()),
        initial: { kind: 'zero' },
        dynamics: { integrator, dt: 1e-3 },
        duration: 0.2,
        readout: { every: 1e-3 },
        shots,
        seed: 22,
      });
      let sum = new SampledHeat(program);
      let sampled = 0;
      const ledgers = watch(program, (x, step) => {
        if (step === 0) sum = new SampledHeat(program);
        sum.add(x);
        if (step === 200) sampled += sum.total / shots;
      });
      const heat = ledgers.reduce((total, ledger) => total + ledger.heat, 0) / shots;
      const change = ledgers.reduce((total, ledger) => total + ledger.energyChange, 0) / shots;
      const of = (quantity: string) => ({ quantity: `${quantity}, ${integrator}` });
      holdBound({ ...of('mean heat'), above: 100, got: heat, class: 'choice' });
      expectNear(heat + change, 0, 1e-9 * sites, of('Q + ΔV of the ledger'));
      expectNear(sampled / heat, 1, 0.005, of('sum over samples / −ΔV'));
    }
  });
});
