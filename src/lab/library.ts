import { contentHash, isoTime, RelaxdError, type Clock } from '../core/index.js';
import {
  programDocument,
  programHash,
  readProgram,
  uniformSiteKind,
  type Program,
} from '../device/index.js';
import type { Page } from './job.js';
import type { PageQuery, Shelf, Store, StoredDocument, StoredSummary } from './store.js';

const MOST_LISTED = 1000;

/** How callers ask for a page: 50 items where they do not say. */
export interface PageRequest {
  readonly limit?: number;
  readonly cursor?: string;
}

/** @throws RelaxdError `invalid-input` */
export function pageQuery({ limit = 50, cursor }: PageRequest): PageQuery {
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_LISTED) {
    throw new RelaxdError('invalid-input', `limit is no integer from 1 to ${MOST_LISTED}`, {
      path: 'limit',
      value: limit,
      limit: [1, MOST_LISTED],
    });
  }
  return { limit, cursor: cursor ?? null };
}

/** Programs that were read last stay read: many jobs run the same one. */
const MOST_READ = 32;
/** Larger ones are read from the store each time. */
const LARGEST_READ = 4096;

/** Programs whose shape is remembered. */
const MOST_SHAPES = 4096;

/** What whoever is sent samples of a program's runs has to know of it. */
export interface ProgramShape {
  readonly sites: number;
  readonly references: number;
  /** All sites are spins. */
  readonly ising: boolean;
}

/** Memory sets and programs, each under the hash of its content: what is kept once is never changed. */
export class Library {
  private readonly read = new Map<string, Program>();
  private readonly shapes = new Map<string, ProgramShape>();

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
  ) {}

  /** Keeps a memory set, which the caller has checked; its id is its content's hash. */
  async saveMemorySet(document: unknown): Promise<StoredSummary> {
    const set = (document ?? {}) as Record<string, unknown>;
    const { patterns } = set;
    return this.keep('memory-sets', contentHash(document), () => ({
      document,
      summary: {
        name: set['name'] ?? null,
        shape: set['shape'] ?? null,
        labels: set['labels'] ?? null,
        patterns: Array.isArray(patterns) ? patterns.length : null,
      },
    }));
  }

  /** null: there is none of that id. */
  memorySet(id: string): Promise<StoredDocument | null> {
    return this.store.kept('memory-sets', id);
  }

  /** Keeps a program; its id is its hash. */
  async saveProgram(program: Program): Promise<StoredSummary> {
    const hash = programHash(program);
    this.noteShape(hash, program);
    return this.keep('programs', hash, () => ({
      document: programDocument(program),
      summary: {
        sites: program.sites,
        couplings: program.couplings.kind,
        references: program.references.length,
        duration: program.duration,
        shots: program.shots,
      },
    }));
  }

  /** null: there is none of that hash. */
  async program(hash: string): Promise<Program | null> {
    const known = this.read.get(hash);
    if (known !== undefined) return known;
    const kept = await this.store.kept('programs', hash);
    if (kept === null) return null;
    const program = readProgram(kept.document);
    this.noteShape(hash, program);
    if (numbersOf(program) <= LARGEST_READ) {
      this.read.set(hash, program);
      for (const oldest of this.read.keys()) {
        if (this.read.size <= MOST_READ) break;
        this.read.delete(oldest);
      }
    }
    return program;
  }

  /** Without reading the program where it has been read or kept before. null: there is none of that hash. */
  async shape(hash: string): Promise<ProgramShape | null> {
    const known = this.shapes.get(hash);
    if (known !== undefined) return known;
    const program = await this.program(hash);
    return program === null ? null : this.noteShape(hash, program);
  }

  /** Newest first. @throws RelaxdError `invalid-input` */
  async list(shelf: Shelf, request: PageRequest = {}): Promise<Page<StoredSummary>> {
    return this.store.listKept(shelf, pageQuery(request));
  }

  private noteShape(hash: string, program: Program): ProgramShape {
    const shape: ProgramShape = {
      sites: program.sites,
      references: program.references.length,
      ising: uniformSiteKind(program) === 'ising',
    };
    this.shapes.delete(hash);
    this.shapes.set(hash, shape);
    for (const oldest of this.shapes.keys()) {
      if (this.shapes.size <= MOST_SHAPES) break;
      this.shapes.delete(oldest);
    }
    return shape;
  }

  private async keep(
    shelf: Shelf,
    id: string,
    make: () => Pick<StoredDocument, 'document' | 'summary'>,
  ): Promise<StoredSummary> {
    const known = await this.store.keptSummary(shelf, id);
    if (known !== null) return known;
    const createdAt = isoTime(this.clock.wallMs());
    const { document, summary } = make();
    await this.store.keep(shelf, { id, createdAt, summary, document });
    return { id, createdAt, summary };
  }
}

/** About how many numbers a program is made of: its couplings, patterns and inputs. */
function numbersOf({ sites, references, couplings, inputs }: Program): number {
  const rows = references.length + inputs.length;
  if (couplings.kind === 'coo') return rows * sites + couplings.entries.length;
  if (couplings.kind === 'memories') return (rows + couplings.patterns.length) * sites;
  return (rows + sites) * sites;
}
