import type { MemorySet, MemorySetRow, Page } from '../api/documents.js';
import { inkSign } from '../picture/shape.js';

/** What a run's references are called, and how they are laid out. */
export interface KnownMemories {
  readonly set: string;
  readonly shape: readonly number[];
  /** One a reference. */
  readonly labels: readonly string[];
  /** By all of the set, of which the references may be a part. */
  readonly ink: 1 | -1;
}

interface ShelfClient {
  memorySets(): Promise<Page<MemorySetRow>>;
  memorySet(id: string): Promise<MemorySet>;
}

/** The service's memory sets, each read once. */
export class MemoryShelf {
  private listing: Promise<readonly MemorySetRow[]> | null = null;
  private readonly sets = new Map<string, Promise<MemorySet>>();

  constructor(private readonly client: ShelfClient) {}

  list(): Promise<readonly MemorySetRow[]> {
    this.listing ??= this.client.memorySets().then(
      (page) => page.items,
      (error: unknown) => {
        this.listing = null;
        throw error;
      },
    );
    return this.listing;
  }

  set(id: string): Promise<MemorySet> {
    let set = this.sets.get(id);
    if (set === undefined) {
      set = this.client.memorySet(id).catch((error: unknown) => {
        this.sets.delete(id);
        throw error;
      });
      this.sets.set(id, set);
    }
    return set;
  }

  /**
   * Finds a run's references among the memory sets, since a program has patterns only: names and shape are those of
   * the smallest set that has them all.
   */
  async find(references: readonly (readonly number[])[]): Promise<KnownMemories | null> {
    const sites = references[0]?.length ?? 0;
    const rows = (await this.list())
      .filter((row) => product(row.shape) === sites && row.patterns >= references.length)
      .sort((a, b) => a.patterns - b.patterns);
    for (const row of rows) {
      const set = await this.set(row.id);
      const known = labelled(references, set);
      if (known !== null) return known;
    }
    return null;
  }
}

function labelled(
  references: readonly (readonly number[])[],
  set: MemorySet,
): KnownMemories | null {
  const places = references.map((reference) =>
    set.patterns.findIndex((pattern) => samePattern(pattern, reference)),
  );
  if (places.includes(-1)) return null;
  return {
    set: set.name,
    shape: set.shape,
    labels: places.map((place) => set.labels[place] ?? String(place)),
    ink: inkSign(set.patterns),
  };
}

export function samePattern(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

const product = (shape: readonly number[]): number => shape.reduce((all, side) => all * side, 1);
