import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { RandomStream } from '../../src/core/index.js';
import { makeIntegrator, type IntegratorName } from '../../src/emulate/langevin/integrators.js';
import { Potential } from '../../src/emulate/langevin/potential.js';
import { makeProtocol } from '../../src/emulate/langevin/protocol.js';
import { circuit } from './circuit.js';

const POINTS = 521;
const REACH = 2.6;
const STENCIL = 6;
const NODES = 40;

/** Gauss–Hermite nodes and weights for a standard normal number (Golub & Welsch 1969). */
export function normalNodes(count: number): { nodes: number[]; weights: number[] } {
  const jacobi = Matrix.zeros(count, count);
  for (let k = 1; k < count; k++) {
    jacobi.set(k - 1, k, Math.sqrt(k));
    jacobi.set(k, k - 1, Math.sqrt(k));
  }
  const solved = new EigenvalueDecomposition(jacobi, { assumeSymmetric: true });
  return {
    nodes: solved.realEigenvalues,
    weights: solved.realEigenvalues.map((_, k) => solved.eigenvectorMatrix.get(0, k) ** 2),
  };
}

/**
 * Stationary average of f under a scheme's own Markov chain, without sampling: the program's scheme moves a grid of
 * uncoupled sites at once for each node of the noise, which gives the chain's transition operator (six-point Lagrange
 * interpolation), and its stationary law is iterated to rounding. Exact to about 1e−8 for the quartic unit.
 */
export function schemeAverages(
  scheme: IntegratorName,
  dt: number,
  fs: readonly ((x: number) => number)[],
  field = 0,
): number[] {
  const spacing = (2 * REACH) / (POINTS - 1);
  const grid = Float64Array.from({ length: POINTS }, (_, i) => -REACH + i * spacing);
  const program = circuit({ sites: POINTS, fields: Array(POINTS).fill(field), duration: 1 });
  const potential = new Potential(program);
  const knobs = makeProtocol(program, Float64Array.of(0, 1), Infinity).before;
  const integrator = makeIntegrator(scheme, {
    potential,
    temperatures: null,
    knobs,
    couplingVaries: false,
    mostCoupling: 1,
    stiffestStep: Infinity,
  });
  integrator.prepare(dt, knobs);
  const { nodes, weights } = normalNodes(NODES);
  const first = new Int32Array(NODES * POINTS);
  const share = new Float64Array(NODES * POINTS * STENCIL);
  const noise = new Float64Array(POINTS);
  const ahead = scheme === 'leimkuhler-matthews' ? Math.sqrt(dt / 2) : 0;
  nodes.forEach((xi, k) => {
    // With its remembered noise, Leimkuhler–Matthews is a Markov chain in y = x − √(h/2) ξ (T = 1), ξ being the next step's.
    const moved = grid.map((y) => y + ahead * xi);
    integrator.begin?.({
      normal: () => xi,
      fillNormal: (values: Float64Array) => void values.fill(xi),
    } as unknown as RandomStream);
    integrator.advance(moved, noise.fill(ahead === 0 ? xi : 0));
    for (let i = 0; i < POINTS; i++) {
      const x = Math.max(-REACH, Math.min(REACH, moved[i]!));
      const at = Math.floor((x + REACH) / spacing) - STENCIL / 2 + 1;
      const start = Math.max(0, Math.min(POINTS - STENCIL, at));
      const u = (x - grid[start]!) / spacing;
      first[k * POINTS + i] = start;
      for (let s = 0; s < STENCIL; s++) {
        let value = weights[k]!;
        for (let r = 0; r < STENCIL; r++) if (r !== s) value *= (u - r) / (s - r);
        share[(k * POINTS + i) * STENCIL + s] = value;
      }
    }
  });
  let law = grid.map((x) => Math.exp(-(x * x + x ** 4 - field * x)));
  for (let round = 0; round < 2000; round++) {
    const next = new Float64Array(POINTS);
    for (let k = 0; k < NODES; k++) {
      for (let i = 0; i < POINTS; i++) {
        const row = k * POINTS + i;
        const start = first[row]!;
        const p = law[i]!;
        for (let s = 0; s < STENCIL; s++) next[start + s]! += p * share[row * STENCIL + s]!;
      }
    }
    const total = next.reduce((a, b) => a + b, 0);
    let change = 0;
    for (let i = 0; i < POINTS; i++) {
      next[i]! /= total;
      change += Math.abs(next[i]! - law[i]!);
    }
    law = next;
    if (change < 1e-11) break;
  }
  // The scheme's x is y + √(h/2) ξ.
  return fs.map((f) =>
    law.reduce(
      (sum, p, i) =>
        sum +
        p *
          (ahead === 0
            ? f(grid[i]!)
            : nodes.reduce((mean, xi, k) => mean + weights[k]! * f(grid[i]! + ahead * xi), 0)),
      0,
    ),
  );
}
