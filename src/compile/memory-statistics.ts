import {
  errorFreeMemories,
  hopfieldCapacity,
  storkeyMemories,
  type LearningRule,
} from '../model/index.js';
import type { Certificate } from './certificate.js';

/** Above this load AGS has no retrieval state at T = 0. */
const HEBB_LIMIT = hopfieldCapacity().alpha;
/** Two memories that overlap by more than this are one to Hebb's rule more often than not (§5.3: distance 20 of 100). */
const ALIKE = 0.6;

/** Overlaps between different memories: P²N steps. */
export function memoryCorrelation(patterns: readonly Int8Array[]): Certificate['correlation'] {
  let largest = 0;
  let squares = 0;
  let pair: [number, number] | null = null;
  const P = patterns.length;
  for (let mu = 0; mu < P; mu++) {
    const a = patterns[mu]!;
    for (let nu = 0; nu < mu; nu++) {
      const b = patterns[nu]!;
      let sum = 0;
      for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
      const overlap = Math.abs(sum) / a.length;
      squares += overlap * overlap;
      if (overlap > largest || pair === null) {
        largest = overlap;
        pair = [nu, mu];
      }
    }
  }
  const pairs = (P * (P - 1)) / 2;
  return { largest, rms: pairs === 0 ? 0 : Math.sqrt(squares / pairs), pair };
}

/**
 * Whether memories look like independent fair coins, which is what AGS assumes: overlaps of the size 1/√N, and means
 * within four standard errors of zero.
 */
export function looksRandom(
  patterns: readonly Int8Array[],
  correlation: Certificate['correlation'],
): boolean {
  const N = patterns[0]!.length;
  const one = 1 / Math.sqrt(N);
  const pairs = (patterns.length * (patterns.length - 1)) / 2;
  const highest = one * (4 + Math.sqrt(2 * Math.log(Math.max(1, pairs))));
  if (correlation.rms > 1.5 * one || correlation.largest > highest) return false;
  return patterns.every((pattern) => {
    let sum = 0;
    for (const s of pattern) sum += s;
    return Math.abs(sum) / N <= 4 * one;
  });
}

/** What theory says about so many memories of such a rule, in words; empty where it has nothing against them. */
export function loadWarnings(
  rule: LearningRule,
  sites: number,
  count: number,
  correlation: Certificate['correlation'],
  labels: readonly string[],
): string[] {
  const warnings: string[] = [];
  const many = `${count} ${count === 1 ? 'memory' : 'memories'} with N = ${sites}`;
  const load = Number((count / sites).toPrecision(2));
  const hebbian =
    rule.kind === 'hebb' ||
    (rule.kind === 'polynomial' && rule.degree === 2 && !rule.rectified) ||
    (rule.kind === 'dream' && rule.time === 0);
  if (hebbian && count / sites > HEBB_LIMIT) {
    warnings.push(`${many}: load ${load} is over the Hebb limit ${HEBB_LIMIT.toFixed(3)}`);
  }
  if (rule.kind === 'storkey' && count > storkeyMemories(sites)) {
    warnings.push(
      `${many}: more than the ${Math.floor(storkeyMemories(sites))} that Storkey's rule holds`,
    );
  }
  if (rule.kind === 'polynomial' && rule.degree > 2 && sites > 1) {
    const limit = errorFreeMemories(rule.degree, sites) * (rule.rectified ? 2 : 1);
    if (count > limit) {
      warnings.push(
        `${many}: more than the ${Math.floor(limit)} that degree ${rule.degree} holds without errors`,
      );
    }
  }
  if (hebbian && correlation.pair !== null && correlation.largest > ALIKE) {
    const [a, b] = correlation.pair;
    warnings.push(
      `memories '${labels[a]}' and '${labels[b]}' overlap by ${correlation.largest.toFixed(2)}: ` +
        'Hebb couplings confuse correlated memories; projection, dream:<t> or rectified:<n> tell them apart',
    );
  }
  if (rule.kind === 'sequence') {
    warnings.push('a sequence moves on: a run ends at a later memory, not at its target');
  }
  return warnings;
}
