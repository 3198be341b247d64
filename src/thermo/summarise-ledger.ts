import { RelaxdError } from '../core/index.js';
import { jarzynskiAverage } from './fluctuation.js';
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

/** A run's thermodynamics with standard errors; `null` where undefined, the reason in `warnings`. */
export interface LedgerSummary {
  readonly work: SpreadEstimate | null;
  readonly heat:
    | (SpreadEstimate & {
        readonly baths: readonly (SpreadEstimate & {
          readonly bath: string;
          readonly temperature: number;
        })[];
      })
    | null;
  readonly energyChange: SpreadEstimate | null;
  readonly entropyProduction:
    (Estimate & { readonly method: string; readonly rate: Estimate }) | null;
  readonly firstLawResidual: Quantity;
  readonly jarzynski: Estimate | null;
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
  return {
    work: context.noEnergy === null ? spread(work) : null,
    heat:
      context.noHeat === null
        ? {
            ...spread(heat),
            baths: context.baths.map((bath, b) => ({
              bath: bath.name,
              temperature: bath.temperature,
              ...spread(moments(ledger.bathHeat[b]!)),
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
          }
        : null,
    firstLawResidual: worst,
    jarzynski,
    warnings,
  };
}

function jarzynskiOf(ledger: RunLedger, warnings: string[]): Estimate | null {
  const beta = ledger.context.jarzynskiBeta;
  if (beta === null) return null;
  if (ledger.shots === 0) {
    warnings.push('jarzynski is null: no shot ended');
    return { mean: null, sem: null };
  }
  const { logMean, mean, sem } = jarzynskiAverage(ledger.work, beta);
  if (mean === Infinity) warnings.push(`jarzynski does not fit into a double: it is e^${logMean}`);
  return { mean: finite(mean), sem: finite(sem) };
}
