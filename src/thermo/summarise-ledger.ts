import { RelaxdError } from '../core/index.js';
import { totalBounds, type Bound } from './entropy-bounds.js';
import { jarzynskiAverage } from './fluctuation.js';
import { freeEnergyFromWork } from './free-energy.js';
import type { RunLedger } from './ledger.js';
import { moments, type RunningMoments } from './statistics.js';

type Quantity = number | null;
interface Estimate {
  readonly mean: Quantity;
  readonly sem: Quantity;
}
interface SpreadEstimate extends Estimate {
  readonly variance: Quantity;
}

/** Bounds of a total entropy production, nats. */
export interface EntropyBounds {
  readonly least: Estimate;
  readonly most: Estimate;
  /** What `most` is. */
  readonly method: string;
}

/** A run's thermodynamics with standard errors; `null` where undefined, the reason in `warnings`. */
export interface LedgerSummary {
  readonly work:
    | (SpreadEstimate & {
        /** The drives' share and the controls', where the run says which of them change; null: booked in one sum. */
        readonly drives?: SpreadEstimate | null;
        readonly controls?: SpreadEstimate | null;
      })
    | null;
  readonly heat:
    | (SpreadEstimate & {
        /** What a stationary state goes on giving off, and what changes give off beside it; null: not told apart. */
        readonly housekeeping?: Estimate | null;
        readonly excess?: Estimate | null;
        readonly baths: readonly (SpreadEstimate & {
          readonly bath: string;
          readonly temperature: number;
          /** As of all baths, where there are several. */
          readonly housekeeping?: Estimate | null;
          readonly excess?: Estimate | null;
        })[];
      })
    | null;
  readonly energyChange: SpreadEstimate | null;
  readonly entropyProduction:
    | (Estimate & {
        readonly method: string;
        readonly rate: Estimate;
        /** Between which the total lies, where the mean is only the baths' part and the start's entropy is known. */
        readonly bounds?: EntropyBounds;
      })
    | null;
  readonly firstLawResidual: Quantity;
  readonly jarzynski:
    | (Estimate & {
        /** −T ln of the mean, its bias taken off. */
        readonly freeEnergy: Estimate;
        /** What has been taken off. */
        readonly bias: Quantity;
        /** Shots that count in the average, (Σw)²/Σw². */
        readonly effectiveSamples: Quantity;
        /** False where too few shots count; a warning says so. */
        readonly trusted: boolean;
      })
    | null;
  readonly warnings: readonly string[];
}

const finite = (x: number): Quantity => (Number.isFinite(x) ? x : null);
/** The mean of nothing is not 0. */
const meanOf = (m: RunningMoments): number => (m.count === 0 ? NaN : m.mean);
const estimate = (m: RunningMoments): Estimate => ({ mean: finite(meanOf(m)), sem: finite(m.sem) });
const spread = (m: RunningMoments): SpreadEstimate => ({
  ...estimate(m),
  variance: finite(m.variance),
});

/** The first law must hold to this, times N, in every shot. */
export const FIRST_LAW_TOLERANCE = 1e-9;

/**
 * @param duration of one shot, in the device's unit, for the entropy production's rate
 * @throws RelaxdError `first-law-violated` where a shot's ΔE − W + Q exceeds 1e-9·N·max(1, |ΔE|/N, |W|/N)
 */
export function summariseLedger(ledger: RunLedger, duration: number): LedgerSummary {
  const { context } = ledger;
  const warnings: string[] = [];
  const because = (what: string, reason: string | null): void => {
    if (reason !== null)
      warnings.push(`${what} ${what.includes(' and ') ? 'are' : 'is'} null: ${reason}`);
  };
  if (ledger.shots < 2) {
    warnings.push('standard errors and variances are null: they need at least two shots');
  }

  let worst: number | null = null;
  const noFirstLaw = context.noFirstLaw ?? null;
  if (context.noEnergy === null && context.noHeat === null) {
    because('firstLawResidual', noFirstLaw);
  }
  if (context.noEnergy === null && context.noHeat === null && noFirstLaw === null) {
    worst = 0;
    for (let k = 0; k < ledger.shots; k++) {
      const residual = ledger.residual(k);
      const scale = Math.max(
        context.sites,
        Math.abs(ledger.energyChange[k]!),
        Math.abs(ledger.work[k]!),
      );
      if (!(residual <= FIRST_LAW_TOLERANCE * scale)) {
        throw new RelaxdError(
          'first-law-violated',
          `shot ${k}: |ΔE − W + Q| = ${residual} exceeds ${FIRST_LAW_TOLERANCE * scale}`,
          { shot: k, value: residual, limit: FIRST_LAW_TOLERANCE * scale },
        );
      }
      worst = Math.max(worst, residual);
    }
  }
  because('work, energyChange and firstLawResidual', context.noEnergy);
  because('heat and firstLawResidual', context.noHeat);
  because('entropyProduction', context.noEntropy);
  because('jarzynski', context.noJarzynski);

  /** A quantity that should have a number and has none: never without its reason. */
  const expectFinite = (what: string, values: RunningMoments): void => {
    if (Number.isFinite(meanOf(values))) return;
    because(what, ledger.shots === 0 ? 'no shot ended' : 'it is not finite in at least one shot');
  };
  const [work, heat, energyChange, entropy] = [
    moments(ledger.work),
    moments(ledger.heat),
    moments(ledger.energyChange),
    moments(ledger.mediumEntropy),
  ];
  if (context.noEnergy === null) expectFinite('work', work);
  if (context.noHeat === null) expectFinite('heat', heat);
  if (context.noEnergy === null) expectFinite('energyChange', energyChange);
  if (context.noEntropy === null) expectFinite('entropyProduction', entropy);
  const jarzynski = jarzynskiOf(ledger, warnings);
  const parts =
    context.noHeat === null ? heatParts(ledger, heat, duration, because) : { total: {}, baths: [] };
  const bounds = context.noEntropy === null ? entropyBounds(ledger) : null;
  return {
    work: context.noEnergy === null ? { ...spread(work), ...workShares(ledger, because) } : null,
    heat:
      context.noHeat === null
        ? {
            ...spread(heat),
            ...parts.total,
            baths: context.baths.map((bath, b) => ({
              bath: bath.name,
              temperature: bath.temperature,
              ...spread(moments(ledger.bathHeat[b]!)),
              // Of one bath it is that of all.
              ...(context.baths.length > 1 ? parts.baths[b] : {}),
            })),
          }
        : null,
    energyChange: context.noEnergy === null ? spread(energyChange) : null,
    entropyProduction:
      context.noEntropy === null
        ? {
            ...estimate(entropy),
            method: context.entropyMethod,
            rate: { mean: finite(meanOf(entropy) / duration), sem: finite(entropy.sem / duration) },
            ...(bounds === null ? {} : { bounds }),
          }
        : null,
    firstLawResidual: worst,
    jarzynski,
    warnings,
  };
}

type Because = (what: string, reason: string | null) => void;

/** Work by drives and by controls: booked apart, or all of it where only one of them changes. */
function workShares(
  ledger: RunLedger,
  because: Because,
): { readonly drives?: SpreadEstimate | null; readonly controls?: SpreadEstimate | null } {
  const changing = ledger.context.changing ?? null;
  const [drives, controls] = [moments(ledger.driveWork), moments(ledger.controlWork)];
  if (ledger.shots > 0 && Number.isFinite(drives.mean) && Number.isFinite(controls.mean)) {
    return { drives: spread(drives), controls: spread(controls) };
  }
  if (changing === null) return {};
  if (changing.drives && changing.controls) {
    because(
      'work.drives and work.controls',
      'drives and controls both change, and this device adds up their work in one sum',
    );
    return { drives: null, controls: null };
  }
  const all = spread(moments(ledger.work));
  const nothing = spread(moments(ledger.work.map(() => 0)));
  return { drives: changing.controls ? nothing : all, controls: changing.controls ? all : nothing };
}

interface HeatParts {
  readonly housekeeping?: Estimate | null;
  readonly excess?: Estimate | null;
}

/**
 * Housekeeping and excess heat (Oono & Paniconi 1998): the first is what the stationary state of the present drives and controls gives
 * off all the time, the second the rest. Rates in detailed balance have none of the first; a run that is stationary has
 * nothing else; where nothing changes and the stationary currents are known, they are told apart exactly.
 * @returns of all baths together, and of each
 */
function heatParts(
  { context, bathHeat }: RunLedger,
  heat: RunningMoments,
  duration: number,
  because: Because,
): { readonly total: HeatParts; readonly baths: readonly HeatParts[] } {
  const balance = context.balance ?? null;
  const rates = context.stationaryHeat ?? null;
  const each = bathHeat.map((column) => moments(column));
  const nothing: Estimate = { mean: 0, sem: 0 };
  const all = (part: (heat: RunningMoments, kept: number | null) => HeatParts) => ({
    total: part(heat, rates === null ? null : rates.reduce((a, b) => a + b, 0) * duration),
    baths: each.map((one, b) => part(one, rates === null ? null : rates[b]! * duration)),
  });
  if (balance === null) return all(() => ({}));
  if (balance.detailed) {
    return all((given) => ({ housekeeping: nothing, excess: estimate(given) }));
  }
  if (rates !== null) {
    return all((given, kept) => ({
      housekeeping: { mean: kept, sem: 0 },
      excess: { mean: finite(meanOf(given) - kept!), sem: finite(given.sem) },
    }));
  }
  if (context.stationary === true) {
    return all((given) => ({ housekeeping: estimate(given), excess: nothing }));
  }
  because(
    'heat.housekeeping and heat.excess',
    `${balance.why ?? 'the rates are not in detailed balance'}, and the currents of the stationary state are not known; a run that starts in it (equilibrium with burnIn, nothing changing) measures them`,
  );
  return all(() => ({ housekeeping: null, excess: null }));
}

/** {@link totalBounds} of a run, as a result shows them. */
function entropyBounds(ledger: RunLedger): EntropyBounds | null {
  const { context, ends, mediumEntropy: medium, work } = ledger;
  const found = totalBounds({ context, ends, medium, work });
  if (found === null) return null;
  const shown = ({ mean, sem }: Bound): Estimate => ({ mean: finite(mean), sem: finite(sem) });
  return { least: shown(found.least), most: shown(found.most), method: found.method };
}

function jarzynskiOf(ledger: RunLedger, warnings: string[]): LedgerSummary['jarzynski'] {
  const beta = ledger.context.jarzynskiBeta;
  if (beta === null) return null;
  if (ledger.shots === 0) {
    warnings.push('jarzynski is null: no shot ended');
    const nothing: Estimate = { mean: null, sem: null };
    const found = { bias: null, effectiveSamples: null, trusted: false };
    return { ...nothing, freeEnergy: nothing, ...found };
  }
  const { logMean, mean, sem } = jarzynskiAverage(ledger.work, beta);
  if (mean === Infinity) warnings.push(`jarzynski does not fit into a double: it is e^${logMean}`);
  const found = freeEnergyFromWork(ledger.work, beta);
  if (!found.trusted && ledger.shots > 1) {
    warnings.push(`jarzynski cannot be trusted: ${found.reason}; take more shots, or go slower`);
  }
  return {
    mean: finite(mean),
    sem: finite(sem),
    freeEnergy: { mean: finite(found.freeEnergy), sem: finite(found.standardError) },
    bias: finite(found.bias),
    effectiveSamples: finite(found.effectiveSamples),
    trusted: found.trusted,
  };
}
