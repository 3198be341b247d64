import { throwViolations } from '../core/index.js';
import {
  calibratedCircuit,
  descriptorHash,
  programViolations,
  validateProgram,
  type Calibration,
  type Channel,
  type Couplings,
  type Descriptor,
  type Initial,
  type Order,
  type Program,
  type Rule,
  type SiteKind,
} from '../device/index.js';
import { flipCount, memorySetHash, type MemorySet } from '../memory/index.js';
import { applyRule, formatRule, parseRule, type LearningRule } from '../model/index.js';
import {
  correctProgram,
  requireCalibrationOf,
  type CorrectedProgram,
} from './calibrated/correct-program.js';
import { coordinatesOf, USUAL_CRITERION, type Criterion } from './calibrated/effective-law.js';
import { roomForParts } from './calibrated/room-for-parts.js';
import type { Certificate } from './certificate.js';
import { imageOf, predictMemories, predictionModel, type CertifiedSystem } from './certify.js';
import { chooseDynamics } from './choose-dynamics.js';
import { errorsOf, fitCouplings, largestRowSum, type FittedCouplings } from './fit-couplings.js';
import { liftCouplings, type LiftedCouplings } from './lift-wells.js';
import { lossesOf, warningsOf } from './losses-and-warnings.js';
import { memoryCorrelation } from './memory-statistics.js';
import { defaultDuration } from './run-defaults.js';
import { shapeCouplings, type ShapedCouplings } from './shape-couplings.js';
import { siteMargins, summariseMargins } from './stability-margins.js';

/** Memories, a rule and a device, and how the program is to run. */
export interface CompileInput {
  readonly memories: MemorySet;
  /** As users write it (`hebb`, `rectified:8`, …), or read already. */
  readonly rule: LearningRule | string;
  readonly descriptor: Descriptor;
  /**
   * On ±1 sites in the unit of the rule's ideal couplings (the program's is `scale` times it); on continuous sites the
   * device's. Left out: 0 on ±1 sites, the device's own on continuous ones.
   */
  readonly temperature?: number | null;
  /** Fraction of flipped sites that success is predicted for; 0 where left out. */
  readonly corrupt?: number;
  /** The memory that the certificate covers in any case; 0 where left out. */
  readonly target?: number;
  readonly dynamics?: Rule | null;
  readonly order?: Order | null;
  /** What the device was found to be: the program is corrected for it. Left out or null: it is for a device of nominal parts. */
  readonly calibration?: Calibration | null;
  /** `paths` where left out; see effective-law.ts. */
  readonly criterion?: Criterion | null;
  readonly initial?: Initial;
  /** In the device's unit of time. */
  readonly duration?: number;
  readonly readout?: { readonly every?: number | null; readonly channels?: readonly Channel[] };
  readonly shots?: number;
  readonly seed?: number | null;
}

export interface CompiledProgram {
  readonly program: Program;
  readonly certificate: Certificate;
}

/**
 * Memories × rule × descriptor → program and certificate: the rule's ideal couplings, brought into a form that the
 * device takes, scaled to its range, rounded to its resolution, cut off, and lifted over the wells of continuous sites; corrected for the
 * device's own parts where a calibration says what they are.
 *
 * @throws RelaxdError `unknown-rule`, `singular-memories`, `cannot-compile` (naming the limit that stands in the way),
 *   `invalid-input` (corrupt), `program-refused` (what else the device cannot do: shots, duration, readout), and those of `correctProgram`
 */
export function compileProgram(input: CompileInput): CompiledProgram {
  const { memories, descriptor } = input;
  const rule = typeof input.rule === 'string' ? parseRule(input.rule) : input.rule;
  const name = formatRule(rule);
  const calibration = input.calibration ?? null;
  if (calibration !== null) requireCalibrationOf(calibration, descriptor);
  const { patterns } = memories;
  const N = patterns[0]!.length;
  const corrupt = input.corrupt ?? 0;
  const flips = flipCount(corrupt, N);
  const shaped = shapeCouplings(applyRule(rule, patterns), N, name, descriptor);
  const kind: SiteKind = descriptor.sites.kinds.includes('ising') ? 'ising' : 'continuous';
  const room = calibration === null ? descriptor : roomFor(shaped, calibration, input);
  const fitted = fitToDevice(input, rule, shaped, kind, room);
  const scale = fitted?.scale ?? 1;
  const chosen = chooseDynamics(
    descriptor,
    kind,
    {
      rule: input.dynamics ?? null,
      order: input.order ?? null,
      temperature: input.temperature ?? null,
    },
    scale,
  );
  const lifted = fitted !== null && 'amplitude' in fitted ? fitted : null;
  const fittedCouplings =
    fitted === null ? shaped.couplings : ({ kind: 'dense', data: fitted.data } as const);
  const correlation = memoryCorrelation(patterns);
  const duration = input.duration ?? defaultDuration(descriptor, chosen.dynamics.rule);
  const forNominalParts: Program = {
    version: 1,
    sites: N,
    siteKinds: kind,
    couplings: programCouplings(
      shaped,
      calibration === null || fitted === null
        ? fittedCouplings
        : { kind: 'dense', data: unrounded(shaped, fitted, room) },
    ),
    references: patterns,
    fields: new Float64Array(N),
    wells:
      lifted === null
        ? null
        : {
            quadratic: new Float64Array(N).fill(lifted.quadratic),
            quartic: new Float64Array(N).fill(lifted.quartic),
          },
    clamped: new Int32Array(0),
    inputs: [],
    dynamics: chosen.dynamics,
    initial: input.initial ?? { kind: 'random' },
    drives: [],
    controls: {},
    duration,
    readout: {
      every: input.readout?.every ?? null,
      channels: input.readout?.channels ?? ['energy', 'overlaps'],
    },
    shots: input.shots ?? 1,
    seed: input.seed ?? null,
  };
  throwViolations('program-invalid', 'program', programViolations(forNominalParts));
  const corrected =
    calibration === null
      ? null
      : correctProgram(
          forNominalParts,
          descriptor,
          calibration,
          input.criterion ?? USUAL_CRITERION,
        );
  const program = corrected?.program ?? forNominalParts;
  throwViolations('program-refused', 'program', validateProgram(program, descriptor));

  const compiled =
    corrected === null
      ? fittedCouplings
      : ({ kind: 'dense', data: corrected.law.couplings } as const);
  const errors =
    corrected === null || fitted === null || shaped.couplings.kind !== 'dense'
      ? fitted
      : errorsOf(corrected.law.couplings, shaped.couplings.data, scale, N);
  const system: CertifiedSystem = {
    memories,
    rule,
    descriptor,
    kind,
    ideal: shaped.couplings,
    compiled:
      fitted !== null && corrected === null && isUnchanged(fitted) ? shaped.couplings : compiled,
    scale,
    chosen,
    wells: lifted === null ? null : { ...lifted, largestSum: largestRowSum(lifted.data, N) },
    duration,
    correlation,
    flips,
    target: input.target ?? 0,
  };
  const predictions = predictMemories(system);
  const P = patterns.length;
  const certificate: Certificate = {
    version: 1,
    device: descriptor.device,
    descriptor: descriptorHash(descriptor),
    rule: name,
    memories: { name: memories.name, hash: memorySetHash(memories), count: P, sites: N },
    couplings: { kind: shaped.kind, expanded: shaped.expanded },
    load: P / N,
    correlation,
    corrupt,
    temperature: { device: chosen.temperature, ideal: chosen.temperature / scale },
    scale,
    quantisation: {
      resolution: fitted === null ? null : descriptor.couplings.resolution,
      rms: errors?.rms ?? 0,
      max: errors?.max ?? 0,
      relative: errors?.relative ?? 0,
      excessNoise: errors?.excessNoise ?? 0,
    },
    clipped: fitted?.clipped ?? 0,
    wells:
      lifted === null
        ? null
        : {
            quadratic: lifted.quadratic,
            quartic: lifted.quartic,
            largestEigenvalue: lifted.largest,
            memoryEigenvalue: lifted.memory,
            amplitude: lifted.amplitude,
          },
    calibration:
      corrected === null || calibration === null
        ? null
        : {
            id: calibration.id,
            criterion: corrected.criterion,
            shown: {
              scale: Array.from(corrected.shown.scale),
              offset: Array.from(corrected.shown.offset),
            },
            remains: corrected.remains,
          },
    certified: predictions.length,
    predictions,
    losses: lossesOf(shaped, fitted === null ? null : { ...fitted, ...errors }, lifted, system),
    warnings: [...warningsOf(system, predictions, lifted), ...remaining(corrected)],
  };
  return { program, certificate };
}

/** Couplings of pairs, fitted to the device; null: memories, which are taken as they are. */
function fitToDevice(
  input: CompileInput,
  rule: LearningRule,
  shaped: ShapedCouplings,
  kind: SiteKind,
  descriptor: Descriptor,
): FittedCouplings | LiftedCouplings | null {
  const { couplings } = shaped;
  if (couplings.kind === 'memories') return null;
  const { memories } = input;
  const { patterns } = memories;
  const N = patterns[0]!.length;
  if (kind === 'ising') return fitCouplings(couplings.data, N, descriptor.couplings, null);
  const model = predictionModel(couplings, N);
  const margins = new Float64Array(N);
  const strengths = patterns.map((memory, index) => {
    siteMargins(model, memory, imageOf(rule, patterns, index), margins);
    return summariseMargins(margins, 1).mean;
  });
  const temperature = input.temperature ?? descriptor.dynamics.temperature.default;
  return liftCouplings(couplings.data, N, strengths, temperature, descriptor);
}

/** The device's limits, less what a correction may take of them. */
function roomFor(
  { couplings }: ShapedCouplings,
  calibration: Calibration,
  { memories, descriptor, criterion }: CompileInput,
): Descriptor {
  if (couplings.kind === 'memories') return descriptor;
  const circuit = calibratedCircuit(calibration, memories.patterns[0]!.length);
  const a = coordinatesOf(circuit, criterion ?? USUAL_CRITERION);
  return roomForParts(descriptor, couplings.data, circuit, a);
}

/** scale × ideal within the range: a correction rounds once, afterwards. */
function unrounded(
  { couplings }: ShapedCouplings,
  { data, scale }: FittedCouplings,
  { couplings: { range } }: Descriptor,
): Float64Array {
  if (couplings.kind !== 'dense') return data;
  const [least, most] = range ?? [-Infinity, Infinity];
  return couplings.data.map((J) => Math.min(most, Math.max(least, scale * J)));
}

/** What of a correction is worth a warning on every run. */
const remaining = (corrected: CorrectedProgram | null): string[] =>
  (corrected?.remains ?? [])
    .filter(({ kind }) => kind === 'range' || kind === 'unknown')
    .map(({ what }) => `correction for the board’s parts: ${what}`);

function isUnchanged(fitted: FittedCouplings): boolean {
  return fitted.scale === 1 && fitted.max === 0;
}

function programCouplings(
  shaped: ShapedCouplings,
  compiled: ShapedCouplings['couplings'],
): Couplings {
  if (compiled.kind === 'memories' || shaped.kind !== 'coo') return compiled;
  const N = Math.round(Math.sqrt(compiled.data.length));
  const entries: number[] = [];
  for (let i = 0; i < N; i++) {
    for (let j = i + 1; j < N; j++) {
      const J = compiled.data[i * N + j]!;
      if (J !== 0) entries.push(i, j, J);
    }
  }
  return { kind: 'coo', entries: Float64Array.from(entries) };
}
