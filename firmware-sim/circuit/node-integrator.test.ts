import { describe, expect, it } from 'vitest';
import type { RandomStream } from '../../src/core/index.js';
import { each, idealBut, imageOf, lyapunov, pairCouplings } from './board-bench.test-support.js';
import { BoardLedger } from './board-ledger.js';
import { drawComponents } from './components.js';
import { FlickerNoise } from './flicker-noise.js';
import { buildNetlist } from './netlist.js';
import { NodeIntegrator, type ShotNoise } from './node-integrator.js';
import { programUnits } from './program-units.js';

type Source = 'white' | 'bridges' | 'within';
const SOURCES: readonly Source[] = ['white', 'bridges', 'within'];
/** Of a pair, program units: dx = (−2 x + y_other) dt + noise; y behind a pole of the couplings, what is shown behind one of the readout. */
const [RATE, COUPLING] = [2, 1];
const UNTIL = 14;

/** Draws one number 1, the k-th, and else 0. */
class Once {
  drawn = 0;
  constructor(private readonly k: number) {}
  normal(): number {
    return this.drawn++ === this.k ? 1 : 0;
  }
}

/**
 * What each node is, and what is shown of it, after each step (t0 apart by h) where one source has been 1 in the first step and all is 0 else:
 * the step is linear, so that these say all of its second moments, without sampling.
 */
function impulse(
  temperatures: Float64Array,
  h: number,
  poles: { readonly coupling: number; readonly readout: number },
  source: Source,
  node: number,
): { state: Float64Array[]; shown: Float64Array[] } {
  const base = idealBut({ sites: 2, ambientK: 0 });
  const units = programUnits(base);
  const profile = {
    ...base,
    couplingPoleHz:
      poles.coupling === 0 ? Infinity : 1 / (2 * Math.PI * poles.coupling * units.timeS),
    readoutPoleRc: 2 * poles.readout,
  };
  const parts = drawComponents(profile, 'a');
  const trims = { coupling: 1, noise: 1, readoutGain: 1, readoutOffset: 0 };
  const image = imageOf(2, {
    couplings: pairCouplings(2, COUPLING),
    quadratic: each(2, RATE / 2),
    quartic: each(2, 0),
    nodeTemperature: temperatures,
  });
  const net = buildNetlist(image, profile, parts, units, trims);
  const flicker = new FlickerNoise(profile, parts.flickerGain, units);
  const integrator = new NodeIntegrator(profile, units, 1, flicker);
  const noise = Object.fromEntries(
    SOURCES.map((name) => [name, new Once(name === source ? node : -1)]),
  ) as unknown as Omit<ShotNoise, 'flicker'>;
  const drift = { capacitance: 1, resistance: 1, gain: 1 };
  integrator.begin(
    net,
    new BoardLedger(2),
    { ...noise, flicker: new Once(-1) as unknown as RandomStream },
    drift,
    1,
  );
  const state: Float64Array[] = [];
  const shown: Float64Array[] = [];
  const inUnits = (v: Float64Array): Float64Array => v.slice(0, 2).map((x) => x / units.voltageV);
  for (let s = 1; s * h < UNTIL; s++) {
    integrator.aim(s * h * units.timeS);
    let steps = 1;
    while (!integrator.step()) steps++;
    // What the test takes for a step has to be one.
    expect(steps).toBe(1);
    shown.push(inUnits(integrator.seenNow()));
    state.push(inUnits(integrator.v));
  }
  return { state, shown };
}

/** Σ over sources and the steps at which they act: ⟨a_i(t) b_j(t + lag)⟩ of two columns of the records. */
function moment(records: readonly Float64Array[][], i: number, j: number, lag: number): number {
  let sum = 0;
  for (const record of records) {
    for (let s = 0; s + lag < record.length; s++) sum += record[s]![i]! * record[s + lag]![j]!;
  }
  return sum;
}

/** e^{−A t} by its series over a short time, doubled. */
function decay(A: number[][], t: number): number[][] {
  const times = (X: number[][], Y: number[][]): number[][] =>
    X.map((row) => row.map((_, j) => row.reduce((sum, x, k) => sum + x * Y[k]![j]!, 0)));
  const one = A.map((row, i) => row.map((_, j) => (i === j ? 1 : 0)));
  const doublings = 24;
  const short = A.map((row) => row.map((a) => (-a * t) / 2 ** doublings));
  let [sum, power]: [number[][], number[][]] = [one, one];
  for (let k = 1; k < 12; k++) {
    power = times(power, short).map((row) => row.map((x) => x / k));
    sum = sum.map((row, i) => row.map((x, j) => x + power[i]![j]!));
  }
  for (let d = 0; d < doublings; d++) sum = times(sum, sum);
  return sum;
}

/** Errors of second moments of a step over exact ones: mean square displacements over 0.2 t0 and covariances, of nodes and of what is shown. */
function errors(
  temperatures: Float64Array,
  h: number,
  poles: { readonly coupling: number; readonly readout: number },
): Record<string, number> {
  const runs = SOURCES.flatMap((source) =>
    [0, 1].map((node) => impulse(temperatures, h, poles, source, node)),
  );
  // The system, its couplings' poles and its readout's; a pole of 0 stands for one that nobody sees.
  const [g, r] = [poles.coupling || 1e-6, poles.readout || 1e-6];
  const A = [
    [RATE, 0, 0, -COUPLING, 0, 0],
    [0, RATE, -COUPLING, 0, 0, 0],
    [-1 / g, 0, 1 / g, 0, 0, 0],
    [0, -1 / g, 0, 1 / g, 0, 0],
    [-1 / r, 0, 0, 0, 1 / r, 0],
    [0, -1 / r, 0, 0, 0, 1 / r],
  ];
  const D = A.map((row, i) => row.map((_, j) => (i === j && i < 2 ? 2 * temperatures[i]! : 0)));
  const P = lyapunov(A, D);
  const lag = Math.round(0.2 / h);
  const later = decay(A, 0.2).map((row) =>
    P.map((_, j) => row.reduce((sum, e, k) => sum + e * P[k]![j]!, 0)),
  );
  const out: Record<string, number> = {};
  for (const [name, from] of [
    ['state', 0],
    ['shown', 4],
  ] as const) {
    const records = runs.map((run) => run[name]);
    const covariance = moment(records, 0, 1, 0);
    out[`${name} covariance`] = covariance / P[from]![from + 1]! - 1;
    for (const i of [0, 1]) {
      const square = moment(records, i, i, 0);
      const moved = 2 * (square - moment(records, i, i, lag));
      const rest = later[from + i]![from + i]!;
      out[`${name} ${i} variance`] = square / P[from + i]![from + i]! - 1;
      out[`${name} ${i} displacement`] = moved / (2 * (P[from + i]![from + i]! - rest)) - 1;
    }
  }
  return out;
}

describe('Second moments of a step of coupled nodes, of which one is 50 times as warm as the other', () => {
  const temperatures = Float64Array.of(0.02, 1);
  /** The longest step that is taken of such a pair: 0.1 over its rate. A second-order step may be off by a quarter of its square. */
  const longest = 0.05;
  const most = (longest * RATE) ** 2 / 4;
  it.each([
    ['no poles', { coupling: 0, readout: 0 }],
    ['a readout’s pole of 0.05 RC', { coupling: 0, readout: 0.025 }],
    ['a pole of the couplings that is fast for a step', { coupling: 0.003, readout: 0.025 }],
    ['a pole of the couplings that is slow for a step', { coupling: 0.2, readout: 0.025 }],
  ])(
    'are those of Lyapunov’s equation to 0.25 %%, and four times as near at half the step: %s',
    (_, poles) => {
      const [long, short] = [longest, longest / 2].map((h) => errors(temperatures, h, poles));
      for (const [name, error] of Object.entries(long!)) {
        expect(Math.abs(error), name).toBeLessThan(most);
        expect(Math.abs(short![name]!), name).toBeLessThan(Math.abs(error) / 3 + 1e-4);
      }
    },
  );
});
