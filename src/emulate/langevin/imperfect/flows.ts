import type { RandomStream } from '../../../core/index.js';
import type { Knobs } from '../protocol.js';

export const IMPERFECT_INTEGRATORS = ['auto', 'exact', 'strang', 'euler-maruyama'] as const;
export type FlowName = Exclude<(typeof IMPERFECT_INTEGRATORS)[number], 'auto'>;

/** One way of moving the whole state of an imperfect circuit (nodes, poles, 1/f currents) by a step at fixed knobs. */
export interface Flow {
  readonly name: FlowName;
  /** Whether a step of any length is exact. */
  readonly exact: boolean;
  /** Whether 1/f currents stand still while the nodes move. */
  readonly holdsFlicker: boolean;
  /** Forgets what it has prepared: the board's temperature has changed. */
  reset(): void;
  /** Sets the step and the knobs; cheap where neither has changed. */
  prepare(h: number, knobs: Knobs): void;
  /** @returns −1, or the free node whose quartic force is too stiff for the step */
  advance(stream: RandomStream): number;
}
