import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditNote } from '../access/index.js';
import { isoTime, RelaxdError, type Clock } from '../core/index.js';
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
/** Exports and backups on their way out; what a crash leaves there is removed at the next start. */
export const scratchFolder = (folder: string): string => join(folder, 'scratch');

/** Runs that were or are: their rows and documents in the store, their samples in the records. */
export class RunArchive implements AsyncDisposable {
  readonly shelf = new RecordShelf();
  readonly guard: ReadingGuard;

  /**
   * @param folder data folder
   * @param live a run's row with what the record of a run under way holds by now
   * @param copy path of a copy of the record of a run that is under way elsewhere, or was; null: its file is here
   */
  constructor(
    private readonly store: Store,
    private readonly folder: string,
    private readonly live: (row: RunRow) => Promise<RunRow>,
    private readonly clock: Clock,
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

  /** @throws RelaxdError `unknown-run` */
  async run(id: string): Promise<Run> {
    const row = await this.row(id);
    const pins = (await this.store.pins(id)).map(({ run: _run, ...pin }) => pin);
    return { ...row, pins, result: await this.store.result(id) };
  }

  /** Newest first, without results. @throws RelaxdError `invalid-input` */
  async runs(
    query: PageRequest & { readonly device?: string; readonly job?: string } = {},
  ): Promise<Page<RunRow>> {
    const { device = null, job = null } = query;
    const page = await this.store.runs({ device, job, ...pageQuery(query) });
    return { items: await Promise.all(page.items.map(this.live)), next: page.next };
  }

  /** The run's documents, oldest first; the start document with the whole program in it. @throws RelaxdError `unknown-run` */
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

  /**
   * Samples of a run from its record, also while it is under way: at most `rows` rows (10,000), the first not
   * before `fromRow`. Rows that are missing (gaps) are not there.
   *
   * @throws RelaxdError `unknown-run`, `record-damaged`, `record-deleted`, `invalid-input`
   */
  async samples(
    id: string,
    { fromRow = 0, rows = 10_000 }: { readonly fromRow?: number; readonly rows?: number } = {},
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

  /**
   * About `rows` rows (no more) evenly spaced from `fromRow` on and before `toRow`, for who wants the whole course of a run but not
   * all of it. Every readout of a shot is among them, if not of the same shot.
   *
   * @throws RelaxdError `unknown-run`, `record-damaged`, `record-deleted`, `invalid-input`
   */
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

  /**
   * In what two runs differ: what they were made with, each number of their results, their samples.
   *
   * @throws RelaxdError `unknown-run`, `record-damaged`, `record-deleted`
   */
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

  /** Path of a run's record; it is there once the run has been armed. @throws RelaxdError `unknown-run`, `record-deleted` */
  async recordPath(id: string): Promise<string> {
    return this.path(requireRecord(await this.row(id)));
  }

  /**
   * A run's record in another format, as a stream of bytes.
   *
   * @throws RelaxdError `unknown-run`, `record-damaged`, `record-deleted`, `disk-full`, `too-large`, `not-found` (there is no record)
   */
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

  /**
   * Keeps a run's record from every rule of retention, until it is unpinned by that name.
   *
   * @param by a person's name, or what rests on the run
   * @throws RelaxdError `unknown-run`, `record-deleted`
   */
  async pin(run: string, by: string, note: string, told: AuditNote | null = null): Promise<Run> {
    await this.store.pin({ run, by, note, at: isoTime(this.clock.wallMs()) }, told);
    return this.run(run);
  }

  /** @throws RelaxdError `unknown-run`, `illegal-transition` (it is not pinned by that name) */
  async unpin(run: string, by: string, told: AuditNote | null = null): Promise<Run> {
    const before = await this.run(run);
    if (await this.store.unpin(run, by, told)) return this.run(run);
    throw new RelaxdError('illegal-transition', `run ${run} is not pinned by ${by}`, {
      value: by,
      limit: before.pins.map((pin) => pin.by),
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
