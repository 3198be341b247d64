import type { SampleChunk } from '../device/index.js';
import type { RecordHeader } from './record-header.js';

/** Rows of energies that are kept for averages over time. */
const MOST_SERIES_ROWS = 4_000_000;

/** What a record's shots came to, shot by shot; shots of which the first or the last row is missing are left out. */
export interface RecordedShots {
  readonly header: RecordHeader;
  /** Shots that are whole. */
  readonly shots: number;
  /** Shots of which rows are there, but not the first or not the last. */
  readonly torn: number;
  /** What stood behind the record's intact part; null: nothing. */
  readonly damage: string | null;
  /** [shot] of the last row; null where the channel was not recorded. */
  readonly work: readonly number[] | null;
  readonly heat: readonly number[] | null;
  /** [shot] E(end) − E(0⁻); the first row is that after jumps at t = 0, whose work it has already. */
  readonly energyChange: readonly number[] | null;
  /** [shot][readout] energies; null where they were not recorded, or are too many. */
  readonly energySeries: readonly Float64Array[] | null;
}

interface OpenShot {
  readonly shot: number;
  startEnergy: number;
  complete: boolean;
  readonly energies: Float64Array | null;
  /** State of the first row; null where it was not recorded. */
  first: States | null;
  seen: number;
}

type States = Int8Array | Float64Array;

/**
 * Reads the shots' ends out of a record.
 * @param path of the record, an Arrow IPC stream file
 * @param onFinal called with the final state of each whole shot, in their order, and its first where that was recorded; arrays are
 * the callee's for the call only
 * @throws RelaxdError `file-unreadable`, `record-damaged`, `unsupported-version`
 */
export async function readRecordedShots(
  path: string,
  onFinal?: (state: States, header: RecordHeader, first: States | null) => void,
): Promise<RecordedShots> {
  const { RecordReader } = await import('./record-reader.js');
  await using record = await RecordReader.open(path);
  const { header } = record;
  const has = (channel: 'energy' | 'work' | 'heat'): boolean => header.channels.includes(channel);
  const kept = { work: [] as number[], heat: [] as number[], energyChange: [] as number[] };
  const series: Float64Array[] | null =
    has('energy') && record.rows <= MOST_SERIES_ROWS ? [] : null;
  let shots = 0;
  let torn = 0;
  let open: OpenShot | null = null;
  const last = header.readouts - 1;
  const begin = (shot: number): OpenShot => ({
    shot,
    startEnergy: NaN,
    complete: false,
    energies: series === null ? null : new Float64Array(header.readouts),
    first: null,
    seen: 0,
  });
  const { sites } = header;
  const take = (chunk: SampleChunk): void => {
    const { work, heat, energy } = chunk;
    let state = 0;
    const stateAt = (at: number): States => chunk.state.subarray(at * sites, (at + 1) * sites);
    for (let k = 0; k < chunk.rows; k++) {
      const step = chunk.step[k]!;
      const shot = chunk.shot[k]!;
      if (open === null || open.shot !== shot) {
        if (open !== null) torn++;
        open = begin(shot);
      }
      const hasState = chunk.stateRows[state] === k;
      if (step === 0) {
        open.complete = true;
        if (hasState && onFinal !== undefined) open.first = stateAt(state).slice();
        open.startEnergy = (energy?.[k] ?? NaN) - (work?.[k] ?? NaN) + (heat?.[k] ?? NaN);
      }
      if (open.energies !== null) open.energies[step] = energy?.[k] ?? NaN;
      open.seen++;
      if (step === last) {
        if (open.complete) {
          shots++;
          kept.work.push(work?.[k] ?? NaN);
          kept.heat.push(heat?.[k] ?? NaN);
          kept.energyChange.push((energy?.[k] ?? NaN) - open.startEnergy);
          if (open.energies !== null && open.seen === header.readouts) series!.push(open.energies);
          if (hasState) onFinal?.(stateAt(state), header, open.first);
        } else torn++;
        open = null;
      }
      if (hasState) state++;
    }
  };
  for await (const chunk of record.chunks()) take(chunk);
  if (open !== null) torn++;
  const all = has('energy') && has('work') && has('heat');
  return {
    header,
    shots,
    torn,
    damage: record.damage?.reason ?? null,
    work: has('work') ? kept.work : null,
    heat: has('heat') ? kept.heat : null,
    energyChange: all ? kept.energyChange : null,
    energySeries: series !== null && series.length > 0 ? series : null,
  };
}
