import type { PutFile } from './backup-archive.js';

/** What a column holds. Integers beyond 2⁵³ are not kept in one. */
export type SqlValue = string | number | null | Uint8Array;
export type SqlRow = Readonly<Record<string, unknown>>;
export type SqlDialect = 'sqlite' | 'postgres';
/** One version of the schema more, in the words of both. */
export type Migration = Readonly<Record<SqlDialect, string>>;

/** One statement at a time; `?` stands for a value. Statements are prepared once for each text. */
export interface SqlConnection {
  all(sql: string, values?: readonly SqlValue[]): Promise<readonly SqlRow[]>;
  /** Resolves with the number of rows that were changed. */
  run(sql: string, values?: readonly SqlValue[]): Promise<number>;
  /** Statements without values, several in one text: for migrations. */
  script(sql: string): Promise<void>;
}

/**
 * A database that speaks SQL, as the store sees it. All methods throw `store-failed` and `disk-full`, and pass on a
 * RelaxdError that the work throws.
 */
export interface SqlDatabase extends AsyncDisposable {
  readonly dialect: SqlDialect;
  /** The file, or the address without its password. */
  readonly place: string;
  /**
   * All of the work or, where it throws, none of it. Resolves once it is durable. The work waits for nothing but the
   * connection, changes nothing but the database, and may be done more than once.
   */
  transaction<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T>;
  /**
   * Puts everything into a backup, as it is at one moment; work goes on meanwhile.
   *
   * @param scratch an empty folder that a copy has room in
   */
  backUp(put: PutFile, scratch: string): Promise<void>;
  /** Statements that change nothing. They see what is durable, and nothing else. */
  read<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T>;
}
