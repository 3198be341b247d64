/**
 * Uploads and runs over lines that lose, turn over and repeat bytes and frames: no wrong bank, no gap that is not declared, no hang,
 * and the goodput that Go-Back-N should have (docs/performance.md).
 */
import { crc32 } from 'node:zlib';
import { RandomStream } from '../../src/core/index.js';
import { encodeFrame, FRAME_TYPE } from '../../src/link/index.js';
import { encodeRequest } from '../../src/link/messages.js';
import type { LineRates } from '../../firmware-sim/line-faults.js';
import { computedGoodput, frameLoss, type GoodputModel } from './goodput.js';
import { campaignRuns, type RunCell, type RunOutcome } from './runs.js';
import { campaignUploads, type UploadCell, type UploadOutcome } from './uploads.js';

/** What a goodput may differ from the computed one. */
export const GOODPUT_TOLERANCE = 0.2;

/** A rate's faults, in equal parts. */
const perFrame = (rate: number) => ({ frames: { loss: rate / 2, flip: rate / 2 } });
const perByte = (rate: number) => ({
  bytes: { drop: rate / 3, flip: rate / 3, duplicate: rate / 3 } satisfies LineRates,
});
const bursts = (rate: number, bytes: number, kind: 'drop' | 'flip') => ({
  bytes: { burst: { rate, bytes, kind } } satisfies LineRates,
});
const percent = (rate: number): string => `${Number((100 * rate).toPrecision(3))} %`;

const FRAME_RATES = [0, 0.001, 0.002, 0.005, 0.01, 0.02];
/** 0.1 % to 2 % of the frames of a chunk. */
const BYTE_RATES = [2e-6, 1e-5, 2e-5, 4e-5];

/** A line whose goodput is computed, and the probability that it spoils a frame of so many bytes. */
export interface GoodputCell extends UploadCell {
  readonly loss: (bytes: number) => number;
  /** Frames that come twice take the line twice. */
  readonly repeated: number;
}

/** @param uploads in each cell */
export function goodputCells(uploads: number): GoodputCell[] {
  const cells: GoodputCell[] = [];
  for (const baud of [115_200, 921_600]) {
    const of = { baud, sites: 256, uploads, mtu: 512, repeated: 0 };
    for (const rate of FRAME_RATES) {
      const name = `${percent(rate)} of the frames`;
      cells.push({ ...of, name, faults: perFrame(rate), loss: () => rate });
    }
    for (const rate of BYTE_RATES) {
      const name = `${percent(rate)} of the bytes`;
      const loss = (bytes: number): number => frameLoss(rate, bytes);
      cells.push({ ...of, name, faults: perByte(rate), loss });
    }
    const rate = 1e-5;
    cells.push({
      ...of,
      name: `bursts of 100 bytes, ${percent(rate)} of the bytes begin one`,
      faults: bursts(rate, 100, 'flip'),
      loss: (bytes) => frameLoss(rate, bytes + 99),
    });
    cells.push({
      ...of,
      name: '2 % of the frames twice',
      faults: { frames: { duplicate: 0.02 } },
      loss: () => 0,
      repeated: 0.02,
    });
  }
  return cells;
}

/** @param uploads in all */
export function bankCells(uploads: number): UploadCell[] {
  const baud = 921_600;
  const lines: Omit<UploadCell, 'uploads'>[] = [
    ...FRAME_RATES.slice(1).map((rate) => ({
      name: `${percent(rate)} of the frames`,
      faults: perFrame(rate),
      baud,
      sites: 48,
    })),
    { name: '2 % of the frames twice', faults: { frames: { duplicate: 0.02 } }, baud, sites: 48 },
    { name: '0.005 % of the bytes', faults: perByte(5e-5), baud, sites: 48 },
    { name: '0.1 % of the bytes', faults: perByte(1e-3), baud, sites: 24, mtu: 128 },
    { name: 'bursts of 40 bytes', faults: bursts(5e-5, 40, 'flip'), baud, sites: 48 },
    { name: 'bursts of 1500 bytes lost', faults: bursts(1e-5, 1500, 'drop'), baud, sites: 48 },
    {
      name: 'all at once',
      faults: {
        frames: { loss: 0.005, flip: 0.005, duplicate: 0.01 },
        bytes: {
          drop: 1e-5,
          flip: 1e-5,
          duplicate: 1e-5,
          insert: 1e-5,
          split: 0.5,
          lostAcks: 0.02,
        },
      },
      baud: 115_200,
      sites: 48,
    },
  ];
  const hostile: Omit<UploadCell, 'uploads'>[] = [0.005, 0.01, 0.02].map((rate) => ({
    name: `${percent(rate)} of the bytes`,
    faults: perByte(rate),
    baud,
    sites: 12,
    mtu: 128,
    hostile: true,
  }));
  const each = Math.ceil(uploads / (lines.length + 0.06));
  const few = Math.max(1, Math.floor(each / 50));
  return [
    ...lines.map((line) => ({ ...line, uploads: each })),
    ...hostile.map((line) => ({ ...line, uploads: few })),
  ];
}

/** @param runs in all */
export function runCells(runs: number): RunCell[] {
  const of = { baud: 921_600, sites: 12 };
  const lines: Omit<RunCell, 'runs'>[] = [
    ...FRAME_RATES.slice(1).map((rate) => ({
      ...of,
      name: `${percent(rate)} of the frames`,
      faults: perFrame(rate),
    })),
    { ...of, name: '2 % of the frames twice', faults: { frames: { duplicate: 0.02 } } },
    { ...of, name: '0.01 % of the bytes', faults: perByte(1e-4) },
    { ...of, name: '0.02 % of the bytes, 115 200 baud', faults: perByte(2e-4), baud: 115_200 },
    { ...of, name: 'bursts of 40 bytes', faults: bursts(5e-5, 40, 'flip') },
    { ...of, name: 'bursts of 1500 bytes lost', faults: bursts(1e-5, 1500, 'drop') },
  ];
  return lines.map((line) => ({ ...line, runs: Math.ceil(runs / lines.length) }));
}

export interface GoodputOutcome extends UploadOutcome {
  readonly loss: number;
  /** Bytes of data a second. */
  readonly computed: number;
  readonly measured: number;
}

const CHUNK = 448;
const REPLY_WINDOW = 8;
const RX_FRAMES = 16;
const LEAST_RTO_MS = 25;

/** Bytes of a chunk's frame, and the model of a line. */
export function modelOf(baud: number): GoodputModel {
  const random = RandomStream.of(1);
  const data = Uint8Array.from({ length: CHUNK }, () => random.integer(256));
  const body = { uploadId: 100, offset: 20_000, crc32: crc32(data), data };
  const frame = (type: number, payload: Uint8Array): number =>
    encodeFrame({ type, major: 1, session: 0x1234, seq: 7, ack: 9, credit: 32, payload }).length;
  return {
    baud,
    chunkBytes: CHUNK,
    frameBytes: frame(FRAME_TYPE.DATA, encodeRequest(200, 20_000, 'uploadChunk', body)),
    ackBytes: frame(FRAME_TYPE.ACK, new Uint8Array(0)),
    rxFrames: RX_FRAMES,
    boardWindow: REPLY_WINDOW,
    rtoMs: LEAST_RTO_MS,
  };
}

export async function measureGoodput(cell: GoodputCell, seed: number): Promise<GoodputOutcome> {
  const outcome = await campaignUploads(cell, seed);
  const model = modelOf(cell.baud);
  const loss = cell.loss(model.frameBytes);
  return {
    ...outcome,
    loss,
    computed: computedGoodput(model, loss, cell.loss(model.ackBytes)) / (1 + cell.repeated),
    measured: (1000 * outcome.bytes) / outcome.ms,
  };
}

export interface CampaignSizes {
  /** In each goodput cell. */
  readonly goodputUploads: number;
  /** In all the others. */
  readonly uploads: number;
  readonly runs: number;
}

export interface CampaignOutcome {
  readonly goodput: readonly GoodputOutcome[];
  readonly banks: readonly UploadOutcome[];
  readonly runs: readonly RunOutcome[];
}

/** @throws Error, with the cell and the seed, where a promise is broken */
export async function runCampaign(
  sizes: CampaignSizes,
  seed: number,
  say: (text: string) => void,
): Promise<CampaignOutcome> {
  const outcome = {
    goodput: [] as GoodputOutcome[],
    banks: [] as UploadOutcome[],
    runs: [] as RunOutcome[],
  };
  for (const cell of goodputCells(sizes.goodputUploads)) {
    const one = await measureGoodput(cell, seed + outcome.goodput.length);
    outcome.goodput.push(one);
    say(goodputLine(one));
  }
  for (const cell of bankCells(sizes.uploads)) {
    const one = await campaignUploads(cell, seed + 100 + outcome.banks.length);
    outcome.banks.push(one);
    say(uploadLine(one));
  }
  for (const cell of runCells(sizes.runs)) {
    const one = await campaignRuns(cell, seed + 200 + outcome.runs.length);
    outcome.runs.push(one);
    say(runLine(one));
  }
  return outcome;
}

export const goodputDeviation = ({ measured, computed }: GoodputOutcome): number =>
  measured / computed - 1;

/** Rows of the tables of docs/performance.md. */
export function goodputLine(one: GoodputOutcome): string {
  const { cell, loss, computed, measured, done, retransmits, timeOuts } = one;
  const kilobytes = (bytes: number): string => (bytes / 1000).toFixed(2);
  const by = `${(100 * goodputDeviation(one)).toFixed(1)} %`;
  const cells = [cell.baud, cell.name, percent(loss), kilobytes(computed), kilobytes(measured), by];
  return `| ${[...cells, done, retransmits, timeOuts].join(' | ')} |`;
}

export function uploadLine(one: UploadOutcome): string {
  const { cell, done, failed, faults, retransmits, timeOuts, reopened } = one;
  return `| ${[cell.baud, cell.name, done, failed, faults, retransmits, timeOuts, reopened].join(' | ')} |`;
}

export function runLine(one: RunOutcome): string {
  const { cell, done, faults, rowsMade, rowsDelivered, rowsInGaps, gaps } = one;
  return `| ${[cell.baud, cell.name, done, faults, rowsMade, rowsDelivered, rowsInGaps, gaps].join(' | ')} |`;
}
