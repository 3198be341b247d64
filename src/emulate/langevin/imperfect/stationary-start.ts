import { inverse, type Matrix } from 'ml-matrix';
import { RelaxdError, type RandomStream } from '../../../core/index.js';
import { stationaryCovariance } from '../lyapunov.js';
import { choleskyInPlace } from '../ornstein-uhlenbeck.js';
import type { Knobs } from '../protocol.js';
import type { CircuitState } from './circuit-state.js';
import { extendedForce, extendedSystem } from './extended-system.js';
import type { RealCircuit } from './real-circuit.js';

/** Exact draws of a linear circuit's stationary state, poles and 1/f currents included: A S + S Aᵀ = D, mean A⁻¹ f. */
export class StationaryStart {
  private factor: Float64Array | null = null;
  private inverted: Matrix | null = null;
  private readonly force: Float64Array;
  private readonly sources: Float64Array;

  constructor(
    private readonly circuit: RealCircuit,
    private readonly knobs: Knobs,
  ) {
    this.force = new Float64Array(circuit.layout.size);
    this.sources = new Float64Array(circuit.layout.nodes);
  }

  /** The board's temperature has changed. */
  reset(): void {
    this.factor = null;
  }

  /** @throws RelaxdError `program-refused` where the circuit is not stable */
  draw(stream: RandomStream, state: CircuitState): void {
    const { circuit, knobs, force, sources } = this;
    const { z } = state;
    if (this.factor === null) {
      const { A, D } = extendedSystem(circuit, knobs);
      const S = stationaryCovariance(A, D);
      if (S === null) throw unstable();
      this.factor = Float64Array.from(S.to1DArray());
      choleskyInPlace(this.factor, z.length);
      this.inverted = inverse(A);
    }
    extendedForce(circuit, knobs, sources, force);
    const noise = Float64Array.from(z, () => stream.normal());
    for (let i = 0; i < z.length; i++) {
      let value = 0;
      for (let j = 0; j < z.length; j++) {
        if (force[j] !== 0) value += this.inverted!.get(i, j) * force[j]!;
      }
      for (let j = 0; j <= i; j++) value += this.factor[i * z.length + j]! * noise[j]!;
      z[i] = value;
    }
    const { rail } = circuit.imperfections;
    if (rail > 0 && state.x.some((x) => Math.abs(x) > rail)) throw beyondRails(rail);
    state.flicker.restart();
    circuit.receive(state.x);
  }
}

function beyondRails(rail: number): RelaxdError {
  return new RelaxdError(
    'program-refused',
    'the linear circuit’s stationary state reaches the rails, where it is not what is drawn',
    {
      path: 'initial.kind',
      value: 'equilibrium',
      limit: `|x| ≤ ${rail}`,
      hint: 'start from a pattern, zero or random with dynamics.burnIn',
    },
  );
}

export function unstable(): RelaxdError {
  return new RelaxdError(
    'program-refused',
    'the wells do not hold the couplings as built: there is no stationary state',
    {
      path: 'initial.kind',
      value: 'equilibrium',
      limit: 'eigenvalues of the linear circuit with positive real parts',
      hint: 'weaker couplings, quartic wells, or a start from a pattern, zero or random',
    },
  );
}
