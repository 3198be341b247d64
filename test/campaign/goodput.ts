/** What Go-Back-N should achieve on a line that spoils frames: docs/performance.md says where this comes from. */
export interface GoodputModel {
  readonly baud: number;
  /** Bytes of data in a chunk, of its frame on the line, and of a frame ACK. */
  readonly chunkBytes: number;
  readonly frameBytes: number;
  readonly ackBytes: number;
  /** Frames that the board has room for, and that it has on their way to the host, at most. */
  readonly rxFrames: number;
  readonly boardWindow: number;
  /** Of the sender, ms. */
  readonly rtoMs: number;
}

/** Bits of a byte on the line, with start and stop. */
const BITS = 10;

/**
 * Frames on their way in the steady state. An answer is acknowledged by a frame that waits behind all W of the host's, so that W + 1
 * of them are out; those beyond the board's window wait in the board and take from its credit: W = rx − max(0, W + 1 − w).
 */
export function framesOnTheirWay({ rxFrames, boardWindow }: GoodputModel): number {
  return Math.min(rxFrames, Math.max(boardWindow, (rxFrames + boardWindow - 1) / 2));
}

/**
 * @param lossToBoard probability that a chunk's frame is spoilt
 * @param lossToHost that a frame NAK is spoilt
 * @returns bytes of data a second
 */
export function computedGoodput(
  model: GoodputModel,
  lossToBoard: number,
  lossToHost: number,
): number {
  const { baud, chunkBytes, frameBytes, ackBytes, rtoMs } = model;
  const byteMs = (BITS * 1000) / baud;
  // With every second answer an acknowledgement goes the same way.
  const frameMs = (frameBytes + ackBytes / 2) * byteMs;
  const p = lossToBoard;
  const window = framesOnTheirWay(model);
  // Frame times that a loss costs: by NAK the whole window again; by time-out no less.
  const byNak = window;
  const byTimeOut = Math.max(window, 1 + rtoMs / frameMs);
  const first = p * ((1 - lossToHost) * byNak + lossToHost * byTimeOut);
  // A frame that is lost once more is not asked for again: one NAK for each number.
  const again = ((p * p) / (1 - p)) * byTimeOut;
  return (1000 * chunkBytes) / (frameMs * (1 + first + again));
}

/** Probability that something happens to one of so many bytes. */
export const frameLoss = (byteRate: number, bytes: number): number =>
  -Math.expm1(bytes * Math.log1p(-byteRate));
