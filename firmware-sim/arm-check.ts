import type { ShotSettings } from './analog-part.js';
import type { ActiveBank } from './bank-store.js';
import type { BoardLimits } from './descriptor-limits.js';
import { Channel, InitialKind, Refused, Status, type ArmBody } from './messages.js';
import { recordBytes } from './result-block.js';
import { rowFits } from './sample-buffer.js';

/** A run as it was armed, every value checked. */
export interface ArmedRun {
  readonly runId: number;
  readonly n: number;
  readonly seed: number;
  readonly shots: number;
  readonly duration: number;
  /** Times of the readouts of a shot. */
  readonly times: Float64Array;
  readonly channels: readonly number[];
  /** For each readout: does it carry the state as a sample? */
  readonly carriesState: readonly boolean[];
  readonly initial: ShotSettings['initial'];
  readonly flips: number;
  readonly temperature: number;
  readonly watchdogMs: number;
  readonly maxDurationMs: number;
}

export interface ArmRoom {
  readonly maxWatchdogMs: number;
  readonly resultBytes: number;
  readonly mtu: number;
}

const INITIALS = ['zero', 'values', 'corrupted', 'random'] as const;
/** Readouts of one shot that the board keeps the times of. */
const MOST_READOUTS = 1 << 20;
/** Last place of a sum of doubles. */
const SLACK = 1e-9;

const invalid = (text: string): Refused => new Refused(Status.INVALID, text);
const beyond = (text: string): Refused => new Refused(Status.OUT_OF_RANGE, text);

/** @throws Refused where the run cannot be as the call asks for it */
export function checkArm(
  call: Required<ArmBody>,
  active: ActiveBank | null,
  limits: BoardLimits,
  room: ArmRoom,
): ArmedRun {
  const runId = call.runId!;
  if (runId === 0) throw invalid('run_id is 0');
  if (active?.bank !== call.bank || active.crc32 !== call.bankCrc32) {
    throw new Refused(
      Status.MISMATCH,
      active === null
        ? 'no bank is active'
        : `active is bank ${active.bank} with CRC-32 ${active.crc32}`,
    );
  }
  const { n } = active.image;
  const shots = call.shots!;
  const duration = call.duration!;
  if (shots === 0) throw invalid('shots is 0');
  if (shots > limits.shots) throw beyond(`shots ${shots}, at most ${limits.shots}`);
  if (!(Number.isFinite(duration) && duration > 0)) throw invalid(`duration ${duration}`);
  if (duration > limits.duration) {
    throw beyond(`duration ${duration}, at most ${limits.duration}`);
  }
  const times = readoutTimes(call.readouts!, call.readoutEvery!, duration, limits.minEvery);
  const initial = INITIALS[call.initial!];
  if (initial === undefined) throw invalid(`initial ${call.initial}`);
  const flips = call.initial === InitialKind.INITIAL_CORRUPTED ? call.flips! : 0;
  if (flips > n) throw beyond(`flips ${flips} of ${n} sites`);
  const temperature = call.temperature!;
  const [coldest, hottest] = limits.temperature;
  if (Number.isNaN(temperature)) throw invalid('temperature is no number');
  if (temperature < coldest || temperature > hottest) {
    throw beyond(`temperature ${temperature}, from ${coldest} to ${hottest}`);
  }
  const watchdogMs = call.watchdogMs!;
  if (watchdogMs === 0 || watchdogMs > room.maxWatchdogMs) {
    throw beyond(`watchdog_ms ${watchdogMs}, from 1 to ${room.maxWatchdogMs}`);
  }
  const maxDurationMs = call.maxDurationMs!;
  if (maxDurationMs === 0) throw beyond('max_duration_ms is 0');
  const channels = checkedChannels(call.channels ?? [], n, room.mtu);
  if (shots * recordBytes(n) > room.resultBytes) {
    const most = Math.floor(room.resultBytes / recordBytes(n));
    throw new Refused(Status.NO_ROOM, `results of ${shots} shots, there is room for ${most}`);
  }
  const every = call.stateEvery!;
  return {
    runId,
    n,
    seed: seedOf(call.seed!),
    shots,
    duration,
    times,
    channels,
    carriesState: Array.from(
      times,
      (_, k) => k === times.length - 1 || (every > 0 && k % every === 0),
    ),
    initial,
    flips,
    temperature,
    watchdogMs,
    maxDurationMs,
  };
}

/** A stream's seed has 53 bits. @param seed decoded 64 bits may be a pair of words whatever their type says */
function seedOf(seed: number | { readonly low: number; readonly high: number }): number {
  if (typeof seed === 'number') return seed % 2 ** 53;
  return (seed.high & 0x1f_ffff) * 2 ** 32 + (seed.low >>> 0);
}

function readoutTimes(
  readouts: number,
  every: number,
  duration: number,
  minEvery: number,
): Float64Array {
  if (readouts === 0) throw invalid('readouts is 0');
  if (readouts > MOST_READOUTS) throw beyond(`readouts ${readouts}, at most ${MOST_READOUTS}`);
  if (readouts > 1) {
    const last = duration - (readouts - 2) * every;
    if (!(Number.isFinite(every) && every > 0 && last > -SLACK * duration)) {
      throw invalid(`${readouts} readouts every ${every} do not fit ${duration}`);
    }
    const shortest = readouts > 2 ? Math.min(every, last) : duration;
    if (every < minEvery || shortest < minEvery * (1 - SLACK)) {
      throw beyond(`readout_every ${every}, at least ${minEvery}`);
    }
  }
  const times = new Float64Array(readouts);
  for (let k = 0; k < readouts - 1; k++) times[k] = Math.min(k * every, duration);
  times[readouts - 1] = duration;
  return times;
}

function checkedChannels(channels: readonly number[], n: number, mtu: number): number[] {
  const seen = new Set<number>();
  for (const channel of channels) {
    if (Channel[channel] === undefined) throw invalid(`channel ${channel} is not known`);
    if (seen.has(channel)) throw invalid(`${Channel[channel]} stands twice`);
    seen.add(channel);
  }
  if (seen.has(Channel.CHANNEL_STATE) && !rowFits(n, mtu)) {
    throw new Refused(Status.NO_ROOM, `a state of ${n} sites does not fit a frame of ${mtu} bytes`);
  }
  return [...seen];
}
