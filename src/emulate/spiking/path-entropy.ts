import type { CompensatedSum } from '../../thermo/index.js';
import { logTwoCosh } from '../spin/log-two-cosh.js';
import type { SpinSystem } from '../spin/spin-system.js';

/**
 * The log ratio of one step of memoryless neurons, all at once, and its reverse under the same fields (Peretto 1984):
 * Σ_i [s_i' b_i(s) − s_i b_i(s')]/T − ln cosh(b_i(s)/T) + ln cosh(b_i(s')/T), s before and s' after; NaN at T = 0.
 */
export class PathEntropy {
  /** The state before the step, N. */
  private readonly before: Int8Array;
  /** Total fields of the states before and after, N. */
  private fieldsBefore: Float64Array;
  private readonly fieldsAfter: Float64Array;
  /** Of the free sites, before and after: (b_i + offset)/T and its ln 2cosh. */
  private readonly was: Float64Array;
  private readonly is: Float64Array;
  private readonly logWas: Float64Array;
  private readonly logIs: Float64Array;

  /** @param offset of the threshold, in units of field */
  constructor(
    private readonly system: SpinSystem,
    private readonly offset: number,
  ) {
    const { sites } = system;
    this.before = new Int8Array(sites);
    this.fieldsBefore = new Float64Array(sites);
    this.fieldsAfter = new Float64Array(sites);
    this.was = new Float64Array(sites);
    this.is = new Float64Array(sites);
    this.logWas = new Float64Array(sites);
    this.logIs = new Float64Array(sites);
  }

  /**
   * Before a step.
   * @param fields where the total fields of the state before the step will be by the time of {@link addTo}, N
   */
  keep(fields: Float64Array): void {
    this.before.set(this.system.state);
    this.fieldsBefore = fields;
  }

  /** After the step. @param couplingFields of the state after, N, at scale 1 */
  addTo(total: CompensatedSum, couplingFields: Float64Array): void {
    const { system, offset, before, fieldsBefore, fieldsAfter, was, is, logWas, logIs } = this;
    const { free, state } = system;
    const { temperature } = system.protocol;
    system.totalFields(couplingFields, fieldsAfter);
    for (let k = 0; k < free.length; k++) {
      was[k] = (fieldsBefore[free[k]!]! + offset) / temperature;
      is[k] = (fieldsAfter[free[k]!]! + offset) / temperature;
    }
    logTwoCosh(was, logWas, free.length);
    logTwoCosh(is, logIs, free.length);
    let sum = 0;
    for (let k = 0; k < free.length; k++) {
      const site = free[k]!;
      sum += state[site]! * was[k]! - before[site]! * is[k]! + logIs[k]! - logWas[k]!;
    }
    total.add(sum);
  }
}
