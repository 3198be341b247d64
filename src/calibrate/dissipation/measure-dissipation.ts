import { RelaxdError } from '../../core/index.js';
import { moments, student95 } from '../../thermo/index.js';
import { requireLinear, type CircuitSetting } from '../circuit/circuit-setting.js';
import type { MeanWithError } from '../circuit/twin.js';
import { readRecords, type DissipationRecords, type SiteRecord } from './dissipation-records.js';
import {
  readingOf,
  siteModels,
  slopesOf,
  type KnownCircuit,
  type CircuitCourse,
  type SiteModel,
} from './site-model.js';

/** A run whose dissipation is looked for: what was set, and what was recorded. */
export interface DissipationRun extends CircuitCourse {
  /** Of `driven`; `responses` are of the same couplings, wells and temperatures. */
  readonly setting: CircuitSetting;
  readonly records: DissipationRecords;
  /** Samples from which velocities are taken; 1 by default. */
  readonly lag?: number;
  /** What the heat monitor showed of the same program. */
  readonly direct?: DirectHeat;
}

export interface DirectHeat {
  /** Of each shot, program units. */
  readonly totals: Float64Array;
  /** Duration of a shot where it is not the course's, t0. */
  readonly duration?: number;
  /** Sites whose heat it is, all of them with responses; all of the board's by default. */
  readonly sites?: readonly number[];
}

/** Heat a unit of time, program units (C V0²/2 a t0); errors are those of the records and of the calibration together. */
export interface SiteDissipation {
  readonly site: number;
  /** What the violation over the lag is, nothing corrected. */
  readonly reading: MeanWithError;
  /** What it is on average under the calibrated parameters. */
  readonly predicted: number;
  /** reading − predicted, in standard errors. */
  readonly z: number;
  /** The heat current: the reading, with what the lag and the readout's low-pass take from it under the calibrated parameters added. */
  readonly current: MeanWithError;
}

export interface Dissipation {
  readonly lag: number;
  readonly sites: readonly SiteDissipation[];
  /** Currents of all these sites together, correlations kept. */
  readonly total: MeanWithError;
  /** null: no direct heat was given. */
  readonly comparison: {
    readonly direct: MeanWithError;
    /** Of the same sites, by violation. */
    readonly violation: MeanWithError;
    /** Difference over the error of both, the calibration's in both at once. */
    readonly z: number;
    /** The monitor's gain that makes them equal, from nothing that the calibration says of it; null: less than 4 errors of heat. */
    readonly heatGain: MeanWithError | null;
  } | null;
}

/** A ratio is told where what it divides by is so many errors from 0. */
const CLEAR = 4;

/**
 * Heat that each site gives off, from the violation of the fluctuation–response relation (Harada & Sasa, PRL 95, 130602 (2005)): ⟨Q̇⟩ =
 * γ{⟨v²⟩ − 2T R_v(0⁺)}, the integral over frequencies done. With velocities over a lag, samples of a readout y = g(x + v) + σξ and its displacement s
 * for a field of 1, it reads
 *
 *     Q̇ = (c/g²lag²) {⟨(y(t + lag) − y(t))²⟩ − 2σ² − K s(lag)},      K = g c D/φ = 2 g T τ/(ρ c φ)
 *
 * which at one temperature and without drives is 0 over any lag, and tends to the heat current as the lag gets short. The record may be stationary, or
 * any course of which all shots begin alike: then it is the mean over the course. Of the model come c/g², σ and K, with their errors and correlations;
 * use records that the fit has not seen.
 *
 * Heat is Σ F_i ∘ dx_i with F_i = c_i × drift_i, as the heat monitor counts it.
 * @throws RelaxdError `invalid-input`, `wrong-size`
 */
export function measureDissipation(fit: KnownCircuit, run: DissipationRun): Dissipation {
  const { setting, records, direct, course } = run;
  const { parameters, estimate } = fit;
  const { at } = estimate;
  const lag = run.lag ?? 1;
  checkRun(run, lag);
  const found = readRecords(records, lag);
  const duration = direct?.duration ?? course.interval * (course.length - 1);
  const wanted = direct?.sites ?? Array.from({ length: setting.sites }, (_, i) => i);
  const heat = direct === undefined ? null : directMoments(direct, wanted, found);
  const sitesOf = found.map(({ site }) => site);
  const model = (x: Float64Array): SiteModel[] => siteModels(fit, run, sitesOf, lag, x);
  const here = model(at);
  const gainAt = parameters.board('heatGain');
  const offsetAt = parameters.board('heatOffset');
  const isWanted = found.map(({ site }) => wanted.includes(site));
  /** All that is asked for at one point: readings, readings − predicted, currents, total, of the compared sites, direct. */
  const all = (models: readonly SiteModel[], x: Float64Array): Float64Array => {
    const readings = found.map((record, r) => readingOf(record, models[r]!));
    const currents = readings.map((reading, r) => reading + models[r]!.missing);
    const shown = heat === null ? 0 : (heat.mean / duration - x[offsetAt]!) / Math.exp(x[gainAt]!);
    const compared = currents.reduce((sum, v, r) => sum + (isWanted[r]! ? v : 0), 0);
    return Float64Array.from([
      ...readings,
      ...readings.map((reading, r) => reading - models[r]!.predicted),
      ...currents,
      currents.reduce((sum, v) => sum + v, 0),
      compared,
      shown,
    ]);
  };
  const values = all(here, at);
  const slopes = slopesOf(fit, setting, (x) => all(model(x), x));
  const n = found.length;
  const [totalAt, comparedAt, shownAt] = [3 * n, 3 * n + 1, 3 * n + 2];
  const errorOf = (row: Float64Array, ...scatter: number[]): number =>
    Math.hypot(estimate.errorOf(row), ...scatter);
  const scatters = found.map((record, r) => scatterOf([record], [here[r]!]));
  const sites = found.map(({ site }, r): SiteDissipation => {
    const scatter = scatters[r]!;
    return {
      site,
      reading: { mean: values[r]!, sem: errorOf(slopes[r]!, scatter) },
      predicted: here[r]!.predicted,
      z: values[n + r]! / errorOf(slopes[n + r]!, scatter),
      current: { mean: values[2 * n + r]!, sem: errorOf(slopes[2 * n + r]!, scatter) },
    };
  });
  const total = {
    mean: values[totalAt]!,
    sem: errorOf(slopes[totalAt]!, scatterOf(found, here)),
  };
  if (heat === null) return { lag, sites, total, comparison: null };
  const scatter = scatterOf(
    found.filter((_, r) => isWanted[r]),
    here.filter((_, r) => isWanted[r]),
  );
  const gain = Math.exp(at[gainAt]!);
  const scatterOfDirect = heat.sem / duration / gain;
  const difference = slopes[comparedAt]!.map((v, a) => v - slopes[shownAt]![a]!);
  const error = errorOf(difference, scatter, scatterOfDirect);
  const violation = {
    mean: values[comparedAt]!,
    sem: errorOf(slopes[comparedAt]!, scatter),
  };
  return {
    lag,
    sites,
    total,
    comparison: {
      direct: { mean: values[shownAt]!, sem: errorOf(slopes[shownAt]!, scatterOfDirect) },
      violation,
      z: (violation.mean - values[shownAt]!) / error,
      heatGain: gainOf(),
    },
  };

  /** shown × gain/violation: the calibration's own gain cancels. */
  function gainOf(): MeanWithError | null {
    if (!(Math.abs(violation.mean) > CLEAR * violation.sem)) return null;
    const shown = values[shownAt]! * gain;
    const mean = shown / violation.mean;
    const row = slopes[shownAt]!.map(
      (v, a) =>
        (v * gain + (a === gainAt ? shown : 0) - mean * slopes[comparedAt]![a]!) / violation.mean,
    );
    const sem = errorOf(
      row,
      (mean * scatter) / violation.mean,
      (scatterOfDirect * gain) / violation.mean,
    );
    return { mean, sem };
  }
}

/** Standard error of Σ readings that the records' scatter makes; squares of all sites are of the same blocks. */
function scatterOf(found: readonly SiteRecord[], models: readonly SiteModel[]): number {
  if (found.length === 0) return 0;
  const blocks = Float64Array.from({ length: found[0]!.blocks.length }, (_, b) =>
    found.reduce((sum, record, r) => sum + models[r]!.scale * record.blocks[b]!, 0),
  ).filter(Number.isFinite);
  const { sem, count } = moments(blocks);
  const wide = student95(count - 1) / student95(Infinity);
  const responses = found.map(({ responseSem }, r) => {
    const { scale, exchange } = models[r]!;
    return scale * exchange * responseSem;
  });
  return Math.hypot(sem * wide, ...responses);
}

function directMoments(
  { totals }: DirectHeat,
  wanted: readonly number[],
  found: readonly SiteRecord[],
): MeanWithError {
  const missing = wanted.find((site) => !found.some((record) => record.site === site));
  if (missing !== undefined) {
    throw new RelaxdError(
      'invalid-input',
      `no response of site ${missing}, whose heat is in the total`,
      {
        path: 'direct.sites',
        value: missing,
        limit: found.map(({ site }) => site),
        hint: 'give responses of all sites whose heat the monitor counts',
      },
    );
  }
  const { mean, sem, count } = moments(totals);
  if (!(sem > 0)) {
    throw new RelaxdError('invalid-input', `${count} direct heats do not show their error`, {
      path: 'direct.totals',
      value: count,
      limit: '2 or more, not all alike',
    });
  }
  return { mean, sem: (sem * student95(count - 1)) / student95(Infinity) };
}

/** @throws RelaxdError `invalid-input` where setting, course and records are not of one program */
function checkRun({ setting, course, records, start }: DissipationRun, lag: number): void {
  const refuse = (path: string, value: unknown, limit: unknown, hint: string): never => {
    throw new RelaxdError('invalid-input', `no dissipation of such a run: ${path}`, {
      path,
      value,
      limit,
      hint,
    });
  };
  requireLinear(setting, 'setting');
  if (records.sites !== setting.sites)
    refuse('records.sites', records.sites, setting.sites, 'records of the same sites');
  if (Math.abs(records.interval / course.interval - 1) > 1e-9)
    refuse('records.interval', records.interval, course.interval, 'the course’s interval');
  if (lag >= course.length) refuse('lag', lag, course.length - 1, 'a shorter lag');
  const short = records.driven.find(({ length }) => length !== course.length * setting.sites);
  if (short !== undefined)
    refuse(
      'records.driven',
      short.length,
      course.length * setting.sites,
      'a number a site and sample',
    );
  if (start.kind === 'known') return;
  const q = 1 + setting.drives.length;
  const isStill = course.before.every(
    (v, k) => v === course.before[k % q] && v === course.after[k],
  );
  if (!isStill)
    refuse('start', start.kind, 'known', 'what changes in time has no stationary state');
}
