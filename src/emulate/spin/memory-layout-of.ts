import type { MemoryCouplings } from '../../device/index.js';
import { hasHalves, largestInteger, type MemoryLayout } from '../../kernels/index.js';
import { decayTable, differenceTable, powerTable } from '../../model/index.js';

/** Terms of the integers kernel are below this, so that 4 lanes can add up a few of them. */
const MOST_INTEGER = 2 ** 28;
/** Fields smaller than this may have lost digits to underflow: PolynomialModel compares logarithms there. */
const LEAST_TERM = 1e-270;
/** Beyond, fields of exponential memories are at their largest value anyway. */
const MOST_EXPONENT = 709;
/** e^{2b} and its square are then ordinary numbers. */
const MOST_BETA = 100;

/** Memories as kernels lay them out; null where they cannot represent them. */
export function memoryLayoutOf(couplings: MemoryCouplings, sites: number): MemoryLayout | null {
  const { patterns, weights, next, interaction } = couplings;
  const memories = patterns.length;
  const base = { sites, patterns };
  if (interaction.kind === 'exponential') {
    // Overlaps are N, N − 2, … −N.
    const decays = decayTable(sites + 1, 1);
    const table = new Float64Array(decays.length + sites + 1);
    table.set(decays);
    for (let k = 0; k <= sites; k++) {
      const exponent = Math.min(MOST_EXPONENT, 2 * k - sites + 1);
      table[decays.length + k] = Math.sinh(1) * Math.exp(exponent);
    }
    return { ...base, kind: 'exponential', table, scale: 1, beta: 1 };
  }
  if (interaction.kind === 'log-sum-exp') {
    const { beta } = interaction;
    if (beta > MOST_BETA) return null;
    const table = decayTable(sites + 1, beta);
    return { ...base, kind: 'log-sum-exp', table, scale: 1, beta };
  }
  const { degree, rectified } = interaction;
  if (next !== null) {
    const { values, scale } = powerTable(sites, memories, degree, rectified);
    return { ...base, kind: 'sequence', table: values, scale, next };
  }
  if (weights !== null) return { ...base, kind: 'weights', table: null, scale: 1, weights };
  const { values, scale, exact } = differenceTable(sites, memories, degree, rectified);
  const largest =
    degree > 3 ? Infinity : largestInteger(sites, degree, hasHalves(sites, rectified));
  if (exact && largest < MOST_INTEGER) {
    return { ...base, kind: 'integers', table: null, scale, degree, rectified };
  }
  if (!exact && values.some((value) => value !== 0 && Math.abs(value) < LEAST_TERM)) return null;
  return { ...base, kind: 'powers', table: values, scale };
}
