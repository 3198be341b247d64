import type { ShotLedger } from '../../thermo/index.js';
import type { SpinSystem } from '../spin/spin-system.js';

/** Neurons in motion, shot after shot. */
export interface NeuronDynamics {
  /** How spikes are found, for the result's provenance. */
  readonly algorithm: string;
  /** Couplings, fields, drives, and the state: +1 where a site has fired within the window. */
  readonly system: SpinSystem;
  onProgress: (t: number) => void;
  /** Called at every spike; null: nobody asks. */
  onSpike: ((site: number, t: number) => void) | null;
  begin(shot: number): void;
  /** Runs to time t: everything at times up to and including t has happened. */
  advanceTo(t: number): void;
  /** Entropy given to the noise so far, nats; NaN where it is not defined. */
  readonly entropy: number;
}

/** The ledger of a shot without an energy. */
export function spikingLedger(dynamics: NeuronDynamics): ShotLedger {
  return {
    work: NaN,
    heat: NaN,
    bathHeat: [NaN],
    energyChange: NaN,
    mediumEntropy: dynamics.entropy,
  };
}
