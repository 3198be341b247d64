import { throwViolations, type Violation } from '../../core/index.js';

/** The node that everything else is measured against. */
export const GROUND = 'ground';

/** Names of the two nodes of an element; one may be {@link GROUND}. Current and voltage count from the first to the second. */
type Between = readonly [string, string];

export interface Capacitor {
  readonly kind: 'capacitor';
  readonly between: Between;
  readonly capacitanceF: number;
}
/** With Johnson–Nyquist noise: a current of two-sided density 2k_B T/R beside it. */
export interface Resistor {
  readonly kind: 'resistor';
  readonly between: Between;
  readonly resistanceOhm: number;
  readonly temperatureK: number;
}
export interface Inductor {
  readonly kind: 'inductor';
  readonly between: Between;
  readonly inductanceH: number;
}
export type NetworkElement = Capacitor | Resistor | Inductor;

/** A linear network, in SI. */
export type Netlist = readonly NetworkElement[];

/**
 * Refuses elements that are none: both ends on one node, values that are not positive numbers.
 * @throws RelaxdError `invalid-input` with every violation
 */
export function checkNetlist(netlist: Netlist): void {
  const found: Violation[] = [];
  const bad = (path: string, message: string, value: unknown, limit: unknown): void => {
    found.push({ code: 'invalid-input', path, message, value, limit });
  };
  netlist.forEach((element, k) => {
    const [a, b] = element.between;
    if (a === b) bad(`[${k}].between`, 'both ends are on one node', a, 'two nodes');
    const [name, value] =
      element.kind === 'capacitor'
        ? (['capacitanceF', element.capacitanceF] as const)
        : element.kind === 'resistor'
          ? (['resistanceOhm', element.resistanceOhm] as const)
          : (['inductanceH', element.inductanceH] as const);
    if (!(value > 0 && Number.isFinite(value))) {
      bad(`[${k}].${name}`, 'is not a positive number', value, '> 0; leave the element out');
    }
    if (
      element.kind === 'resistor' &&
      !(element.temperatureK >= 0 && element.temperatureK < Infinity)
    ) {
      bad(`[${k}].temperatureK`, 'is not a temperature', element.temperatureK, '≥ 0');
    }
  });
  if (netlist.length === 0) bad('', 'the network has no elements', 0, 'at least one');
  throwViolations('invalid-input', 'network', found);
}
