import type { ByteLine } from '../../src/link/index.js';

/** A line that is open, and ends once. */
export interface BoardLine extends ByteLine {
  /** A path or HOST:PORT, for people. */
  readonly where: string;
  /** Called once where the line ends by itself: an unplugged cable, a closed connection. */
  onEnd(listener: (reason: string) => void): void;
  /** Lets everything go; a second call changes nothing. */
  close(): Promise<void>;
}

/** Where lines to a board come from. */
export interface LineSource {
  /** For people. */
  readonly where: string;
  /**
   * Opens a line on which the board with this serial number is expected.
   *
   * @throws RelaxdError `device-offline`
   */
  open(serial: string | null, signal: AbortSignal | undefined): Promise<BoardLine>;
  /** Lets go of what lines need (a child process). */
  close(): Promise<void>;
}
