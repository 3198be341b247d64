import { Matrix } from 'ml-matrix';
import { KNOB, type Knobs } from '../protocol.js';
import type { RealCircuit } from './real-circuit.js';

/** dz = (−A z + f) dt + dN, ⟨dN dNᵀ⟩ = D dt: the linear part of a circuit with all its poles and coloured noise. */
export interface ExtendedSystem {
  readonly A: Matrix;
  readonly D: Matrix;
}

/**
 * A circuit's linear part at fixed knobs, quartic wells and limits left out:
 * x' = μ(−2q x + w + n + f), w' = (c J x + c·clamped − w)/τ_g (or w = c J x at once), r' = (x − r)/τ_r, n' = −λ n + noise.
 */
export function extendedSystem(circuit: RealCircuit, knobs: Knobs): ExtendedSystem {
  const { layout, nodes } = circuit;
  const { size, w, r, flicker, couplingPole, readoutPole, flickerRates, flickerVariance } = layout;
  const A = Matrix.zeros(size, size);
  const D = Matrix.zeros(size, size);
  const c = knobs[KNOB.coupling]!;
  for (let i = 0; i < layout.nodes; i++) {
    const mobility = nodes.mobility[i]!;
    A.set(i, i, 2 * mobility * circuit.quadratic(i, knobs));
    D.set(i, i, 2 * mobility * circuit.temperature(i, knobs));
    const row = w < 0 ? i : w + i;
    const rate = w < 0 ? mobility : 1 / couplingPole;
    circuit.couplings.row(i, (j, J) => A.set(row, j, A.get(row, j) - rate * c * J));
    if (w >= 0) {
      A.set(i, w + i, -mobility);
      A.set(w + i, w + i, 1 / couplingPole);
    }
    if (r >= 0) {
      A.set(r + i, i, -1 / readoutPole);
      A.set(r + i, r + i, 1 / readoutPole);
    }
    flickerRates.forEach((lambda, k) => {
      const n = flicker + k * layout.nodes + i;
      A.set(i, n, -mobility);
      A.set(n, n, lambda);
      D.set(n, n, 2 * lambda * flickerVariance);
    });
  }
  return { A, D };
}

/** f of {@link extendedSystem}: sources on x, clamped sites through the coupling paths. */
export function extendedForce(
  circuit: RealCircuit,
  knobs: Knobs,
  sources: Float64Array,
  out: Float64Array,
): void {
  const { layout, nodes } = circuit;
  const c = knobs[KNOB.coupling]!;
  circuit.sources(knobs, sources);
  out.fill(0);
  for (let i = 0; i < layout.nodes; i++) {
    const held = c * circuit.heldField(i);
    const mobility = nodes.mobility[i]!;
    if (layout.w < 0) out[i] = mobility * (sources[i]! + held);
    else {
      out[i] = mobility * sources[i]!;
      out[layout.w + i] = held / layout.couplingPole;
    }
  }
}
