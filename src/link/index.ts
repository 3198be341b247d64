export {
  BoardClient,
  HEARS_NOTHING,
  type BoardClientOptions,
  type BoardListener,
} from './board-client.js';
export { BoardError } from './board-error.js';
export { FASTER_BAUDS, FIRST_BAUD, type ByteLine } from './byte-line.js';
export type { CallOptions } from './caller.js';
export type { ClockFit } from './clock-fit.js';
export {
  encodeFrame,
  FRAME_TYPE,
  FrameReader,
  type BadFrameReason,
  type Frame,
  type FrameSink,
  type FrameType,
} from './frame.js';
export type { BoardHello } from './handshake.js';
export type { LinkState } from './liveness.js';
export {
  BoardState,
  Channel,
  Encoding,
  FAULT_BITS,
  faultNames,
  InitialKind,
  LogLevel,
  ResetReason,
  RunEnd,
  Status,
  type BankState,
  type BoardEvent,
  type CallAnswer,
  type CallBody,
  type CallName,
  type Fault,
  type FaultName,
  type Health,
  type LogEntry,
  type Parameters,
  type RunState,
  type SampleStatus,
  type SelfTestReport,
} from './messages.js';
export {
  codesOf,
  CONTROL_CURVES,
  decodeImage,
  encodeImage,
  valuesOfCodes,
  type Codes,
  type ControlCurve,
  type Curve,
  type Drive,
  type ImageSections,
} from './program-image.js';
export { describeFrames, type FrameNote } from './recent-frames.js';
export { RESULT_FLAG, ResultBlock } from './result-block.js';
export type { SampleCodes } from './sample-codes.js';
export { valuesOfRows, type SampleLoss, type SampleRows } from './sample-stream.js';
export { describeStatistics, type BoardCounts, type LinkStatistics } from './statistics.js';
export type { UploadOptions } from './upload.js';
