import fc from 'fast-check';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { ENGINES, RandomStream } from '../../core/index.js';
import {
  engineMissing,
  LANE_STATE,
  LayeredNetwork,
  layeredProduct,
  layeredSteps,
  LayerPlaces,
  openEngine,
  seedLanes,
  type Engine,
} from '../index.js';

const kinds = ENGINES.filter((kind) => engineMissing(kind) === null);

/** A network of any shape: `weight` and the numbers of each site are drawn, and so is its state. */
interface Drawn {
  readonly sizes: readonly number[];
  readonly seed: number;
}
const drawn = fc.record<Drawn>({
  sizes: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 }),
  seed: fc.nat(),
});

/** Couplings as a symmetric matrix over all sites. */
function couplingsOf({ sizes, seed }: Drawn): Float64Array {
  const stream = RandomStream.of(seed, 'disorder');
  const N = sizes.reduce((a, b) => a + b, 0);
  const J = new Float64Array(N * N);
  let low = 0;
  for (let l = 0; l + 1 < sizes.length; l++) {
    const high = low + sizes[l]!;
    for (let i = high; i < high + sizes[l + 1]!; i++) {
      for (let j = low; j < high; j++) {
        J[i * N + j] = stream.normal() / Math.sqrt(sizes[l]!);
        J[j * N + i] = J[i * N + j]!;
      }
    }
    low = high;
  }
  return J;
}

/** Lays a network out for an engine: wells, fields and noise of strength 1, unless told otherwise. */
function layOut(
  engine: Engine,
  sizes: readonly number[],
  J: Float64Array,
  site: (i: number) => { x: number; h: number; q: number; r: number; amplitude: number },
): LayeredNetwork {
  const places = new LayerPlaces(sizes, engine.kind);
  const weights = engine.arena.float32(places.weights);
  const N = places.unitOf.length;
  let low = 0;
  for (let l = 0; l + 1 < sizes.length; l++) {
    const high = low + sizes[l]!;
    for (let i = 0; i < sizes[l + 1]!; i++) {
      for (let j = 0; j < sizes[l]!; j++) {
        weights[places.weightAt(l, i, j)] = J[(high + i) * N + low + j]!;
      }
    }
    low = high;
  }
  const network = new LayeredNetwork(engine.arena, places, weights);
  places.unitOf.forEach((unit, i) => {
    const { x, h, q, r, amplitude } = site(i);
    network.x[unit] = x;
    network.field[unit] = h;
    network.twiceQuadratic[unit] = 2 * q;
    network.fourQuartic[unit] = 4 * r;
    network.amplitude[unit] = amplitude;
  });
  return network;
}

/** A network with everything drawn, and what it is made of. */
function drawnNetwork(engine: Engine, given: Drawn) {
  const stream = RandomStream.of(given.seed, 'initial');
  const J = couplingsOf(given);
  const network = layOut(engine, given.sizes, J, () => ({
    x: stream.normal(),
    h: stream.normal(),
    q: stream.normal(),
    r: stream.uniform(),
    amplitude: 0.1 * stream.uniform(),
  }));
  const state = engine.arena.uint32(LANE_STATE);
  seedLanes(state, given.seed, 'dynamics', 3);
  return { J, network, state };
}

const sitesOf = (network: LayeredNetwork, values: Float32Array): Float64Array =>
  Float64Array.from(network.places.unitOf, (unit) => values[unit]!);

describe.each(kinds)('layers on %s', (kind) => {
  const engine = openEngine(kind);

  it('receive the product of the couplings in both directions, to rounding', () => {
    fc.assert(
      fc.property(drawn, (given) => {
        const { J, network } = drawnNetwork(engine, given);
        layeredProduct(engine, network);
        const x = sitesOf(network, network.x);
        const N = x.length;
        sitesOf(network, network.force).forEach((force, i) => {
          let sum = 0;
          let size = 0;
          for (let j = 0; j < N; j++) {
            sum += J[i * N + j]! * x[j]!;
            size += Math.abs(J[i * N + j]! * x[j]!);
          }
          expect(Math.abs(force - sum)).toBeLessThanOrEqual((N + 4) * 2 ** -24 * size);
        });
      }),
      { numRuns: 40 },
    );
  });

  it('move as the reference does, step by step to 2⁻¹⁸ and with the same noise', () => {
    const reference = openEngine('reference');
    fc.assert(
      fc.property(drawn, fc.boolean(), (given, paired) => {
        const here = drawnNetwork(engine, given);
        const there = drawnNetwork(reference, given);
        const scheme = { dt: 0.01, coupling: 0.75, stiffest: Infinity, paired };
        for (let step = 0; step < 5; step++) {
          expect(layeredSteps(engine, here.network, here.state, 1, scheme)).toBe(1);
          expect(layeredSteps(reference, there.network, there.state, 1, scheme)).toBe(1);
          const right = sitesOf(there.network, there.network.x);
          sitesOf(here.network, here.network.x).forEach((x, i) => {
            expect(Math.abs(x - right[i]!)).toBeLessThanOrEqual(2 ** -18 * (1 + Math.abs(x)));
          });
          expect(sitesOf(here.network, here.network.earlier)).toEqual(
            sitesOf(there.network, there.network.earlier),
          );
          expect(here.state).toEqual(there.state);
          // From the same state each time: differences are to be those of one step.
          there.network.places.unitOf.forEach((unit, i) => {
            there.network.x[unit] = here.network.x[here.network.places.unitOf[i]!]!;
          });
        }
      }),
      { numRuns: 40 },
    );
  });

  it.runIf(kind === 'native')('take whole weights of 16 bits for what they stand for', () => {
    fc.assert(
      fc.property(drawn, (given) => {
        const unit = 1 / 256;
        const stream = RandomStream.of(given.seed, 'initial');
        const J = couplingsOf(given).map((w) => Math.round(w / unit) * unit);
        const site = (): { x: number; h: number; q: number; r: number; amplitude: number } => ({
          x: stream.normal(),
          h: 0,
          q: 1,
          r: 1,
          amplitude: 0.1,
        });
        const whole = layOut(engine, given.sizes, J, site);
        const places = new LayerPlaces(given.sizes, kind, true);
        const weights = engine.arena.int16(places.weights);
        let low = 0;
        given.sizes.forEach((size, l) => {
          const next = given.sizes[l + 1] ?? 0;
          for (let i = 0; i < next; i++) {
            for (let j = 0; j < size; j++) {
              const w = J[(low + size + i) * whole.places.unitOf.length + low + j]!;
              weights[places.weightAt(l, i, j)] = w / unit;
            }
          }
          low += size;
        });
        const halves = new LayeredNetwork(engine.arena, places, weights, unit);
        places.unitOf.forEach((to, i) => {
          const from = whole.places.unitOf[i]!;
          halves.x[to] = whole.x[from]!;
          halves.twiceQuadratic[to] = whole.twiceQuadratic[from]!;
          halves.fourQuartic[to] = whole.fourQuartic[from]!;
        });
        layeredProduct(engine, whole);
        layeredProduct(engine, halves);
        const right = sitesOf(whole, whole.force);
        sitesOf(halves, halves.force).forEach((force, i) => {
          expect(Math.abs(force - right[i]!)).toBeLessThan(2 ** -16 * (1 + Math.abs(force)));
        });
        // Without noise: it goes by places, which are others.
        whole.amplitude.fill(0);
        const state = engine.arena.uint32(LANE_STATE);
        seedLanes(state, 1, 'dynamics', 0);
        const scheme = { dt: 0.01, coupling: 0.75, stiffest: Infinity, paired: false };
        layeredSteps(engine, whole, state, 3, scheme);
        layeredSteps(engine, halves, state, 3, scheme);
        const moved = sitesOf(whole, whole.x);
        sitesOf(halves, halves.x).forEach((x, i) => {
          expect(Math.abs(x - moved[i]!)).toBeLessThan(2 ** -16 * (1 + Math.abs(x)));
        });
      }),
      { numRuns: 40 },
    );
  });

  it('take the same steps in one call as in several, and leave what pads them at 0', () => {
    fc.assert(
      fc.property(drawn, fc.boolean(), (given, paired) => {
        const once = drawnNetwork(engine, given);
        const often = drawnNetwork(engine, given);
        const scheme = { dt: 0.01, coupling: 1, stiffest: Infinity, paired };
        layeredSteps(engine, once.network, once.state, 7, scheme);
        for (const steps of [3, 1, 1, 2])
          layeredSteps(engine, often.network, often.state, steps, scheme);
        expect(once.network.x).toEqual(often.network.x);
        expect(once.state).toEqual(often.state);
        const used = new Set(once.network.places.unitOf);
        once.network.x.forEach((x, unit) => {
          if (!used.has(unit)) expect(x).toBe(0);
        });
      }),
      { numRuns: 20 },
    );
  });

  it('stop where a quartic force gets too stiff for the step, or is no number', () => {
    const site = { x: 0.5, h: 0, q: -40, r: 1, amplitude: 0 };
    const network = layOut(engine, [3, 2], new Float64Array(25), (i) =>
      i === 4 ? site : { ...site, x: 0 },
    );
    const state = engine.arena.uint32(LANE_STATE);
    seedLanes(state, 1, 'dynamics', 0);
    const scheme = { dt: 0.01, coupling: 1, stiffest: 0.5, paired: false };
    // x' = x + 0.01 (80 x − 4 x³), until 0.04 x² > 0.5.
    let x = 0.5;
    let steps = 0;
    for (; 0.04 * x * x <= 0.5; steps++) x += 0.01 * (80 * x - 4 * x ** 3);
    expect(layeredSteps(engine, network, state, 100, scheme)).toBe(steps);
    expect(network.x[network.places.unitOf[4]!]).toBeCloseTo(x, 4);
    network.field[network.places.unitOf[0]!] = NaN;
    expect(layeredSteps(engine, network, state, 100, { ...scheme, stiffest: Infinity })).toBe(1);
  });

  it('have the stationary covariance of linear wells: T/(l − l²dt/2) a mode, T/l by Leimkuhler–Matthews', () => {
    // Thirty-two copies side by side of three sites, one a layer.
    const copies = 32;
    const sizes = [copies, copies, copies];
    const N = 3 * copies;
    const small = new Matrix([
      [2, -0.9, 0],
      [-0.9, 2, 0.7],
      [0, 0.7, 2],
    ]);
    const J = new Float64Array(N * N);
    for (let c = 0; c < copies; c++) {
      for (const [a, b] of [
        [0, 1],
        [1, 2],
      ] as const) {
        J[(a * copies + c) * N + b * copies + c] = -small.get(a, b);
        J[(b * copies + c) * N + a * copies + c] = -small.get(a, b);
      }
    }
    const dt = 0.2;
    const T = 0.5;
    const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(small);
    for (const paired of [false, true]) {
      const variances = realEigenvalues.map((l) => T / (paired ? l : l * (1 - (l * dt) / 2)));
      const right = eigenvectorMatrix
        .mmul(Matrix.diag(variances))
        .mmul(eigenvectorMatrix.transpose());
      const network = layOut(engine, sizes, J, () => ({
        x: 0,
        h: 0,
        q: 1,
        r: 0,
        amplitude: Math.sqrt(2 * T * dt),
      }));
      const state = engine.arena.uint32(LANE_STATE);
      seedLanes(state, 11, 'dynamics', 0);
      const scheme = { dt, coupling: 1, stiffest: Infinity, paired };
      layeredSteps(engine, network, state, 200, scheme);
      const samples = 500;
      const sum = Matrix.zeros(3, 3);
      for (let s = 0; s < samples; s++) {
        // Two relaxation times of the slowest mode: samples are close to independent.
        layeredSteps(engine, network, state, 12, scheme);
        const x = sitesOf(network, network.x);
        for (let c = 0; c < copies; c++) {
          for (let a = 0; a < 3; a++) {
            for (let b = 0; b < 3; b++) {
              sum.set(a, b, sum.get(a, b) + x[a * copies + c]! * x[b * copies + c]!);
            }
          }
        }
      }
      // 16,000 samples, correlation time below one of them: the variance's standard error is 1.5 %; 4.5 of them.
      const tolerance = 4.5 * Math.sqrt(3 / (copies * samples)) * right.get(1, 1);
      for (let a = 0; a < 3; a++) {
        for (let b = 0; b < 3; b++) {
          expect(
            Math.abs(sum.get(a, b) / (copies * samples) - right.get(a, b)),
            `${paired} ${a} ${b}`,
          ).toBeLessThan(tolerance);
        }
      }
    }
  });

  it('have the moments of two coupled quartic units by quadrature under Leimkuhler–Matthews', () => {
    const copies = 256;
    const sizes = [copies, copies];
    const N = 2 * copies;
    const J = new Float64Array(N * N);
    for (let c = 0; c < copies; c++) {
      J[c * N + copies + c] = 0.8;
      J[(copies + c) * N + c] = 0.8;
    }
    // V = x² + x⁴ + y² + y⁴ − 0.8 x y, T = 1
    const right = { xx: 0, xy: 0, x4: 0 };
    let norm = 0;
    for (let a = -3; a <= 3; a += 0.02) {
      for (let b = -3; b <= 3; b += 0.02) {
        const weight = Math.exp(-(a ** 2 + a ** 4 + b ** 2 + b ** 4 - 0.8 * a * b));
        norm += weight;
        right.xx += weight * a * a;
        right.xy += weight * a * b;
        right.x4 += weight * a ** 4;
      }
    }
    const dt = 0.04;
    const network = layOut(engine, sizes, J, () => ({
      x: 0,
      h: 0,
      q: 1,
      r: 1,
      amplitude: Math.sqrt(2 * dt),
    }));
    const state = engine.arena.uint32(LANE_STATE);
    seedLanes(state, 5, 'dynamics', 0);
    const scheme = { dt, coupling: 1, stiffest: 5, paired: true };
    expect(layeredSteps(engine, network, state, 60, scheme)).toBe(60);
    const samples = 60;
    const got = { xx: 0, xy: 0, x4: 0 };
    for (let s = 0; s < samples; s++) {
      expect(layeredSteps(engine, network, state, 12, scheme)).toBe(12);
      const z = sitesOf(network, network.x);
      for (let c = 0; c < copies; c++) {
        const [x, y] = [z[c]!, z[copies + c]!];
        got.xx += (x * x + y * y) / 2;
        got.xy += x * y;
        got.x4 += (x ** 4 + y ** 4) / 2;
      }
    }
    const count = copies * samples;
    // Standard errors of some 15,000 samples: 0.002 of ⟨x²⟩ = 0.27, 0.003 of ⟨xy⟩ and ⟨x⁴⟩; the scheme's bias is below 0.001.
    expect(Math.abs(got.xx / count - right.xx / norm)).toBeLessThan(0.01);
    expect(Math.abs(got.xy / count - right.xy / norm)).toBeLessThan(0.012);
    expect(Math.abs(got.x4 / count - right.x4 / norm)).toBeLessThan(0.015);
  });
});
