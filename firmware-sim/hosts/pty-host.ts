import type { Timeline } from '../../src/core/index.js';
import type { BoardPort } from '../board-port.js';

/** A board on a tty path. */
export interface PtyHost {
  readonly port: BoardPort;
  /** What a host opens: the link, where one was asked for. */
  readonly path: string;
  /** The cable is pulled out: whoever has the path open sees it end. */
  unplug(): void;
  plugIn(): void;
  /** Takes the link away. */
  close(): void;
}

export interface PtyOptions {
  readonly timeline: Timeline;
  /** Stable path: a symbolic link to the tty. */
  readonly link?: string;
}
