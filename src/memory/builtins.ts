import { RelaxdError } from '../core/index.js';
import { digits } from './digits.js';
import { EIGHT_LETTERS, letters } from './letters.js';
import type { MemorySet } from './memory-set.js';
import { pictures } from './pictures.js';

/** A memory set that relaxd brings along. */
export interface Builtin {
  readonly name: string;
  /** Number of memories P. */
  readonly patterns: number;
  readonly shape: readonly number[];
  readonly description: string;
}

interface Source extends Builtin {
  readonly make: (labels?: readonly string[]) => MemorySet;
}

const SOURCES: readonly Source[] = [
  {
    name: 'letters',
    patterns: 26,
    shape: [10, 10],
    description: 'the 26 capitals on a 10×10 grid; letters:A,B,C for some of them',
    make: (labels) => letters(labels),
  },
  {
    name: 'letters-8',
    patterns: 8,
    shape: [10, 10],
    description: `the eight capitals with the smallest mutual overlaps (${EIGHT_LETTERS.join(', ')})`,
    make: (labels) => eightLetters(labels),
  },
  {
    name: 'pictures',
    patterns: 10,
    shape: [128, 128],
    description:
      'ten drawings of 128×128 with a common light ground: correlated, too much for plain Hebb',
    make: (labels) => pictures(labels),
  },
  {
    name: 'digits',
    patterns: 10,
    shape: [28, 28],
    description:
      'ten handwritten digits of 28×28 from MNIST, one of each class; digits:3,7 for some',
    make: (labels) => digits(labels),
  },
];

/** The built-in memory sets. */
export function listBuiltins(): readonly Builtin[] {
  return SOURCES.map(({ name, patterns, shape, description }) => ({
    name,
    patterns,
    shape,
    description,
  }));
}

/**
 * A built-in set by its name, with labels after a colon where only some memories are wanted, in that order:
 * `letters`, `letters:A,B,C`, `digits:3,7`.
 *
 * @returns undefined where no built-in has the name before the colon
 * @throws RelaxdError `unknown-memory-set` for a label that the set does not have
 */
export function builtinMemories(source: string): MemorySet | undefined {
  const colon = source.indexOf(':');
  const name = colon < 0 ? source : source.slice(0, colon);
  const builtin = SOURCES.find((candidate) => candidate.name === name);
  if (builtin === undefined) return undefined;
  if (colon < 0) return whole(builtin);
  return builtin.make(
    source
      .slice(colon + 1)
      .split(',')
      .map((label) => label.trim()),
  );
}

const MADE = new Map<string, MemorySet>();

/** A whole set, made once: pictures are drawn and digits chosen, which takes a third of a second. */
function whole(builtin: Source): MemorySet {
  let set = MADE.get(builtin.name);
  if (set === undefined) MADE.set(builtin.name, (set = builtin.make()));
  return set;
}

function eightLetters(labels?: readonly string[]): MemorySet {
  const outside = labels?.find((label) => !EIGHT_LETTERS.includes(label));
  if (outside !== undefined) {
    throw new RelaxdError('unknown-memory-set', `“letters-8” has no memory “${outside}”`, {
      path: 'memories',
      value: outside,
      limit: EIGHT_LETTERS,
      hint: 'letters has all 26 capitals',
    });
  }
  return letters(labels ?? EIGHT_LETTERS, 'letters-8');
}
