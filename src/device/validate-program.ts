import type { Violation } from '../core/index.js';
import {
  defaultOrder,
  defaultRule,
  descriptorAt,
  type Descriptor,
  type Range,
} from './descriptor.js';
import {
  curveValue,
  siteSpecs,
  type Fidelity,
  type Program,
  type ResolvedProgram,
} from './program.js';

/**
 * Everything in a program that a device cannot do, by its descriptor alone: each with path, value and limit.
 * The same function judges emulators, simulators and boards.
 */
export function validateProgram(program: Program, device: Descriptor): Violation[] {
  const descriptor = descriptorAt(device, program.dynamics.fidelity);
  const fidelity = program.dynamics.fidelity ?? device.dynamics.fidelities[0];
  const found: Violation[] = [];
  const refuse = (path: string, message: string, value: unknown, limit: unknown): void => {
    found.push({ code: 'program-refused', path, message, value, limit });
  };
  const outside = (path: string, values: Float64Array, range: Range | null, what: string): void => {
    if (range === null) return;
    for (let i = 0; i < values.length; i++) {
      const v = values[i]!;
      if (v < range[0] || v > range[1]) {
        refuse(`${path}[${i}]`, `${what} ${v} is outside ${range[0]} … ${range[1]}`, v, range);
        return; // one a list: a matrix out of scale would list a million
      }
    }
  };
  const named = (
    path: string,
    value: string | null,
    allowed: readonly string[],
    what: string,
  ): void => {
    if (value === null || allowed.includes(value)) return;
    const list = allowed.length === 0 ? 'none' : allowed.join(', ');
    const elsewhere = fidelitiesWith(device, path, value);
    const [here, there] =
      elsewhere.length === 0
        ? ['', '']
        : [
            ` at fidelity '${fidelity}'`,
            `; dynamics.fidelity ${elsewhere.map((f) => `'${f}'`).join(' or ')} has it`,
          ];
    refuse(
      path,
      `${descriptor.device} has no ${what} '${value}'${here}; it has: ${list}${there}`,
      value,
      allowed,
    );
  };

  if (program.sites > descriptor.sites.max) {
    refuse(
      'sites',
      `${program.sites} sites are more than ${descriptor.sites.max}`,
      program.sites,
      descriptor.sites.max,
    );
  }
  const specs = typeof program.siteKinds === 'string' ? null : siteSpecs(program);
  if (specs === null)
    named('siteKinds', program.siteKinds as string, descriptor.sites.kinds, 'site kind');
  else {
    const at = specs.findIndex(
      (site) => !site.hidden && !descriptor.sites.kinds.includes(site.kind),
    );
    if (at >= 0)
      named(`siteKinds[${at}].kind`, specs[at]!.kind, descriptor.sites.kinds, 'site kind');
    const hidden = specs.findIndex((site) => site.hidden);
    if (hidden >= 0 && !descriptor.sites.hidden) {
      refuse(
        `siteKinds[${hidden}].hidden`,
        `${descriptor.device} has no hidden sites`,
        true,
        false,
      );
    }
  }
  validateCouplings(program, descriptor, { refuse, outside, named });
  outside('fields', program.fields, descriptor.fields.range, 'field');
  if (program.clamped.length > 0 && !descriptor.sites.clamping) {
    refuse('clamped', `${descriptor.device} cannot clamp sites`, program.clamped.length, 0);
  }
  if (program.wells !== null) {
    if (descriptor.wells === null)
      refuse('wells', `${descriptor.device} has no wells`, 'wells', null);
    else {
      outside(
        'wells.quadratic',
        program.wells.quadratic,
        descriptor.wells.quadratic,
        'quadratic well',
      );
      outside('wells.quartic', program.wells.quartic, descriptor.wells.quartic, 'quartic well');
    }
  }
  validateDynamics(program, descriptor, { refuse, outside, named });
  named('initial.kind', program.initial.kind, descriptor.initial, 'initial state');
  if (program.drives.length > 0) {
    if (descriptor.drives === null)
      refuse('drives', `${descriptor.device} has no drives`, program.drives.length, 0);
    else {
      if (program.drives.length > descriptor.drives.max) {
        refuse(
          'drives',
          `${program.drives.length} drives are more than ${descriptor.drives.max}`,
          program.drives.length,
          descriptor.drives.max,
        );
      }
      for (const [k, drive] of program.drives.entries()) {
        outside(
          `drives[${k}].amplitude`,
          drive.amplitude.filter((_, i) => i % 2 === 1),
          descriptor.drives.amplitude,
          'amplitude',
        );
      }
    }
  }
  for (const [name, points] of Object.entries(program.controls)) {
    const range = descriptor.controls[name as keyof typeof descriptor.controls];
    if (range === undefined)
      named(`controls.${name}`, name, Object.keys(descriptor.controls), 'control');
    else
      outside(
        `controls.${name}`,
        points.filter((_, i) => i % 2 === 1),
        range,
        name,
      );
  }
  if (program.duration > descriptor.duration.max) {
    refuse(
      'duration',
      `${program.duration} is longer than ${descriptor.duration.max}`,
      program.duration,
      descriptor.duration.max,
    );
  }
  if (program.shots > descriptor.shots.max) {
    refuse(
      'shots',
      `${program.shots} shots are more than ${descriptor.shots.max}`,
      program.shots,
      descriptor.shots.max,
    );
  }
  const channels = descriptor.readout.channels.map((channel) => channel.name);
  for (const [k, channel] of program.readout.channels.entries()) {
    named(`readout.channels[${k}]`, channel, channels, 'channel');
  }
  const { every } = program.readout;
  const { minEvery } = descriptor.readout;
  if (every !== null && minEvery !== null && every < minEvery) {
    refuse('readout.every', `${every} is shorter than ${minEvery}`, every, minEvery);
  }
  return found;
}

interface Checks {
  readonly refuse: (path: string, message: string, value: unknown, limit: unknown) => void;
  readonly outside: (path: string, values: Float64Array, range: Range | null, what: string) => void;
  readonly named: (
    path: string,
    value: string | null,
    allowed: readonly string[],
    what: string,
  ) => void;
}

function validateCouplings(program: Program, descriptor: Descriptor, checks: Checks): void {
  const { refuse, outside, named } = checks;
  const { couplings, sites: N } = program;
  const limits = descriptor.couplings;
  named('couplings.kind', couplings.kind, limits.kinds, 'coupling kind');
  if (couplings.kind === 'dense') {
    outside('couplings.data', couplings.data, limits.range, 'coupling');
    if (!limits.asymmetric) {
      const at = firstAsymmetry(couplings.data, N);
      if (at !== null) {
        const [i, j] = at;
        refuse(
          `couplings.data[${i * N + j}]`,
          `${descriptor.device} takes symmetric couplings only; J(${i},${j}) ≠ J(${j},${i})`,
          couplings.data[i * N + j],
          couplings.data[j * N + i],
        );
      }
    }
    if (limits.perSiteSum !== null) {
      for (let i = 0; i < N; i++) {
        let sum = 0;
        for (let j = 0; j < N; j++) sum += Math.abs(couplings.data[i * N + j]!);
        if (sum > limits.perSiteSum * (1 + 1e-12)) {
          refuse(
            `couplings.data`,
            `the couplings of site ${i} add up to ${sum}`,
            sum,
            limits.perSiteSum,
          );
          break;
        }
      }
    }
  } else if (couplings.kind === 'coo') {
    outside(
      'couplings.entries',
      couplings.entries.filter((_, k) => k % 3 === 2),
      limits.range,
      'coupling',
    );
  } else if (couplings.kind === 'memories') {
    const { interaction } = couplings;
    const name =
      interaction.kind === 'polynomial' && interaction.rectified ? 'rectified' : interaction.kind;
    named('couplings.interaction', name, limits.interactions, 'interaction');
    if (interaction.kind === 'polynomial' && interaction.degree > limits.maxDegree) {
      refuse(
        'couplings.interaction.degree',
        `degree ${interaction.degree} is above ${limits.maxDegree}`,
        interaction.degree,
        limits.maxDegree,
      );
    }
    if (couplings.weights !== null)
      named('couplings.weights', 'weights', limits.interactions, 'interaction');
    if (couplings.next !== null)
      named('couplings.next', 'sequence', limits.interactions, 'interaction');
  } else {
    named('couplings.geometry', couplings.geometry, limits.geometries, 'geometry');
    if (couplings.stiffness !== null && !descriptor.features.includes('plasticity')) {
      const { fidelity } = program.dynamics;
      const atFidelity = fidelity === null ? '' : ` at fidelity ${fidelity}`;
      refuse(
        'couplings.stiffness',
        `${descriptor.device} holds its atoms fixed${atFidelity} (no plasticity); leave stiffness out`,
        couplings.stiffness,
        null,
      );
    }
  }
}

function validateDynamics(program: Program, descriptor: Descriptor, checks: Checks): void {
  const { refuse, outside, named } = checks;
  const { dynamics } = program;
  const limits = descriptor.dynamics;
  named('dynamics.rule', dynamics.rule, Object.keys(limits.rules), 'rule');
  const rule = dynamics.rule ?? defaultRule(descriptor);
  const orders = limits.rules[rule];
  if (orders !== undefined) named('dynamics.order', dynamics.order, orders, `order for ${rule}`);
  named('dynamics.fidelity', dynamics.fidelity, limits.fidelities, 'fidelity');
  if (dynamics.kernel !== null) {
    const name = typeof dynamics.kernel === 'string' ? dynamics.kernel : dynamics.kernel.kind;
    named('dynamics.kernel', name, limits.kernels, 'kernel');
  }
  named('dynamics.integrator', dynamics.integrator, limits.integrators, 'integrator');
  named('dynamics.ties', dynamics.ties, limits.ties, 'tie rule');
  if (dynamics.synapse !== null && !limits.synapses)
    refuse(
      'dynamics.synapse',
      `${descriptor.device} has no synapses with memory`,
      dynamics.synapse.kernel,
      null,
    );
  if (dynamics.spiking !== null && !limits.spiking)
    refuse('dynamics.spiking', `${descriptor.device} does not spike`, 'spiking', null);
  if (dynamics.burnIn !== null && !limits.burnIn)
    refuse('dynamics.burnIn', `${descriptor.device} has no burn-in`, dynamics.burnIn, null);
  const { temperature } = dynamics;
  if (temperature instanceof Float64Array) {
    if (!limits.temperature.perSite)
      refuse(
        'dynamics.temperature',
        `${descriptor.device} has one temperature for all sites`,
        'a list',
        'one number',
      );
    outside('dynamics.temperature', temperature, limits.temperature.range, 'temperature');
  } else if (temperature !== null) {
    const [least, most] = limits.temperature.range;
    if (temperature < least || temperature > most) {
      refuse(
        'dynamics.temperature',
        `temperature ${temperature} is outside ${least} … ${most}`,
        temperature,
        [least, most],
      );
    }
  }
}

/** The fidelities of a device at which a control, kernel or rule exists; none for other members of a program. */
function fidelitiesWith(device: Descriptor, path: string, value: string): readonly string[] {
  const has = ({ controls, dynamics, initial }: Descriptor): boolean => {
    if (path.startsWith('controls.')) return value in controls;
    if (path === 'dynamics.kernel') return dynamics.kernels.includes(value);
    if (path === 'dynamics.rule') return value in dynamics.rules;
    if (path === 'dynamics.integrator') return dynamics.integrators.includes(value);
    if (path === 'initial.kind') return initial.includes(value);
    return false;
  };
  return device.dynamics.fidelities.filter((fidelity) => has(descriptorAt(device, fidelity)));
}

/** Row and column of the first pair with J(i,j) ≠ J(j,i); null for a symmetric matrix. */
export function firstAsymmetry(data: Float64Array, sites: number): [number, number] | null {
  for (let i = 0; i < sites; i++) {
    for (let j = 0; j < i; j++) {
      if (data[i * sites + j] !== data[j * sites + i]) return [i, j];
    }
  }
  return null;
}

/** Fills in what a program leaves to the device. `readout.every` defaults to a fiftieth of the duration. */
export function resolveProgram(
  program: Program,
  device: Descriptor,
  seed: number,
): ResolvedProgram {
  const fidelity = program.dynamics.fidelity ?? device.dynamics.fidelities[0] ?? null;
  const descriptor = descriptorAt(device, fidelity);
  const rule = program.dynamics.rule ?? defaultRule(descriptor);
  const start = program.controls.temperature;
  const { siteKinds } = program;
  const continuous =
    typeof siteKinds === 'string'
      ? siteKinds === 'continuous'
      : siteKinds.some((site) => site.kind === 'continuous' && !site.hidden);
  const wells =
    program.wells ??
    (descriptor.wells === null || !continuous
      ? null
      : {
          quadratic: new Float64Array(program.sites).fill(descriptor.wells.default.quadratic),
          quartic: new Float64Array(program.sites).fill(descriptor.wells.default.quartic),
        });
  return {
    ...program,
    wells,
    dynamics: {
      ...program.dynamics,
      fidelity: fidelity as Fidelity | null,
      rule,
      order: program.dynamics.order ?? defaultOrder(descriptor, rule),
      temperature:
        program.dynamics.temperature ??
        (start === undefined ? descriptor.dynamics.temperature.default : curveValue(start, 0)),
      ties: program.dynamics.ties ?? 'keep',
    },
    readout: {
      every: program.readout.every ?? program.duration / 50,
      channels: program.readout.channels,
    },
    seed,
  };
}

/** Times of the readouts: 0, every, 2·every, … and the end, whatever the step. */
export function readoutTimes(program: ResolvedProgram): Float64Array {
  const { every } = program.readout;
  const steps = Math.floor(program.duration / every + 1e-9);
  const times = Array.from({ length: steps + 1 }, (_, k) => k * every);
  const last = times[times.length - 1]!;
  if (program.duration - last > 1e-9 * program.duration) times.push(program.duration);
  else times[times.length - 1] = program.duration;
  return Float64Array.from(times);
}
