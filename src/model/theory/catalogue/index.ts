import { ags, agsPhases } from './entries/ags.js';
import { bidirectionalCapacityEntry } from './entries/bidirectional-capacity.js';
import { curieWeissEntry } from './entries/curie-weiss.js';
import { denseCapacityEntry } from './entries/dense-capacity.js';
import { basinEdge, firstOrder, retrievalOverlap, spinodal } from './entries/dense-states.js';
import { dmft } from './entries/dmft.js';
import { exponentialCapacity } from './entries/exponential-capacity.js';
import { hopfieldCapacityEntry } from './entries/hopfield-capacity.js';
import { imperfectCouplings } from './entries/imperfect-couplings.js';
import { landauer } from './entries/landauer.js';
import { modernCapacity } from './entries/modern-capacity.js';
import { oneStep } from './entries/one-step.js';
import { onsager } from './entries/onsager.js';
import { overlapDynamics } from './entries/overlap-dynamics.js';
import { quasiStatic } from './entries/quasi-static.js';
import { sequenceCapacityEntry } from './entries/sequence-capacity.js';
import { switchingFieldEntry } from './entries/switching-field.js';
import type { Theory } from './theory.js';

/** Every theory that can be asked by name, in the order in which they are listed. */
export const THEORIES: readonly Theory[] = [
  ags,
  agsPhases,
  hopfieldCapacityEntry,
  denseCapacityEntry,
  oneStep,
  retrievalOverlap,
  basinEdge,
  spinodal,
  firstOrder,
  overlapDynamics,
  switchingFieldEntry,
  quasiStatic,
  landauer,
  dmft,
  imperfectCouplings,
  sequenceCapacityEntry,
  bidirectionalCapacityEntry,
  exponentialCapacity,
  modernCapacity,
  curieWeissEntry,
  onsager,
];

export { evaluateTheory, type TheoryPoint } from './evaluate-theory.js';
export { shownDefault, theoryPage } from './theory-page.js';
export {
  dashed,
  rangeText,
  type FieldProfile,
  type Theory,
  type TheoryAnswer,
  type TheoryCourse,
  type TheoryParameter,
  type TheoryQuantity,
  type TheoryValue,
} from './theory.js';
