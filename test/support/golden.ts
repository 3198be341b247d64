import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** Files of proto/golden: bytes of the board link and what they mean, made by proto/golden/generate.py. */
export const GOLDEN_FOLDER = ['../..', '../../..']
  // From the source, and from dist.
  .map((root) => resolve(import.meta.dirname, root, 'proto/golden'))
  .find((folder) => existsSync(folder))!;

export interface GoldenFrame {
  readonly name: string;
  readonly type: number;
  readonly major: number;
  readonly session: number;
  readonly seq: number;
  readonly ack: number;
  readonly credit: number;
  readonly payload: string;
  readonly mtu: number;
  readonly line: string;
}
export interface GoldenMessage {
  readonly name: string;
  readonly message: string;
  readonly fields: Record<string, unknown>;
  readonly bytes: string;
  /** Defaults are written, as an encoder may do. */
  readonly explicit?: boolean;
}
export interface GoldenBatch extends GoldenMessage {
  readonly width: number;
  readonly codes: readonly unknown[];
  readonly values: readonly unknown[];
}
export interface GoldenSection {
  readonly kind: string;
  readonly index: number;
  readonly scale: number;
  readonly values: readonly number[];
}
export interface GoldenStep {
  readonly from: 'host' | 'board';
  readonly frame: string;
  readonly line: string;
  readonly message?: string;
  readonly fields?: Record<string, unknown>;
  readonly bad?: string;
}
interface Files {
  cobs: {
    vectors: { name: string; plain: string; stuffed: string }[];
    bad: { name: string; stuffed: string }[];
  };
  frames: { vectors: GoldenFrame[] };
  'bad-frames': {
    after: string;
    vectors: { name: string; reason: string; line: string; mtu: number }[];
  };
  messages: {
    vectors: GoldenMessage[];
    unknown: { name: string; message: string; same: string; bytes: string }[];
    unreadable: { name: string; bytes: string }[];
  };
  samples: { vectors: GoldenBatch[]; bad: GoldenMessage[] };
  images: {
    vectors: {
      name: string;
      n: number;
      sections: GoldenSection[];
      crc32: number;
      sha256: string;
      bytes: string;
    }[];
    bad: { name: string; bytes: string }[];
  };
  results: {
    vectors: {
      name: string;
      n: number;
      crc32: number;
      bytes: string;
      shots: {
        shot: number;
        flags: number;
        work: unknown;
        heat: unknown;
        supply: unknown;
        state: number[];
      }[];
    }[];
  };
  conversation: {
    session: number;
    mtu: number;
    windowBytes: number;
    image: string;
    result: string;
    steps: GoldenStep[];
  };
}

export const golden = <K extends keyof Files>(name: K): Files[K] =>
  JSON.parse(readFileSync(resolve(GOLDEN_FOLDER, `${name}.json`), 'utf8')) as Files[K];

export const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** What stands for values that JSON has not becomes them: bytes, 64 bits (as `u64` makes them), doubles. */
export function fromGolden(value: unknown, u64: (text: string) => unknown = Number): unknown {
  if (Array.isArray(value)) return value.map((one) => fromGolden(one, u64));
  if (typeof value !== 'object' || value === null) return value;
  const of = value as Record<string, unknown>;
  if (typeof of.hex === 'string') return fromHex(of.hex);
  if (typeof of.u64 === 'string') return u64(of.u64);
  if (typeof of.f64 === 'string') return Number(of.f64);
  return Object.fromEntries(Object.entries(of).map(([key, one]) => [key, fromGolden(one, u64)]));
}

export const fieldsOf = (
  { fields }: { fields?: Record<string, unknown> },
  u64?: (text: string) => unknown,
): object => fromGolden(fields ?? {}, u64) as object;
