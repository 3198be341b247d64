import type { DeviceResult, Quantity, SeriesOf } from '../device/index.js';
import { moments, type RunningMoments } from '../thermo/index.js';
import type { Candidate, FoundProtocols } from './optimise-protocol.js';
import { magnetisations, populationEntropy, type Four } from './populations.js';
import { SUCCESS_ABOVE, type DrivePrediction } from './predict-drive.js';
import type { DrivePlan } from './prepare-drive.js';
import type { ProtocolPoint } from './protocol.js';
import type { Start } from './start-state.js';

/** What is kept of a shot; overlaps in the order of the references. */
export interface ObservedShot {
  /** At the last readout. */
  readonly overlaps: Float64Array;
  /** With the target, at the release. */
  readonly held: number;
  /** null: the target was not reached for good. */
  readonly transitionTime: number | null;
  /** Of all sites, in the program's unit; NaN where the device does not say. */
  readonly work: number;
  readonly heat: number;
}

/** A measured quantity beside what theory says of it. */
export interface ComparedQuantity {
  readonly mean: Quantity;
  /** Standard error of the mean; null for fewer than two shots. */
  readonly sem: Quantity;
  /** The overlap equations' value; null where they say nothing. */
  readonly theory: Quantity;
  /** (mean − theory) in standard errors; null where one of them is null or the error is 0. */
  readonly deviation: Quantity;
}

/** A mean over the shots at each readout, beside theory's course. */
export interface ComparedCourse {
  readonly mean: readonly Quantity[];
  readonly sem: readonly Quantity[];
  readonly theory: readonly number[] | null;
}

/** How a driven retrieval went: the `drive` member of its result (docs/formats/drive.md). Energies are per site, in `unit.energy`. */
export interface DriveSummary {
  readonly order: number;
  readonly sites: number;
  readonly memories: number;
  readonly load: number;
  /** In `unit.energy`. */
  readonly temperature: number;
  readonly target: number;
  readonly other: number | null;
  readonly from:
    | 'paramagnet'
    | { readonly memory: number }
    | { readonly corrupted: number; readonly fraction: number };
  readonly startOverlap: number;
  readonly cue: { readonly memory: number; readonly accuracy: number; readonly wrong: number };
  readonly protocol: readonly ProtocolPoint[];
  readonly release: number;
  readonly relax: number;
  /** What a field of 1 and the energy of a site in it are in the program's unit. */
  readonly unit: { readonly field: number; readonly energy: number };
  readonly references: readonly string[];
  readonly successAbove: number;
  readonly ended: number;
  readonly success: ComparedQuantity;
  readonly overlap: ComparedQuantity;
  readonly held: ComparedQuantity;
  readonly transitionTime: ComparedQuantity;
  readonly work: ComparedQuantity;
  readonly heat: ComparedQuantity;
  /** βQ, in nats per site. */
  readonly mediumEntropy: ComparedQuantity;
  /** βQ + ΔS, in nats per site. */
  readonly entropyProduction: ComparedQuantity;
  /** Work per site and unit of time until the release. */
  readonly power: ComparedQuantity;
  readonly courses: {
    readonly t: readonly number[];
    readonly target: ComparedCourse;
    readonly other: ComparedCourse | null;
    readonly cue: ComparedCourse;
  };
  /** Why there is no theory; null where there is. */
  readonly noTheory: string | null;
  readonly optimised: OptimisedSummary | null;
}

/** What a search found, and what the run says of it. */
export interface OptimisedSummary extends Omit<FoundProtocols, 'gain'> {
  readonly found: Candidate;
  readonly gain: {
    readonly predicted: number;
    /** The baseline as predicted less this run's. */
    readonly measured: { readonly mean: Quantity; readonly sem: Quantity };
  };
}

/** A drive's summary, and the reason for each null in it. */
export interface ObservedDrive {
  readonly drive: DriveSummary;
  readonly warnings: readonly string[];
  readonly [member: string]: unknown;
}

interface Estimate {
  readonly mean: Quantity;
  readonly sem: Quantity;
}
const NOTHING: Estimate = { mean: null, sem: null };
const finite = (x: number): Quantity => (Number.isFinite(x) ? x : null);
const estimate = (all: RunningMoments): Estimate =>
  all.count === 0 ? NOTHING : { mean: finite(all.mean), sem: finite(all.sem) };

/** An estimate beside theory. */
export function compared({ mean, sem }: Estimate, theory: Quantity): ComparedQuantity {
  const known = mean !== null && sem !== null && theory !== null && sem > 0;
  return { mean, sem, theory, deviation: known ? (mean - theory) / sem : null };
}

/** The summary of the shots that came to their end. */
export function summariseDrive(
  plan: DrivePlan,
  shots: readonly ObservedShot[],
  result: DeviceResult,
): ObservedDrive {
  const { prediction, program, protocol, unit, temperature } = plan;
  const scale = program.sites * unit.energy;
  const n = shots.length;
  const succeeded = shots.filter((shot) => shot.overlaps[0]! > SUCCESS_ABOVE);
  const share = succeeded.length / n;
  const of = (value: (shot: ObservedShot) => number): Estimate =>
    estimate(moments(shots.map(value)));
  const work = of((shot) => shot.work / scale);
  const heat = of((shot) => shot.heat / scale);
  const thermal = temperature > 0;
  const medium = thermal ? of((shot) => shot.heat / scale / temperature) : NOTHING;
  const entropies = thermal ? finalEntropies(plan, shots) : null;
  const production =
    entropies === null
      ? NOTHING
      : estimate(moments(shots.map((s, k) => s.heat / scale / temperature + entropies[k]!)));
  const per = (value: Estimate, by: number): Estimate => ({
    mean: value.mean === null ? null : value.mean / by,
    sem: value.sem === null ? null : value.sem / by,
  });
  const passages = succeeded.flatMap((s) => (s.transitionTime === null ? [] : [s.transitionTime]));
  const beside = (value: Estimate, name: keyof Omit<DrivePrediction, 'courses'>) =>
    compared(value, prediction?.[name] ?? null);
  const drive: DriveSummary = {
    order: plan.order,
    sites: program.sites,
    memories: Math.round(plan.load * program.sites ** (plan.order - 1)),
    load: plan.load,
    temperature,
    target: plan.target,
    other: plan.other,
    from: fromDocument(plan.start),
    startOverlap: plan.startOverlap,
    cue: { memory: plan.target, ...plan.cue },
    protocol: protocol.points,
    release: protocol.release,
    relax: plan.relax,
    unit,
    references: plan.hasOther
      ? ['target', 'other', 'cue', 'target × other × cue']
      : ['target', 'cue'],
    successAbove: SUCCESS_ABOVE,
    ended: n,
    success: beside(
      n === 0 ? NOTHING : { mean: share, sem: Math.sqrt((share * (1 - share)) / n) },
      'success',
    ),
    overlap: beside(
      of((s) => s.overlaps[0]!),
      'overlap',
    ),
    held: beside(
      of((s) => s.held),
      'held',
    ),
    transitionTime: beside(estimate(moments(passages)), 'transitionTime'),
    work: beside(work, 'work'),
    heat: beside(heat, 'heat'),
    mediumEntropy: compared(medium, prediction === null ? null : prediction.heat / temperature),
    entropyProduction: beside(production, 'entropyProduction'),
    power: beside(per(work, protocol.release), 'power'),
    courses: coursesOf(plan, result),
    noTheory: plan.noTheory,
    optimised: optimisedOf(plan, work, production),
  };
  return { drive, warnings: reasons(plan, drive, passages.length) };
}

const fromDocument = (start: Start): DriveSummary['from'] => {
  if (start.kind === 'paramagnet') return 'paramagnet';
  if (start.kind === 'memory') return { memory: start.memory };
  return { corrupted: start.memory, fraction: start.fraction };
};

function coursesOf(plan: DrivePlan, result: DeviceResult): DriveSummary['courses'] {
  const theory = plan.prediction?.courses ?? null;
  const { t, overlaps } = result.observables;
  const course = (
    reference: number,
    name: 'target' | 'other' | 'cue',
    from: SeriesOf | undefined,
  ): ComparedCourse => ({
    mean: from?.mean[reference] ?? [],
    sem: from?.sem[reference] ?? [],
    theory: theory?.[name] ?? null,
  });
  return {
    t,
    target: course(0, 'target', overlaps),
    other: plan.hasOther ? course(1, 'other', overlaps) : null,
    cue: course(plan.hasOther ? 2 : 1, 'cue', overlaps),
  };
}

type Outcome = 'target' | 'other' | 'neither';

/**
 * ΔS of a site, one value a shot: the entropy of independent spins with the populations' mean magnetisations, less the start's,
 * which is at least the state's own (and equal to it for N → ∞ at low load). Shots that ended in the target, in the other
 * memory, or in neither are means of their own, since a mean over two outcomes is no state; shots differ by dS/dx of their own magnetisations, so
 * that the mean is S of the means and its error is that of the magnetisations. Null on continuous sites.
 */
function finalEntropies(plan: DrivePlan, shots: readonly ObservedShot[]): number[] | null {
  const { startEntropy, shares, hasOther } = plan;
  if (startEntropy === null) return null;
  const states = shots.map((shot) => magnetisations(shares, hasOther, shot.overlaps));
  const outcomes = shots.map(({ overlaps }): Outcome => {
    if (overlaps[0]! > SUCCESS_ABOVE) return 'target';
    return hasOther && overlaps[1]! > SUCCESS_ABOVE ? 'other' : 'neither';
  });
  const entropies = new Array<number>(shots.length);
  for (const outcome of new Set(outcomes)) {
    const members = states.flatMap((x, k) => (outcomes[k] === outcome ? [{ x, k }] : []));
    const mean = [0, 1, 2, 3].map(
      (p) => members.reduce((sum, { x }) => sum + x[p]!, 0) / members.length,
    ) as unknown as Four;
    const entropy = populationEntropy(shares, mean);
    for (const { x, k } of members) {
      // dS2/dx = −artanh x; at ±1 all members are alike.
      const beyond = shares.reduce((sum, share, p) => {
        const by = x[p]! - mean[p]!;
        return by === 0 ? sum : sum - share * Math.atanh(mean[p]!) * by;
      }, 0);
      entropies[k] = entropy + beyond - startEntropy;
    }
  }
  return entropies;
}

function optimisedOf(
  plan: DrivePlan,
  work: Estimate,
  production: Estimate,
): OptimisedSummary | null {
  const { optimised } = plan;
  if (optimised === null) return null;
  const { gain, ...found } = optimised;
  const [cost, baseline] =
    found.objective === 'work'
      ? [work, found.baseline.work]
      : [production, found.baseline.entropyProduction];
  return {
    ...found,
    gain: {
      predicted: gain,
      measured: { mean: cost.mean === null ? null : baseline - cost.mean, sem: cost.sem },
    },
  };
}

function reasons(plan: DrivePlan, drive: DriveSummary, passages: number): string[] {
  const { ended } = drive;
  if (ended === 0) return ['drive: every mean is null: no shot came to its end'];
  const reasons: string[] = [];
  const say = (what: string, why: string): void => {
    reasons.push(`drive.${what}: ${why}`);
  };
  if (ended === 1) say('*.sem', 'null: a standard error needs at least two shots');
  if (passages === 0) say('transitionTime.mean', 'null: no shot ended in the target');
  else if (passages === 1 && ended > 1) {
    say('transitionTime.sem', 'null: only one shot ended in the target');
  }
  if (drive.work.mean === null) say('work and power', 'null: the device reads no work out');
  if (drive.heat.mean === null) {
    say('heat, mediumEntropy and entropyProduction', 'null: the device reads no heat out');
  } else if (!(plan.temperature > 0)) {
    say('mediumEntropy and entropyProduction', 'null: they are infinite at T = 0');
  } else if (plan.startEntropy === null) {
    say(
      'entropyProduction',
      'null: the entropy of continuous sites is not known; mediumEntropy is heat / T',
    );
  }
  if (plan.prediction !== null && plan.prediction.transitionTime === null) {
    say('transitionTime.theory', 'null: in theory the target is not reached');
  }
  return reasons;
}
