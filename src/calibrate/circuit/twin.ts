import { moments, student95 } from '../../thermo/index.js';
import { RelaxdError } from '../../core/index.js';
import type { Descriptor } from '../../device/index.js';
import type { CircuitRun } from './circuit-run.js';
import { predictHeat } from './predict-heat.js';
import type { CircuitParameters } from './circuit-parameters.js';
import type { CircuitFit } from './fit-circuit.js';
import { circuitProbe, onGrid, type CircuitProbe } from './circuit-probe.js';

export interface MeanWithError {
  readonly mean: number;
  readonly sem: number;
}

/** What a board gave off and what its twin says, program units. */
export interface HeatComparison {
  readonly probe: string;
  readonly measured: MeanWithError;
  /** {@link predictedHeat} */
  readonly predicted: MeanWithError;
  /** Difference over the error of both. */
  readonly z: number;
  /** Difference over what was measured. */
  readonly relative: number;
  /** Within 2 standard errors, or 1 %. */
  readonly agrees: boolean;
}

/** What a heat monitor will show of a run on average; its error is that of the fit's parameters, correlations kept. */
export function predictedHeat(
  { parameters, estimate }: Pick<CircuitFit, 'parameters' | 'estimate'>,
  run: Pick<CircuitRun, 'setting' | 'course' | 'start'>,
): MeanWithError {
  const { value, slopes } = predictHeat(parameters, run, estimate.at);
  return { mean: value, sem: estimate.errorOf(slopes) };
}

const SIGMAS = 2;
const SHARE = 0.01;
const LEAST_SHOTS = 8;

/**
 * Heat of a program that the fit has not seen, beside its prediction from the calibrated parameters: exact in the mean.
 * @param totals heat of each shot, program units
 * @throws RelaxdError `invalid-input` for fewer than 8 shots
 */
export function compareHeat(
  fit: Pick<CircuitFit, 'parameters' | 'estimate'>,
  probe: Pick<CircuitProbe, 'name' | 'setting' | 'course'>,
  totals: Float64Array,
): HeatComparison {
  const { mean, sem, count } = moments(totals);
  if (count < LEAST_SHOTS) {
    throw new RelaxdError(
      'invalid-input',
      `${probe.name}: ${count} shots do not show their error`,
      {
        path: 'totals',
        value: count,
        limit: `${LEAST_SHOTS} or more`,
      },
    );
  }
  const start = { kind: 'known', values: new Float64Array(probe.setting.sites) } as const;
  const predicted = predictedHeat(fit, { ...probe, start });
  const measured = { mean, sem: (sem * student95(count - 1)) / student95(Infinity) };
  const difference = mean - predicted.mean;
  const error = Math.hypot(measured.sem, predicted.sem);
  return {
    probe: probe.name,
    measured,
    predicted,
    z: difference / error,
    relative: difference / Math.abs(mean),
    agrees: Math.abs(difference) <= Math.max(SIGMAS * error, SHARE * Math.abs(mean)),
  };
}

/** Length of one straight piece of a drive, t0. */
const PIECE = 1.5;
const CYCLES = 3;

/**
 * Driven cycles that no probe runs: wells, couplings and fields of other strengths, all sites in one ring, a drive up and down and up again.
 * @param shots of each
 */
export function heldOutCycles(
  descriptor: Descriptor,
  parameters: CircuitParameters,
  shots: number,
): CircuitProbe[] {
  const { sites, nominal, drives } = parameters;
  const field = onGrid(
    Math.min(3, descriptor.fields.range?.[1] ?? Infinity),
    descriptor.fields.resolution,
  );
  const J = onGrid(
    Math.min(0.7, descriptor.couplings.range?.[1] ?? Infinity),
    descriptor.couplings.resolution,
  );
  const most = Math.min(8, descriptor.drives?.amplitude?.[1] ?? 0);
  const ring: number[] = [];
  for (let i = 0; i + 1 < sites; i++) ring.push(i, i + 1, J);
  if (sites > 2) ring.push(0, sites - 1, J);
  const samples = 4 * CYCLES + 1;
  const shape = [0, most, 0, -most];
  const base = {
    sites,
    quadratic: Float64Array.from({ length: sites }, (_, i) => (i % 2 === 0 ? 1.5 : 2)),
    couplings: Float64Array.from(ring),
    every: PIECE,
    samples,
    shots,
  };
  const cycle = (
    name: string,
    temperature: number,
    fields: number,
    isDriven: boolean,
  ): CircuitProbe =>
    circuitProbe(name, 'heat that the fit has not seen', 'heat', nominal, {
      ...base,
      temperature,
      fields: Float64Array.from({ length: sites }, (_, i) => (i % 2 === 0 ? fields : -fields)),
      drives: isDriven
        ? [
            {
              index: 0,
              pattern: new Float64Array(sites).fill(1),
              amplitudes: Float64Array.from({ length: samples }, (_, s) => shape[s % 4]!),
            },
          ]
        : [],
    });
  return [
    ...(drives > 0 && most > 0
      ? [cycle('cycles of a drive', 0.5, 0, true), cycle('cycles about fields', 1, field, true)]
      : []),
    cycle('relaxation of a ring', 0.3, 2 * field, false),
  ];
}
