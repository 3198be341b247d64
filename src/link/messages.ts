/**
 * The messages of proto/board.proto with types that the rest of the room can use: calls by name, events by kind. Fields of
 * 64 bits are numbers; what counts past 2^53 would be rounded.
 */
import protobuf from 'protobufjs/minimal.js';
import { relaxd } from '../../proto/gen/board.js';

const v1 = relaxd.board.v1;

/** Numbers of the enumerations of proto/board.proto, by name. */
export const {
  Status,
  BoardState,
  Channel,
  Encoding,
  RunEnd,
  InitialKind,
  ResetReason,
  LogLevel,
  FatalCode,
} = v1;
export type Status = relaxd.board.v1.Status;
export type BoardState = relaxd.board.v1.BoardState;
export type Channel = relaxd.board.v1.Channel;
export type Encoding = relaxd.board.v1.Encoding;
export type RunEnd = relaxd.board.v1.RunEnd;
export type InitialKind = relaxd.board.v1.InitialKind;
export type ResetReason = relaxd.board.v1.ResetReason;
export type LogLevel = relaxd.board.v1.LogLevel;
export type FatalCode = relaxd.board.v1.FatalCode;

export type Clock = relaxd.board.v1.Clock;
export type Health = relaxd.board.v1.Health;
export type Fault = relaxd.board.v1.Fault;
export type Parameters = relaxd.board.v1.Parameters;
export type SelfTestReport = relaxd.board.v1.SelfTestReport;
export type DescriptorPart = relaxd.board.v1.DescriptorPart;
export type UploadState = relaxd.board.v1.UploadState;
export type BankState = relaxd.board.v1.BankState;
export type RunState = relaxd.board.v1.RunState;
export type ResultPart = relaxd.board.v1.ResultPart;
export type SampleBatch = relaxd.board.v1.SampleBatch;
export type SampleStatus = relaxd.board.v1.SampleStatus;
export type HelloAck = relaxd.board.v1.HelloAck;
export type LogEntry = relaxd.board.v1.Log;
export type Fatal = relaxd.board.v1.Fatal;
export type BoardResponse = relaxd.board.v1.Response;

type Request = relaxd.board.v1.Request.$Properties;
/** Names of the calls: the members of `call` in Request. */
export type CallName = Exclude<keyof Request, 'requestId' | 'deadlineMs' | 'call' | '$unknowns'>;
export type CallBody<K extends CallName> = NonNullable<Request[K]>;

/** Where the answer to each call is found in Response; null: there is none but the status. */
const ANSWERS = {
  ping: 'ping',
  getDescriptor: 'descriptor',
  getClock: 'clock',
  getHealth: 'health',
  getFault: 'fault',
  clearFault: null,
  setBaud: 'setBaud',
  heartbeat: null,
  reset: null,
  readParameters: 'parameters',
  writeParameter: 'parameters',
  selfTest: 'selfTest',
  uploadBegin: 'upload',
  uploadStatus: 'upload',
  uploadChunk: 'upload',
  uploadCommit: 'bank',
  arm: 'run',
  start: 'run',
  pause: 'run',
  resume: 'run',
  stop: 'run',
  abort: 'run',
  enterSafeState: null,
  readResult: 'result',
} as const satisfies Record<CallName, keyof BoardResponse | null>;

interface AnswerTypes {
  ping: relaxd.board.v1.PingAnswer;
  descriptor: DescriptorPart;
  clock: Clock;
  health: Health;
  fault: Fault;
  setBaud: relaxd.board.v1.SetBaudAnswer;
  parameters: Parameters;
  selfTest: SelfTestReport;
  upload: UploadState;
  bank: BankState;
  run: RunState;
  result: ResultPart;
}
/** What a call that was answered OK comes back with; null where there is nothing but that. */
export type CallAnswer<K extends CallName> = (typeof ANSWERS)[K] extends infer A extends
  keyof AnswerTypes
  ? AnswerTypes[A]
  : null;

export function encodeRequest<K extends CallName>(
  requestId: number,
  deadlineMs: number,
  call: K,
  body: CallBody<K>,
): Uint8Array {
  return v1.Request.encode({ requestId, deadlineMs, [call]: body }).finish();
}

/** @returns undefined where the response does not carry what the call is answered with */
export function answerOf<K extends CallName>(
  call: K,
  response: BoardResponse,
): CallAnswer<K> | undefined {
  const member = ANSWERS[call];
  if (member === null) return null as CallAnswer<K>;
  return (response[member] ?? undefined) as CallAnswer<K> | undefined;
}

export type BoardEvent =
  | { readonly kind: 'run'; readonly run: RunState }
  | { readonly kind: 'samples'; readonly samples: SampleStatus }
  | { readonly kind: 'health'; readonly health: Health }
  | { readonly kind: 'fault'; readonly fault: Fault };

export type ToHost =
  | { readonly kind: 'response'; readonly response: BoardResponse }
  | { readonly kind: 'event'; readonly event: BoardEvent };

/** @returns null where the message cannot be read, or is of a kind that is not known here */
export function decodeToHost(payload: Uint8Array): ToHost | null {
  const message = read(v1.ToHost, payload);
  if (message === null) return null;
  if (message.response != null) {
    return { kind: 'response', response: message.response as BoardResponse };
  }
  const event = message.event;
  if (event == null) return null;
  if (event.run != null)
    return { kind: 'event', event: { kind: 'run', run: event.run as RunState } };
  if (event.samples != null) {
    return { kind: 'event', event: { kind: 'samples', samples: event.samples as SampleStatus } };
  }
  if (event.health != null) {
    return { kind: 'event', event: { kind: 'health', health: event.health as Health } };
  }
  if (event.fault != null) {
    return { kind: 'event', event: { kind: 'fault', fault: event.fault as Fault } };
  }
  return null;
}

export const decodeSampleBatch = (payload: Uint8Array): SampleBatch | null =>
  read(v1.SampleBatch, payload);
export const decodeHelloAck = (payload: Uint8Array): HelloAck | null => read(v1.HelloAck, payload);
export const decodeLog = (payload: Uint8Array): LogEntry | null => read(v1.Log, payload);
export const decodeFatal = (payload: Uint8Array): Fatal | null => read(v1.Fatal, payload);
/** The nonce of RESET_ACK. */
export const decodeResetNonce = (payload: Uint8Array): number | null =>
  read(v1.Reset, payload)?.nonce ?? null;

export const encodeHello = (hello: relaxd.board.v1.Hello.$Properties): Uint8Array =>
  v1.Hello.encode(hello).finish();
export const encodeReset = (nonce: number, cause: string): Uint8Array =>
  v1.Reset.encode({ nonce, cause }).finish();

/**
 * Reads fields of 64 bits as numbers, as the types say. Generated code does so only where no package `long` is installed; to switch it
 * off for the whole process would reach everyone who uses protobufjs.
 */
class NumberReader extends protobuf.Reader {
  override uint64(): ReturnType<protobuf.Reader['uint64']> {
    const value = super.uint64() as unknown as number | { toNumber(): number };
    return (typeof value === 'number' ? value : value.toNumber()) as never;
  }
}

/**
 * What a message leaves out is found on its prototype: for fields of 64 bits an object where the types say number. Where the generated
 * code was loaded twice in a process, messages are of the copy that came last.
 */
function zeroIsANumber(): void {
  const root = protobuf.roots['relaxd_board'] as unknown as { relaxd: typeof relaxd };
  const types = root.relaxd.board.v1;
  if (typeof types.Clock.prototype.ticks === 'number') return;
  for (const type of Object.values(types) as { prototype?: Record<string, unknown> }[]) {
    for (const [field, value] of Object.entries(type.prototype ?? {})) {
      if (typeof value === 'object' && value !== null && 'low' in value) type.prototype![field] = 0;
    }
  }
}

function read<T>(type: { decode(reader: protobuf.Reader): T }, payload: Uint8Array): T | null {
  zeroIsANumber();
  try {
    return type.decode(new NumberReader(payload));
  } catch {
    return null;
  }
}

/** Bits of `fault_word`, lowest first: docs/link-protocol.md, section Faults. */
export const FAULT_BITS = [
  'LINK_WATCHDOG',
  'BROWN_OUT',
  'OVER_TEMPERATURE',
  'RAIL',
  'READBACK',
  'ADC_SATURATION',
  'RUN_TOO_LONG',
  'INTERLOCK',
  'EMERGENCY_STOP',
  'HOST_REQUEST',
  'INTERNAL',
] as const;
export type FaultName = (typeof FAULT_BITS)[number];

/** Names of the faults in the word; bits that the page does not name are `bit k`. */
export function faultNames(word: number): string[] {
  const names: string[] = [];
  for (let bit = 0; bit < 32; bit++) {
    if ((word >>> bit) & 1) names.push(FAULT_BITS[bit] ?? `bit ${bit}`);
  }
  return names;
}
