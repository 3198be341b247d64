import type { CentralTable } from './central-moments.js';
import type { WorkHeatMoments } from './joint-moments.js';
import type { ProtocolValues } from './state-space.js';

/** The exact course of the distribution over states, with the moments of work and heat. */
export interface SpinEnsemble {
  /** To time t, everything at t included; times only grow, and 0 comes first. */
  advanceTo(t: number): void;
  readonly probabilities: Float64Array;
  readonly protocolValues: ProtocolValues;
  readonly moments: WorkHeatMoments;
  /** Central moments of higher orders; null where none were asked for. */
  readonly centralTable: CentralTable | null;
  /** Entropy given to the baths, nats; for synchronous updates the log ratio of steps and their reverses. */
  readonly mediumEntropy: number;
  /** Expected number of jumps. */
  readonly jumps: number;
  /** ⟨E(t) E(0⁻)⟩, E(0⁻) in the energies given; only where heat is not defined, else NaN. */
  energyProduct(energies: Float64Array): number;
}
