/** Between the nodes of a lab: makes them faster, and may lose everything. */
export interface NodeLine extends AsyncDisposable {
  /** Tells the other nodes that something has changed. Never throws, never waits. */
  tell(): void;
  /** To be called when another node tells. */
  listen(heard: () => void): void;
  /** False: the nodes find out by looking. */
  readonly up: boolean;
}
