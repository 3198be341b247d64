import type { Descriptor, HeldOutMean, ResidualPlot } from '../../device/index.js';
import type { CircuitProbe } from '../circuit/circuit-probe.js';
import type { Reference } from '../parameter.js';
import { fitSupply, type SupplyFit, type SupplyReading } from '../supply/fit-supply.js';
import { supplyUse } from '../supply/supply-use.js';

/** What a run's result says of energies, as far as it is used here. */
export interface CostOfRun {
  readonly thermodynamics?: {
    readonly supply?: { readonly mean: number | null; readonly sem: number | null };
    readonly heat: { readonly mean: number | null } | null;
  };
}

/** What was found of the monitor of heat. */
export interface HeatMonitor {
  readonly gain: number;
  readonly offsetW: number;
}

/** What the supply of a board gives, from the probes of its calibration; and what it gave in programs that were not fitted. */
export interface SupplyReport {
  readonly fit: SupplyFit;
  /** Joules a shot; null: not measured there. */
  readonly heldOut: readonly (HeldOutMean | null)[];
  readonly residuals: ResidualPlot;
}

/** The parameter that is known from elsewhere only, and what it is taken to be where a body does not say: the monitor's certificate. */
export const SUPPLY_GAIN = 'supplyGain';
export const USUAL_SUPPLY_GAIN: Reference = { name: SUPPLY_GAIN, value: 1, standardError: 0.01 };

/**
 * @param probes those that are fitted, then those that are held out
 * @param fitted how many of them are fitted
 * @param runs of the probes, in their order
 * @returns null where the device does not measure its supply, or too little of it
 */
export function measuredSupply(
  probes: readonly CircuitProbe[],
  fitted: number,
  runs: readonly CostOfRun[],
  { units }: Descriptor,
  gain: Reference,
  heatMonitor: HeatMonitor,
): SupplyReport | null {
  const joules = units.energy.joules ?? 0;
  const readings = probes.map((probe, k): (SupplyReading & { readonly semJ: number }) | null => {
    const { supply, heat = null } = runs[k]?.thermodynamics ?? {};
    if (supply?.mean == null) return null;
    const shownJ = heat?.mean == null ? null : heat.mean * joules;
    // Heat that the bath gives comes from the source of noise, which is on whether it gives or takes.
    const use = supplyUse(probe, (durationS) =>
      shownJ === null
        ? 0
        : Math.max(0, (shownJ - heatMonitor.offsetW * durationS) / heatMonitor.gain),
    );
    return { use, meanJ: supply.mean, semJ: supply.sem ?? 0 };
  });
  const used = readings.slice(0, fitted).filter((one) => one !== null);
  const fit = fitSupply(used, gain);
  if (fit === null) return null;
  return {
    fit,
    heldOut: readings.slice(fitted).map((one): HeldOutMean | null => {
      if (one === null) return null;
      const measured = { mean: one.meanJ, sem: one.semJ };
      const predicted = fit.predict(one.use);
      const z = (measured.mean - predicted.mean) / Math.hypot(measured.sem, predicted.sem);
      return { measured, predicted, z };
    }),
    residuals: {
      title: 'Energy of the supply over what the model expects',
      probe: null,
      x: { label: 'probe', unit: '1', values: used.map((_, k) => k) },
      y: { label: 'measured over predicted', unit: '1' },
      measured: used.map(({ use, meanJ }) => meanJ / fit.predict(use).mean),
      standardError: used.map(({ use }) => {
        const { mean, sem } = fit.predict(use);
        return sem / mean;
      }),
      predicted: used.map(() => 1),
    },
  };
}
