import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RelaxdError } from '../core/index.js';
import { EMBEDDED_FILE } from './embedded-file.js';
import { fileBytes, type PutFile } from './backup-archive.js';
import type { SqlConnection, SqlDatabase, SqlRow } from './sql-database.js';
import {
  copyDatabase,
  databaseClass,
  storeError,
  type SqliteDatabase as Handle,
} from './sqlite-driver.js';

type Statement = ReturnType<Handle['prepare']>;

/** A transaction that waits for its turn. */
interface Waiting {
  /** Does the work inside the open transaction. */
  work(): Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

/** Transactions that become durable with one write to the disk: bounds what one of them waits for. */
const MOST_TOGETHER = 512;

/**
 * One SQLite database in WAL mode. `synchronous=FULL` makes each commit durable before it is answered;
 * `locking_mode=EXCLUSIVE` keeps the file's lock for as long as the process lives, so that a second one gets
 * `store-locked`, and the operating system lets go of it however the first one ends.
 *
 * Transactions are committed in groups (docs/decisions/0060): those that wait run one after the other, each in a
 * savepoint of its own, and one COMMIT makes all of them durable. One that fails is taken back alone.
 */
export class SqliteDatabase implements SqlDatabase {
  readonly dialect = 'sqlite';
  private readonly statements = new Map<string, Statement>();
  private readonly connection: SqlConnection;
  private waiting: Waiting[] = [];
  private scheduled = false;
  /** The group that is being committed; reads wait for it. */
  private group: Promise<void> | null = null;

  private constructor(
    private readonly handle: Handle,
    /** Path of the file, or `:memory:`. */
    readonly place: string,
  ) {
    this.connection = {
      all: async (sql, values = []) => this.statement(sql).all(...values) as SqlRow[],
      run: async (sql, values = []) => Number(this.statement(sql).run(...values).changes),
      script: async (sql) => handle.exec(sql),
    };
  }

  /**
   * @param path of the database file, or `:memory:`
   * @throws RelaxdError `store-locked`, `store-failed`, `disk-full`
   */
  static async open(path: string): Promise<SqliteDatabase> {
    const Database = await databaseClass();
    let handle: Handle | null = null;
    try {
      handle = new Database(path);
      // A busy database here means another process, which will not go away while we wait.
      handle.exec('PRAGMA busy_timeout = 0');
      handle.exec('PRAGMA locking_mode = EXCLUSIVE');
      handle.exec('PRAGMA journal_mode = WAL');
      handle.exec('PRAGMA synchronous = FULL');
      handle.exec('PRAGMA foreign_keys = ON');
      // Takes the lock now, also where there is nothing to migrate.
      handle.exec('BEGIN IMMEDIATE');
      handle.exec('COMMIT');
      return new SqliteDatabase(handle, path);
    } catch (error) {
      letGo(handle);
      throw storeError(error, path);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.handle.isOpen) return;
    // What was asked for is done.
    if (this.scheduled || this.group !== null) await this.transaction(async () => undefined);
    if (!this.handle.isOpen) return;
    this.statements.clear();
    letGo(this.handle);
  }

  async read<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T> {
    // A group is begun and committed in one turn of the event loop, and so is a read: they never mix.
    while (this.group !== null) await this.group;
    this.requireOpen();
    try {
      return await work(this.connection);
    } catch (error) {
      throw storeError(error, this.place);
    }
  }

  async transaction<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T> {
    this.requireOpen();
    return new Promise<T>((resolve, reject) => {
      let value: T;
      this.waiting.push({
        work: async () => {
          value = await work(this.connection);
        },
        resolve: () => resolve(value),
        reject: (error) => reject(storeError(error, this.place)),
      });
      this.schedule();
    });
  }

  /**
   * A copy of the database as it is at some moment until this resolves, in a file of its own that is on the disk then. Work goes on
   * meanwhile.
   *
   * @param path of a file that is not there yet
   * @throws RelaxdError `store-failed`, `disk-full`
   */
  async copyTo(path: string): Promise<void> {
    while (this.group !== null) await this.group;
    this.requireOpen();
    try {
      await copyDatabase(this.handle, path);
    } catch (error) {
      throw storeError(error, path);
    }
  }

  async backUp(put: PutFile, scratch: string): Promise<void> {
    const copy = join(scratch, EMBEDDED_FILE);
    await this.copyTo(copy);
    const { size } = await stat(copy);
    await put(EMBEDDED_FILE, size, fileBytes(copy, size));
  }

  /** Whoever else comes in this turn of the event loop joins the group. */
  private schedule(): void {
    if (this.scheduled || this.group !== null) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      const together = this.waiting.slice(0, MOST_TOGETHER);
      this.waiting = this.waiting.slice(MOST_TOGETHER);
      this.group = this.commit(together).finally(() => {
        this.group = null;
        if (this.waiting.length > 0) this.schedule();
      });
    });
  }

  /** Never rejects. */
  private async commit(together: readonly Waiting[]): Promise<void> {
    const ends: (() => void)[] = [];
    try {
      this.handle.exec('BEGIN IMMEDIATE');
      for (const one of together) {
        this.statement('SAVEPOINT one').run();
        try {
          await one.work();
          this.statement('RELEASE one').run();
          ends.push(() => one.resolve());
        } catch (error) {
          if (!this.takeBackOne()) throw error;
          ends.push(() => one.reject(error));
        }
      }
      this.handle.exec('COMMIT');
    } catch (error) {
      this.rollBack();
      if (together.length === 1) return together[0]!.reject(error);
      // Nothing of the group is durable. Which of them was too much shows when each is alone.
      for (const one of together) await this.commit([one]);
      return;
    }
    for (const end of ends) end();
  }

  /** False: SQLite has taken back the whole group itself, as it may on a full disk. */
  private takeBackOne(): boolean {
    try {
      this.handle.exec('ROLLBACK TO one');
      this.handle.exec('RELEASE one');
      return true;
    } catch {
      return false;
    }
  }

  private rollBack(): void {
    try {
      this.handle.exec('ROLLBACK');
    } catch {
      // A COMMIT that fails on a full disk may have ended the transaction itself; its error says it all.
    }
  }

  private statement(sql: string): Statement {
    let statement = this.statements.get(sql);
    if (statement === undefined) {
      this.statements.set(sql, (statement = this.handle.prepare(sql)));
    }
    return statement;
  }

  private requireOpen(): void {
    if (this.handle.isOpen) return;
    throw new RelaxdError('store-failed', `${this.place} has been closed`, { path: this.place });
  }
}

/**
 * Closes a database and its lock. The packaged SQLite leaves statements to the garbage collector, and the lock
 * with them; a database that has left WAL mode lets go of it at its next read.
 */
function letGo(handle: Handle | null): void {
  if (handle === null) return;
  try {
    handle.exec('PRAGMA journal_mode = DELETE');
    handle.exec('PRAGMA locking_mode = NORMAL');
    handle.exec('SELECT count(*) FROM sqlite_master');
  } catch {
    // No database at all, someone else's, or a full disk: then the WAL stays and is read at the next start.
  }
  handle.close();
}
