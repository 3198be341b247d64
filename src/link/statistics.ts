import type { BadFrameReason } from './frame.js';
import type { ReliableCounts } from './go-back-n.js';
import type { RoundTrips } from './round-trips.js';

/** What a link has done since it was opened. */
export interface FrameCounts {
  framesSent: number;
  framesReceived: number;
  bytesSent: number;
  bytesReceived: number;
  bad: Record<BadFrameReason, number>;
  /** Of another session. */
  stale: number;
  /** Of another major version. */
  otherMajor: number;
  /** Of a type that is not known, or that a board does not send. */
  unexpected: number;
  /** Sessions that were opened. */
  sessions: number;
}

export interface SampleCounts {
  /** SAMPLE frames that arrived, and whose absence their counter shows. */
  frames: number;
  framesLost: number;
  /** Batches dropped: rows that came before or were given up, not of the expected run, not of the form. */
  late: number;
  unexpected: number;
  malformed: number;
  /** Rows delivered, lost on the way, and thrown away by the board for want of room. */
  rows: number;
  rowsLost: number;
  rowsDroppedByBoard: number;
}

export interface CallCounts {
  sent: number;
  answered: number;
  /** Answered with another status than OK. */
  refused: number;
  /** Not answered within their deadline. */
  overdue: number;
  /** Answers that came after it, or to a call that was given up. */
  late: number;
  /** Messages that could not be read, or that nobody asked for. */
  badMessages: number;
}

/** What the board counts, from its last Health; null before the first one. */
export interface BoardCounts {
  readonly badFrames: number;
  readonly staleFrames: number;
  readonly outOfOrderFrames: number;
  readonly sampleBytesFree: number;
}

export interface LinkStatistics extends Readonly<FrameCounts>, Readonly<ReliableCounts> {
  /** How long the link has been open, ms. */
  readonly openMs: number;
  readonly roundTrips: RoundTrips;
  /** Of the session; null before the first measurement. */
  readonly smoothedRoundTripMs: number | null;
  readonly rtoMs: number | null;
  readonly samples: Readonly<SampleCounts>;
  readonly calls: Readonly<CallCounts>;
  readonly board: BoardCounts | null;
}

export const noFrameCounts = (): FrameCounts => ({
  framesSent: 0,
  framesReceived: 0,
  bytesSent: 0,
  bytesReceived: 0,
  bad: { stuffing: 0, short: 0, checksum: 0, 'too-long': 0 },
  stale: 0,
  otherMajor: 0,
  unexpected: 0,
  sessions: 0,
});

export const noSampleCounts = (): SampleCounts => ({
  frames: 0,
  framesLost: 0,
  late: 0,
  unexpected: 0,
  malformed: 0,
  rows: 0,
  rowsLost: 0,
  rowsDroppedByBoard: 0,
});

export const noCallCounts = (): CallCounts => ({
  sent: 0,
  answered: 0,
  refused: 0,
  overdue: 0,
  late: 0,
  badMessages: 0,
});

/** Whatever was wrong with them. */
export const badFrames = ({ bad }: Pick<FrameCounts, 'bad'>): number =>
  bad.stuffing + bad.short + bad.checksum + bad['too-long'];

/** As an operator would put it into a bug report. */
export function describeStatistics(of: LinkStatistics): string {
  const bad = badFrames(of);
  const trips = of.roundTrips;
  const { samples, calls, board } = of;
  const ms = (value: number | null): string => (value === null ? '–' : `${value.toFixed(1)} ms`);
  const share = (part: number, whole: number): string =>
    whole === 0 ? '' : ` (${((100 * part) / whole).toFixed(2)} %)`;
  return [
    `open ${(of.openMs / 1000).toFixed(1)} s, sessions ${of.sessions}`,
    `sent     ${of.framesSent} frames, ${of.bytesSent} bytes; ${of.dataSent} reliable, ` +
      `${of.retransmits} again${share(of.retransmits, of.dataSent)}`,
    `received ${of.framesReceived} frames, ${of.bytesReceived} bytes; ${of.dataReceived} reliable, ` +
      `${of.duplicates} repeated, ${of.outOfOrder} out of order`,
    `bad      ${bad}${share(bad, bad + of.framesReceived)}: checksum ${of.bad.checksum}, stuffing ${of.bad.stuffing}, ` +
      `short ${of.bad.short}, too long ${of.bad['too-long']}; other session ${of.stale}, ` +
      `other version ${of.otherMajor}, unexpected ${of.unexpected}`,
    `repairs  time-outs ${of.timeOuts}, NAKs sent ${of.naksSent}, received ${of.naksReceived}`,
    `round trip least ${ms(trips.minMs)}, median ${ms(trips.medianMs)}, 99 % ${ms(trips.p99Ms)}, ` +
      `most ${ms(trips.maxMs)} of ${trips.count}; time-out now ${ms(of.rtoMs)}`,
    `calls    ${calls.sent}: answered ${calls.answered} (refused ${calls.refused}), overdue ${calls.overdue}, ` +
      `late answers ${calls.late}, unreadable ${calls.badMessages}`,
    `samples  ${samples.frames} batches, lost ${samples.framesLost}${share(samples.framesLost, samples.frames + samples.framesLost)}; ` +
      `rows ${samples.rows}, lost on the link ${samples.rowsLost}, dropped by the board ${samples.rowsDroppedByBoard}; ` +
      `batches late ${samples.late}, of another run ${samples.unexpected}, malformed ${samples.malformed}`,
    board === null
      ? 'board    has not said anything of its health'
      : `board    dropped frames: bad ${board.badFrames}, other session ${board.staleFrames}, ` +
        `out of order ${board.outOfOrderFrames}; ${board.sampleBytesFree} bytes free for samples`,
  ].join('\n');
}
