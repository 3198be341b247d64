import { RelaxdError } from '../../../core/index.js';

/** Final states of replicas: the same couplings, run again. ±1 values, N each. */
export type ReplicaStates = readonly ArrayLike<number>[];

/** Overlaps q_ab = (1/N) Σ s^a s^b of all replicas with each other. */
export interface OverlapMatrix {
  readonly sites: number;
  readonly replicas: number;
  /** replicas × replicas, row-major, symmetric; the diagonal holds what a replica has with itself, 1. */
  readonly data: Float64Array;
}

/** @throws RelaxdError `wrong-size`: fewer than two replicas, or of different numbers of sites */
export function overlapMatrix(states: ReplicaStates): OverlapMatrix {
  const replicas = states.length;
  const sites = states[0]?.length ?? 0;
  if (replicas < 2 || sites === 0) {
    throw new RelaxdError('wrong-size', `overlaps need two replicas, not ${replicas}`, {
      path: 'states',
      value: replicas,
      limit: '≥ 2',
    });
  }
  const packed = states.map((state, r) => packedSigns(state, sites, r));
  const data = new Float64Array(replicas * replicas);
  for (let a = 0; a < replicas; a++) {
    for (let b = 0; b <= a; b++) {
      let different = 0;
      for (let w = 0; w < packed[a]!.length; w++) {
        different += bitCount(packed[a]![w]! ^ packed[b]![w]!);
      }
      const overlap = (sites - 2 * different) / sites;
      data[a * replicas + b] = overlap;
      data[b * replicas + a] = overlap;
    }
  }
  return { sites, replicas, data };
}

/** Overlaps of the pairs a < b, in the order of (a, b). */
export function pairOverlaps({ replicas, data }: OverlapMatrix): Float64Array {
  const overlaps = new Float64Array((replicas * (replicas - 1)) / 2);
  let k = 0;
  for (let a = 0; a < replicas; a++) {
    for (let b = a + 1; b < replicas; b++) overlaps[k++] = data[a * replicas + b]!;
  }
  return overlaps;
}

/** How many bits of a 32-bit word are set. */
export function bitCount(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function packedSigns(state: ArrayLike<number>, sites: number, replica: number): Int32Array {
  if (state.length !== sites) {
    throw new RelaxdError(
      'wrong-size',
      `replica ${replica} has ${state.length} sites, the first ${sites}`,
      { path: `states[${replica}]`, value: state.length, limit: sites },
    );
  }
  const words = new Int32Array(Math.ceil(sites / 32));
  for (let i = 0; i < sites; i++) {
    if (state[i]! > 0) words[i >>> 5] = words[i >>> 5]! | (1 << (i & 31));
  }
  return words;
}
