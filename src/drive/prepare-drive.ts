import {
  compileProgram,
  defaultDuration,
  DEFAULT_READOUTS,
  findMemory,
  retrievalChannels,
} from '../compile/index.js';
import { RelaxdError, throwViolations } from '../core/index.js';
import {
  descriptorAt,
  programViolations,
  validateProgram,
  type Descriptor,
  type Fidelity,
  type Program,
} from '../device/index.js';
import type { MemorySet } from '../memory/index.js';
import { drawCue } from './draw-cue.js';
import type { DriveBody } from './drive-body.js';
import { optimiseProtocol, type FoundProtocols } from './optimise-protocol.js';
import { Populations, type Four } from './populations.js';
import { predictDrive, type DriveModel, type DrivePrediction } from './predict-drive.js';
import { driveCurve, readProtocol, type Protocol } from './protocol.js';
import { startMagnetisations, startState, type Start } from './start-state.js';
import { whyNoTheory } from './why-no-theory.js';

/** What a drive asks for: its body with the memories read, and a seed. */
export interface DriveRequest extends Omit<
  DriveBody,
  'memories' | 'seed' | 'engine' | 'algorithm'
> {
  readonly memories: MemorySet;
  /** Draws the cue, and is the program's. */
  readonly seed: number;
}

/** A drive, ready to run; plain data, so that it can cross threads. */
export interface DrivePlan {
  readonly program: Program;
  /** The learning rule, as users write it. */
  readonly rule: string;
  readonly order: number;
  /** In the unit of the rule's couplings; of continuous sites, of a stored site's field energy. */
  readonly temperature: number;
  /** P/N^{n−1}. */
  readonly load: number;
  /** Memories by index; null: there is only one. */
  readonly target: number;
  readonly other: number | null;
  readonly start: Start;
  readonly startOverlap: number;
  /** Of a site, in nats; null: not known. */
  readonly startEntropy: number | null;
  readonly cue: { readonly accuracy: number; readonly wrong: number };
  readonly protocol: Protocol;
  readonly relax: number;
  readonly shares: Four;
  /** ⟨ξ¹s⟩ of the populations at the start. */
  readonly initial: Four;
  readonly hasOther: boolean;
  /** What a field of 1, and the energy of a site in it, are in the program's unit. */
  readonly unit: { readonly field: number; readonly energy: number };
  readonly prediction: DrivePrediction | null;
  /** Why there is no prediction; null where there is one. */
  readonly noTheory: string | null;
  readonly optimised: FoundProtocols | null;
  readonly warnings: readonly string[];
}

const DEFAULT_SHOTS = 100;

/**
 * Compiles a driven retrieval. The rule is `polynomial:n`, of which order 2 is Hebb's, kept as memories where the device
 * takes them; a body without a fidelity gets the first at which the device is thermal at that temperature.
 *
 * @throws RelaxdError `invalid-input` (memories, protocol, release), `cannot-compile` and `program-refused` as
 *   `compileProgram`; nothing is made where anything is wrong
 */
export function prepareDrive(request: DriveRequest, device: Descriptor): DrivePlan {
  const { memories, seed } = request;
  const { patterns } = memories;
  const order = request.order ?? 2;
  const target = findMemory(memories, request.cue.memory, 'cue.memory');
  const start = startOf(request.from ?? 'paramagnet', memories);
  const other = otherMemory(start, target, patterns.length);
  const { cue, wrong } = drawCue(patterns[target]!, request.cue.accuracy, seed);
  const populations = new Populations(
    patterns[target]!,
    other === null ? null : patterns[other]!,
    cue,
  );
  const temperature = request.temperature ?? null;
  const fidelity = chooseFidelity(device, request.fidelity ?? null, temperature);
  const descriptor = descriptorAt(device, fidelity);
  if (descriptor.drives === null || descriptor.drives.max < 1) {
    throw new RelaxdError('cannot-compile', `${device.device} has no drives`, {
      path: 'protocol',
      value: device.device,
      limit: 'a device whose descriptor has drives',
      hint: 'use glauber, cavity-qed or a circuit',
    });
  }
  const shots = request.shots ?? DEFAULT_SHOTS;
  const { program: compiled, certificate } = compileProgram({
    memories,
    rule: { kind: 'polynomial', degree: order, rectified: false },
    descriptor,
    temperature,
    target,
    shots,
    seed,
  });
  const { wells, scale } = certificate;
  // The field of a stored memory on a site, and that site's energy in it.
  const amplitude = wells === null ? null : wells.amplitude;
  const field = wells === null ? scale : wells.memoryEigenvalue.mean * wells.amplitude;
  const unit = { field, energy: field * (amplitude ?? 1) };
  const ownTemperature = certificate.temperature.device / unit.energy;
  const state = startState(start, patterns, {
    order,
    temperature: ownTemperature,
    amplitude,
    descriptor,
  });
  const relax = request.relax ?? defaultDuration(descriptor, compiled.dynamics.rule);
  const asked = {
    order,
    temperature: ownTemperature,
    target,
    other,
    start,
    startEntropy: state.entropy,
    cue: { accuracy: request.cue.accuracy, wrong },
    shares: populations.shares,
    initial: startMagnetisations(start, state.overlap, target),
  };
  const model = modelOf(asked);
  const noTheory = whyNoTheory(compiled, descriptor, {
    patterns,
    condensed: other === null ? [target] : [target, other],
    cue,
    order,
    temperature: ownTemperature,
  });
  const { protocol, optimised } = protocolOf(request, model, noTheory, patterns[0]!.length, relax);
  const duration = protocol.release + relax;
  const every = readoutEvery(protocol.release, duration, descriptor);
  const sites = compiled.sites;
  const program: Program = {
    ...compiled,
    references: populations.references,
    dynamics: { ...compiled.dynamics, fidelity: fidelity as Fidelity | null },
    initial: state.initial,
    drives: [{ pattern: Float64Array.from(cue), amplitude: driveCurve(protocol, field) }],
    duration,
    readout: {
      every,
      channels: retrievalChannels(
        descriptor,
        sites,
        shots,
        Math.ceil(duration / every) + 1,
        amplitude === null ? 1 : 8,
      ),
    },
  };
  throwViolations('program-invalid', 'program', programViolations(program));
  throwViolations('program-refused', 'program', validateProgram(program, device));
  return {
    program,
    rule: certificate.rule,
    ...asked,
    load: patterns.length / sites ** (order - 1),
    startOverlap: state.overlap,
    protocol,
    relax,
    hasOther: populations.hasOther,
    unit,
    prediction:
      noTheory === null
        ? predictDrive(model, protocol.points, { release: protocol.release, duration, every })
        : null,
    noTheory,
    optimised,
    warnings: [
      ...certificate.warnings,
      ...state.warnings,
      ...(noTheory === null ? [] : [`drive: theory's values are null: ${noTheory}`]),
    ],
  };
}

/** What the overlap dynamics makes of a plan. */
export function modelOf(
  plan: Pick<
    DrivePlan,
    'order' | 'temperature' | 'other' | 'start' | 'startEntropy' | 'cue' | 'shares' | 'initial'
  >,
): DriveModel {
  const { order, temperature, shares, initial, cue, start, other } = plan;
  return {
    order,
    temperature,
    shares,
    cueAccuracy: cue.accuracy,
    initial,
    entropy: plan.startEntropy ?? 0,
    fromOther: start.kind !== 'paramagnet' && start.memory === other,
  };
}

function startOf(from: NonNullable<DriveBody['from']>, memories: MemorySet): Start {
  if (from === 'paramagnet') return { kind: 'paramagnet' };
  if ('memory' in from) {
    return { kind: 'memory', memory: findMemory(memories, from.memory, 'from.memory') };
  }
  return {
    kind: 'corrupted',
    memory: findMemory(memories, from.corrupted, 'from.corrupted'),
    fraction: from.fraction,
  };
}

/** The memory that the target is compared with: where the drive starts, else the first that is not the target. */
function otherMemory(start: Start, target: number, count: number): number | null {
  if (start.kind !== 'paramagnet' && start.memory !== target) return start.memory;
  if (count === 1) return null;
  return target === 0 ? 1 : 0;
}

/** The fidelity asked for, or the first at which spins have the temperature; null where there are none. */
function chooseFidelity(
  device: Descriptor,
  asked: string | null,
  temperature: number | null,
): string | null {
  const { fidelities } = device.dynamics;
  if (asked !== null) {
    if (fidelities.includes(asked)) return asked;
    throw new RelaxdError('cannot-compile', `${device.device} has no fidelity '${asked}'`, {
      path: 'fidelity',
      value: asked,
      limit: fidelities,
      hint: 'leave the fidelity out',
    });
  }
  if (fidelities.length === 0) return null;
  const wanted = temperature ?? 0;
  const fits = fidelities.find((name) => {
    const { drives, dynamics } = descriptorAt(device, name);
    const [least, most] = dynamics.temperature.range;
    return drives !== null && wanted >= least && wanted <= most;
  });
  return fits ?? fidelities[0]!;
}

/** Readouts of a drive, and of a run, at least; and at most, since each shot has them. */
const LEAST_READOUTS = { drive: 20, run: DEFAULT_READOUTS - 1 };
const MOST_READOUTS = 200;

/** Time between readouts, one of which is at the release: often enough to see a transition, which comes during the drive. */
function readoutEvery(release: number, duration: number, descriptor: Descriptor): number {
  const often = Math.min(duration / LEAST_READOUTS.run, release / LEAST_READOUTS.drive);
  const wanted = Math.max(often, duration / MOST_READOUTS, descriptor.readout.minEvery ?? 0);
  return release / Math.max(1, Math.floor(release / wanted + 1e-9));
}

function protocolOf(
  request: DriveRequest,
  model: DriveModel,
  noTheory: string | null,
  sites: number,
  relax: number,
): { protocol: Protocol; optimised: FoundProtocols | null } {
  const { protocol: asked } = request;
  if (Array.isArray(asked)) {
    return { protocol: readProtocol(asked, request.release ?? null), optimised: null };
  }
  if (noTheory !== null) {
    throw new RelaxdError('cannot-compile', `no protocol can be searched for: ${noTheory}`, {
      path: 'protocol.optimise',
      value: noTheory,
      limit: 'a drive that the overlap equations describe',
      hint: 'search on glauber at low load, and give the points that it finds',
    });
  }
  const { points, duration, objective, range } = asked.optimise;
  if (request.release !== undefined && request.release !== null && request.release !== duration) {
    throw new RelaxdError('invalid-input', 'a searched protocol is released at its own duration', {
      path: 'release',
      value: request.release,
      limit: duration,
      hint: 'leave the release out',
    });
  }
  const optimised = optimiseProtocol(model, {
    points,
    duration,
    relax,
    objective: objective ?? 'entropy-production',
    range: readRange(range ?? null),
    sites,
  });
  return { protocol: readProtocol(optimised.found.points, duration), optimised };
}

const DEFAULT_RANGE = [-2, 2] as const;

function readRange(range: readonly number[] | null): readonly [number, number] {
  if (range === null) return DEFAULT_RANGE;
  const [least, most] = [range[0]!, range[1]!];
  if (least < most) return [least, most];
  throw new RelaxdError('invalid-input', `the range of fields is ${least} … ${most}`, {
    path: 'protocol.optimise.range',
    value: [least, most],
    limit: 'two fields, the smaller one first',
  });
}
