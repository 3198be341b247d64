/** A job that waits for a device which several nodes have. */
export interface OfferedJob {
  readonly job: string;
  /** What is offered is the job as it was then; one that has changed since is offered again. */
  readonly revision: number;
  /** With what waiting has added. */
  readonly priority: number;
}

/** Bytes that a record under way has got, and what it then holds. */
export interface LivePart {
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly rows: number;
  readonly shots: number;
}

/**
 * Between the nodes of a lab: deals out jobs, carries news, brings samples at once. It makes a lab faster and may lose
 * everything at any time: what it says is only ever a hint to look into the store. Nothing here throws.
 */
export interface NodeLine extends AsyncDisposable {
  /** False: the nodes find out by looking. */
  readonly up: boolean;
  /** @param heard another node tells that something has changed; @param onUp the line works (again), and may be empty */
  listen(heard: () => void, onUp: () => void): void;
  /** Tells the other nodes that something has changed. Never waits. */
  tell(): void;

  /** Offers jobs for a device to whichever node asks first; those that are offered already stay so. */
  offer(device: string, jobs: readonly OfferedJob[]): Promise<void>;
  /** Jobs that are on offer for a device. */
  offered(device: string): Promise<number>;
  /** The next job on offer for a device, for this node to take; null: there is none. */
  next(device: string): Promise<{ readonly job: string; readonly revision: number } | null>;

  /** Sends what a record under way has got to the nodes that watch it. Never waits. */
  send(run: string, part: LivePart): void;
  /** Asks for what a record under way elsewhere gets, for a while. */
  watch(run: string, got: (part: LivePart) => void): void;
}
