import { BOLTZMANN_J_PER_K, RelaxdError } from '../../core/index.js';
import { descriptorAt, type Descriptor } from '../../device/index.js';
import { GLAUBER, POWER, type FlipKernel } from './flip-kernels.js';

/** What a body may ask of a spin device's dynamics. */
export interface SpinAsked {
  /** Law that the device is to flip by, as `dynamics.kernel` of a program has it. */
  readonly kernel?: string | Readonly<Record<string, unknown>>;
  /** Set temperature, program energy. */
  readonly temperature?: number;
}

/** A device of ±1 spins that flip one by one in continuous time: how it is set, and which law is fitted to it. */
export interface SpinDevice {
  /** At the fidelity that the probes ask for. */
  readonly descriptor: Descriptor;
  readonly kernel: FlipKernel;
  /** Of every probe: `dynamics` of its program. */
  readonly dynamics: Readonly<Record<string, unknown>>;
  /** That the probes set, program energy; 0: downhill only. */
  readonly temperature: number;
  /** Exponent that the device is asked for; NaN where the law has none. */
  readonly exponent: number;
  readonly units: SpinUnits;
}

/** In what rates and temperatures are told: SI where the device says what its units are, else its own. */
export interface SpinUnits {
  readonly rate: { readonly unit: string; readonly each: number };
  readonly temperature: { readonly unit: string; readonly each: number };
}

/** Whether a device is calibrated as spins: its sites are ±1, and nothing else. */
export const isSpinDevice = ({ sites }: Descriptor): boolean =>
  sites.kinds.includes('ising') && !sites.kinds.includes('continuous');

/** Laws of magnetisations between −1 and 1. */
const GRADED: readonly string[] = ['avalanche', 'resolved'];
/** Of laws whose members say what follows |x|^p downhill; others are fitted from p = 1. */
const EXPONENTS: Readonly<Record<string, number>> = { ohmic: 1, 'steepest-descent': 0 };

/**
 * How a device of spins is to be probed.
 * @throws RelaxdError `not-supported` where its spins do not flip one by one in continuous time; `invalid-input` for a law or a
 *   temperature that it does not have
 */
export function spinDevice(told: Descriptor, asked: SpinAsked = {}): SpinDevice {
  const fidelity = [null, ...told.dynamics.fidelities].find((name) =>
    descriptorAt(told, name).dynamics.rules.glauber?.includes('continuous-time'),
  );
  if (fidelity === undefined) {
    throw new RelaxdError(
      'not-supported',
      `${told.device} cannot be probed: its spins do not flip one by one in continuous time`,
      {
        path: 'dynamics.rules',
        value: Object.keys(told.dynamics.rules),
        limit: 'glauber in continuous-time',
      },
    );
  }
  const descriptor = descriptorAt(told, fidelity);
  const { kernels, temperature } = descriptor.dynamics;
  const law = lawOf(told.device, kernels, asked.kernel);
  const set = setTemperature(descriptor, law, asked.temperature);
  const { seconds } = descriptor.units.time;
  const { joules } = descriptor.units.energy;
  return {
    descriptor,
    kernel: law === null ? GLAUBER : POWER,
    dynamics: {
      rule: 'glauber',
      order: 'continuous-time',
      ...(fidelity === null ? {} : { fidelity }),
      ...(law === null ? {} : { kernel: law }),
      // A law without a temperature takes the device's own, 0.
      ...(set > 0 || temperature.default !== 0 ? { temperature: set } : {}),
    },
    temperature: set,
    exponent: law === null ? NaN : exponentOf(law),
    units: {
      rate:
        seconds === null ? { unit: '1/device time', each: 1 } : { unit: 'Hz', each: 1 / seconds },
      temperature:
        joules === null
          ? { unit: 'program energy', each: 1 }
          : { unit: 'K', each: joules / BOLTZMANN_J_PER_K },
    },
  };
}

/** Faster than that nothing is looked for, device time. */
const FASTEST = 1e6;

/** Rate at which a spin in a field forgets where it was, as the descriptor has it. */
export function forgetting(device: SpinDevice, field: number): number {
  const { kernel, temperature, exponent } = device;
  const cost = 2 * Math.abs(field);
  const at = Float64Array.of(0, Math.log(temperature > 0 ? temperature : cost / 40), exponent);
  const slopes = new Float64Array(3);
  const rate = (x: number): number => Math.exp(kernel.logRate(x, at, slopes));
  return Math.min(rate(cost) + rate(-cost), FASTEST);
}

interface Law {
  readonly kind: string;
  readonly [member: string]: unknown;
}

function lawOf(device: string, kernels: readonly string[], asked: SpinAsked['kernel']): Law | null {
  if (kernels.length === 0) {
    if (asked === undefined) return null;
    throw new RelaxdError('invalid-input', `${device} has one law of flips, and no choice of it`, {
      path: 'kernel',
      value: asked,
      limit: null,
    });
  }
  const law = (typeof asked === 'object' ? asked : { kind: asked ?? kernels[0] }) as Law;
  if (GRADED.includes(law.kind)) {
    throw new RelaxdError(
      'not-supported',
      `${device}: by the kernel '${law.kind}' spins do not flip as a whole`,
      {
        path: 'kernel',
        value: law.kind,
        limit: kernels.filter((name) => !GRADED.includes(name)),
      },
    );
  }
  if (kernels.includes(law.kind)) return law;
  throw new RelaxdError('invalid-input', `${device} has no kernel '${law.kind}'`, {
    path: 'kernel',
    value: law.kind,
    limit: kernels,
  });
}

/** Laws other than the ohmic bath's have none. */
function setTemperature(
  { device, dynamics }: Descriptor,
  law: Law | null,
  asked: number | undefined,
): number {
  const isThermal = law === null || law.kind === 'ohmic';
  const own = law?.['temperature'];
  const usual = !isThermal ? 0 : dynamics.temperature.default || 1;
  const set = asked ?? (typeof own === 'number' ? own : usual);
  const [least, most] = isThermal ? dynamics.temperature.range : [0, 0];
  if (set >= least && set <= most && (own === undefined || own === set)) return set;
  throw new RelaxdError('invalid-input', `${device} has no such temperature here`, {
    path: 'temperature',
    value: set,
    limit: own === undefined ? [least, most] : own,
    hint: isThermal ? 'within the descriptor’s range' : `the kernel '${law.kind}' has none`,
  });
}

function exponentOf(law: Law): number {
  const p = law['p'];
  return typeof p === 'number' ? p : (EXPONENTS[law.kind] ?? 1);
}
