export {
  explicitCircuit,
  explicitSteps,
  SCHEME,
  type ExplicitCircuit,
  type Scheme,
} from './explicit-steps.js';
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
