import type { DeviceResult, SampleChunk } from '../device/index.js';
import type { DrivePlan } from './prepare-drive.js';
import { summariseDrive, type ObservedDrive, type ObservedShot } from './summarise-drive.js';
import { SUCCESS_ABOVE } from './predict-drive.js';
import { LastPassage } from './transition-time.js';

interface ShotUnderWay {
  readonly overlaps: Float64Array;
  readonly passage: LastPassage;
  held: number;
  t: number;
  work: number;
  heat: number;
}

/**
 * Watches the samples of a driven retrieval. Rows of a shot come in the order of time; shots may come in any order and
 * interleaved. Shots that do not reach their last readout (a run that was stopped) are left out.
 */
export class DriveObserver {
  private readonly shots = new Map<number, ShotUnderWay>();
  private readonly references: readonly Int8Array[];

  constructor(private readonly plan: DrivePlan) {
    this.references = plan.program.references;
  }

  onSamples(chunk: SampleChunk): void {
    const R = this.references.length;
    const { overlaps, state, stateRows } = chunk;
    if (overlaps !== null) {
      for (let row = 0; row < chunk.rows; row++) {
        this.take(chunk, row, overlaps.subarray(row * R, (row + 1) * R));
      }
      return;
    }
    const N = this.plan.program.sites;
    stateRows.forEach((row, k) => {
      const own = Float64Array.from(this.references, (pattern) => {
        let sum = 0;
        for (let i = 0; i < N; i++) sum += pattern[i]! * (state[k * N + i]! < 0 ? -1 : 1);
        return sum / N;
      });
      this.take(chunk, row, own);
    });
  }

  finish(result: DeviceResult): ObservedDrive {
    const duration = this.plan.program.duration * (1 - 1e-9);
    const ended: ObservedShot[] = [];
    // In the order of the shots: sums do not depend on which came first.
    for (const shot of [...this.shots.keys()].sort((a, b) => a - b)) {
      const { passage, t, ...seen } = this.shots.get(shot)!;
      if (t >= duration) ended.push({ ...seen, transitionTime: passage.time });
    }
    return summariseDrive(this.plan, ended, result);
  }

  private take(chunk: SampleChunk, row: number, overlaps: Float64Array): void {
    const { plan, shots } = this;
    const shot = chunk.shot[row]!;
    let seen = shots.get(shot);
    if (seen === undefined) {
      seen = {
        overlaps: new Float64Array(overlaps.length),
        passage: new LastPassage(),
        held: NaN,
        t: NaN,
        work: NaN,
        heat: NaN,
      };
      shots.set(shot, seen);
    }
    const t = chunk.t[row]!;
    const fromOther = plan.start.kind !== 'paramagnet' && plan.start.memory === plan.other;
    seen.passage.take(t, overlaps[0]! - (fromOther ? overlaps[1]! : SUCCESS_ABOVE));
    if (Number.isNaN(seen.held) && t >= plan.protocol.release * (1 - 1e-9)) {
      seen.held = overlaps[0]!;
    }
    seen.overlaps.set(overlaps);
    seen.t = t;
    seen.work = chunk.work?.[row] ?? NaN;
    seen.heat = chunk.heat?.[row] ?? NaN;
  }
}
