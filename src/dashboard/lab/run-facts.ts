import type { Descriptor, Program } from '../api/documents.js';
import { inkSign } from '../picture/shape.js';
import { samePattern, type KnownMemories } from './memory-shelf.js';

/** What a run's own documents say about its picture. */
export interface RunFacts {
  /** The learning rule that made the couplings, where one did. */
  readonly rule: string | null;
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
  /** Shots that the run is to have. */
  readonly shots: number | null;
  /** Fidelity that the program names; null: the device's own. */
  readonly fidelity: string | null;
}

export const NO_FACTS: RunFacts = {
  rule: null,
  references: [],
  labels: [],
  set: null,
  shape: null,
  ink: 1,
  target: null,
  flips: null,
  shots: null,
  fidelity: null,
};

/** References as overlaps are taken with them: the memories where a program names no others. */
export function referencesOf(program: Program): readonly (readonly number[])[] {
  if (program.references !== undefined) return program.references;
  return program.couplings?.patterns ?? [];
}

export function factsOf(
  { document: program, rule }: StartedProgram,
  known: KnownMemories | null,
): RunFacts {
  const references = referencesOf(program);
  const values = program.initial?.values;
  const target =
    values === undefined ? -1 : references.findIndex((reference) => samePattern(reference, values));
  return {
    rule,
    references,
    labels: known?.labels ?? references.map((_, k) => String(k)),
    set: known?.set ?? null,
    shape: known?.shape ?? null,
    ink: known?.ink ?? inkSign(references),
    target: target < 0 ? null : target,
    flips: program.initial?.flips ?? null,
    shots: program.shots ?? null,
    fidelity: program.dynamics?.fidelity ?? null,
  };
}

/** Unit of time at a fidelity (null: the device's own), by name; empty where the descriptor is not known. */
export function timeUnitOf(descriptor: Descriptor | null, fidelity: string | null): string {
  const units = descriptor?.byFidelity?.[fidelity ?? '']?.units ?? descriptor?.units;
  return units?.time.name ?? '';
}

/** What a run's `start` document says of its program. */
export interface StartedProgram {
  readonly rule: string | null;
  readonly document: Program;
}

/** The program out of a run's documents (docs/formats/record.md); null where there is none. */
export function startOf(documents: readonly unknown[]): StartedProgram | null {
  for (const entry of documents) {
    const { kind, document } = (entry ?? {}) as {
      readonly kind?: string;
      readonly document?: { readonly program?: Partial<StartedProgram> };
    };
    const program = document?.program;
    if (kind === 'start' && program?.document !== undefined) {
      return { rule: program.rule ?? null, document: program.document };
    }
  }
  return null;
}
