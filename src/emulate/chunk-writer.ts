import type { ResolvedProgram, SampleChunk } from '../device/index.js';
import { uniformSiteKind } from '../device/index.js';
import type { Readout } from './simulation.js';

/** About this many bytes make a chunk. A fixed size, not a time, so that records are the same bytes each run. */
const CHUNK_BYTES = 256 * 1024;
const MOST_ROWS = 4096;

/** Collects readouts into chunks of a size that depends on the program only. */
export class ChunkWriter {
  private readonly rowsAChunk: number;
  private readonly references: number;
  private readonly sites: number;
  private readonly continuous: boolean;
  private readonly everyState: boolean;
  private readonly wants: (channel: 'energy' | 'work' | 'heat' | 'overlaps') => boolean;
  private rows: Readout[] = [];
  private states: (Int8Array | Float64Array)[] = [];
  private stateRows: number[] = [];

  constructor(
    program: ResolvedProgram,
    private readonly times: Float64Array,
    private readonly emit: (chunk: Omit<SampleChunk, 'firstRow'>) => void,
  ) {
    const { channels } = program.readout;
    this.references = program.references.length;
    this.sites = program.sites;
    this.continuous = uniformSiteKind(program) !== 'ising';
    this.everyState = channels.includes('state');
    this.wants = (channel) => channels.includes(channel);
    const stateBytes = this.sites * (this.continuous ? 8 : 1);
    const rowBytes =
      40 +
      (this.everyState ? stateBytes : stateBytes / times.length) +
      (this.wants('overlaps') ? 8 * this.references : 0);
    this.rowsAChunk = Math.max(1, Math.min(MOST_ROWS, Math.floor(CHUNK_BYTES / rowBytes)));
  }

  add(row: Readout): void {
    const last = row.step === this.times.length - 1;
    if (this.everyState || last) {
      this.stateRows.push(this.rows.length);
      this.states.push(row.state.slice());
    }
    this.rows.push({ ...row, overlaps: row.overlaps.slice(), state: NO_STATE });
    if (this.rows.length >= this.rowsAChunk) this.flush();
  }

  flush(): void {
    const { rows } = this;
    if (rows.length === 0) return;
    const column = (channel: 'energy' | 'work' | 'heat'): Float64Array | null =>
      this.wants(channel) ? Float64Array.from(rows, (row) => row[channel]) : null;
    let overlaps: Float64Array | null = null;
    if (this.wants('overlaps')) {
      overlaps = new Float64Array(rows.length * this.references);
      rows.forEach((row, k) => overlaps!.set(row.overlaps, k * this.references));
    }
    const length = this.states.length * this.sites;
    const state = this.continuous ? new Float64Array(length) : new Int8Array(length);
    this.states.forEach((values, k) => state.set(values, k * this.sites));
    this.emit({
      rows: rows.length,
      shot: Int32Array.from(rows, (row) => row.shot),
      step: Int32Array.from(rows, (row) => row.step),
      t: Float64Array.from(rows, (row) => this.times[row.step]!),
      energy: column('energy'),
      work: column('work'),
      heat: column('heat'),
      overlaps,
      stateRows: Int32Array.from(this.stateRows),
      state,
    });
    this.rows = [];
    this.states = [];
    this.stateRows = [];
  }
}

const NO_STATE = new Int8Array(0);
