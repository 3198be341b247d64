import { RelaxdError } from '../core/index.js';

/**
 * Checks that patterns are P ≥ 1 vectors of one length N ≥ 1 with values ±1, and returns N.
 * @throws RelaxdError `wrong-size` (no pattern, or lengths differ), `pattern-values` (a value is not ±1)
 */
export function checkPatterns(patterns: readonly Int8Array[]): number {
  const [first] = patterns;
  if (first === undefined || first.length === 0) {
    throw new RelaxdError('wrong-size', 'memories need at least one pattern of at least one site', {
      path: 'patterns',
      value: patterns.length,
      limit: 'P ≥ 1, N ≥ 1',
    });
  }
  for (const [mu, pattern] of patterns.entries()) {
    if (pattern.length !== first.length) {
      throw new RelaxdError(
        'wrong-size',
        `pattern ${mu} has ${pattern.length} sites, pattern 0 has ${first.length}`,
        { path: `patterns[${mu}]`, value: pattern.length, limit: first.length },
      );
    }
    checkSpins(pattern, `patterns[${mu}]`);
  }
  return first.length;
}

/**
 * Checks that every value is −1 or +1.
 * @throws RelaxdError `pattern-values`
 */
export function checkSpins(values: Int8Array, path: string): void {
  for (let i = 0; i < values.length; i++) {
    if (values[i] !== 1 && values[i] !== -1) {
      throw new RelaxdError('pattern-values', `${path}[${i}] is ${values[i]}, a spin is −1 or +1`, {
        path: `${path}[${i}]`,
        value: values[i],
        limit: [-1, 1],
      });
    }
  }
}

/**
 * Checks a state that a model is to take: N values of ±1.
 * @throws RelaxdError `wrong-size`, `pattern-values`
 */
export function checkState(state: Int8Array, sites: number): void {
  if (state.length !== sites) {
    throw new RelaxdError('wrong-size', `the state has ${state.length} spins, the model ${sites}`, {
      path: 'state',
      value: state.length,
      limit: sites,
    });
  }
  checkSpins(state, 'state');
}
