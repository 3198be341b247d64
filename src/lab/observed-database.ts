import { asRelaxdError, type Clock, type ErrorCode } from '../core/index.js';
import type { PutFile } from './backup-archive.js';
import type { SqlConnection, SqlDatabase } from './sql-database.js';

/** Told of every transaction: what it took until it was durable, and why it was not. */
export type TransactionObserver = (seconds: number, code: ErrorCode | null) => void;

/** A database whose transactions somebody watches. */
export class ObservedDatabase implements SqlDatabase {
  observer: TransactionObserver = () => undefined;

  constructor(
    readonly inner: SqlDatabase,
    private readonly clock: Clock,
  ) {}

  get dialect(): SqlDatabase['dialect'] {
    return this.inner.dialect;
  }
  get place(): string {
    return this.inner.place;
  }

  async transaction<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T> {
    const beganMs = this.clock.monotonicMs();
    const tookS = (): number => (this.clock.monotonicMs() - beganMs) / 1000;
    try {
      const value = await this.inner.transaction(work);
      this.observer(tookS(), null);
      return value;
    } catch (error) {
      const { code } = asRelaxdError(error);
      // What the work itself refuses is no trouble of the store's.
      const trouble = code === 'disk-full' || code === 'store-failed' || code === 'internal';
      this.observer(tookS(), trouble ? code : null);
      throw error;
    }
  }

  backUp(put: PutFile, scratch: string): Promise<void> {
    return this.inner.backUp(put, scratch);
  }

  read<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T> {
    return this.inner.read(work);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.inner[Symbol.asyncDispose]();
  }
}
