import { SCALAR_CHANNELS, headerMetadata } from '../../src/lab/record-header.js';
import type { KnownRecord } from './known-records.js';

/** Bits of a float64 as 16 hexadecimal digits: JSON has neither −0 nor NaN nor infinity. */
type Bits = string;
type Cell = Bits | null;

/** What a reader in any language has to find, column by column, in JSON that loses nothing. */
export interface ExpectedColumns {
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Of NPZ and HDF5: the header as JSON text. */
  readonly headerJson: string;
  readonly sites: number;
  readonly references: number;
  readonly spins: boolean;
  readonly readouts: number;
  readonly channels: readonly string[];
  /** int64, as decimal text. */
  readonly row: readonly string[];
  readonly shot: readonly number[];
  readonly step: readonly number[];
  readonly t: readonly Bits[];
  readonly scalars: Readonly<Record<string, readonly Cell[]>>;
  /** null: not recorded. */
  readonly overlaps: readonly (readonly Bits[] | null)[] | null;
  /** Spins as numbers, other sites as bits. */
  readonly state: readonly (readonly (number | Bits)[] | null)[];
}

export function expectedColumns({ name, header, chunks }: KnownRecord): ExpectedColumns {
  const rows = chunks.flatMap((chunk) =>
    Array.from({ length: chunk.rows }, (_, k) => ({ chunk, k })),
  );
  const P = header.references;
  const spins = header.siteKind === 'ising';
  const scalars = SCALAR_CHANNELS.filter((channel) => header.channels.includes(channel));
  return {
    name,
    metadata: Object.fromEntries(headerMetadata(header)),
    headerJson: JSON.stringify(header),
    sites: header.sites,
    references: P,
    spins,
    readouts: header.readouts,
    channels: header.channels,
    row: rows.map(({ chunk, k }) => String(BigInt(chunk.firstRow) + BigInt(k))),
    shot: rows.map(({ chunk, k }) => chunk.shot[k]!),
    step: rows.map(({ chunk, k }) => chunk.step[k]!),
    t: rows.map(({ chunk, k }) => bits(chunk.t[k]!)),
    scalars: Object.fromEntries(
      scalars.map((channel) => [
        channel,
        rows.map(({ chunk, k }) => (chunk[channel] === null ? null : bits(chunk[channel][k]!))),
      ]),
    ),
    overlaps:
      P > 0 && header.channels.includes('overlaps')
        ? rows.map(({ chunk: { overlaps }, k }) =>
            overlaps === null ? null : Array.from(overlaps.subarray(k * P, (k + 1) * P), bits),
          )
        : null,
    state: rows.map(({ chunk: { stateRows, state }, k }) => {
      const at = stateRows.indexOf(k);
      if (at < 0) return null;
      const values = Array.from(state.subarray(at * header.sites, (at + 1) * header.sites));
      return spins ? values : values.map(bits);
    }),
  };
}

export function bits(value: number): Bits {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Number.isNaN(value) ? NaN : value);
  return view.getBigUint64(0).toString(16).padStart(16, '0');
}
