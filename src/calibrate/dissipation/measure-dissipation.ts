import { RelaxdError } from '../../core/index.js';
import { moments, student95 } from '../../thermo/index.js';
import type { CircuitStart } from '../circuit/circuit-likelihood.js';
import { coupledGroups, type CircuitSetting } from '../circuit/circuit-setting.js';
import type { CircuitFit } from '../circuit/fit-circuit.js';
import { groupMembers, groupSystem } from '../circuit/group-system.js';
import type { MeanWithError } from '../circuit/twin.js';
import { meanHeat } from '../linear/mean-heat.js';
import type { InputCourse, StartOfShots } from '../linear/linear-system.js';
import { readRecords, type DissipationRecords, type SiteRecord } from './dissipation-records.js';
import { linearReading, withoutSlopes } from './linear-reading.js';

/** A run whose dissipation is looked for: what was set, and what was recorded. */
export interface DissipationRun {
  /** Of `driven`; `responses` are of the same couplings, wells and temperatures. */
  readonly setting: CircuitSetting;
  readonly course: InputCourse;
  readonly start: CircuitStart;
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

/** Step of difference quotients by coordinates. */
const STEP = 1e-4;
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
export function measureDissipation(
  fit: Pick<CircuitFit, 'parameters' | 'estimate'>,
  run: DissipationRun,
): Dissipation {
  const { setting, records, direct, course } = run;
  const { parameters, estimate } = fit;
  const { at } = estimate;
  const lag = run.lag ?? 1;
  checkRun(run, lag);
  const found = readRecords(records, lag);
  const duration = direct?.duration ?? course.interval * (course.length - 1);
  const wanted = direct?.sites ?? Array.from({ length: setting.sites }, (_, i) => i);
  const heat = direct === undefined ? null : directMoments(direct, wanted, found);
  const model = (x: Float64Array): SiteModel[] => siteModels(fit, run, found, lag, x);
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

/** A site at one point of the parameters. */
interface SiteModel {
  /** c/g²lag², 2σ² and K of {@link measureDissipation}. */
  readonly scale: number;
  readonly noise: number;
  readonly exchange: number;
  /** Mean reading, and by how much it falls short of the heat current. */
  readonly predicted: number;
  readonly missing: number;
}

const readingOf = (
  { squares, response }: Pick<SiteRecord, 'squares' | 'response'>,
  { scale, noise, exchange }: Pick<SiteModel, 'scale' | 'noise' | 'exchange'>,
): number => scale * (squares - noise - exchange * response);

function siteModels(
  { parameters }: Pick<CircuitFit, 'parameters'>,
  { setting, course, start }: DissipationRun,
  found: readonly SiteRecord[],
  lag: number,
  x: Float64Array,
): SiteModel[] {
  const bySite = new Map<number, SiteModel>();
  for (const nodes of coupledGroups(setting)) {
    if (!found.some(({ site }) => nodes.includes(site))) continue;
    const read = groupSystem(parameters, setting, nodes, x).system;
    const { states: m, outputs: n } = read;
    const of = (name: 'capacitance' | 'readoutGain' | 'fieldGain', i: number): number =>
      Math.exp(x[parameters.node(name, nodes[i]!)]!);
    const pushes = Float64Array.from(nodes, (_, i) => of('fieldGain', i) / of('capacitance', i));
    const from = startOf(start, nodes, m);
    const { squares, responses } = linearReading(read, pushes, course, from, lag);
    const group = groupSystem(parameters, setting, nodes, x, false);
    const bare = withoutSlopes(group.system);
    // A stationary heat current is the same over any two samples.
    const length = start.kind === 'stationary' ? 2 : course.length;
    const duration = course.interval * (length - 1);
    nodes.forEach((site, i) => {
      if (!found.some((record) => record.site === site)) return;
      const [c, g] = [of('capacitance', i), of('readoutGain', i)];
      const at = {
        scale: c / (g * lag * course.interval) ** 2,
        noise: 2 * read.R[i]!,
        exchange: (g * c * read.D[i * m + i]!) / of('fieldGain', i),
      };
      const predicted = readingOf({ squares: squares[i]!, response: responses[i]! }, at);
      const masses = Float64Array.from({ length: n }, (_, j) => (j === i ? c : 0));
      const heat = meanHeat(bare, masses, [], { ...course, length }, startOf(start, nodes, n));
      const current = heat.value / duration + (group.lagHeat?.rates[i] ?? 0);
      bySite.set(site, { ...at, predicted, missing: current - predicted });
    });
  }
  return found.map(({ site }) => bySite.get(site)!);
}

function startOf(start: CircuitStart, nodes: readonly number[], states: number): StartOfShots {
  if (start.kind === 'stationary') return start;
  const n = nodes.length;
  return {
    kind: 'known',
    mean: Float64Array.from({ length: states }, (_, i) => start.values[nodes[i % n]!]!),
  };
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

/** Slopes of each of some numbers by all coordinates that the groups depend on, and the monitor's. */
function slopesOf(
  { parameters, estimate }: Pick<CircuitFit, 'parameters' | 'estimate'>,
  setting: CircuitSetting,
  valuesAt: (x: Float64Array) => Float64Array,
): Float64Array[] {
  const members = new Set([parameters.board('heatGain'), parameters.board('heatOffset')]);
  for (const nodes of coupledGroups(setting))
    for (const a of groupMembers(parameters, setting, nodes, true)) members.add(a);
  const x = estimate.at.slice();
  const rows: Float64Array[] = [];
  for (const a of members) {
    const value = x[a]!;
    x[a] = value + STEP;
    const above = valuesAt(x);
    x[a] = value - STEP;
    const below = valuesAt(x);
    x[a] = value;
    above.forEach((v, r) => {
      const row = (rows[r] ??= new Float64Array(parameters.count));
      row[a] = (v - below[r]!) / (2 * STEP);
    });
  }
  return rows;
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
