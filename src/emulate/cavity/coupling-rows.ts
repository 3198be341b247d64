import type { ResolvedProgram } from '../../device/index.js';
import { paddedSites, type ArenaArray, type Engine, type EventRows } from '../../kernels/index.js';
import { PairwiseModel, type SpinModel } from '../../model/index.js';

/** Couplings as a kernel reads them: what a flip of j adds to all fields, in units of `unit`. */
export interface CouplingRows {
  readonly rows: EventRows;
  readonly stride: number;
  readonly unit: number;
}

/** Memories of more sites stay memories: N² numbers are more than N·P. */
const MOST_SITES_OF_MEMORIES = 4096;
/** Number of the form in the arena. */
const FORM = 140;

/** The rows of a model in the run's memory, made once for all threads; null where it has none. */
export function couplingRows(
  { arena }: Engine,
  { couplings, sites }: ResolvedProgram,
  model: SpinModel,
): CouplingRows | null {
  const stride = paddedSites(sites);
  const make = (
    source: Float64Array | Int8Array,
    type: 'int8' | 'int16' | 'float32' | 'float64',
    fill: (out: EventRows) => void,
  ): EventRows | null => {
    if (!(source.buffer instanceof SharedArrayBuffer)) return null;
    const place = arena.derived(source as ArenaArray, FORM, () => {
      const out = arena[type](sites * stride);
      fill(out);
      return out.byteOffset;
    });
    const length = sites * stride;
    const view = {
      int8: () => new Int8Array(arena.buffer, place, length),
      int16: () => new Int16Array(arena.buffer, place, length),
      float32: () => new Float32Array(arena.buffer, place, length),
      float64: () => new Float64Array(arena.buffer, place, length),
    }[type];
    return view();
  };
  let rows: EventRows | null;
  let unit: number;
  if (model instanceof PairwiseModel) {
    const { dense } = model;
    const source = couplings.kind === 'positions' ? couplings.xy : null;
    rows = make(source ?? (couplings as { data: Float64Array }).data, dense.type, (out) => {
      for (let j = 0; j < sites; j++) {
        const from = j * dense.stride;
        out.set(dense.columns.subarray(from, from + sites), j * stride);
      }
    });
    unit = model.unit;
  } else {
    if (couplings.kind !== 'memories' || sites > MOST_SITES_OF_MEMORIES) return null;
    const { interaction, weights, next, patterns } = couplings;
    if (interaction.kind !== 'polynomial' || interaction.degree !== 2) return null;
    if (interaction.rectified || weights !== null || next !== null) return null;
    const type = patterns.length < 128 ? 'int8' : 'int16';
    rows = make(patterns[0]!, type, (out) => hebb(patterns, sites, stride, out));
    unit = 1 / sites;
  }
  return rows === null ? null : { rows, stride, unit };
}

/** Σ_μ ξ_j^μ ξ_i^μ without the diagonal. */
function hebb(patterns: readonly Int8Array[], sites: number, stride: number, out: EventRows): void {
  for (const pattern of patterns) {
    for (let j = 0; j < sites; j++) {
      const sign = pattern[j]!;
      const base = j * stride;
      for (let i = 0; i < sites; i++) out[base + i] = out[base + i]! + sign * pattern[i]!;
    }
  }
  for (let j = 0; j < sites; j++) out[j * stride + j] = 0;
}
