import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/core/index.js';
import {
  CircuitParameters,
  constantInputs,
  emptySystem,
  fitCircuit,
  fitQuarticWell,
  linearLikelihood,
  maximiseLikelihood,
  predictHeat,
  sampleShot,
  type CircuitRun,
  type LinearSystem,
} from '../../src/calibrate/index.js';
import { groupSystem } from '../../src/calibrate/circuit/group-system.js';
import { hold, holdBound } from '../support/hold.js';
import { circuit, watch } from '../support/circuit.js';
import { FULL_SIZE } from '../support/run-simulation.js';

describe('estimators of the circuit page', () => {
  it('TC-24 J2 and J4 of a quartic unit from its drift', () => {
    // Emulated in steps of 0.0025, sampled every 0.02.
    const total = FULL_SIZE ? 1e4 : 300;
    const shots = FULL_SIZE ? 50 : 3;
    const program = circuit({
      sites: 1,
      wells: { quadratic: 1, quartic: 1 },
      dynamics: { temperature: 1, dt: 0.0025, integrator: 'strang' },
      initial: { kind: 'equilibrium' },
      duration: total / shots,
      readout: { every: 0.02, channels: ['state'] },
      shots,
      seed: 24,
    });
    const length = Math.round(total / shots / 0.02) + 1;
    const records = Array.from({ length: shots }, () => new Float64Array(length));
    watch(program, (x, step, shot) => {
      records[shot]![step] = x[0]!;
    });
    const estimate = fitQuarticWell(
      { interval: 0.02, shots: records },
      { rate: 1, cubic: 2, push: 0, noise: 1 },
    );
    const sd = [2.64, 1.94].map((v) => v / Math.sqrt(total));
    const [rate, cubic] = ['rate', 'cubic'].map((name) => estimate.parameter(name));
    hold({
      quantity: 'J2',
      expected: 1,
      got: rate!.value / 2,
      standardError: rate!.standardError! / 2,
      tolerance: 4 * sd[0]!,
      class: 'exact',
    });
    hold({
      quantity: 'J4',
      expected: 1,
      got: cubic!.value / 4,
      standardError: cubic!.standardError! / 4,
      tolerance: 4 * sd[1]!,
      class: 'exact',
    });
    // What the fit says of its own errors: the page's are those of the drift alone, at an interval of 0. At 0.02 the spread of a step
    // depends on the wells, too, and a likelihood knows some tenth more.
    for (const [k, [quantity, page]] of (
      [
        ['sd(J2)·√T', 2.64],
        ['sd(J4)·√T', 1.94],
      ] as const
    ).entries()) {
      const got = ([rate, cubic][k]!.standardError! / [2, 4][k]!) * Math.sqrt(total);
      holdBound({
        quantity: `${quantity}, not above the drift’s own`,
        got,
        most: 1.05 * page,
        class: 'exact',
      });
      holdBound({
        quantity: `${quantity}, not far below it`,
        got,
        least: 0.8 * page,
        class: 'choice',
      });
    }
    const noise = estimate.parameter('noise');
    hold({
      quantity: 'kT, by the same fit',
      expected: 1,
      got: noise.value / 2,
      standardError: noise.standardError! / 2,
      tolerance: 4 * (noise.standardError! / 2) + 2e-3,
      class: 'exact',
    });
  });

  it('TC-25 rate and readout noise of an Ornstein–Uhlenbeck node behind σ = 0.1', () => {
    // a = 2, variance 0.5, D = 0.1: what the naive estimate reads is 2.198.
    const N = FULL_SIZE ? 200_000 : 20_000;
    const truth = Float64Array.of(Math.log(2), Math.log(2), Math.log(0.1));
    const course = constantInputs([1], 0.1, N);
    const start = { kind: 'stationary' } as const;
    const shot = sampleShot(node(truth), course, start, RandomStream.of(25, 'dynamics', 0));
    const lag = (k: number): number => {
      let sum = 0;
      for (let s = 0; s + k < N; s++) sum += shot[s]! * shot[s + k]!;
      return sum / (N - k);
    };
    const [C0, C1, C2] = [lag(0), lag(1), lag(2)] as [number, number, number];
    hold({
      quantity: 'naive −ln ρ₁/D',
      expected: 2.198,
      got: -Math.log(C1 / C0) / 0.1,
      tolerance: 4 * 0.06 * Math.sqrt(20_000 / N),
      class: 'exact',
    });
    // The page's moments, and the likelihood that they are a shadow of.
    const { at, point } = maximiseLikelihood(
      (x) => linearLikelihood(node(x), { course, start, shots: [shot] }),
      Float64Array.of(0, 0, -1),
    );
    const errors = inverse3(point.information);
    const [a, sigma] = [Math.exp(at[0]!), Math.exp(at[2]!)];
    const [sdA, sdSigma] = [a * Math.sqrt(errors[0]!), sigma * Math.sqrt(errors[8]!)];
    hold({
      quantity: 'a',
      expected: 2,
      got: a,
      standardError: sdA,
      tolerance: 4 * sdA,
      class: 'exact',
    });
    hold({
      quantity: 'σ_n',
      expected: 0.1,
      got: sigma,
      standardError: sdSigma,
      tolerance: 4 * sdSigma,
      class: 'exact',
    });
    const moment = {
      a: -Math.log(C2 / C1) / 0.1,
      sigma: Math.sqrt(Math.max(0, C0 - (C1 * C1) / C2)),
    };
    holdBound({
      quantity: 'a by moments against a by likelihood, in standard errors of the latter',
      got: Math.abs(moment.a - a) / sdA,
      most: 12,
      class: 'choice',
    });
  });

  it('TC-28 the scale of gain, R, C and T is open without a power, and closed by one', () => {
    const parameters = new CircuitParameters(
      1,
      {
        capacitanceF: 1e-9,
        resistanceOhm: 1e5,
        temperatureK: 300,
        unitV: 0.1,
        readoutStep: 0.01,
        readoutPoleS: 0,
      },
      0,
      [],
      true,
    );
    const truth = new Float64Array(parameters.count);
    const setting = (field: number) => ({
      sites: 1,
      quadratic: Float64Array.of(1),
      couplings: new Float64Array(0),
      fields: Float64Array.of(field),
      temperature: 1,
      drives: [],
    });
    const stream = RandomStream.of(28, 'dynamics', 0);
    const zero = new Float64Array(1);
    const states = (field: number, length: number, count: number): CircuitRun => {
      const course = constantInputs([1], 0.2, length);
      const { system } = groupSystem(parameters, setting(field), [0], truth);
      const shots = Array.from({ length: count }, () =>
        sampleShot(system, course, { kind: 'known', mean: zero }, stream),
      );
      return {
        probe: `${field}`,
        setting: setting(field),
        course,
        start: { kind: 'known', values: zero },
        kind: 'states',
        shots,
      };
    };
    const course = constantInputs([1], 3, 2);
    const start = { kind: 'known', values: zero } as const;
    const heat = predictHeat(parameters, { setting: setting(4), course, start }, truth).value;
    const power: CircuitRun = {
      probe: 'power',
      setting: setting(4),
      course,
      start,
      kind: 'heat',
      totals: Float64Array.from({ length: 50 }, () => heat + stream.normal()),
    };
    const four = ['capacitance[0]', 'resistance[0]', 'temperature[0]', 'readoutGain[0]'];
    const others = parameters.list
      .filter(({ name }) => !four.includes(name))
      .map(({ name, nominal }) => ({ name, value: nominal, standardError: 0 }));
    // Variance, correlation time, and the response to a known current.
    const runs = [states(0, 1500, 1), states(4, 16, 50)];
    const without = fitCircuit(parameters, runs, others).estimate;
    const within = fitCircuit(parameters, [...runs, power], others).estimate;
    hold({
      quantity: 'rank of Fisher’s information of 4 parameters without power',
      expected: 3,
      got: without.rank,
      tolerance: 0,
      class: 'exact',
    });
    hold({
      quantity: 'the same with power',
      expected: 4,
      got: within.rank,
      tolerance: 0,
      class: 'exact',
    });
    expect(without.open.map(({ text }) => text)).toHaveLength(1);
  });
});

/** dx = −a x dt + √D dW seen with noise σ; ln a, ln(D) − ln 1, ln σ. */
function node(at: Float64Array): LinearSystem {
  const s = emptySystem(1, 1, 1, 3);
  s.A[0] = s.dA[0]![0] = Math.exp(at[0]!);
  s.D[0] = s.dD[1]![0] = Math.exp(at[1]!);
  s.H[0] = 1;
  s.R[0] = Math.exp(2 * at[2]!);
  s.dR[2]![0] = 2 * s.R[0];
  return s;
}

function inverse3(m: Float64Array): Float64Array {
  const [a, b, c, d, e, f, g, h, i] = m as unknown as number[];
  const det = a! * (e! * i! - f! * h!) - b! * (d! * i! - f! * g!) + c! * (d! * h! - e! * g!);
  return Float64Array.of(
    (e! * i! - f! * h!) / det,
    0,
    0,
    0,
    (a! * i! - c! * g!) / det,
    0,
    0,
    0,
    (a! * e! - b! * d!) / det,
  );
}
