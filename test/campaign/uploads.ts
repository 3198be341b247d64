import { crc32 } from 'node:zlib';
import type { ProgramImage } from '../../firmware-sim/program-image.js';
import { TestAnalog } from '../../firmware-sim/test-analog.test-support.js';
import { RandomStream } from '../../src/core/index.js';
import { encodeImage, type BankState } from '../../src/link/index.js';
import { FaultyBench, type Faults } from './faulty-bench.js';

export interface UploadCell {
  readonly name: string;
  readonly baud: number;
  readonly faults: Faults;
  readonly sites: number;
  readonly uploads: number;
  readonly mtu?: number;
  /** So many faults that an upload may fail with an error: what must hold is that no bank is wrong. */
  readonly hostile?: boolean;
}

export interface UploadOutcome {
  readonly cell: UploadCell;
  readonly done: number;
  /** Ended with an error, which only a hostile cell may. */
  readonly failed: number;
  readonly reopened: number;
  readonly faults: number;
  readonly retransmits: number;
  readonly timeOuts: number;
  /** Bytes of images, and the time from the first chunk to the last answer, ms. */
  readonly bytes: number;
  readonly ms: number;
}

/** No upload may take longer, ms of virtual time. */
const LIMIT_MS = 120_000;
const MOST_REOPENED = 30;

/** Couplings and fields drawn anew, so that no two images are the same, and a drive that does work. */
export function drawnImage(random: RandomStream, n: number): Uint8Array {
  const codes = (length: number): Int16Array =>
    Int16Array.from({ length }, () => random.integer(2001) - 1000);
  return encodeImage({
    n,
    couplings: { codes: codes((n * (n - 1)) / 2), scale: 2 ** -12 },
    fields: { codes: codes(n), scale: 2 ** -12 },
    drives: [
      {
        pattern: { codes: codes(n), scale: 2 ** -10 },
        curve: { t: Float32Array.of(0, 0.5), value: Float32Array.of(0, 1) },
      },
    ],
  });
}

/** @throws Error where a bank is wrong, an upload hangs, or one fails that must not */
export async function campaignUploads(cell: UploadCell, seed: number): Promise<UploadOutcome> {
  const { baud, sites, uploads, faults, mtu, hostile = false } = cell;
  const analog = new TestAnalog({ sites });
  const random = RandomStream.of(seed, 'disorder', 1);
  const bench = await FaultyBench.open({
    seed,
    baud,
    analog,
    firmware: { ...(mtu === undefined ? {} : { mtu }) },
  });
  bench.setFaults(faults);
  const sum = { done: 0, failed: 0, retransmits: 0, timeOuts: 0, bytes: 0, ms: 0 };
  let bank = 0;
  // What the board works with: the image that the last successful commit made active.
  let active: Uint8Array | null = null;
  const takeCounts = (): void => {
    const { retransmits, timeOuts } = bench.client.statistics();
    sum.retransmits += retransmits;
    sum.timeOuts += timeOuts;
  };
  for (let k = 0; k < uploads; k++) {
    const image = drawnImage(random, sites);
    const crc = crc32(image);
    const startMs = bench.timeline.monotonicMs();
    const before = bench.reopened;
    const times = { first: NaN, last: NaN };
    const state = await uploadWhole(bench, bank, image, times, takeCounts, startMs);
    const tookMs = bench.timeline.monotonicMs() - startMs;
    if (tookMs > LIMIT_MS * 2) throw new Error(`${cell.name}, seed ${seed}, upload ${k}: it hangs`);
    if (state instanceof Error) {
      if (!hostile) throw new Error(`${cell.name}, seed ${seed}, upload ${k}`, { cause: state });
      sum.failed++;
    } else {
      if (state.bank !== bank || state.crc32 !== crc) {
        throw new Error(`${cell.name}, seed ${seed}, upload ${k}: bank ${state.bank} is wrong`);
      }
      sum.done++;
      if (bench.reopened === before) {
        sum.bytes += image.length;
        sum.ms += times.last - times.first;
      }
      bank = 1 - bank;
    }
    // What the circuit was given is one of the images that were meant, whole.
    const applied = analog.applied;
    if (applied !== null) {
      const isThis = sameAs(applied, image, sites);
      if (!(state instanceof Error) && !isThis) {
        throw new Error(`${cell.name}, seed ${seed}, upload ${k}: the circuit has other couplings`);
      }
      if (state instanceof Error && !isThis && active !== null && !sameAs(applied, active, sites)) {
        throw new Error(`${cell.name}, seed ${seed}, upload ${k}: a program that nobody meant`);
      }
      if (isThis) {
        // The answer to the commit may be what got lost.
        if (state instanceof Error) bank = 1 - bank;
        active = image;
      }
    }
  }
  takeCounts();
  const outcome = {
    cell,
    ...sum,
    reopened: bench.reopened,
    faults: bench.faults(),
  };
  bench.close();
  return outcome;
}

async function uploadWhole(
  bench: FaultyBench,
  bank: number,
  image: Uint8Array,
  times: { first: number; last: number },
  leaving: () => void,
  startMs: number,
): Promise<BankState | Error> {
  const { timeline } = bench;
  for (let tries = 0; ; tries++) {
    try {
      return await timeline.until(
        bench.client.upload(bank, image, {
          onProgress: (done) => {
            const now = timeline.monotonicMs();
            if (Number.isNaN(times.first)) times.first = now;
            if (done === image.length) times.last = now;
          },
        }),
        LIMIT_MS,
      );
    } catch (error) {
      const late = timeline.monotonicMs() - startMs > LIMIT_MS;
      if (late || tries >= MOST_REOPENED) return error as Error;
      // The link is down, or a deadline passed: the same upload goes on after another handshake.
      leaving();
      try {
        await bench.reopen();
      } catch (failed) {
        // The host of a real board would try again as long as it is asked to.
        if (timeline.monotonicMs() - startMs > LIMIT_MS) return failed as Error;
      }
    }
  }
}

/** Whether all that differs from one drawn image to another is what the circuit was given. */
function sameAs(applied: ProgramImage, image: Uint8Array, n: number): boolean {
  const { couplings, fields, drives } = applied;
  const view = new DataView(image.buffer, image.byteOffset, image.length);
  const section = (k: number): number => view.getUint32(8 + 16 * k + 4, true);
  let at = section(0);
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++, at += 2) {
      const value = view.getInt16(at, true) * 2 ** -12;
      if (couplings[i * n + j] !== value || couplings[j * n + i] !== value) return false;
    }
  }
  const holds = (list: ArrayLike<number>, k: number, scale: number): boolean =>
    list.length === n &&
    Array.from(list).every((v, i) => v === view.getInt16(section(k) + 2 * i, true) * scale);
  return holds(fields, 1, 2 ** -12) && holds(drives[0]?.pattern ?? [], 2, 2 ** -10);
}
