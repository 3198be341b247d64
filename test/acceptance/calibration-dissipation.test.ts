import { describe, expect, it } from 'vitest';
import {
  circuitProbe,
  CircuitParameters,
  constantInputs,
  Estimate,
  fitCircuit,
  measureDissipation,
  nominalCircuit,
  planProbes,
  type CircuitFit,
  type CircuitProbe,
  type CircuitRun,
  type Reference,
  type SiteDissipation,
} from '../../src/calibrate/index.js';
import { RandomStream } from '../../src/core/index.js';
import { CIRCUIT, circuit, watch } from '../support/circuit.js';
import { hold, holdBound } from '../support/hold.js';
import { BLIND, MeasuredBoard } from '../support/measured-board.js';
import { FULL_SIZE } from '../support/run-simulation.js';

/** K = [[3, −1], [−1, 4]] of TC-14. The cold node's violation stands out; the warm one's drowns in its own noise. */
const [COLD, WARM] = [0.02, 1];
const INTERVAL = 0.1;

/** Runs the pair on the emulator: states of each shot, and heat into the cold node's bath by its ledger. */
function pair(options: Readonly<Record<string, unknown>>, samples: number, burnIn: number) {
  const states: Float64Array[] = [];
  const program = circuit({
    sites: 2,
    couplings: { kind: 'coo', entries: [[0, 1, 1]] },
    wells: { quadratic: [1.5, 2], quartic: 0 },
    initial: { kind: 'zero' },
    duration: INTERVAL * (samples - 1),
    readout: { every: INTERVAL },
    ...options,
    dynamics: { temperature: [COLD, WARM], burnIn },
  });
  const ledgers = watch(program, (x, step) => {
    if (step === 0) states.push(new Float64Array(samples * 2));
    states.at(-1)!.set(x.subarray(0, 2), 2 * step);
  });
  // Baths stand in the order of their temperatures.
  return { states, heats: Float64Array.from(ledgers, ({ bathHeat }) => bathHeat[0]!) };
}

describe('heat into a cold node of rc-langevin by the violation of the fluctuation–response relation', () => {
  const samples = 501;
  const shots = FULL_SIZE ? 600 : 40;
  const run = pair({ shots, seed: 1 }, samples, 5);
  const steps = FULL_SIZE ? 4000 : 400;
  const responses = [0, 1].map((site) => {
    const [up, down] = [5, -5].map((field, k) => {
      const fields = [0, 1].map((i) => (i === site ? field : 0));
      return pair({ fields, shots: steps, seed: 10 + 2 * site + k }, 2, 0).states;
    });
    return { site, field: 10, up: up!, down: down! };
  });
  const nominal = { ...nominalCircuit(CIRCUIT), readoutPoleS: 0 };
  const parameters = new CircuitParameters(2, nominal, 0, [[0, 1]], true);
  const p = parameters.count;
  const at = new Float64Array(p);
  // The emulator shows its states as they are.
  for (const i of [0, 1]) at[parameters.node('readoutNoise', i)] = -20;
  const sure = new Float64Array(p * p);
  for (let a = 0; a < p; a++) sure[a * p + a] = 1e18;
  const found = measureDissipation(
    { parameters, estimate: new Estimate(parameters.list, at, sure, () => false) },
    {
      setting: {
        sites: 2,
        quadratic: Float64Array.of(1.5, 2),
        couplings: Float64Array.of(0, 1, 1),
        fields: new Float64Array(2),
        temperature: Float64Array.of(COLD, WARM),
        drives: [],
      },
      course: constantInputs([1], INTERVAL, samples),
      start: { kind: 'stationary' },
      records: { sites: 2, interval: INTERVAL, driven: run.states, responses },
      direct: { totals: run.heats, sites: [0] },
    },
  );
  const sample = `${shots} shots of ${(samples - 1) * INTERVAL} t0`;

  it('TC-14 is the closed form’s κ²(T₂ − T₁)/(l₁ + l₂)', () => {
    const exact = (WARM - COLD) / 7;
    const { mean, sem } = found.sites[0]!.current;
    hold({
      quantity: 'heat current into the cold node, by violation',
      expected: exact,
      got: mean,
      standardError: sem,
      tolerance: 4 * sem,
      class: 'exact',
      sample,
    });
    expect(sem).toBeLessThan((FULL_SIZE ? 0.01 : 0.04) * exact);
    for (const { site, z } of found.sites) {
      hold({
        quantity: `reading of site ${site} over ${INTERVAL} t0, off by standard errors`,
        expected: 0,
        got: z,
        standardError: 1,
        tolerance: 4,
        class: 'exact',
        sample,
      });
    }
  });

  it('TC-17 is what the ledger of its bath has', () => {
    const { violation, direct, z } = found.comparison!;
    hold({
      quantity: 'by violation less by ledger, in standard errors',
      expected: 0,
      got: z,
      standardError: 1,
      tolerance: 4,
      class: 'exact',
      sample,
    });
    expect(violation.sem).toBeLessThan((FULL_SIZE ? 0.01 : 0.04) * direct.mean);
  });
});

const EFFORT = 0.4;
const board = (sites: number, serial: string) => new MeasuredBoard({ ...BLIND, sites }, serial);
const fields = (sites: number): Reference[] =>
  Array.from({ length: sites }, (_, i) => ({
    name: `fieldGain[${i}]`,
    value: 1,
    standardError: BLIND.driveSpread,
  }));

describe('gain of a board’s heat monitor by violation', () => {
  /** How well a thermometer knows the noise of a node. */
  const THERMOMETER = 0.01;
  const BOARDS = FULL_SIZE ? 60 : 3;

  it('is found by a thermometer, field references and states, without trust in the monitor', () => {
    const zs: number[] = [];
    let widest = 0;
    for (let b = 0; b < BOARDS; b++) {
      const measured = board(2, `violation-${b}`);
      const { parameters, probes } = planProbes(measured.descriptor, {
        effort: EFFORT,
        readoutPoleS: 0,
        pairs: [],
      });
      const stream = RandomStream.of(b, 'disorder', 0);
      const references = [
        ...fields(2),
        ...[0, 1].map((i) => {
          const truth = measured.truth(`temperature[${i}]`);
          const standardError = THERMOMETER * truth;
          return {
            name: `temperature[${i}]`,
            value: truth + standardError * stream.normal(),
            standardError,
          };
        }),
        // Of the monitor there is only its offset, from what it shows at rest.
        { name: 'heatGain', value: 1, standardError: 0.3 },
      ];
      const used = probes.filter(({ kind, name }) => kind === 'states' || name === 'heat at rest');
      const fit = fitCircuit(
        parameters,
        used.map((probe, k) => measured.run(probe, 1000 * b + k + 1)),
        references,
      );
      const [up, down] = ['up', 'down'].map((way) =>
        probes.find(({ name }) => name === `step ${way}, quadratic 3`)!,
      );
      const shots = (probe: typeof up, seed: number): readonly Float64Array[] => {
        const run: CircuitRun = measured.run(probe!, 1000 * b + seed);
        return run.kind === 'states' ? run.shots : [];
      };
      const { setting, course } = up!;
      const duration = course.interval * (course.length - 1);
      const heat = measured.run(
        circuitProbe('heat of the step', '', 'heat', parameters.nominal, {
          ...setting,
          drives: [],
          every: duration,
          samples: 2,
          shots: 60,
        }),
        1000 * b + 500,
      );
      const [above, below] = [shots(up, 501), shots(down, 502)];
      const { comparison } = measureDissipation(fit, {
        setting,
        course,
        start: { kind: 'known', values: new Float64Array(2) },
        records: {
          sites: 2,
          interval: course.interval,
          driven: shots(up, 503),
          responses: [0, 1].map((site) => ({
            site,
            field: 2 * setting.fields[site]!,
            up: above,
            down: below,
          })),
        },
        direct: { totals: heat.kind === 'heat' ? heat.totals : new Float64Array(0) },
      });
      const { mean, sem } = comparison!.heatGain!;
      widest = Math.max(widest, sem / mean);
      zs.push((mean - measured.truth('heatGain')) / sem);
    }
    const n = zs.length;
    const sample = `${n} boards of 2 nodes`;
    holdBound({
      quantity: 'widest standard error of a gain',
      got: widest,
      most: 0.05,
      class: 'choice',
      sample,
    });
    hold({
      quantity: 'gain less the true one, mean in standard errors',
      expected: 0,
      got: zs.reduce((sum, z) => sum + z / n, 0),
      standardError: 1 / Math.sqrt(n),
      tolerance: 4 / Math.sqrt(n),
      class: 'exact',
      sample,
    });
    hold({
      quantity: 'its square, mean',
      expected: 1,
      got: zs.reduce((sum, z) => sum + (z * z) / n, 0),
      standardError: Math.sqrt(2 / n),
      tolerance: 4 * Math.sqrt(2 / n),
      class: 'exact',
      sample,
    });
  });
});

/** Heat into the cool site of a probe of two temperatures, from a record of its own. */
function intoCool(
  measured: MeasuredBoard,
  fit: CircuitFit,
  half: CircuitProbe,
  seed: number,
): SiteDissipation {
  const { sites, ...setting } = half.setting;
  const { interval } = half.course;
  const site = (setting.temperature as Float64Array).indexOf(COLD);
  const statesOf = (probe: CircuitProbe, from: number): readonly Float64Array[] => {
    const run = measured.run(probe, seed + from);
    return run.kind === 'states' ? run.shots : [];
  };
  const [up, down] = [8, -8].map((field, k) =>
    statesOf(
      circuitProbe('step', '', 'states', fit.parameters.nominal, {
        ...setting,
        sites,
        drives: [],
        fields: Float64Array.from({ length: sites }, (_, i) => (i === site ? field : 0)),
        every: interval,
        samples: 2,
        shots: 200,
      }),
      k + 1,
    ),
  );
  // A record begins at 0 and has forgotten that after some relaxation times.
  const forgotten = 40;
  const found = measureDissipation(fit, {
    setting: half.setting,
    course: constantInputs([1], interval, half.course.length - forgotten),
    start: { kind: 'stationary' },
    records: {
      sites,
      interval,
      driven: statesOf(half, 0).map((shot) => shot.subarray(forgotten * sites)),
      responses: [{ site, field: 16, up: up!, down: down! }],
    },
  });
  return found.sites[0]!;
}

describe('probes of two temperatures', () => {
  const BOARDS = FULL_SIZE ? 40 : 1;

  it('are explained by the exact likelihood, and lead to the true parts', () => {
    let [count, squares, held, of] = [0, 0, 0, 0];
    const cool: SiteDissipation[] = [];
    for (let b = 0; b < BOARDS; b++) {
      const measured = board(2, `warm-${b}`);
      const options = { effort: EFFORT, readoutPoleS: 0, siteTemperatures: true };
      const { parameters, probes } = planProbes(measured.descriptor, options);
      const runs = probes.map((probe, k) => measured.run(probe, 1000 * b + k + 1));
      const heatGain = { name: 'heatGain', value: 1, standardError: BLIND.monitorSpread };
      const fit = fitCircuit(parameters, runs, [heatGain, ...fields(2)]);
      const { estimate, runs: seen } = fit;
      const half = probes.find(({ name }) => name.startsWith('half'))!;
      cool.push(intoCool(measured, fit, half, 1000 * b + 500));
      for (const run of seen) {
        if (!/warm/.test(run.probe)) continue;
        count += run.count;
        squares += run.squares;
      }
      for (const { name, interval } of estimate.parameters) {
        const truth = measured.truth(name);
        of++;
        if (truth >= interval![0] && truth <= interval![1]) held++;
      }
    }
    const sample = `${BOARDS} boards of 2 nodes`;
    hold({
      quantity: 'Σ e²/variance of the warm probes over its mean',
      expected: 1,
      got: squares / count,
      standardError: Math.sqrt(2 / count),
      tolerance: 4 * Math.sqrt(2 / count),
      class: 'exact',
      sample,
    });
    const n = cool.length;
    hold({
      quantity: 'square of the cool sites’ readings less predicted ones in standard errors, mean',
      expected: 1,
      got: cool.reduce((sum, { z }) => sum + (z * z) / n, 0),
      standardError: Math.sqrt(2 / n),
      // One z² within 4²; of many, 4 standard errors of their mean.
      tolerance: FULL_SIZE ? 4 * Math.sqrt(2 / n) : 15,
      class: 'exact',
      sample,
    });
    holdBound({
      quantity: 'least heat current into a cool site, in standard errors',
      got: Math.min(...cool.map(({ current }) => current.mean / current.sem)),
      least: 8,
      class: 'choice',
      sample,
    });
    const scatter = Math.sqrt((0.95 * 0.05) / of);
    holdBound({
      quantity: 'share of 95 % intervals that hold the truth',
      got: held / of,
      least: 0.95 - 4 * scatter,
      standardError: scatter,
      class: 'choice',
      sample,
    });
  });
});

describe('a board that no field drives', () => {
  it('has its scale from what warms each site, which one temperature for all leaves open', () => {
    const sites = FULL_SIZE ? 3 : 2;
    const measured = board(sites, 'no-field');
    const descriptor = {
      ...measured.descriptor,
      fields: { ...measured.descriptor.fields, range: [0, 0] as [number, number] },
    };
    // A voltmeter in place of known currents.
    const references = Array.from({ length: sites }, (_, i) => i)
      .flatMap((i) => [
        { name: `readoutGain[${i}]`, value: measured.truth(`readoutGain[${i}]`) },
        { name: `fieldGain[${i}]`, value: 1 },
      ])
      .map((one) => ({ ...one, standardError: 0 }));
    const heatGain = {
      name: 'heatGain',
      value: measured.truth('heatGain'),
      standardError: 0,
    };
    const fitted = (siteTemperatures: boolean) => {
      const options = {
        effort: FULL_SIZE ? 1 : EFFORT,
        readoutPoleS: 0,
        pairs: [],
        siteTemperatures,
      };
      const { parameters, probes } = planProbes(descriptor, options);
      const runs = probes.map((probe, k) => measured.run(probe, k + 1));
      return fitCircuit(parameters, runs, [...references, heatGain]).estimate;
    };
    const open = fitted(false).parameters.filter(({ name }) => name.startsWith('capacitance'));
    const known = fitted(true);
    for (const { identified } of open) expect(identified).toBe(false);
    for (let i = 0; i < sites; i++) {
      const { value, standardError, identified } = known.parameter(`capacitance[${i}]`);
      expect(identified).toBe(true);
      hold({
        quantity: `capacitance of site ${i}, off by standard errors`,
        expected: 0,
        got: (value - measured.truth(`capacitance[${i}]`)) / standardError!,
        standardError: 1,
        tolerance: 4,
        class: 'exact',
      });
      expect(standardError! / value).toBeLessThan(FULL_SIZE ? 0.08 : 0.12);
    }
  });
});
