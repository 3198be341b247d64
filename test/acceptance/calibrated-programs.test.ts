import { describe, expect, it } from 'vitest';
import { planProbes } from '../../src/calibrate/index.js';
import { USUAL_REFERENCES } from '../../src/calibrate/job/calibrate-body.js';
import { calibrationRecord } from '../../src/calibrate/job/calibration-record.js';
import { estimateBoard, referencesOf } from '../../src/calibrate/job/estimate-task.js';
import { heldOutPrograms } from '../../src/calibrate/job/held-out.js';
import { prepareRetrieval, type Certificate, type Criterion } from '../../src/compile/index.js';
import { RandomStream } from '../../src/core/index.js';
import { coordinatesOf, effectiveLaw } from '../../src/compile/calibrated/effective-law.js';
import {
  calibratedCircuit,
  calibrationId,
  descriptorHash,
  resolveProgram,
  type Calibration,
  type Program,
} from '../../src/device/index.js';
import { CHIP, circuitUnits, imperfectionsOf } from '../../src/emulate/index.js';
import { boardOf } from '../../src/emulate/langevin/imperfect/board.js';
import { simulate } from '../../src/emulate/langevin/simulate-circuit.js';
import type { MemorySet } from '../../src/memory/index.js';
import { board, circuit, CIRCUIT } from '../support/circuit.js';
import { hold, holdBound } from '../support/hold.js';
import { BLIND, MeasuredBoard } from '../support/measured-board.js';
import { FULL_SIZE, runSimulation } from '../support/run-simulation.js';
import { shareOf } from '../support/statistics.js';

/**
 * Retrieval on boards whose parts are off by 10 % (standard deviation): capacitors, resistors, wells, both directions of couplings alike
 * (and 2 % apart), noise, readout; readouts 10 mV off (V0 = 100 mV), and a constant current of 1 C V0/t0 into each node, 1.6 % of what the
 * field converters give. Their readouts have no low-pass: the simulator's filters straight lines between its steps, which a fit takes for
 * less noise (by a tenth). Currents of fields are known to 0.5 %, as a calibration assumes where nobody says otherwise.
 */
const SITES = 12;
const PROFILE = {
  ...BLIND,
  sites: SITES,
  capacitorSpread: 0.1,
  resistorSpread: 0.1,
  wellSpread: 0.1,
  couplingSpread: 0.1,
  noiseSourceSpread: 0.1,
  readoutGainSpread: 0.1,
  readoutOffsetV: 10e-3,
  offset: 1,
};
const NOMINAL = {
  ...PROFILE,
  capacitorSpread: 0,
  resistorSpread: 0,
  wellSpread: 0,
  couplingSpread: 0,
  couplingAsymmetry: 0,
  noiseSourceSpread: 0,
  readoutGainSpread: 0,
  readoutOffsetV: 0,
  offset: 0,
  driveSpread: 0,
};
const BOARDS = FULL_SIZE ? 20 : 3;
const SHOTS = FULL_SIZE ? 25 : 5;
/** Of the probes on boards: half of a calibrate job's, so that fits take no longer than they must. */
const EFFORT = 0.5;
/** Cold: stored sites lie near ±1, and their fields are a few times the offsets. */
const TEMPERATURE = 0.05;
const DURATION = 20;
const CORRUPT = 0.17;

const random = RandomStream.of(1, 'learning');
const patterns = Array.from({ length: 2 }, () =>
  Int8Array.from({ length: SITES }, () => random.sign()),
);
const memories: MemorySet = {
  version: 1,
  name: 'random',
  shape: [SITES],
  labels: patterns.map((_, k) => String(k)),
  patterns,
};

function retrieval(
  board: MeasuredBoard,
  target: number,
  calibration: Calibration | null,
  criterion: Criterion = 'paths',
) {
  return prepareRetrieval(
    {
      memories,
      target,
      corrupt: CORRUPT,
      temperature: TEMPERATURE,
      shots: SHOTS,
      duration: DURATION,
      calibration,
      criterion,
    },
    board.descriptor,
  );
}

/** How many shots of all memories end at overlap ≥ 0.95 of what is shown, and what the certificates said. */
function retrieve(
  board: MeasuredBoard,
  seed: number,
  calibration: Calibration | null,
  criterion: Criterion = 'paths',
): { successes: number; predicted: number; certificate: Certificate } {
  let successes = 0;
  let predicted = 0;
  let last: Certificate | null = null;
  patterns.forEach((pattern, target) => {
    const { program, certificate } = retrieval(board, target, calibration, criterion);
    last = certificate;
    predicted += certificate.predictions[target]!.success!.value / patterns.length;
    for (const x of board.finalStates(program, seed + target)) {
      const overlap = x.reduce((sum, v, i) => sum + Math.sign(v) * pattern[i]!, 0) / SITES;
      if (overlap >= 0.95) successes++;
    }
  });
  return { successes, predicted, certificate: last! };
}

/** What a calibrate job comes to: the same probes, estimate and record. @param effort 1: as long as where nothing is said */
function calibrate(board: MeasuredBoard, seed: number, effort: number): Calibration {
  const { descriptor, profile } = board;
  const options = { sites: profile.sites, effort, parameters: {}, readoutPoleS: 0 };
  const plan = planProbes(descriptor, options);
  const probes = [...plan.probes, ...heldOutPrograms(descriptor, plan.parameters)];
  const data = probes.map((probe, k) => board.run(probe, seed + k));
  const names = plan.parameters.list.map(({ name }) => name);
  const references = referencesOf(USUAL_REFERENCES, names);
  const report = estimateBoard({ descriptor, options, references, profiled: [], data });
  return calibrationRecord({
    report,
    device: { id: descriptor.device, serial: 's', origin: 'firmware-sim', descriptor },
    probes: [],
    heldOut: [],
    job: 'J',
    now: '2026-01-01T00:00:00.000Z',
    until: null,
    warnings: [],
  });
}

describe('programs compiled against a calibration', () => {
  it('retrieve on boards of parts 10 % off within 2 % of the ideal device, where uncorrected ones do not', () => {
    const count = { ideal: 0, uncorrected: 0, true: 0, shown: 0, fitted: 0 };
    let predicted = 0;
    const ideal = new MeasuredBoard(NOMINAL, 'nominal');
    for (let b = 0; b < BOARDS; b++) {
      const board = new MeasuredBoard(PROFILE, `mismatched-${b}`);
      const { list } = planProbes(board.descriptor, { sites: SITES }).parameters;
      const known = board.trueCalibration(list);
      const seed = 1000 * (b + 1);
      count.ideal += retrieve(ideal, seed, null).successes;
      count.uncorrected += retrieve(board, seed + 100, null).successes;
      count.true += retrieve(board, seed + 200, known).successes;
      count.shown += retrieve(board, seed + 300, known, 'shown').successes;
      // A fit of so many sites takes ten seconds: short runs ask what one of few comes to, below.
      const used = FULL_SIZE ? calibrate(board, 10_000 * (b + 1), EFFORT) : known;
      const own = retrieve(board, seed + 400, used);
      count.fitted += own.successes;
      predicted += own.predicted / BOARDS;
      expect(own.certificate.calibration!.id).toBe(used.id);
    }
    const shots = BOARDS * patterns.length * SHOTS;
    const share = (of: keyof typeof count) => shareOf(count[of] / shots, shots);
    const sample = `${shots} shots on ${BOARDS} boards of ${SITES} sites`;
    const reached = share('ideal');
    const line = (quantity: string, of: 'true' | 'shown' | 'fitted') => {
      const { mean, sem } = share(of);
      const spread = Math.hypot(sem, reached.sem, 1 / shots);
      hold({
        quantity: `success, ${quantity}, over the ideal device’s`,
        expected: 0,
        got: mean - reached.mean,
        standardError: spread,
        tolerance: FULL_SIZE ? 0.02 : Math.max(0.02, 4 * spread),
        class: 'choice',
        sample,
      });
    };
    holdBound({
      quantity: 'success, ideal device',
      got: reached.mean,
      standardError: reached.sem,
      least: 0.95,
      class: 'choice',
      sample,
    });
    const without = share('uncorrected');
    holdBound({
      quantity: 'success, not corrected',
      got: without.mean,
      standardError: without.sem,
      most: FULL_SIZE ? 0.9 : 0.97,
      class: 'choice',
      sample,
    });
    line('corrected with the true parameters', 'true');
    line('corrected with the true parameters for what is shown', 'shown');
    if (FULL_SIZE) line('corrected with a fitted calibration', 'fitted');
    const measured = share('fitted');
    hold({
      quantity: 'success that the certificates predict, over what the boards do',
      expected: 0,
      got: predicted - measured.mean,
      standardError: measured.sem,
      tolerance: FULL_SIZE ? 0.05 : Math.max(0.05, 4 * measured.sem),
      class: 'choice',
      sample,
    });
  }, 600_000);

  it('have a fitted calibration undo what parts 10 % off do, as far as it knows them', () => {
    const board = new MeasuredBoard({ ...PROFILE, sites: 3 }, 'fitted');
    const few: MemorySet = {
      ...memories,
      shape: [3],
      labels: ['0'],
      patterns: [Int8Array.of(1, -1, 1)],
    };
    const compile = (calibration: Calibration | null) =>
      prepareRetrieval({ memories: few, temperature: TEMPERATURE, calibration }, board.descriptor);
    const { list } = planProbes(board.descriptor, { sites: 3 }).parameters;
    const circuit = calibratedCircuit(board.trueCalibration(list), 3);
    const a = coordinatesOf(circuit, 'paths');
    const { program: ideal } = compile(null);
    /** Largest relative error of what the board, as it is, makes of a program: couplings, quadratic wells, temperatures, fields over T. */
    const errors = (program: Program): number[] => {
      const { temperature } = program.dynamics;
      const list =
        typeof temperature === 'number' ? new Float64Array(3).fill(temperature) : temperature!;
      const law = effectiveLaw(program, { ...program.wells!, temperature: list }, circuit, a);
      const over = (is: Float64Array, wanted: Float64Array): number =>
        Math.max(...is.map((x, k) => (wanted[k] === 0 ? 0 : Math.abs(x / wanted[k]! - 1))));
      return [
        over(law.couplings, (ideal.couplings as { data: Float64Array }).data),
        over(law.quadratic, ideal.wells!.quadratic),
        over(law.temperature, new Float64Array(3).fill(TEMPERATURE)),
        Math.max(...law.fields.map(Math.abs)),
      ];
    };
    const before = errors(ideal);
    const after = errors(compile(calibrate(board, 7, 1)).program);
    ['couplings', 'quadratic wells', 'temperatures', 'fields'].forEach((what, k) => {
      const bound = { class: 'choice', sample: 'three sites' } as const;
      holdBound({
        quantity: `largest error of ${what}, not corrected`,
        got: before[k]!,
        above: 0.05,
        ...bound,
      });
      holdBound({
        quantity: `largest error of ${what}, corrected with a fit`,
        got: after[k]!,
        most: 0.08,
        ...bound,
      });
    });
  });

  it('do so on the emulated circuit of other parts as well', () => {
    const { currentA } = circuitUnits(CHIP);
    const count = { ideal: 0, uncorrected: 0, corrected: 0 };
    const shown = (program: Program, parameters: Readonly<Record<string, number>>, seed: number) =>
      runSimulation(simulate, resolveProgram(program, CIRCUIT, seed), { parameters }).finalStates;
    const successes = (states: readonly ArrayLike<number>[], pattern: Int8Array): number =>
      states.filter((x) => {
        const agree = pattern.filter((xi, i) => Math.sign(x[i]!) === xi).length;
        return (2 * agree) / SITES - 1 >= 0.95;
      }).length;
    for (let b = 0; b < BOARDS; b++) {
      const parameters = board(
        { offset: 1 },
        {
          capacitorMismatch: 0.1,
          resistorMismatch: 0.1,
          couplingMismatch: 0.1,
          boardSeed: 100 + b,
        },
      );
      const parts = partsOf(parameters);
      const known = (
        name: string,
        unit: string,
        nominal: number | null,
        of: (i: number) => number,
      ) =>
        Array.from({ length: SITES }, (_, i) => ({
          name: `${name}[${i}]`,
          value: of(i) * (nominal ?? 1),
          standardError: null,
          unit,
          identified: false,
          nominal,
        }));
      const { capacitance, conductance, offset } = parts;
      const calibration = calibrationOfParts([
        ...known('capacitance', 'F', CHIP.capacitanceF, (i) => capacitance[i]!),
        ...known('resistance', 'ohm', CHIP.resistanceOhm, (i) => 1 / conductance[i]!),
        ...known('temperature', 'K', CHIP.temperatureK, () => 1),
        // Wells are multiples of the leak there.
        ...known('wellGain', '1', 1, (i) => conductance[i]!),
        ...known('offsetCurrent', 'A', null, (i) => offset[i]! * currentA),
        ...known('quarticGain', '1', 1, () => 1),
        ...parts.gains,
      ]);
      patterns.forEach((pattern, target) => {
        const request = {
          memories,
          target,
          corrupt: CORRUPT,
          temperature: TEMPERATURE,
          shots: SHOTS,
          duration: DURATION,
        };
        const { program } = prepareRetrieval(request, CIRCUIT);
        const corrected = prepareRetrieval({ ...request, calibration }, CIRCUIT).program;
        const seed = 50 * b + target;
        count.ideal += successes(shown(program, {}, seed), pattern);
        count.uncorrected += successes(shown(program, parameters, seed), pattern);
        count.corrected += successes(shown(corrected, parameters, seed), pattern);
      });
    }
    const shots = BOARDS * patterns.length * SHOTS;
    const sample = `${shots} shots on ${BOARDS} boards of ${SITES} sites`;
    const [reached, without, corrected] = [count.ideal, count.uncorrected, count.corrected].map(
      (successes) => shareOf(successes / shots, shots),
    );
    const spread = Math.hypot(corrected!.sem, reached!.sem, 1 / shots);
    holdBound({
      quantity: 'success, not corrected, emulated',
      got: without!.mean,
      standardError: without!.sem,
      most: FULL_SIZE ? 0.9 : 0.97,
      class: 'choice',
      sample,
    });
    hold({
      quantity: 'success, corrected with the true parameters, over the ideal device’s, emulated',
      expected: 0,
      got: corrected!.mean - reached!.mean,
      standardError: spread,
      tolerance: FULL_SIZE ? 0.02 : Math.max(0.02, 4 * spread),
      class: 'choice',
      sample,
    });
  }, 600_000);
});

/** Parts of an emulated board, over nominal; gains of couplings from what it makes of couplings of 1. */
function partsOf(parameters: Readonly<Record<string, number>>) {
  const ones = circuit({
    sites: SITES,
    couplings: {
      kind: 'dense',
      data: Array.from({ length: SITES * SITES }, (_, k) => (k % (SITES + 1) === 0 ? 0 : 1)),
    },
    wells: { quadratic: 1, quartic: 1 },
    duration: 1,
  });
  const { capacitance, conductance, offset, matrix } = boardOf(ones, imperfectionsOf(parameters));
  const gains: Calibration['parameters'][number][] = [];
  for (let i = 0; i < SITES; i++) {
    matrix.row(i, (j, J) => {
      const name = `couplingGain[${i}<-${j}]`;
      gains.push({ name, value: J, standardError: null, unit: '1', identified: false, nominal: 1 });
    });
  }
  return { capacitance, conductance, offset, gains };
}

function calibrationOfParts(parameters: Calibration['parameters']): Calibration {
  const nobody = new MeasuredBoard({ ...NOMINAL, sites: 1 }, 'x').trueCalibration([]);
  const rest = {
    ...nobody,
    device: CIRCUIT.device,
    descriptor: descriptorHash(CIRCUIT),
    parameters,
  };
  return { ...rest, id: calibrationId(rest) };
}
