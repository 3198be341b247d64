import { RelaxdError } from '../core/index.js';
import type { Calibration, Descriptor, Initial, Program } from '../device/index.js';
import { flipCount, type MemorySet } from '../memory/index.js';
import { formatRule, parseRule } from '../model/index.js';
import type { Criterion } from './calibrated/effective-law.js';
import type { Certificate } from './certificate.js';
import { nearestMemory } from './certify.js';
import { compileProgram } from './compile-program.js';
import { findMemory } from './find-memory.js';
import { RetrievalObserver } from './retrieval-observer.js';
import { DEFAULT_READOUTS, retrievalChannels } from './run-defaults.js';

/** What `retrieve` asks for. */
export interface RetrievalRequest {
  readonly device?: string;
  readonly memories: MemorySet;
  /** `hebb` where left out. */
  readonly rule?: string | null;
  /** Index or label of the memory to retrieve; 0 where left out, or the memory that the cue resembles most. */
  readonly target?: number | string | null;
  /** ±1, one value a site; the target itself where left out. */
  readonly cue?: ArrayLike<number> | null;
  /** Exactly round(corrupt · N) sites of the cue are flipped, drawn afresh each shot; 0 where left out. */
  readonly corrupt?: number | null;
  /** See `compileProgram`. */
  readonly temperature?: number | null;
  readonly calibration?: Calibration | null;
  readonly criterion?: Criterion | null;
  /** 100 where left out. */
  readonly shots?: number | null;
  readonly seed?: number | null;
  /** In the device's unit of time; long enough for its dynamics where left out. */
  readonly duration?: number | null;
}

export interface PreparedRetrieval {
  readonly program: Program;
  readonly certificate: Certificate;
  /** The learning rule, as users write it. */
  readonly rule: string;
  /** Index of the target. */
  readonly target: number;
  readonly observer: RetrievalObserver;
  readonly warnings: readonly string[];
}

const DEFAULT_SHOTS = 100;

/**
 * Compiles a retrieval: the program with its cue, its certificate, and an observer that sums up how it went.
 *
 * @throws RelaxdError those of `compileProgram`; `invalid-input` (target, corrupt), `wrong-size` and `pattern-values`
 *   (cue). Nothing is made where anything is wrong.
 */
export function prepareRetrieval(
  request: RetrievalRequest,
  descriptor: Descriptor,
): PreparedRetrieval {
  const { memories } = request;
  const { patterns } = memories;
  const N = patterns[0]!.length;
  const rule = parseRule(request.rule ?? 'hebb');
  const corrupt = request.corrupt ?? 0;
  const flips = flipCount(corrupt, N);
  const cue = request.cue === undefined || request.cue === null ? null : readCue(request.cue, N);
  const target = targetOf(request.target ?? null, memories, cue);
  const shots = request.shots ?? DEFAULT_SHOTS;
  const spins = descriptor.sites.kinds.includes('ising');
  const { program, certificate } = compileProgram({
    memories,
    rule,
    descriptor,
    temperature: request.temperature ?? null,
    calibration: request.calibration ?? null,
    criterion: request.criterion ?? null,
    corrupt,
    target,
    initial: initialState(cue ?? patterns[target]!, flips, descriptor),
    readout: {
      channels: retrievalChannels(descriptor, N, shots, DEFAULT_READOUTS, spins ? 1 : 8),
    },
    shots,
    seed: request.seed ?? null,
    ...(request.duration === undefined || request.duration === null
      ? {}
      : { duration: request.duration }),
  });
  return {
    program,
    certificate,
    rule: formatRule(rule),
    target,
    observer: new RetrievalObserver(target, patterns.length, patterns[target]!, program.duration),
    warnings: certificate.warnings,
  };
}

function initialState(cue: Int8Array, flips: number, descriptor: Descriptor): Initial {
  if (flips === 0 && !descriptor.initial.includes('corrupted')) {
    return { kind: 'pattern', values: Float64Array.from(cue) };
  }
  return { kind: 'corrupted', values: cue, flips };
}

function readCue(cue: ArrayLike<number>, sites: number): Int8Array {
  if (cue.length !== sites) {
    throw new RelaxdError('wrong-size', `the cue has ${cue.length} sites, the memories ${sites}`, {
      path: 'cue',
      value: cue.length,
      limit: sites,
      hint: 'give a cue of the size of the memories',
    });
  }
  const spins = new Int8Array(sites);
  for (let i = 0; i < sites; i++) {
    const value = cue[i];
    if (value !== 1 && value !== -1) {
      throw new RelaxdError('pattern-values', `cue[${i}] is ${value}; every site is −1 or 1`, {
        path: `cue[${i}]`,
        value: Number.isFinite(value) ? value : String(value),
        limit: [-1, 1],
        hint: 'write the cue as −1 and 1',
      });
    }
    spins[i] = value;
  }
  return spins;
}

function targetOf(
  target: number | string | null,
  memories: MemorySet,
  cue: Int8Array | null,
): number {
  if (target !== null) return findMemory(memories, target, 'target');
  return cue === null ? 0 : nearestMemory(memories.patterns, cue);
}
