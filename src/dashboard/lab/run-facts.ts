import type { Program } from '../api/documents.js';
import { inkSign } from '../picture/shape.js';
import { samePattern, type KnownMemories } from './memory-shelf.js';

/** What a run's own documents say about its picture. */
export interface RunFacts {
  /** Patterns that overlaps are taken with; empty where they are not known. */
  readonly references: readonly (readonly number[])[];
  readonly labels: readonly string[];
  /** Name of the memory set, where it is one that the service has. */
  readonly set: string | null;
  readonly shape: readonly number[] | null;
  readonly ink: 1 | -1;
  /** Memory that the run starts from, by its initial state; null where it starts from none. */
  readonly target: number | null;
  /** Sites that the cue has flipped. */
  readonly flips: number | null;
}

export const NO_FACTS: RunFacts = {
  references: [],
  labels: [],
  set: null,
  shape: null,
  ink: 1,
  target: null,
  flips: null,
};

/** References as overlaps are taken with them: the memories where a program names no others. */
export function referencesOf(program: Program): readonly (readonly number[])[] {
  if (program.references !== undefined) return program.references;
  return program.couplings?.patterns ?? [];
}

export function factsOf(program: Program, known: KnownMemories | null): RunFacts {
  const references = referencesOf(program);
  const values = program.initial?.values;
  const target =
    values === undefined
      ? -1
      : references.findIndex((reference) => samePattern(reference, values));
  return {
    references,
    labels: known?.labels ?? references.map((_, k) => String(k)),
    set: known?.set ?? null,
    shape: known?.shape ?? null,
    ink: inkSign(references),
    target: target < 0 ? null : target,
    flips: program.initial?.flips ?? null,
  };
}

/** The program in a run's `start` document, wherever in it; null where there is none. */
export function programOf(documents: readonly unknown[]): Program | null {
  for (const entry of documents) {
    const { kind, document } = (entry ?? {}) as { kind?: unknown; document?: unknown };
    if (kind !== 'start') continue;
    const { program } = (document ?? entry) as { program?: unknown };
    if (typeof program === 'object' && program !== null) {
      const inner = program as { document?: unknown; sites?: unknown };
      if (typeof inner.sites === 'number') return program as Program;
      if (typeof inner.document === 'object' && inner.document !== null) {
        return inner.document as Program;
      }
    }
  }
  return null;
}
