import { descriptorAt, type Descriptor } from '../descriptor.js';
import { readProgram } from '../read-program.js';
import { lastStatesOf, meanOf, statesOf, type Bench } from './bench.js';
import { demand, type Checks } from './checks.js';
import {
  denseCouplings,
  fitted,
  nameOfWay,
  pairCoupling,
  probeDocument,
  waysToMove,
  type ProbeDocument,
} from './probe-program.js';

/** Two-sided: an honest device fails one such check in a million. */
const Z_LIMIT = 4.9;
const FALSE_ALARM = 'false alarms: 1e-6';
/** Relative error that parts may have before a calibration. */
const PARTS = 0.1;
/** Relative error of an emulator's integrator. */
const STEPS = 0.02;

interface Law {
  readonly what: string;
  readonly document: ProbeDocument;
  /** Means that the equilibrium at the program's temperature gives, and functions of a last state. */
  readonly means: readonly {
    readonly name: string;
    readonly exact: number;
    readonly of: (state: readonly number[]) => number;
  }[];
  /** Allowed beside the statistical error, relative to the largest exact mean. */
  readonly systematic: number;
}

/** What a device draws, against closed forms and enumerations. */
export async function statisticsGroup(checks: Checks, bench: Bench): Promise<void> {
  const tested = await bench.fresh();
  const device = await tested.describe();
  if (device.features.includes('computes-nothing')) {
    return checks.skip('stationary laws', 'the device computes nothing');
  }
  for (const way of await waysToMove(tested)) {
    const descriptor = descriptorAt(device, way.fidelity);
    const name = nameOfWay(way);
    const shots = device.origin === 'emulator' ? 4000 : 400;
    const probe = probeDocument(device, { ...way, sites: 3, shots });
    const [kind] = descriptor.sites.kinds;
    if (
      kind === 'ising' &&
      (way.rule === 'glauber' || way.rule === 'metropolis') &&
      way.order !== 'synchronous'
    ) {
      await law(checks, bench, name, gibbsSpins(descriptor, probe));
    } else if (
      kind === 'ising' &&
      (way.rule === 'zero-temperature' || way.rule === 'steepest-descent') &&
      way.order !== 'synchronous'
    ) {
      await descends(checks, bench, name, descriptor, probe);
    } else if (kind === 'continuous' && (way.rule === 'langevin' || way.rule === 'underdamped')) {
      for (const well of gibbsWells(
        descriptor,
        probe,
        device.origin === 'emulator' ? STEPS : PARTS,
      )) {
        await law(checks, bench, name, well);
      }
    } else {
      checks.skip(
        `${name}: stationary law`,
        'it has no closed form that holds for every such device',
      );
    }
  }
}

async function law(
  checks: Checks,
  bench: Bench,
  name: string,
  { what, document, means, systematic }: Law,
): Promise<void> {
  const allowance =
    systematic === 0
      ? ''
      : `, ${100 * systematic} % allowed for ${systematic === STEPS ? 'the integrator' : 'parts that are not calibrated'}`;
  await checks.check(`${name}: ${what} (${FALSE_ALARM}${allowance})`, async () => {
    const program = readProgram(document);
    const run = await bench.gather(await bench.current(), program);
    const ends = lastStatesOf(run, program.sites);
    demand(
      ends.length > 0.5 * program.shots,
      `only ${ends.length} of ${program.shots} last states were sent`,
    );
    const scale = Math.max(...means.map(({ exact }) => Math.abs(exact)));
    for (const { name: quantity, exact, of } of means) {
      const values = ends.map(of);
      const mean = meanOf(values, (v) => v);
      const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1);
      const error = Math.sqrt(variance / values.length);
      const off = Math.abs(mean - exact) - systematic * scale;
      demand(
        off <= Z_LIMIT * error,
        `${quantity} is ${mean.toPrecision(5)} ± ${error.toPrecision(2)} over ${values.length} shots; exact: ${exact.toPrecision(6)}`,
      );
    }
  });
}

/** Three spins with fields, enumerated. */
function gibbsSpins(descriptor: Descriptor, probe: ProbeDocument): Law {
  const { couplings, fields, dynamics } = descriptor;
  const n = probe.sites;
  const T = fitted(1, dynamics.temperature.range, null);
  const strength = fitted(0.4, couplings.range, couplings.resolution);
  const h = Array.from({ length: n }, (_, i) =>
    fitted([0.3, -0.2, 0.1][i]!, fields.range, fields.resolution),
  );
  const dense = couplings.kinds.includes('dense');
  const J = (i: number, j: number): number =>
    i === j || !dense ? 0 : i + j === 1 ? strength : -strength;
  const states = Array.from({ length: 2 ** n }, (_, k) =>
    Array.from({ length: n }, (_, i) => ((k >> i) & 1 ? 1 : -1)),
  );
  const weights = states.map((s) => {
    let energy = 0;
    for (let i = 0; i < n; i++) {
      energy -= h[i]! * s[i]!;
      for (let j = i + 1; j < n; j++) energy -= J(i, j) * s[i]! * s[j]!;
    }
    return Math.exp(-energy / T);
  });
  const Z = weights.reduce((sum, w) => sum + w, 0);
  const average = (of: (s: readonly number[]) => number): number =>
    states.reduce((sum, s, k) => sum + (weights[k]! / Z) * of(s), 0);
  const functions = [
    ...h.map((_, i) => ({ name: `⟨s${i}⟩`, of: (s: readonly number[]) => s[i]! })),
    ...[
      [0, 1],
      [1, 2],
    ]
      .filter(([, j]) => j! < n)
      .map(([i, j]) => ({ name: `⟨s${i} s${j}⟩`, of: (s: readonly number[]) => s[i!]! * s[j!]! })),
  ];
  return {
    what: `${n} spins are those of the Gibbs state at T = ${T}`,
    document: {
      ...probe,
      couplings: dense ? denseCouplings(n, J) : { kind: 'coo', entries: [] },
      fields: h,
      dynamics: {
        ...probe.dynamics,
        temperature: T,
        ...(descriptor.dynamics.kernels.includes('ohmic') ? { kernel: 'ohmic' } : {}),
      },
      ...longEnough(descriptor, 40),
    },
    means: functions.map(({ name, of }) => ({ name, of, exact: average(of) })),
    systematic: 0,
  };
}

const longEnough = (descriptor: Descriptor, duration: number): Record<string, unknown> => {
  const length = Math.min(duration, descriptor.duration.max);
  return { duration: length, readout: { every: length, channels: ['state'] } };
};

/** A site alone in its well, and two coupled ones, by quadrature. */
function gibbsWells(descriptor: Descriptor, probe: ProbeDocument, systematic: number): Law[] {
  const { wells, couplings, fields, dynamics } = descriptor;
  if (wells === null) return [];
  const T = fitted(1, dynamics.temperature.range, null);
  const usual = wells.default.quadratic > 0 ? wells.default.quadratic : 1;
  const q = fitted(usual, wells.quadratic, null);
  const r = fitted(wells.default.quartic, wells.quartic, null);
  const h = fitted(1, fields.range, fields.resolution);
  const strength = fitted(
    couplings.range !== null && couplings.range[1] <= 0 ? -0.8 : 0.8,
    couplings.range,
    couplings.resolution,
  );
  const n = 3;
  // The sites 0 and 1 are coupled; site 2 is alone, in a field.
  const U = (x: number): number => q * x * x + r * x ** 4;
  const grid = Array.from({ length: 401 }, (_, k) => -4 + 0.02 * k);
  let Z = 0;
  let Z1 = 0;
  let xx = 0;
  let x0x1 = 0;
  let x2 = 0;
  for (const x of grid) {
    const alone = Math.exp(-(U(x) - h * x) / T);
    Z1 += alone;
    x2 += alone * x;
    for (const y of grid) {
      const weight = Math.exp(-(U(x) + U(y) - strength * x * y) / T);
      Z += weight;
      xx += weight * x * x;
      x0x1 += weight * x * y;
    }
  }
  return [
    {
      what: `wells, a field and a coupling give the Gibbs state at T = ${T}`,
      document: {
        ...probe,
        sites: n,
        references: [],
        couplings: couplings.kinds.includes('dense')
          ? pairCoupling(n, 0, 1, strength)
          : { kind: 'coo', entries: [[0, 1, strength]] },
        fields: [0, 0, h],
        wells: { quadratic: q, quartic: r },
        dynamics: { ...probe.dynamics, temperature: T },
        initial: descriptor.initial.includes('zero') ? { kind: 'zero' } : probe['initial'],
        ...longEnough(descriptor, 10),
      },
      means: [
        { name: '⟨x₀²⟩', exact: xx / Z, of: (x) => x[0]! ** 2 },
        { name: '⟨x₁²⟩', exact: xx / Z, of: (x) => x[1]! ** 2 },
        { name: '⟨x₀x₁⟩', exact: x0x1 / Z, of: (x) => x[0]! * x[1]! },
        { name: '⟨x₂⟩', exact: x2 / Z1, of: (x) => x[2]! },
        { name: '⟨x₀⟩', exact: 0, of: (x) => x[0]! },
      ],
      systematic,
    },
  ];
}

/** At zero temperature the energy never rises, and the end is stable against every single flip. */
async function descends(
  checks: Checks,
  bench: Bench,
  name: string,
  descriptor: Descriptor,
  probe: ProbeDocument,
): Promise<void> {
  const { couplings } = descriptor;
  if (!couplings.kinds.includes('dense'))
    return checks.skip(`${name}: descent`, 'the device takes no dense couplings');
  const n = probe.sites;
  const strength = fitted(0.4, couplings.range, couplings.resolution);
  const J = (i: number, j: number): number =>
    (i === j ? 0 : ((i * 7 + j * 7 + i * j) % 3) - 1) * strength;
  const document = {
    ...probe,
    couplings: denseCouplings(n, J),
    dynamics: { ...probe.dynamics, temperature: 0 },
    shots: Math.min(100, descriptor.shots.max),
    duration: Math.min(50, descriptor.duration.max),
    readout: {
      every: Math.min(1, descriptor.duration.max),
      channels: ['state', 'energy'].filter((channel) =>
        descriptor.readout.channels.some((c) => c.name === channel),
      ),
    },
  };
  await checks.check(
    `${name}: the energy never rises, and no flip lowers it in the end`,
    async () => {
      const program = readProgram(document);
      const states = statesOf(await bench.gather(await bench.current(), program), n);
      const field = (s: readonly number[], i: number): number =>
        s.reduce((sum, sj, j) => sum + J(i, j) * sj, 0);
      const energy = (s: readonly number[]): number =>
        -s.reduce((sum, si, i) => sum + si * field(s, i), 0) / 2;
      for (const [k, { shot, state, t }] of states.entries()) {
        const before = states[k - 1];
        if (before !== undefined && before.shot === shot) {
          demand(
            energy(state) <= energy(before.state) + 1e-9,
            `shot ${shot} rises from ${energy(before.state)} to ${energy(state)} before t = ${t}`,
          );
        }
        if (states[k + 1]?.shot === shot) continue;
        state.forEach((s, i) =>
          demand(
            s * field(state, i) >= -1e-9,
            `shot ${shot} ends where flipping site ${i} would lower the energy`,
          ),
        );
      }
    },
  );
}
