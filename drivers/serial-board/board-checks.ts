import type { HealthReport } from '../../src/device/index.js';
import {
  describeFrames,
  describeStatistics,
  type FrameNote,
  type Health,
  type LinkStatistics,
} from '../../src/link/index.js';

/** What the board measures of itself, and how its link is, as checks of a health report. */
export function boardChecks({ measures }: Health, link: LinkStatistics): HealthReport['checks'] {
  const of = measures.map((measure) => {
    const value = measure.value ?? 0;
    const low = measure.low ?? 0;
    const high = measure.high ?? 0;
    return {
      name: measure.name ?? '',
      ok: value >= low && value <= high,
      detail: `${value.toPrecision(5)}, from ${low} to ${high}`,
    };
  });
  return [...of, { name: 'link statistics', ok: true, detail: describeStatistics(link) }];
}

/** The last frames each way, for a bug report. */
export function frameCheck(frames: readonly FrameNote[]): HealthReport['checks'] {
  return frames.length === 0
    ? []
    : [{ name: 'last frames', ok: true, detail: describeFrames(frames) }];
}
