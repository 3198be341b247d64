import type { MemoryCouplings, ResolvedProgram } from '../../device/index.js';
import type { Engine } from '../../kernels/index.js';
import { hebbCouplings, PairwiseModel, type SpinModel } from '../../model/index.js';
import { engineArrays } from './engine-arrays.js';
import { KernelMemories } from './kernel-memories.js';
import { KernelSynapses } from './kernel-synapses.js';
import { memoryLayoutOf } from './memory-layout-of.js';

/** Fields of memories as sums over their overlaps, or kept site by site: for the result's provenance. */
export const OVERLAPS = 'overlaps';
export const FIELDS = 'fields';
/** Overlaps of the present and of a filtered past, with slow synapses. */
export const FILTERED = 'filtered-overlaps';

/** N² bytes of couplings are to stay in a core's cache. */
const MOST_SITES_IN_CACHE = 1024;
const MOST_SITES = 4096;
/** Couplings N J are whole numbers up to P; beyond, they are not bytes. */
const MOST_MEMORIES = 127;
/** Couplings take N² P steps to make, an attempt on overlaps P: made where there are this many times N² attempts. */
const WORTH = 9;

/** Number of what is derived from a program's memories here. */
const HEBB_FORM = 110;

/** The algorithms that a program with memories can be run by on kernels, the one of its shape first. */
export function memoryAlgorithms(program: ResolvedProgram): readonly string[] {
  const { couplings, sites, shots, duration, dynamics } = program;
  if (couplings.kind !== 'memories') return [];
  if (dynamics.synapse !== null) return [FILTERED];
  if (!arePairs(couplings) || sites > MOST_SITES) {
    return memoryLayoutOf(couplings, sites) === null ? [] : [OVERLAPS];
  }
  const often = shots * duration >= WORTH * sites;
  const small = sites <= MOST_SITES_IN_CACHE && couplings.patterns.length <= MOST_MEMORIES;
  return often && small ? [FIELDS, OVERLAPS] : [OVERLAPS, FIELDS];
}

/**
 * The model of the program's memories on an engine's kernels; null where there is none.
 * @param algorithm null: the one of the program's shape
 */
export function memoriesOnKernels(
  program: ResolvedProgram,
  engine: Engine,
  algorithm: string | null,
): SpinModel | null {
  const { couplings, sites } = program;
  const chosen = algorithm ?? memoryAlgorithms(program)[0];
  if (couplings.kind !== 'memories') return null;
  const { synapse } = program.dynamics;
  if (synapse !== null) return new KernelSynapses(engine, couplings, sites, synapse);
  if (chosen === FIELDS && memoryAlgorithms(program).includes(FIELDS)) {
    return new HebbFields(couplings, sites, engine);
  }
  return KernelMemories.of(engine, couplings, sites);
}

function arePairs({ interaction, next, weights }: MemoryCouplings): boolean {
  if (interaction.kind !== 'polynomial' || interaction.rectified) return false;
  return interaction.degree === 2 && next === null && weights === null;
}

/** Memories of degree 2 as the couplings that they are, J = (1/N) Σ ξξ; the diagonal only shifts the energy by −P/2. */
export class HebbFields extends PairwiseModel {
  private readonly shift: number;

  constructor({ patterns }: MemoryCouplings, sites: number, engine: Engine) {
    const arrays = engineArrays(engine);
    const data = arrays.derived(patterns[0]!, HEBB_FORM, 'float64', sites * sites, (out) =>
      out.set(hebbCouplings(patterns)),
    ) as Float64Array;
    super(data, true, arrays);
    this.shift = -patterns.length / 2;
  }

  override energy(): number {
    return super.energy() + this.shift;
  }
}
