import { Potential } from '../../src/emulate/langevin/potential.js';
import { makeProtocol } from '../../src/emulate/langevin/protocol.js';
import { openEngine } from '../../src/kernels/index.js';
import { makeRlcIntegrator } from '../../src/emulate/rlc/rlc-integrators.js';
import { rlcSetting } from '../../src/emulate/rlc/rlc-plan.js';
import { rlcCircuit } from './rlc.js';
import { normalNodes } from './transition-operator.js';

const X_POINTS = 101;
const X_REACH = 2.1;
const V_POINTS = 81;
const V_REACH = 5.2;
const STENCIL = 6;
const NODES = 8;

/** Where a point lies between the points of a grid: the first of its stencil, and Lagrange weights of all. */
function place(
  value: number,
  points: number,
  reach: number,
  out: Float64Array,
  offset: number,
): number {
  const spacing = (2 * reach) / (points - 1);
  const inside = Math.max(-reach, Math.min(reach, value));
  const at = Math.floor((inside + reach) / spacing) - STENCIL / 2 + 1;
  const first = Math.max(0, Math.min(points - STENCIL, at));
  const u = (inside + reach) / spacing - first;
  for (let s = 0; s < STENCIL; s++) {
    let weight = 1;
    for (let r = 0; r < STENCIL; r++) if (r !== s) weight *= (u - r) / (s - r);
    out[offset + s] = weight;
  }
  return first;
}

/**
 * Stationary averages of functions of x under BAOAB's own Markov chain on (x, v) for the quartic unit, without sampling: the
 * program's integrator moves a grid of uncoupled sites for each node of the noise, which gives the chain's transition
 * operator, and its stationary law is iterated from the Gibbs state.
 */
export function baoabAverages(
  dt: number,
  friction: number,
  fs: readonly ((x: number) => number)[],
): number[] {
  const size = X_POINTS * V_POINTS;
  const xOf = (k: number): number => -X_REACH + (k * 2 * X_REACH) / (X_POINTS - 1);
  const vOf = (k: number): number => -V_REACH + (k * 2 * V_REACH) / (V_POINTS - 1);
  const program = rlcCircuit({ sites: size, duration: 1 }, { friction });
  const potential = new Potential(program);
  const protocol = makeProtocol(program, Float64Array.of(0, 1), Infinity);
  const engine = openEngine();
  const integrator = makeRlcIntegrator(engine, 'baoab', {
    ...rlcSetting(program, potential, null, protocol),
    stiffestStep: Infinity,
  });
  const { nodes, weights } = normalNodes(NODES);
  const xFirst = new Int32Array(NODES * size);
  const vFirst = new Int32Array(NODES * size);
  const xShare = new Float64Array(NODES * size * STENCIL);
  const vShare = new Float64Array(NODES * size * STENCIL);
  nodes.forEach((xi, k) => {
    const z = engine.arena.float64(size);
    const v = engine.arena.float64(size);
    for (let i = 0; i < size; i++) {
      z[i] = xOf(Math.floor(i / V_POINTS));
      v[i] = vOf(i % V_POINTS);
    }
    integrator.restart();
    integrator.prepare(dt, protocol.before);
    integrator.advance(z, v, new Float64Array(size).fill(xi));
    for (let i = 0; i < size; i++) {
      const row = k * size + i;
      xFirst[row] = place(z[i]!, X_POINTS, X_REACH, xShare, row * STENCIL);
      vFirst[row] = place(v[i]!, V_POINTS, V_REACH, vShare, row * STENCIL);
      for (let s = 0; s < STENCIL; s++) xShare[row * STENCIL + s]! *= weights[k]!;
    }
  });
  let law = Float64Array.from({ length: size }, (_, i) => {
    const [x, v] = [xOf(Math.floor(i / V_POINTS)), vOf(i % V_POINTS)];
    return Math.exp(-(x * x + x ** 4 + 0.5 * v * v));
  });
  for (let round = 0; round < 1000; round++) {
    const next = new Float64Array(size);
    for (let row = 0; row < NODES * size; row++) {
      const p = law[row % size]!;
      if (p < 1e-14) continue;
      const to = xFirst[row]! * V_POINTS + vFirst[row]!;
      for (let s = 0; s < STENCIL; s++) {
        const px = p * xShare[row * STENCIL + s]!;
        for (let r = 0; r < STENCIL; r++) {
          next[to + s * V_POINTS + r]! += px * vShare[row * STENCIL + r]!;
        }
      }
    }
    const total = next.reduce((a, b) => a + b, 0);
    let change = 0;
    for (let i = 0; i < size; i++) {
      next[i]! /= total;
      change += Math.abs(next[i]! - law[i]!);
    }
    law = next;
    if (change < 1e-8) break;
  }
  return fs.map((f) => law.reduce((sum, p, i) => sum + p * f(xOf(Math.floor(i / V_POINTS))), 0));
}
