import type { ResolvedProgram, SampleChunk } from '../device/index.js';
import { uniformSiteKind } from '../device/index.js';
import type { Readout } from './simulation.js';

/** About this many bytes make a chunk. A fixed size, not a time, so that records are the same bytes each run. */
const CHUNK_BYTES = 256 * 1024;
const MOST_ROWS = 4096;

/** Rows of a block, of which only the run knows which rows of all they are. */
export type Chunk = Omit<SampleChunk, 'firstRow' | 't'>;

/** Collects readouts of a block into chunks of a size that depends on the program only. */
export class ChunkWriter {
  private readonly rowsAChunk: number;
  private readonly references: number;
  private readonly sites: number;
  private readonly continuous: boolean;
  private readonly everyState: boolean;
  private readonly readouts: number;
  private readonly wants: (channel: 'energy' | 'work' | 'heat' | 'overlaps') => boolean;
  /** The chunk that is being filled; null: none has been begun. */
  private chunk: Chunk | null = null;
  private rows = 0;
  private states = 0;
  private left: number;

  /**
   * @param shots of the block
   * @param emit gets chunks whose arrays are its own: nobody else has them
   */
  constructor(
    program: ResolvedProgram,
    times: Float64Array,
    shots: number,
    private readonly emit: (chunk: Chunk) => void,
  ) {
    const { channels } = program.readout;
    this.references = program.references.length;
    this.sites = program.sites;
    this.continuous = uniformSiteKind(program) !== 'ising';
    this.everyState = channels.includes('state');
    this.readouts = times.length;
    this.wants = (channel) => channels.includes(channel);
    const stateBytes = this.sites * (this.continuous ? 8 : 1);
    const rowBytes =
      40 +
      (this.everyState ? stateBytes : stateBytes / times.length) +
      (this.wants('overlaps') ? 8 * this.references : 0);
    this.rowsAChunk = Math.max(1, Math.min(MOST_ROWS, Math.floor(CHUNK_BYTES / rowBytes)));
    this.left = shots * times.length;
  }

  add({ shot, step, energy, work, heat, overlaps, state }: Readout): void {
    const chunk = (this.chunk ??= this.begin());
    const k = this.rows++;
    chunk.shot[k] = shot;
    chunk.step[k] = step;
    if (chunk.energy !== null) chunk.energy[k] = energy;
    if (chunk.work !== null) chunk.work[k] = work;
    if (chunk.heat !== null) chunk.heat[k] = heat;
    if (chunk.overlaps !== null) chunk.overlaps.set(overlaps, k * this.references);
    if (this.everyState || step === this.readouts - 1) {
      chunk.stateRows[this.states] = k;
      chunk.state.set(state, this.states * this.sites);
      this.states++;
    }
    if (this.rows === chunk.rows) this.flush();
  }

  flush(): void {
    const { chunk, rows, states } = this;
    if (chunk === null) return;
    this.emit(rows === chunk.rows && states === chunk.stateRows.length ? chunk : this.cut(chunk));
    this.left -= rows;
    this.chunk = null;
    this.rows = 0;
    this.states = 0;
  }

  /** Room for the rows of a chunk, and for the states of as many shots as can end in it. */
  private begin(): Chunk {
    const rows = Math.min(this.rowsAChunk, Math.max(1, this.left));
    const states = this.everyState ? rows : Math.ceil(rows / this.readouts);
    const column = (channel: 'energy' | 'work' | 'heat'): Float64Array | null =>
      this.wants(channel) ? new Float64Array(rows) : null;
    return {
      rows,
      shot: new Int32Array(rows),
      step: new Int32Array(rows),
      energy: column('energy'),
      work: column('work'),
      heat: column('heat'),
      overlaps: this.wants('overlaps') ? new Float64Array(rows * this.references) : null,
      stateRows: new Int32Array(states),
      state: this.continuous
        ? new Float64Array(states * this.sites)
        : new Int8Array(states * this.sites),
    };
  }

  /** The chunk with the room that was not needed left out. */
  private cut(chunk: Chunk): Chunk {
    const { rows, states, references, sites } = this;
    const upTo = <A extends Int32Array | Float64Array | Int8Array>(all: A, length: number): A =>
      all.length === length ? all : (all.slice(0, length) as A);
    const column = (values: Float64Array | null, width = 1): Float64Array | null =>
      values === null ? null : upTo(values, rows * width);
    return {
      rows,
      shot: upTo(chunk.shot, rows),
      step: upTo(chunk.step, rows),
      energy: column(chunk.energy),
      work: column(chunk.work),
      heat: column(chunk.heat),
      overlaps: column(chunk.overlaps, references),
      stateRows: upTo(chunk.stateRows, states),
      state: upTo(chunk.state, states * sites),
    };
  }
}

/** The memory of a chunk's arrays, to be handed over to another thread instead of copied. */
export function buffersOf(chunk: Chunk): ArrayBuffer[] {
  const { shot, step, energy, work, heat, overlaps, stateRows, state } = chunk;
  return [shot, step, energy, work, heat, overlaps, stateRows, state]
    .filter((array) => array !== null)
    .map((array) => array.buffer as ArrayBuffer);
}

/**
 * The chunk as listeners get it, in the thread that they are in. Times are added here, not sent: that this thread allocates
 * something for each chunk lets V8 see how much of it lies about, and free it young. Of arrays that are only handed over it
 * takes no notice until all of the heap has to be gone through.
 * @param times of the run's readouts
 */
export function placedChunk(chunk: Chunk, firstRow: number, times: Float64Array): SampleChunk {
  const t = new Float64Array(chunk.rows);
  for (let k = 0; k < t.length; k++) t[k] = times[chunk.step[k]!]!;
  return { ...chunk, firstRow, t };
}
