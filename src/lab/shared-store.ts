import type { JobRow } from './job.js';
import type { RunRow } from './run.js';
import type { Fence, Store } from './store.js';

/** A node of the lab: one relaxd process, under one lease. */
export interface NodeRow {
  /** Goes up with every lease of any node. */
  readonly token: number;
  /** The same for as long as the process lives, whatever becomes of its lease. */
  readonly id: string;
  readonly name: string;
  /** Where the others reach its service. */
  readonly address: string;
}

/** A device as its node shows it to the others. */
export interface NodeDevice {
  readonly device: string;
  /** False: an emulator, which every node has. */
  readonly attached: boolean;
  readonly link: string;
  readonly equipment: string;
  readonly reason: string | null;
  readonly driver: string;
  readonly origin: string;
  readonly serial: string;
  /** Null: it could not be asked yet. */
  readonly descriptor: unknown;
}

/** What the store holds of a run's samples. */
export interface Sealed {
  readonly rows: number;
  readonly shots: number;
  readonly nextRow: number;
  readonly blocks: number;
}

/** A part of a record: its bytes follow those of the block before. */
export interface SealedBlock {
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** What has changed in a lab since a moment. Something may come twice, nothing is left out. */
export interface Changes {
  readonly jobs: readonly JobRow[];
  readonly runs: readonly { readonly run: RunRow; readonly sealed: Sealed }[];
  /** Ask from here on the next time. */
  readonly upTo: number;
}

/**
 * What several nodes share, besides what a store keeps anyway. Only the database's clock counts: a lease is over when
 * that says so, whatever a node believes.
 */
export interface SharedStore extends Store {
  /** Sets this lab apart from others: drawn when its database was made. */
  labId(): Promise<string>;
  /** A lease for a node; its token is greater than every one before. */
  join(node: Omit<NodeRow, 'token'>, leaseMs: number): Promise<NodeRow>;
  /** False: the lease is over, and stays so. */
  renew(token: number, leaseMs: number): Promise<boolean>;
  /** Gives a lease up. */
  leave(token: number): Promise<void>;
  /** Ends every lease that has run out, for good; answers with whose those were. */
  endLeases(): Promise<readonly NodeRow[]>;
  /** Nodes whose lease goes on, the oldest first. */
  nodes(): Promise<readonly NodeRow[]>;
  /** Open jobs whose claim is nobody's any more. */
  orphans(): Promise<readonly JobRow[]>;
  /** Where changes begin now. */
  now(): Promise<number>;
  changes(since: number): Promise<Changes>;
  /** Shows the others what devices a node has, instead of what it showed before. */
  showDevices(token: number, devices: readonly NodeDevice[]): Promise<void>;
  /** Devices of every node that is here. */
  nodeDevices(): Promise<readonly (NodeDevice & { readonly node: NodeRow })[]>;
  /**
   * Adds a block to a run's record.
   *
   * @param after how the record stands with it
   * @throws RelaxdError `lease-lost`
   */
  seal(run: string, block: SealedBlock, rows: number, after: Sealed, fence: Fence): Promise<void>;
  sealed(run: string): Promise<Sealed>;
  /** Bytes of all blocks of a run. */
  sealedBytes(run: string): Promise<number>;
  /** Blocks from a number on, at most so many. @throws RelaxdError `record-damaged` */
  blocks(run: string, from: number, limit: number): Promise<readonly SealedBlock[]>;
}
