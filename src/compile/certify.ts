import type { Descriptor, SiteKind } from '../device/index.js';
import type { MemorySet } from '../memory/index.js';
import {
  agsRetrieval,
  createSpinModel,
  LogSumExpModel,
  type LearningRule,
  type SpinCouplings,
  type SpinModel,
} from '../model/index.js';
import type { Certificate, Margins, MemoryPrediction, OverlapMethod } from './certificate.js';
import type { ChosenDynamics } from './choose-dynamics.js';
import { looksRandom } from './memory-statistics.js';
import {
  meanFieldOverlapOf,
  oneStepOverlapOf,
  overlapOf,
  relaxedOverlap,
} from './predict-overlap.js';
import {
  modelFields,
  pairFields,
  pairwiseSuccess,
  SAMPLED_STEPS,
  sampledSuccess,
  type FieldsOf,
} from './predict-success.js';
import { spinResponse, wellResponse, type SiteResponse } from './site-response.js';
import { siteMargins, summariseMargins } from './stability-margins.js';

/** Elementary steps that a certificate may take: well under a second. */
const BUDGET = 3e8;
/** Cues that a sampled estimate takes, at most and at least. */
const SAMPLES = [8, 32] as const;
/** Pairs between more sites than this average well enough for a closed form, and cost too much to sample. */
const MOST_SAMPLED_PAIRS = 512;

/** The compiled couplings, as the predictions see them. */
export interface CertifiedSystem {
  readonly memories: MemorySet;
  readonly rule: LearningRule;
  readonly descriptor: Descriptor;
  readonly kind: SiteKind;
  readonly ideal: Extract<SpinCouplings, { kind: 'dense' | 'memories' }>;
  readonly compiled: Extract<SpinCouplings, { kind: 'dense' | 'memories' }>;
  readonly scale: number;
  readonly chosen: ChosenDynamics;
  readonly wells: {
    readonly quadratic: number;
    readonly quartic: number;
    /** λ_max and the largest Σ_j |J_ij| of the compiled couplings. */
    readonly largest: number;
    readonly largestSum: number;
    readonly amplitude: number;
  } | null;
  readonly correlation: Certificate['correlation'];
  /** Of a shot, in the device's unit of time. */
  readonly duration: number;
  /** Flipped sites of a cue. */
  readonly flips: number;
  /** A memory that is certified whatever it takes. */
  readonly target: number;
}

/** What follows ξ^μ, where couplings are a sequence; else ξ^μ itself. */
export function imageOf(
  rule: LearningRule,
  patterns: readonly Int8Array[],
  index: number,
): Int8Array {
  return patterns[rule.kind === 'sequence' ? (index + 1) % patterns.length : index]!;
}

/**
 * A model for predictions. Exponential memories are taken by the logarithm of their energy, which has the same signs
 * of all fields and numbers that can be written down (HZ4).
 */
export function predictionModel(couplings: SpinCouplings, sites: number): SpinModel {
  if (couplings.kind === 'memories' && couplings.interaction.kind === 'exponential') {
    return new LogSumExpModel(couplings.patterns, 1);
  }
  return createSpinModel(couplings, sites);
}

/** Predictions for every memory, or for as many as the budget allows, the target among them. */
export function predictMemories(system: CertifiedSystem): MemoryPrediction[] {
  const { memories, scale, rule } = system;
  const { patterns, labels } = memories;
  const N = patterns[0]!.length;
  const ideal = predictionModel(system.ideal, N);
  const compiled = system.compiled === system.ideal ? ideal : predictionModel(system.compiled, N);
  const margins = new Float64Array(N);
  const predictor = new Predictor(system, compiled);
  return certifiedMemories(system).map((index) => {
    const memory = patterns[index]!;
    const image = imageOf(rule, patterns, index);
    siteMargins(ideal, memory, image, margins);
    const before = summariseMargins(margins, 1);
    let after: Margins = before;
    if (compiled !== ideal) {
      siteMargins(compiled, memory, image, margins);
      after = summariseMargins(margins, scale);
    }
    return {
      index,
      label: labels[index]!,
      before,
      after,
      overlap: predictor.overlap(memory, margins),
      success: predictor.success(memory),
    };
  });
}

function certifiedMemories(system: CertifiedSystem): number[] {
  const { memories, compiled, kind, target } = system;
  const P = memories.patterns.length;
  const N = memories.patterns[0]!.length;
  const fields = compiled.kind === 'dense' ? N * N : 2 * N * P;
  const sampled = compiled.kind !== 'dense' || N <= MOST_SAMPLED_PAIRS;
  const rounds = (kind === 'continuous' ? 60 : 12) + (sampled ? 8 * samplesFor(N) : 0);
  const one = rounds * fields;
  const many = Math.min(P, Math.max(1, Math.floor(BUDGET / one)));
  const first = Array.from({ length: many }, (_, index) => index);
  if (target >= many) first[many - 1] = target;
  return first;
}

const samplesFor = (sites: number): number =>
  Math.max(SAMPLES[0], Math.min(SAMPLES[1], Math.floor(1e4 / sites)));

/** Overlap and success of one memory after the other, with what they share worked out once. */
class Predictor {
  private readonly response: SiteResponse;
  private readonly amplitude: number;
  private readonly method: OverlapMethod;
  private readonly ags: number | null;
  private readonly fieldsOf: FieldsOf;

  constructor(
    private readonly system: CertifiedSystem,
    private readonly model: SpinModel,
  ) {
    const { chosen, wells, rule, memories, correlation, compiled, scale } = system;
    const { temperature } = chosen;
    const P = memories.patterns.length;
    const N = memories.patterns[0]!.length;
    this.ags = null;
    this.fieldsOf = compiled.kind === 'dense' ? pairFields(compiled.data) : modelFields(model);
    this.amplitude = 1;
    const exponential = compiled.kind === 'memories' && compiled.interaction.kind === 'exponential';
    if (wells !== null) {
      const reach = Math.sqrt(
        Math.max(1, wells.largest - 2 * wells.quadratic) / (4 * wells.quartic),
      );
      this.amplitude = wells.amplitude;
      this.response = wellResponse(
        wells,
        temperature,
        system.duration / SAMPLED_STEPS,
        wells.largestSum * reach,
      );
      this.method = rule.kind === 'sequence' ? 'one-step' : 'single-site mean-field';
      return;
    }
    // The energies of exponential memories are of order e^N: any ordinary temperature is zero to them.
    this.response = spinResponse(exponential ? 0 : temperature);
    if (rule.kind === 'sequence') this.method = 'one-step';
    else if (temperature === 0 || exponential) this.method = 'relaxation';
    else if (rule.kind === 'hebb' && looksRandom(memories.patterns, correlation)) {
      this.method = 'ags';
      this.ags = agsRetrieval(P / N, temperature / scale)?.m ?? 0;
    } else this.method = compiled.kind === 'dense' ? 'mean-field' : 'one-step';
  }

  overlap(memory: Int8Array, margins: Float64Array): MemoryPrediction['overlap'] {
    const { method, model, response, system } = this;
    const clean = (value: number): MemoryPrediction['overlap'] => ({ value, method });
    if (method === 'ags') return clean(this.ags!);
    if (method === 'relaxation') {
      return clean(relaxedOverlap(model, memory, system.chosen.relaxation));
    }
    if (method === 'one-step') return clean(oneStepOverlapOf(margins, response, this.amplitude));
    const data = (system.compiled as { data: Float64Array }).data;
    return clean(meanFieldOverlapOf(data, memory, response, this.amplitude));
  }

  success(memory: Int8Array): MemoryPrediction['success'] {
    const { system, response, amplitude } = this;
    const { compiled, flips } = system;
    if (system.rule.kind === 'sequence') return null;
    const N = memory.length;
    if (compiled.kind === 'dense' && N > MOST_SAMPLED_PAIRS) {
      const value = pairwiseSuccess(compiled.data, memory, flips, response, amplitude);
      return { value, estimate: true, method: 'signal-to-noise' };
    }
    const value = sampledSuccess(this.fieldsOf, memory, flips, response, amplitude, samplesFor(N));
    return { value, estimate: true, method: 'sampled cues' };
  }
}

/** The memory that a cue resembles most; ties go to the first. */
export function nearestMemory(patterns: readonly Int8Array[], cue: Int8Array): number {
  let nearest = 0;
  let highest = -Infinity;
  for (const [mu, pattern] of patterns.entries()) {
    const overlap = overlapOf(pattern, cue);
    if (overlap > highest) {
      highest = overlap;
      nearest = mu;
    }
  }
  return nearest;
}
