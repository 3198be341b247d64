import type { InputCourse, StartOfShots } from '../linear/linear-system.js';
import type { CircuitSetting } from './circuit-setting.js';

/** What all nodes start from: voltages that are set, in V0; or the stationary state of the first inputs. */
export type CircuitStart =
  { readonly kind: 'known'; readonly values: Float64Array } | { readonly kind: 'stationary' };

/** A run of a probe: its states, sample by sample, or the heat of its shots. Not both: they would not be independent. */
export type CircuitRun = {
  readonly probe: string;
  readonly setting: CircuitSetting;
  /** Of the inputs 1 and the drives; times in t0. */
  readonly course: InputCourse;
  readonly start: CircuitStart;
} & (
  | {
      readonly kind: 'states';
      /** Each length × sites, program units; NaN: lost. */
      readonly shots: readonly Float64Array[];
    }
  | {
      readonly kind: 'heat';
      /** Of each shot from its beginning to its end, all nodes, program units. */
      readonly totals: Float64Array;
    }
);

/** The start of a group; states behind the readout's pole start settled. */
export function startOfGroup(
  start: CircuitStart,
  nodes: readonly number[],
  states: number,
): StartOfShots {
  if (start.kind === 'stationary') return start;
  const n = nodes.length;
  return {
    kind: 'known',
    mean: Float64Array.from({ length: states }, (_, i) => start.values[nodes[i % n]!]!),
  };
}
