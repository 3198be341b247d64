import type { Channel, DeviceResult, ResolvedProgram } from '../../device/index.js';
import type { ThermoContext } from '../../thermo/index.js';
import type { EnsembleReadout } from './exact-ensemble.js';
import { spinWarnings } from './spin-thermodynamics.js';

/** Mean and mean square of a quantity. */
interface TwoMoments {
  readonly mean: number;
  readonly square: number;
  /** Where it is known as such, without the difference of two squares. */
  readonly variance?: number | undefined;
}

/** Numbers of an exact solution that a device's result shows. */
export interface ExactNumbers {
  readonly program: ResolvedProgram;
  readonly times: Float64Array;
  readonly context: ThermoContext;
  /** [readout] mean of a reading. */
  readonly series: (pick: (readout: EnsembleReadout) => number) => readonly number[];
  readonly work: TwoMoments;
  readonly heat: TwoMoments;
  /** [bath] */
  readonly baths: readonly TwoMoments[];
  readonly energyChange: TwoMoments;
  /** Total entropy production, nats. */
  readonly entropy: number;
  readonly jarzynski: number;
}

const finite = (x: number): number | null => (Number.isFinite(x) ? x : null);
const sure = (value: number): { mean: number | null; sem: number | null } => ({
  mean: finite(value),
  sem: 0,
});
const spread = ({
  mean,
  square,
  variance = square - mean * mean,
}: TwoMoments): ReturnType<typeof sure> & { variance: number | null } => ({
  ...sure(mean),
  // A difference of rounded squares: not below zero where there is no spread.
  variance: finite(Math.max(0, variance)),
});

/** An exact solution in the form of a device's result: no shots, standard errors of zero. */
export function exactResult(numbers: ExactNumbers): DeviceResult {
  const { program, times, context, work, heat, baths, energyChange, entropy } = numbers;
  const wants = (channel: Channel): boolean => program.readout.channels.includes(channel);
  const series = (
    pick: (readout: EnsembleReadout) => number,
  ): { mean: (number | null)[]; sem: (number | null)[] } => {
    const mean = numbers.series(pick).map(finite);
    return { mean, sem: mean.map(() => 0) };
  };
  const overlaps = program.references.map((_, m) => series((readout) => readout.overlaps[m]!));
  const [hasEnergy, hasHeat] = [context.noEnergy === null, context.noHeat === null];
  return {
    shots: program.shots,
    deviceTime: program.duration,
    engine: 'exact',
    observables: {
      t: Array.from(times),
      ...(wants('energy') ? { energy: series((readout) => readout.energy) } : {}),
      ...(wants('work') ? { work: series((readout) => readout.work) } : {}),
      ...(wants('heat') ? { heat: series((readout) => readout.heat) } : {}),
      ...(wants('overlaps')
        ? {
            overlaps: {
              mean: overlaps.map((s) => s.mean as number[]),
              sem: overlaps.map((s) => s.sem as number[]),
            },
          }
        : {}),
    },
    final: { states: [], overlaps: [] },
    thermodynamics: {
      work: hasEnergy ? { ...spread(work), ...workShares(context, spread(work)) } : null,
      heat: hasHeat
        ? {
            ...spread(heat),
            ...heatParts(context, sure(heat.mean)),
            baths: context.baths.map((bath, b) => ({
              bath: bath.name,
              temperature: bath.temperature,
              ...spread(baths[b]!),
            })),
          }
        : null,
      energyChange: hasEnergy ? spread(energyChange) : null,
      entropyProduction:
        context.noEntropy === null
          ? {
              ...sure(entropy),
              method:
                program.dynamics.order === 'continuous-time'
                  ? 'total (master equation)'
                  : 'total (Markov chain)',
              rate: sure(entropy / program.duration),
            }
          : null,
      firstLawResidual:
        hasEnergy && hasHeat ? Math.abs(energyChange.mean - work.mean + heat.mean) : null,
      jarzynski: context.jarzynskiBeta === null ? null : sure(numbers.jarzynski),
    },
    warnings: warningsOf(program, context),
  };
}

type Spread = ReturnType<typeof spread>;
const NOTHING: Spread = { mean: 0, sem: 0, variance: 0 };

/** All of the work is that of the one kind that changes; left out where both do. */
function workShares(
  { changing }: ThermoContext,
  work: Spread,
): { readonly drives?: Spread; readonly controls?: Spread } {
  if (changing == null || (changing.drives && changing.controls)) return {};
  return {
    drives: changing.controls ? NOTHING : work,
    controls: changing.controls ? work : NOTHING,
  };
}

/** Left out where housekeeping and excess cannot be told apart without the stationary currents. */
function heatParts(
  { balance, stationary }: ThermoContext,
  heat: ReturnType<typeof sure>,
): { readonly housekeeping?: typeof heat; readonly excess?: typeof heat } {
  const nothing = { mean: 0, sem: 0 };
  if (balance == null) return {};
  if (balance.detailed) return { housekeeping: nothing, excess: heat };
  return stationary === true ? { housekeeping: heat, excess: nothing } : {};
}

function warningsOf(program: ResolvedProgram, context: ThermoContext): string[] {
  const warnings = [
    `exact: ensemble averages of ${program.dynamics.order === 'continuous-time' ? 'the master equation' : 'the Markov chain'}; no shots are drawn, standard errors are 0`,
    ...spinWarnings(program),
  ];
  const because = (what: string, reason: string | null): void => {
    if (reason !== null)
      warnings.push(`${what} ${what.includes(' and ') ? 'are' : 'is'} null: ${reason}`);
  };
  because('work, energyChange and firstLawResidual', context.noEnergy);
  because('heat and firstLawResidual', context.noHeat);
  because('entropyProduction', context.noEntropy);
  because('jarzynski', context.noJarzynski);
  if (new Set(program.inputs.map((row) => row.join())).size > 1) {
    warnings.push('averages are over the rows of inputs; entropies are those given the row');
  }
  return warnings;
}
