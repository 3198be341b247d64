export {
  explicitCircuit,
  explicitSteps,
  SCHEME,
  type ExplicitCircuit,
  type Scheme,
} from './explicit-steps.js';
export { OSCILLATOR_ROW, oscillatorRows, type OscillatorRows } from './oscillator-rows.js';
export {
  OSCILLATOR_SCHEME,
  oscillators,
  oscillatorSteps,
  type Oscillators,
  type OscillatorScheme,
} from './oscillator-steps.js';
export { multiplySparse, type SparseRows } from './multiply-sparse.js';
export {
  flowRows,
  linearRows,
  normalRows,
  pairTerm,
  siteHeats,
  siteTerms,
  type LinearRows,
  type SitePotential,
  type StateAndField,
} from './rows.js';
