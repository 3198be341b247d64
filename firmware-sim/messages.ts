import { relaxd } from '../proto/gen/board.js';

/** The messages of proto/board.proto, by their short names. */
export const {
  BoardState,
  Channel,
  Encoding,
  FatalCode,
  InitialKind,
  LogLevel,
  ResetReason,
  RunEnd,
  Status,
  UploadKind,
  Fatal,
  Hello,
  HelloAck,
  Log,
  Request,
  Reset,
  SampleBatch,
  ToHost,
} = relaxd.board.v1;

export type Channel = relaxd.board.v1.Channel;
export type BoardState = relaxd.board.v1.BoardState;
export type ResetReason = relaxd.board.v1.ResetReason;
export type RunEnd = relaxd.board.v1.RunEnd;
export type StatusCode = relaxd.board.v1.Status;
export type RequestMessage = relaxd.board.v1.Request;
export type ResponseBody = Omit<
  relaxd.board.v1.Response.$Properties,
  'requestId' | 'status' | 'text' | 'state'
>;
export type EventBody = relaxd.board.v1.Event.$Properties;
export type ArmBody = relaxd.board.v1.Arm.$Properties;
export type RunStateBody = relaxd.board.v1.RunState.$Properties;
export type SampleStatusBody = relaxd.board.v1.SampleStatus.$Properties;
export type SampleBatchBody = relaxd.board.v1.SampleBatch.$Properties;
export type HealthBody = relaxd.board.v1.Health.$Properties;
export type UploadStateBody = relaxd.board.v1.UploadState.$Properties;
export type BankStateBody = relaxd.board.v1.BankState.$Properties;
export type ResultPartBody = relaxd.board.v1.ResultPart.$Properties;

/** A call that is not carried out, and why. */
export class Refused extends Error {
  /** @param message for people */
  constructor(
    readonly status: StatusCode,
    message: string,
  ) {
    super(message);
  }
}
