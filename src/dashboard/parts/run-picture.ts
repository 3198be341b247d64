import type { Job } from '../api/documents.js';
import type { RunFacts } from '../lab/run-facts.js';
import { largestMagnitude } from '../picture/paint-state.js';
import { pictureShape } from '../picture/shape.js';
import type { Replay } from '../replay/replay.svelte.js';
import { stateAt, type State } from '../replay/shot-tracks.js';

/** Everything that the pictures of a run show at the moment. */
export interface RunPicture {
  readonly rows: number;
  readonly columns: number;
  readonly ink: 1 | -1;
  readonly state: State | null;
  /** State at the beginning of the shot. */
  readonly cue: State | null;
  /** True where the shown state was read out at another time than the one that is shown. */
  readonly borrowed: boolean;
  readonly target: readonly number[] | null;
  readonly targetIndex: number | null;
  readonly targetLabel: string | null;
  readonly fullScale: number | null;
  /** Overlap with the target at each readout; empty where it is not known. */
  readonly overlap: readonly number[];
  readonly t: readonly number[];
  /** Overlap with the target at the shown readout. */
  readonly now: number | null;
}

export function runPicture(replay: Replay, facts: RunFacts, job: Job): RunPicture {
  const { track, step } = replay;
  const sites = replay.sites || (facts.references[0]?.length ?? 0);
  const { rows, columns } = pictureShape(sites, facts.shape);
  const targetIndex = job.result?.retrieval?.target ?? facts.target;
  const at = track === null ? null : stateAt(track, step);
  const overlap =
    track === null || targetIndex === null
      ? []
      : track.overlaps.map((overlaps) => overlaps[targetIndex] ?? NaN);
  return {
    rows,
    columns,
    ink: facts.ink,
    state: at?.state ?? null,
    cue: track?.states[0] ?? null,
    borrowed: at !== null && at.step !== step,
    target: targetIndex === null ? null : (facts.references[targetIndex] ?? null),
    targetIndex,
    targetLabel: targetIndex === null ? null : (facts.labels[targetIndex] ?? String(targetIndex)),
    fullScale: replay.spins ? null : largestMagnitude(replay.tracks[0]?.states ?? []),
    overlap,
    t: track?.t ?? [],
    now: overlap[Math.min(step, overlap.length - 1)] ?? null,
  };
}
