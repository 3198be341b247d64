import type { Descriptor, Dynamics, Order, Rule, SiteKind } from '../device/index.js';
import { cannot } from './shape-couplings.js';

/** How a compiled program runs. */
export interface ChosenDynamics {
  readonly dynamics: Dynamics;
  /** Temperature of the device, in the program's unit; the program leaves it to the device where `own` is true. */
  readonly temperature: number;
  readonly own: boolean;
  /** Order in which a zero-temperature prediction relaxes. */
  readonly relaxation: 'asynchronous' | 'steepest';
}

export interface DynamicsRequest {
  readonly rule?: Rule | null;
  readonly order?: Order | null;
  /** In the unit of the ideal couplings on ±1 sites, of the device on continuous ones; left out: the default. */
  readonly temperature?: number | null;
}

const AT_ZERO: readonly Rule[] = ['steepest-descent', 'zero-temperature'];
const THERMAL: readonly Rule[] = ['glauber', 'metropolis', 'spiking'];

/**
 * The rule and the temperature of a program: on ±1 sites zero temperature (the device's first rule, where that is
 * `steepest-descent`, else `zero-temperature`) unless one is given, then `glauber`; on continuous sites, and on spin
 * devices that cannot go to zero, the device's own.
 *
 * @param scale of the couplings: T of ±1 sites is multiplied by it, so that J/T stays what was asked for
 * @throws RelaxdError `cannot-compile` where the device has no rule for the temperature
 */
export function chooseDynamics(
  descriptor: Descriptor,
  kind: SiteKind,
  request: DynamicsRequest,
  scale: number,
): ChosenDynamics {
  const { rules, temperature: limits } = descriptor.dynamics;
  const listed = Object.keys(rules) as Rule[];
  const asked = request.temperature ?? null;
  const make = (rule: Rule | null, temperature: number | null): ChosenDynamics => ({
    dynamics: { ...DEVICE_DYNAMICS, rule, order: request.order ?? null, temperature },
    temperature: temperature ?? limits.default,
    own: temperature === null,
    relaxation: (rule ?? listed[0]) === 'steepest-descent' ? 'steepest' : 'asynchronous',
  });
  const given = request.rule ?? null;
  if (kind === 'continuous') return make(given, asked);
  const zeroRule =
    given !== null
      ? AT_ZERO.find((rule) => rule === given)
      : (AT_ZERO.find((rule) => rule === listed[0]) ??
        AT_ZERO.find((rule) => listed.includes(rule)));
  if (asked === 0 || (asked === null && zeroRule !== undefined)) {
    if (zeroRule !== undefined) {
      const chosen = make(zeroRule, limits.range[0] <= 0 ? 0 : null);
      return { ...chosen, temperature: 0, own: false };
    }
    if (limits.range[0] <= 0) return make(given, 0);
    throw cannot(`${descriptor.device} has no dynamics at temperature 0`, {
      path: 'temperature',
      value: 0,
      limit: limits.range,
      hint: 'give a temperature in the range, or leave it to the device',
    });
  }
  if (asked === null) return make(given, null);
  const thermal = given ?? THERMAL.find((rule) => listed.includes(rule)) ?? null;
  if (thermal === null || AT_ZERO.includes(thermal)) {
    throw cannot(
      `temperature ${asked} needs thermal dynamics, and ${descriptor.device} has only ${(given === null ? listed : [given]).join(', ')}`,
      {
        path: 'temperature',
        value: asked,
        limit: 0,
        hint: 'leave the temperature out, or use a device with rule glauber',
      },
    );
  }
  const set = scale * asked;
  if (set < limits.range[0] || set > limits.range[1]) {
    throw cannot(
      `temperature ${asked} is ${set} in the unit of the scaled couplings, outside ${limits.range[0]} … ${limits.range[1]}`,
      {
        path: 'temperature',
        value: asked,
        limit: [limits.range[0] / scale, limits.range[1] / scale],
        hint: 'choose a temperature inside the limit',
      },
    );
  }
  return make(thermal, set);
}

/** Everything left to the device. */
const DEVICE_DYNAMICS: Dynamics = {
  rule: null,
  order: null,
  temperature: null,
  fidelity: null,
  kernel: null,
  ties: null,
  integrator: null,
  dt: null,
  burnIn: null,
  synapse: null,
  spiking: null,
};
