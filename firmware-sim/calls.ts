import type { AnalogPart } from './analog-part.js';
import { checkArm, type ArmRoom } from './arm-check.js';
import type { BankStore } from './bank-store.js';
import type { BaudSwitch } from './baud-switch.js';
import type { BoardClock } from './board-clock.js';
import type { BoardLimits } from './descriptor-limits.js';
import type { DescriptorText } from './descriptor-text.js';
import { FAULT, type FaultLatch } from './fault-latch.js';
import {
  Refused,
  Status,
  type ArmBody,
  type HealthBody,
  type RequestMessage,
  type ResponseBody,
} from './messages.js';
import type { Sequencer } from './sequencer.js';

/** What the calls work on. */
export interface BoardParts {
  readonly analog: AnalogPart;
  readonly clock: BoardClock;
  readonly latch: FaultLatch;
  readonly sequencer: Sequencer;
  readonly banks: BankStore;
  readonly baud: BaudSwitch;
  readonly descriptor: DescriptorText;
  readonly limits: BoardLimits;
  readonly room: ArmRoom;
  health(): HealthBody;
  /** The board's own fault conditions that hold now. */
  conditions(): number;
  enterSafe(bits: number, cause: string): void;
  /** After the answer has left. */
  resetLater(nonce: number): void;
}

/** What is left of a payload for the data of an answer. */
export const ANSWER_OVERHEAD_BYTES = 64;
/** What is left of a payload for the data of a chunk; a multiple of 4. */
export const chunkBytes = (mtu: number): number => (mtu - ANSWER_OVERHEAD_BYTES) & ~3;
const LONGEST_TEXT = 160;
const PARAMETER_BYTES = 32;
const NONE = new Uint8Array(0);

type CallName = NonNullable<RequestMessage['call']>;
type Carry = (request: RequestMessage, parts: BoardParts) => ResponseBody;

/** All calls of docs/link-protocol.md, section Calls, and whether the safe state takes them. */
const CALLS: Record<CallName, { inSafe: boolean; carry: Carry }> = {
  ping: { inSafe: false, carry: ({ ping }) => ({ ping: { payload: ping!.payload ?? null } }) },
  getDescriptor: {
    inSafe: true,
    carry: ({ getDescriptor }, { descriptor, room }) => ({
      descriptor: descriptor.part(getDescriptor!.offset ?? 0, room.mtu - 2 * ANSWER_OVERHEAD_BYTES),
    }),
  },
  getClock: { inSafe: true, carry: (_, { clock }) => ({ clock: { ticks: clock.ticks() } }) },
  getHealth: { inSafe: true, carry: (_, parts) => ({ health: parts.health() }) },
  getFault: { inSafe: true, carry: (_, { latch }) => ({ fault: latch.fault }) },
  clearFault: { inSafe: true, carry: clearFault },
  setBaud: {
    inSafe: false,
    carry: ({ setBaud }, { baud }) => {
      const rate = setBaud!.baud ?? 0;
      baud.request(rate);
      return { setBaud: { baud: rate } };
    },
  },
  heartbeat: {
    inSafe: true,
    carry: ({ heartbeat }, { sequencer }) => {
      sequencer.heartbeat(heartbeat!.leaseMs ?? 0);
      return {};
    },
  },
  reset: {
    inSafe: true,
    carry: ({ reset }, parts) => {
      parts.resetLater(reset!.nonce ?? 0);
      return {};
    },
  },
  readParameters: { inSafe: false, carry: readParameters },
  writeParameter: { inSafe: false, carry: writeParameter },
  selfTest: { inSafe: false, carry: selfTest },
  uploadBegin: {
    inSafe: true,
    carry: ({ uploadBegin: call }, { banks }) => ({
      upload: banks.begin({
        bank: call!.bank ?? 0,
        kind: call!.kind ?? 0,
        n: call!.n ?? 0,
        total: call!.total ?? 0,
        sha256: call!.sha256 ?? NONE,
      }),
    }),
  },
  uploadStatus: {
    inSafe: true,
    carry: ({ uploadStatus }, { banks }) => ({
      upload: banks.status(uploadStatus!.uploadId ?? 0),
    }),
  },
  uploadChunk: {
    inSafe: true,
    carry: ({ uploadChunk: call }, { banks }) => ({
      upload: banks.chunk({
        uploadId: call!.uploadId ?? 0,
        offset: call!.offset ?? 0,
        crc32: call!.crc32 ?? 0,
        data: call!.data ?? NONE,
      }),
    }),
  },
  uploadCommit: { inSafe: true, carry: uploadCommit },
  arm: {
    inSafe: false,
    carry: ({ arm }, parts) => {
      inStandby(parts, 'arm');
      const { sequencer, banks, limits, room } = parts;
      // What was decoded has every member.
      const call = arm as Required<ArmBody>;
      return { run: sequencer.arm(checkArm(call, banks.active, limits, room)) };
    },
  },
  start: { inSafe: false, carry: ({ start }, { sequencer }) => run(sequencer, 'start', start!) },
  pause: { inSafe: false, carry: ({ pause }, { sequencer }) => run(sequencer, 'pause', pause!) },
  resume: {
    inSafe: false,
    carry: ({ resume }, { sequencer }) => run(sequencer, 'resume', resume!),
  },
  stop: { inSafe: false, carry: ({ stop }, { sequencer }) => run(sequencer, 'stop', stop!) },
  abort: { inSafe: false, carry: ({ abort }, { sequencer }) => run(sequencer, 'abort', abort!) },
  enterSafeState: {
    inSafe: true,
    carry: ({ enterSafeState }, parts) => {
      parts.enterSafe(FAULT.hostRequest, enterSafeState!.cause || 'asked for by the host');
      return {};
    },
  },
  readResult: { inSafe: true, carry: readResult },
};

/** @throws Refused where the call is not carried out */
export function carryOut(request: RequestMessage, parts: BoardParts): ResponseBody {
  const name = request.call;
  if (name === undefined || name === null) {
    throw new Refused(Status.UNIMPLEMENTED, 'the board does not know this call');
  }
  const { inSafe, carry } = CALLS[name];
  if (!inSafe && parts.sequencer.machineState === 'safe') {
    throw new Refused(Status.SAFE, `safe state: ${parts.latch.fault.cause}`);
  }
  return carry(request, parts);
}

function run(
  sequencer: Sequencer,
  call: 'start' | 'pause' | 'resume' | 'stop' | 'abort',
  body: { runId?: number | null },
): ResponseBody {
  return { run: sequencer.call(call, body.runId ?? 0) };
}

function inStandby({ sequencer }: BoardParts, what: string): void {
  if (sequencer.machineState === 'standby') return;
  throw new Refused(Status.ILLEGAL_STATE, `${what} while ${sequencer.machineState}`);
}

function clearFault(request: RequestMessage, parts: BoardParts): ResponseBody {
  const { faultId, operator, note } = request.clearFault!;
  const { latch, sequencer, banks } = parts;
  const { fault } = latch;
  if (fault.faultId === 0 || fault.faultId !== faultId) {
    throw new Refused(Status.NOT_FOUND, `the latched fault is ${fault.faultId}`);
  }
  if (!operator?.trim() || !note?.trim()) {
    throw new Refused(Status.INVALID, 'an operator and a note are needed');
  }
  const present = fault.faultWord & parts.conditions();
  if (present !== 0) {
    throw new Refused(Status.ILLEGAL_STATE, `its cause is still there: ${fault.cause}`);
  }
  const readback = banks.applyActive();
  if (readback !== null) {
    parts.enterSafe(FAULT.readback, `on leaving the safe state: ${readback}`);
    throw new Refused(Status.READBACK, readback);
  }
  latch.clear();
  sequencer.leaveSafe();
  return {};
}

function readParameters(request: RequestMessage, parts: BoardParts): ResponseBody {
  const first = request.readParameters!.first ?? 0;
  const { names } = parts.analog.parameters;
  if (first > names.length) {
    throw new Refused(Status.NOT_FOUND, `parameter ${first} of ${names.length}`);
  }
  const parameters = [];
  let free = parts.room.mtu - ANSWER_OVERHEAD_BYTES;
  for (const name of names.slice(first)) {
    free -= Buffer.byteLength(name) + PARAMETER_BYTES;
    if (free < 0) break;
    parameters.push(parameter(parts, name));
  }
  return { parameters: { first, total: names.length, parameters } };
}

function parameter({ analog, clock }: BoardParts, name: string) {
  return { name, value: analog.parameters.read(name), ticks: clock.ticks() };
}

function writeParameter(request: RequestMessage, parts: BoardParts): ResponseBody {
  const name = request.writeParameter!.name ?? '';
  const value = request.writeParameter!.value ?? 0;
  const { parameters } = parts.analog;
  inStandby(parts, 'write_parameter');
  const first = parameters.names.indexOf(name);
  if (first < 0) throw new Refused(Status.NOT_FOUND, `there is no parameter ${name}`);
  const problem = Number.isFinite(value) ? parameters.write(name, value) : 'it is not finite';
  if (problem !== null) throw new Refused(Status.OUT_OF_RANGE, `${name} = ${value}: ${problem}`);
  const total = parameters.names.length;
  return { parameters: { first, total, parameters: [parameter(parts, name)] } };
}

function selfTest(_: RequestMessage, parts: BoardParts): ResponseBody {
  inStandby(parts, 'self_test');
  // What failed goes first, should not all of it fit.
  const checks = [...parts.analog.selfTest()].sort((a, b) => Number(a.ok) - Number(b.ok));
  let free = parts.room.mtu - ANSWER_OVERHEAD_BYTES;
  const kept = [];
  for (const { name, ok, detail } of checks) {
    const check = { name, ok, detail: detail.slice(0, LONGEST_TEXT) };
    free -= Buffer.byteLength(check.name) + Buffer.byteLength(check.detail) + 12;
    if (free < 0) break;
    kept.push(check);
  }
  return { selfTest: { checks: kept } };
}

function uploadCommit(request: RequestMessage, parts: BoardParts): ResponseBody {
  const { sequencer, banks, room } = parts;
  const isSafe = sequencer.machineState === 'safe';
  if (!isSafe) inStandby(parts, 'upload_commit');
  const { uploadId, sha256 } = request.uploadCommit!;
  const state = banks.commit({ uploadId: uploadId ?? 0, sha256: sha256 ?? NONE }, !isSafe);
  let free = room.mtu - ANSWER_OVERHEAD_BYTES;
  const notes = (state.notes ?? [])
    .map((note) => note.slice(0, LONGEST_TEXT))
    .filter((note) => (free -= Buffer.byteLength(note) + 4) >= 0);
  return { bank: { ...state, notes } };
}

function readResult(request: RequestMessage, parts: BoardParts): ResponseBody {
  const { runId, offset } = request.readResult!;
  const { bytes, crc32, shots, end } = parts.sequencer.result(runId ?? 0);
  const from = offset ?? 0;
  if (from > bytes.length) {
    throw new Refused(Status.INVALID, `offset ${from} of ${bytes.length} bytes`);
  }
  const data = bytes.subarray(from, from + chunkBytes(parts.room.mtu));
  return {
    result: { runId: runId ?? 0, offset: from, total: bytes.length, crc32, shots, end, data },
  };
}
