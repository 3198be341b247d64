import type { ShotLedger } from '../../../thermo/index.js';

/** How spins move at fidelity `kinetic`: shots are run on it one after the other. */
export interface KineticMotion {
  /** How it moves, for the result's provenance. */
  readonly algorithm: string;
  onProgress: (t: number) => void;
  /** The state at t = 0⁻, and whatever the protocol does at t = 0. */
  begin(shot: number): void;
  /** Everything that happens up to time t, t included; t grows. */
  advanceTo(t: number): void;
  /** Spins or magnetisations now, N values in −1 … 1. */
  readonly values: ArrayLike<number>;
  /** Energy, and work and heat so far, in the program's unit. */
  readonly energy: number;
  readonly work: number;
  readonly heat: number;
  /** The shot's totals; energies at both ends from scratch. */
  ledger(): ShotLedger;
}
