import { drivenOverlapDynamics } from '../model/index.js';
import { populationEntropy, type Four } from './populations.js';
import type { ProtocolPoint } from './protocol.js';
import { lastPassage } from './transition-time.js';

/** Overlap with the target above which a drive has succeeded (physics page §2.4, P3). */
export const SUCCESS_ABOVE = 0.5;

/** A driven retrieval in the terms of the overlap dynamics; everything per site, fields and T in the unit of the rule. */
export interface DriveModel {
  readonly order: number;
  readonly temperature: number;
  /** Shares of the four populations. */
  readonly shares: Four;
  readonly cueAccuracy: number;
  /** ⟨ξ¹s⟩ of the populations at the start, and the start's entropy in nats. */
  readonly initial: Four;
  readonly entropy: number;
  /** Whether the start is in another memory: a transition is then when the target overtakes it. */
  readonly fromOther: boolean;
}

/** What theory says of a drive. */
export interface DrivePrediction {
  readonly success: number;
  /** With the target, at the end and at the release. */
  readonly overlap: number;
  readonly held: number;
  /** null: the target is not reached. */
  readonly transitionTime: number | null;
  readonly work: number;
  readonly heat: number;
  readonly entropyProduction: number;
  readonly power: number;
  /** At the readouts. */
  readonly courses: {
    readonly t: readonly number[];
    readonly target: readonly number[];
    readonly other: readonly number[];
    readonly cue: readonly number[];
  };
}

/** Step of the integration (RK4): at it the identities hold to 1e-10, and no digit that is shown changes. */
const DT = 0.005;

/**
 * The exact N → ∞ dynamics of a drive (physics page §2.4), with the given patterns' populations.
 * Σ = Δs + βq, the identity that the dynamics obeys: it has no logarithm of a start that is certain.
 *
 * @param every time between readouts
 */
export function predictDrive(
  model: DriveModel,
  points: readonly ProtocolPoint[],
  times: { readonly release: number; readonly duration: number; readonly every: number },
): DrivePrediction {
  const { order, temperature, shares, cueAccuracy, initial } = model;
  const course = drivenOverlapDynamics({
    degree: order,
    temperature,
    cueAccuracy,
    shares,
    initial,
    field: points,
    duration: times.duration,
    every: times.every,
    dt: DT,
  });
  const end = course.t.length - 1;
  const held = course.t.findIndex((t) => t >= times.release * (1 - 1e-9));
  const overlap = course.target[end]!;
  const work = course.work[end]!;
  const heat = course.heat[end]!;
  const level = (k: number): number => (model.fromOther ? course.other[k]! : SUCCESS_ABOVE);
  return {
    success: overlap > SUCCESS_ABOVE ? 1 : 0,
    overlap,
    held: course.target[held]!,
    transitionTime: lastPassage(course.t, (k) => course.target[k]! - level(k)),
    work,
    heat,
    entropyProduction: populationEntropy(shares, course.final) - model.entropy + heat / temperature,
    power: work / times.release,
    courses: {
      t: Array.from(course.t),
      target: Array.from(course.target),
      other: Array.from(course.other),
      cue: Array.from(course.cue),
    },
  };
}
