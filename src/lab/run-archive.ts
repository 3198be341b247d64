import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RelaxdError, type Clock } from '../core/index.js';
import { compareRuns, type RunComparison, type RunWhole } from './compare-runs.js';
import { exportRecord, type ExportFormat } from './export-record.js';
import type { Page } from './job.js';
import { pageQuery, type PageRequest } from './library.js';
import type { ThinRows } from './record-reader.js';
import { ReadingGuard } from './reading-guard.js';
import { RecordShelf } from './record-shelf.js';
import { recordDeleted } from './record-deleted.js';
import { unknownRun, type Run, type RunDocument, type RunRow, type SamplePage } from './run.js';
import type { Store } from './store.js';

export const recordsFolder = (folder: string): string => join(folder, 'runs');
export const recordPath = (records: string, run: string): string =>
  join(records, run, 'samples.arrow');
/** Exports on their way out; what a crash leaves there is removed at the next start. */
const scratchFolder = (folder: string): string => join(folder, 'scratch');

/** Runs that were or are: their rows and documents in the store, their samples in the records. */
export class RunArchive implements AsyncDisposable {
  readonly shelf = new RecordShelf();
  readonly guard: ReadingGuard;

  /**
   * @param folder data folder
   * @param live a run's row with what the record of a run under way holds by now
   * @param clock tells how long ago somebody read
   * @param copy path of a copy of the record of a run that is under way elsewhere, or was; null: its file is here
   */
  constructor(
    private readonly store: Store,
    private readonly folder: string,
    private readonly live: (row: RunRow) => Promise<RunRow>,
    clock: Clock,
    private readonly copy: (row: RunRow) => Promise<string> | null = () => null,
  ) {
    this.guard = new ReadingGuard(clock);
  }

  async clearScratch(): Promise<void> {
    await rm(scratchFolder(this.folder), { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shelf[Symbol.asyncDispose]();
  }

  async run(id: string): Promise<Run> {
    const row = await this.row(id);
    const pins = (await this.store.pins(id)).map(({ run: _run, ...pin }) => pin);
    return { ...row, pins, result: await this.store.result(id) };
  }

  async runs(
    query: PageRequest & { readonly device?: string; readonly job?: string },
  ): Promise<Page<RunRow>> {
    const { device = null, job = null } = query;
    const page = await this.store.runs({ device, job, ...pageQuery(query) });
    return { items: await Promise.all(page.items.map(this.live)), next: page.next };
  }

  async documents(id: string): Promise<readonly RunDocument[]> {
    await this.row(id);
    const documents = await this.store.documents(id);
    return Promise.all(documents.map((entry) => this.withProgram(entry)));
  }

  /** The store keeps a program once, however many runs it has; a start document shows all of it. */
  private async withProgram(entry: RunDocument): Promise<RunDocument> {
    if (entry.kind !== 'start') return entry;
    const program = entry.document['program'] as { readonly hash: string };
    const kept = await this.store.kept('programs', program.hash);
    const whole = { ...program, document: kept?.document ?? null };
    return { ...entry, document: { ...entry.document, program: whole } };
  }

  async samples(
    id: string,
    { fromRow = 0, rows = 10_000 }: { readonly fromRow?: number; readonly rows?: number },
  ): Promise<SamplePage> {
    requireInteger('fromRow', fromRow, 0);
    requireInteger('rows', rows, 1);
    return this.reading(id, async (run) => {
      const open = run.record === 'open';
      if (run.record === 'missing' || (open && run.rows === 0)) {
        return { run: id, chunks: [], nextRow: open ? fromRow : null };
      }
      return this.shelf.use(await this.path(run), async (reader) => {
        const chunks = await reader.read(fromRow, rows);
        const last = chunks.at(-1);
        const next = last === undefined ? fromRow : last.firstRow + last.rows;
        const end = reader.batches.at(-1);
        const more = end !== undefined && next < end.firstRow + end.rows;
        return { run: id, chunks, nextRow: more || open ? next : null };
      });
    });
  }

  async thinSamples(
    id: string,
    {
      fromRow,
      toRow,
      rows,
    }: { readonly fromRow: number; readonly toRow: number; readonly rows: number },
  ): Promise<ThinRows> {
    requireInteger('fromRow', fromRow, 0);
    requireInteger('toRow', toRow, 0);
    requireInteger('rows', rows, 1);
    return this.reading(id, async (run) => {
      if (run.record === 'missing' || (run.record === 'open' && run.rows === 0)) {
        return { every: 1, chunks: [] };
      }
      return this.shelf.use(await this.path(run), (reader) => reader.thin(fromRow, toRow, rows));
    });
  }

  async compare(a: string, b: string): Promise<RunComparison> {
    return this.guard.reading(a, () =>
      this.guard.reading(b, async () => {
        const [one, two] = await Promise.all([this.whole(a), this.whole(b)]);
        return compareRuns(one, two);
      }),
    );
  }

  private async whole(id: string): Promise<RunWhole> {
    return {
      run: await this.run(id),
      documents: await this.documents(id),
      samples: (fromRow, rows) => this.samples(id, { fromRow, rows }),
    };
  }

  async recordPath(id: string): Promise<string> {
    return this.path(requireRecord(await this.row(id)));
  }

  async export(id: string, format: ExportFormat): Promise<NodeJS.ReadableStream> {
    return this.reading(id, async (run) => {
      if (run.record === 'missing') {
        throw new RelaxdError('not-found', `run ${id} has no record`, { value: id });
      }
      await mkdir(scratchFolder(this.folder), { recursive: true });
      const scratch = await mkdtemp(join(scratchFolder(this.folder), 'export-'));
      const clear = (): Promise<void> => rm(scratch, { recursive: true, force: true });
      try {
        const out = join(scratch, `run.${format}`);
        await exportRecord(await this.path(run), format, out);
        return openedFile(out, clear);
      } catch (error) {
        await clear();
        throw error;
      }
    });
  }

  /** Reads of a record that cannot be deleted meanwhile. @throws RelaxdError `unknown-run`, `record-deleted` */
  private reading<T>(id: string, work: (run: RunRow) => Promise<T>): Promise<T> {
    return this.guard.reading(id, async () => work(requireRecord(await this.row(id))));
  }

  private async path(run: RunRow): Promise<string> {
    const copy = await this.copy(run);
    if (copy === null) return recordPath(recordsFolder(this.folder), run.id);
    // Another node may have deleted it while it was copied: then the copy has not all of it.
    requireRecord(await this.row(run.id));
    return copy;
  }

  private async row(id: string): Promise<RunRow> {
    const row = await this.store.run(id);
    if (row === null) throw unknownRun(id);
    return this.live(row);
  }
}

function requireRecord(run: RunRow): RunRow {
  if (run.record === 'deleted') throw recordDeleted(run);
  return run;
}

function requireInteger(path: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new RelaxdError('invalid-input', `${path} is no integer ≥ ${least}`, { path, value });
}

/** A file as a stream; `then` is called when it has been read or given up. */
function openedFile(path: string, then: () => Promise<void>): NodeJS.ReadableStream {
  const stream = createReadStream(path);
  stream.on('close', () => {
    void then().catch(() => undefined); // a scratch file that stays does no harm
  });
  return stream;
}
