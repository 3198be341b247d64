import type { SampleBatch } from '../api/sample-batch.js';

export type State = Int8Array | Float64Array;

/** The readouts of one shot, in the order of time. */
export interface ShotTrack {
  readonly shot: number;
  readonly t: number[];
  /** NaN where the run does not record it. */
  readonly energy: number[];
  readonly work: number[];
  readonly heat: number[];
  /** [readout][reference]; empty where overlaps are not recorded. */
  readonly overlaps: Float64Array[];
  /** State at a readout; null where it was not read out. */
  readonly states: (State | null)[];
  /** True once a later shot has begun or the record has ended. */
  whole: boolean;
}

/** Gathers the rows of a run, in whatever order its shots come, into one track a shot. */
export class ShotTracks {
  private readonly byShot = new Map<number, ShotTrack>();
  /** Sites N; 0 before the first batch. */
  sites = 0;
  references = 0;
  /** Bytes that the states take. */
  bytes = 0;
  /** True where sites are ±1, as far as the states that came tell. */
  spins = true;
  private lastShot = -1;

  /** Shots that have come, by number. */
  get tracks(): ShotTrack[] {
    return [...this.byShot.values()].sort((a, b) => a.shot - b.shot);
  }

  get whole(): number {
    let count = 0;
    for (const track of this.byShot.values()) if (track.whole) count++;
    return count;
  }

  add(batch: SampleBatch): void {
    const { sites, references } = batch;
    this.sites = sites;
    this.references = references;
    const isSpins = batch.stateValues.length === 0;
    if (batch.stateRows.length > 0) this.spins = isSpins;
    const states: State = isSpins ? batch.stateSpins : batch.stateValues;
    const stateOf = new Map(batch.stateRows.map((row, k) => [row, k]));
    for (let row = 0; row < batch.rows; row++) {
      const track = this.track(batch.shot[row]!);
      const k = stateOf.get(row);
      const state = k === undefined ? null : states.slice(k * sites, (k + 1) * sites);
      if (state !== null) this.bytes += state.byteLength;
      track.t.push(batch.t[row]!);
      track.energy.push(batch.energy[row] ?? NaN);
      track.work.push(batch.work[row] ?? NaN);
      track.heat.push(batch.heat[row] ?? NaN);
      if (batch.overlaps.length > 0) {
        track.overlaps.push(batch.overlaps.slice(row * references, (row + 1) * references));
      }
      track.states.push(state);
    }
  }

  /** The record has ended: nothing follows. */
  finish(): void {
    for (const track of this.byShot.values()) track.whole = true;
  }

  private track(shot: number): ShotTrack {
    let track = this.byShot.get(shot);
    if (shot !== this.lastShot) {
      const before = this.byShot.get(this.lastShot);
      if (before !== undefined) before.whole = true;
      this.lastShot = shot;
    }
    if (track === undefined) {
      track = {
        shot,
        t: [],
        energy: [],
        work: [],
        heat: [],
        overlaps: [],
        states: [],
        whole: false,
      };
      this.byShot.set(shot, track);
    }
    return track;
  }
}

/** The state to show at a readout: the newest up to then, else the next one; null where a shot has none. */
export function stateAt(track: ShotTrack, step: number): { state: State; step: number } | null {
  for (let k = Math.min(step, track.states.length - 1); k >= 0; k--) {
    const state = track.states[k];
    if (state !== null && state !== undefined) return { state, step: k };
  }
  for (let k = step + 1; k < track.states.length; k++) {
    const state = track.states[k];
    if (state !== null && state !== undefined) return { state, step: k };
  }
  return null;
}
