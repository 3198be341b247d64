import { RandomStream } from '../core/index.js';
import {
  readProgram,
  type Couplings,
  type MemoryCouplings,
  type Program,
} from '../device/index.js';

/** A program's document but for its couplings, which may be too large for one. */
export type Document = Readonly<Record<string, unknown>> & {
  readonly sites: number;
  readonly couplings: Couplings;
  readonly duration: number;
  readonly shots: number;
};

/** The program of a document, its couplings in place. */
export function programOf(document: Document): Program {
  const { couplings, ...rest } = document;
  const program = readProgram({
    version: 1,
    couplings: { kind: 'coo', entries: [] },
    readout: { every: document.duration, channels: ['energy'] },
    seed: 1,
    ...rest,
  });
  return { ...program, couplings };
}

/**
 * Symmetric J ~ N(0, scale²/N).
 * @param data where they are to be, N × N
 */
export function denseCouplings(
  sites: number,
  scale = 1,
  data: Float64Array = new Float64Array(sites * sites),
): Couplings {
  const stream = RandomStream.of(1, 'disorder', sites);
  for (let i = 0; i < sites; i++) {
    for (let j = 0; j < i; j++) {
      data[i * sites + j] = (scale * stream.normal()) / Math.sqrt(sites);
      data[j * sites + i] = data[i * sites + j]!;
    }
  }
  return { kind: 'dense', data };
}

const HOPFIELD = { kind: 'polynomial', degree: 2, rectified: false } as const;

/** Random memories. */
export function memories(
  count: number,
  sites: number,
  interaction: MemoryCouplings['interaction'] = HOPFIELD,
): MemoryCouplings {
  const stream = RandomStream.of(2, 'disorder', count);
  return {
    kind: 'memories',
    patterns: Array.from({ length: count }, () =>
      Int8Array.from({ length: sites }, () => stream.sign()),
    ),
    weights: null,
    next: null,
    interaction,
  };
}
