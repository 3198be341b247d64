import type { RetentionRule } from './retention-rule.js';

/** A run that has ended and has a record. */
export interface RecordedRun {
  readonly run: string;
  readonly job: string;
  readonly device: string;
  readonly origin: string;
  /** Of its job. */
  readonly kind: string;
  readonly endedAt: string;
  readonly rows: number;
  /** Of the record. */
  readonly bytes: number;
  /** Why it stays, whatever a rule says; null: nothing keeps it. */
  readonly held: string | null;
}

/** A record that a rule wants to go. */
export interface Chosen extends RecordedRun {
  /** The first rule that wants it. */
  readonly rule: string;
}

const DAY_MS = 86_400_000;

/**
 * Which records the rules want to go, in the order in which they would: rule by rule, the oldest first. Those that are held are
 * among them, and count as kept.
 *
 * @param runs the oldest first
 */
export function chooseDeletions(
  runs: readonly RecordedRun[],
  rules: readonly RetentionRule[],
  nowMs: number,
): Chosen[] {
  const chosen = new Map<string, Chosen>();
  for (const rule of rules) {
    const ruled = runs.filter((run) => !goes(chosen.get(run.run)) && speaksOf(rule, run));
    const spared = newest(ruled, rule.keepLast);
    let left = ruled.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const run of ruled) {
      const due =
        rule.mostBytes === null
          ? nowMs - Date.parse(run.endedAt) >= rule.olderThanDays! * DAY_MS
          : left > rule.mostBytes;
      if (!due || spared.has(run.run)) continue;
      if (run.held === null) left -= run.bytes;
      if (!chosen.has(run.run)) chosen.set(run.run, { ...run, rule: rule.name });
    }
  }
  return [...chosen.values()];
}

const goes = (chosen: Chosen | undefined): boolean => chosen !== undefined && chosen.held === null;

const speaksOf = ({ devices, kinds, origins }: RetentionRule, run: RecordedRun): boolean =>
  (devices === null || devices.includes(run.device)) &&
  (kinds === null || kinds.includes(run.kind)) &&
  (origins === null || origins.includes(run.origin));

/** The last so many of each device. */
function newest(runs: readonly RecordedRun[], keepLast: number | null): ReadonlySet<string> {
  const spared = new Set<string>();
  if (keepLast === null) return spared;
  const counts = new Map<string, number>();
  for (let k = runs.length - 1; k >= 0; k--) {
    const { run, device } = runs[k]!;
    const count = counts.get(device) ?? 0;
    if (count >= keepLast) continue;
    counts.set(device, count + 1);
    spared.add(run);
  }
  return spared;
}
