import { systemTimeline, throwIfAborted, type Timeline } from '../../core/index.js';
import type { Device } from '../device.js';
import { Bench, type FaultInjector } from './bench.js';
import { Checks, type GroupReport } from './checks.js';
import { couplingsGroup } from './couplings-group.js';
import { describeGroup } from './describe-group.js';
import { faultsGroup } from './faults-group.js';
import { leaksGroup } from './leaks-group.js';
import { lifeCycleGroup } from './life-cycle-group.js';
import { pauseGroup } from './pause-group.js';
import { safeStateGroup } from './safe-state-group.js';
import { samplesGroup } from './samples-group.js';
import { statisticsGroup } from './statistics-group.js';
import { validateGroup } from './validate-group.js';

const GROUPS = {
  describe: describeGroup,
  validate: validateGroup,
  couplings: couplingsGroup,
  'life-cycle': lifeCycleGroup,
  samples: samplesGroup,
  pause: pauseGroup,
  'safe-state': safeStateGroup,
  faults: faultsGroup,
  statistics: statisticsGroup,
  leaks: leaksGroup,
};
export type ConformanceGroup = keyof typeof GROUPS;
export const CONFORMANCE_GROUPS = Object.keys(GROUPS) as readonly ConformanceGroup[];

export interface ConformanceOptions {
  /** Makes the device, not connected. Called again and again, always after the one before was closed. */
  readonly open: () => Promise<Device>;
  /** All of them by default. */
  readonly groups?: readonly ConformanceGroup[];
  /** Makes faults happen; null or left out: those checks are skipped, and said to be. */
  readonly faults?: FaultInjector | null;
  /** Of the runs; the statistical checks of an emulator depend on nothing else. */
  readonly seed?: number;
  /** A check that takes longer has failed, ms; 120 s by default. */
  readonly patienceMs?: number;
  readonly timeline?: Timeline;
  readonly signal?: AbortSignal;
  readonly onGroup?: (group: GroupReport) => void;
}

export interface ConformanceReport {
  readonly device: string;
  readonly driver: string;
  readonly groups: readonly GroupReport[];
  readonly passed: number;
  readonly failed: number;
}

/**
 * Holds a device to everything that the Device contract promises, by its own descriptor: what that claims is tried, what
 * it forbids must be refused. For authors of drivers, and for every device of this project.
 *
 * @throws RelaxdError where the device could not even be made or connected, or `aborted`
 */
export async function conform(options: ConformanceOptions): Promise<ConformanceReport> {
  const timeline = options.timeline ?? systemTimeline;
  const patienceMs = options.patienceMs ?? 120_000;
  const bench = new Bench(
    options.open,
    timeline,
    options.seed ?? 1,
    patienceMs,
    options.faults ?? null,
  );
  const groups: GroupReport[] = [];
  // Timers of a timeline do not keep a process alive.
  const alive = setInterval(() => undefined, 2 ** 30);
  try {
    const { id, driver } = await bench.fresh();
    for (const name of options.groups ?? CONFORMANCE_GROUPS) {
      throwIfAborted(options.signal);
      const checks = new Checks(name, timeline, patienceMs, options.signal);
      await checks.check('the device can be had', async () => {
        await bench.fresh();
      });
      try {
        await GROUPS[name](checks, bench);
      } catch (error) {
        // What no check was made of: the group cannot go on.
        await checks.check('the group’s checks can be made', () => {
          throw error;
        });
      }
      const report = checks.report();
      groups.push(report);
      options.onGroup?.(report);
    }
    const sum = (of: (group: GroupReport) => number): number =>
      groups.reduce((total, group) => total + of(group), 0);
    return {
      device: id,
      driver,
      groups,
      passed: sum((group) => group.passed),
      failed: sum((group) => group.failed),
    };
  } finally {
    clearInterval(alive);
    await bench.close().catch(() => undefined); // its own check has told
  }
}
