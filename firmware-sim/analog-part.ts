import type { ProgramImage } from './program-image.js';

/** What stands between the firmware (protocol, sequencer) and the circuit. */

export interface ShotSettings {
  readonly seed: number;
  readonly shot: number;
  /** Board's unit of time, as `times`. */
  readonly duration: number;
  /** Times of the readouts, rising; the last one is `duration`. */
  readonly times: Float64Array;
  /** Program units, k_B = 1; a curve or node temperatures of the image go before it. */
  readonly temperature: number;
  readonly initial: 'zero' | 'values' | 'corrupted' | 'random';
  readonly flips: number;
  readonly run: number;
}

export interface Readout {
  /** [n]; state = stateScale × code. May be used again for the next readout. */
  readonly codes: Int16Array;
  /** A converter was at its limit. */
  readonly saturated: boolean;
  /** Codes of ± this, and beyond, are at their converter's limit. */
  readonly limitCode: number;
  /** Since the shot's beginning, program units; NaN: not measured. */
  readonly work: number;
  readonly heat: number;
  /** Since the shot's beginning, joules; NaN: not measured. */
  readonly supplyJ: number;
}

/** The settings of the circuit, in the descriptor's order. */
export interface ParameterBank {
  readonly names: readonly string[];
  read(name: string): number;
  /** @returns null, or why not, for people: read-only, or beyond a limit */
  write(name: string, value: number): string | null;
  /** As at power-on. */
  reset(): void;
}

export interface ImageProblem {
  readonly section: string;
  readonly index: number;
  readonly problem: string;
}

export interface SelfCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

export interface BoardMeasure {
  readonly name: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface AnalogPart {
  /** JSON of the descriptor, without device and driver. */
  readonly descriptor: object;
  readonly parameters: ParameterBank;
  /** Program units per ADC code. */
  readonly stateScale: number;
  /** Ranges only; the form has been checked. */
  check(image: ProgramImage): ImageProblem | null;
  /** Sets the converters. `readback`: the first place that does not hold what was set, or null. */
  apply(image: ProgramImage): { notes: string[]; readback: string | null };
  beginShot(settings: ShotSettings): void;
  /**
   * Computes on, for about `workMs` of this machine's time; readouts come through the callback in order.
   *
   * @returns true: the shot has ended
   */
  advance(workMs: number, onReadout: (k: number, readout: Readout) => void): boolean;
  /** Drives, pump and noise off, couplings at mid-scale, outputs at high impedance. Ends a shot that is under way. */
  safe(): void;
  measures(): readonly BoardMeasure[];
  selfTest(): readonly SelfCheck[];
}
