import { descriptorAt, type Descriptor } from '../descriptor.js';
import { CHANNELS, ORDERS, RULES } from '../program-document.js';
import { readProgram } from '../read-program.js';
import type { Bench } from './bench.js';
import { demand, demandEqual, demandRefused, type Checks } from './checks.js';
import {
  denseCouplings,
  initialDocument,
  nameOfWay,
  pairCoupling,
  probeDocument,
  probeProgram,
  waysToMove,
  type ProbeDocument,
} from './probe-program.js';

/** Of a program, by its format. */
const MOST_SHOTS = 100_000_000;

/** A change of the probe program that one limit of the descriptor forbids. */
interface Trespass {
  readonly what: string;
  /** Beginning of the path that the violation must name. */
  readonly path: string;
  readonly document: ProbeDocument;
}

/** Everything that the descriptor forbids is refused, and what it allows is taken. */
export async function validateGroup(checks: Checks, bench: Bench): Promise<void> {
  const device = await bench.fresh();
  const descriptor = await device.describe();
  for (const way of await waysToMove(device)) {
    await checks.check(`a program within the limits is taken: ${nameOfWay(way)}`, async () => {
      const found = await device.validate(probeProgram(descriptor, way));
      demandEqual(
        found.length,
        0,
        `violations (${found[0]?.path}: ${found[0]?.message}); their number`,
      );
    });
  }
  const spins = descriptor.sites.kinds[0] === 'ising';
  for (const initial of descriptor.initial) {
    if (initial === 'zero' && spins) continue; // no state of ±1 sites
    const document = probeDocument(descriptor);
    const { dynamics } = document;
    await checks.check(`initial state '${initial}' is taken`, async () => {
      const found = await device.validate(
        readProgram({
          ...document,
          dynamics: initial === 'equilibrium' ? { ...dynamics, temperature: 1 } : dynamics,
          initial: initialDocument(initial, document.sites),
        }),
      );
      demand(found.length === 0, () => `${found[0]?.path}: ${found[0]?.message}`);
    });
  }
  const trespasses = trespassesOf(descriptor);
  for (const { what, path, document } of trespasses) {
    await checks.check(`${what} is refused, with path, value and limit`, async () => {
      const found = await device.validate(readProgram(document));
      const violation = found.find((candidate) => candidate.path.startsWith(path));
      demand(violation !== undefined, () =>
        found.length === 0
          ? 'it was taken'
          : `the violations name ${found.map((v) => v.path).join(', ')}, not ${path}`,
      );
      demand(violation.message !== '', 'the violation has no message');
      demand(
        violation.limit !== undefined,
        `the violation at ${violation.path} does not say what is allowed`,
      );
    });
  }
  const [first] = trespasses;
  if (first === undefined) {
    checks.skip(
      'load refuses what validate refuses',
      'the descriptor has no limit that a program could pass',
    );
    return;
  }
  await checks.check('all violations are listed at once', async () => {
    const second = trespasses.findLast(
      ({ path }) => !path.startsWith(first.path) && !first.path.startsWith(path),
    );
    if (second === undefined) return;
    const [member] = second.path.split(/[.[]/) as [string];
    const both = { ...first.document, [member]: second.document[member] };
    const paths = (await device.validate(readProgram(both))).map(({ path }) => path);
    for (const { path } of [first, second]) {
      demand(
        paths.some((found) => found.startsWith(path)),
        `${path} is not among ${paths.join(', ')}`,
      );
    }
  });
  await checks.check(
    'load refuses what validate refuses; the device stays in standby, without a program',
    async () => {
      const fresh = await bench.fresh();
      await demandRefused('load', ['program-refused'], () =>
        fresh.load(readProgram(first.document)),
      );
      demandEqual(fresh.equipment, 'standby', 'the equipment’s state afterwards');
      await demandRefused('arm', ['illegal-transition'], () =>
        fresh.arm({ run: bench.nextRun(), seed: 1 }),
      );
    },
  );
}

function trespassesOf(device: Descriptor): Trespass[] {
  const descriptor = descriptorAt(device, device.dynamics.fidelities[0] ?? null);
  const probe = probeDocument(device);
  const found: Trespass[] = [];
  const { sites, dynamics } = probe;
  const beyond = (most: number): number =>
    most >= 1e300 ? NaN : most + Math.max(1, Math.abs(most));
  const add = (what: string, path: string, changes: Record<string, unknown>): void => {
    found.push({ what, path, document: { ...probe, ...changes } });
  };
  const addBeyond = (
    most: number | undefined,
    what: string,
    path: string,
    changes: (value: number) => Record<string, unknown>,
  ): void => {
    if (most === undefined) return;
    const value = beyond(most);
    if (Number.isFinite(value)) add(what, path, changes(value));
  };
  const { couplings, fields, wells, drives, controls, shots, duration, readout } = descriptor;

  if (descriptor.sites.max < 5000) {
    const more = descriptor.sites.max + 1;
    add('one site too many', 'sites', {
      sites: more,
      couplings: couplings.kinds.includes('coo')
        ? { kind: 'coo', entries: [] }
        : { kind: 'dense', data: new Array(more * more).fill(0) },
      references: [],
      initial: initialDocument(descriptor.initial[0]!, more),
    });
  }
  if (couplings.kinds.includes('dense') && sites > 1) {
    const dense = (J: number, back: number): Record<string, unknown> => ({
      couplings: pairCoupling(sites, 0, 1, J, back),
    });
    addBeyond(couplings.range?.[1], 'a coupling above its range', 'couplings', (J) => dense(J, J));
    addBeyond(
      couplings.range === null ? undefined : -couplings.range[0],
      'a coupling below its range',
      'couplings',
      (J) => dense(-J, -J),
    );
    const most =
      couplings.range === null
        ? 0.1
        : couplings.range[1] > 0
          ? couplings.range[1] / 2
          : couplings.range[0] / 2;
    if (!couplings.asymmetric && most !== 0)
      add('an asymmetric coupling', 'couplings', dense(most, 0));
    if (
      couplings.perSiteSum !== null &&
      couplings.range !== null &&
      couplings.range[1] * (sites - 1) > couplings.perSiteSum
    ) {
      const J = couplings.range[1];
      add('a sum of couplings that is too large', 'couplings', {
        couplings: denseCouplings(sites, (i, j) => (i === j ? 0 : J)),
      });
    }
  }
  if (!couplings.kinds.includes('memories')) {
    add('couplings made of memories', 'couplings', {
      couplings: { kind: 'memories', patterns: [new Array(sites).fill(1)] },
    });
  }
  addBeyond(fields.range?.[1], 'a field out of range', 'fields', (h) => ({
    fields: new Array(sites).fill(h),
  }));
  if (wells !== null && descriptor.sites.kinds.includes('continuous')) {
    const quartic = wells.quartic[1];
    addBeyond(
      wells.quadratic[1],
      'a quadratic well out of range',
      'wells.quadratic',
      (quadratic) => ({
        wells: { quadratic, quartic: Math.min(1, quartic) },
      }),
    );
    addBeyond(quartic, 'a quartic well out of range', 'wells.quartic', (value) => ({
      wells: { quadratic: wells.default.quadratic, quartic: value },
    }));
  }
  const rules = Object.keys(descriptor.dynamics.rules);
  const alien = RULES.find((rule) => !rules.includes(rule));
  if (alien !== undefined)
    add(`rule '${alien}'`, 'dynamics.rule', {
      dynamics: { ...dynamics, rule: alien, order: undefined },
    });
  const [rule] = rules as (keyof typeof descriptor.dynamics.rules)[];
  const order = ORDERS.find((name) => !descriptor.dynamics.rules[rule!]!.includes(name));
  if (order !== undefined)
    add(`order '${order}' of rule ${rule}`, 'dynamics.order', {
      dynamics: { ...dynamics, rule, order },
    });
  addBeyond(
    descriptor.dynamics.temperature.range[1],
    'a temperature out of range',
    'dynamics.temperature',
    (temperature) => ({
      dynamics: { ...dynamics, temperature },
    }),
  );
  if (!descriptor.dynamics.temperature.perSite) {
    add('a temperature for each site', 'dynamics.temperature', {
      dynamics: {
        ...dynamics,
        temperature: new Array(sites).fill(descriptor.dynamics.temperature.range[0]),
      },
    });
  }
  if (descriptor.dynamics.integrators.length === 0) {
    add('an integrator', 'dynamics.integrator', { dynamics: { ...dynamics, integrator: 'heun' } });
  }
  for (const kind of ['zero', 'random', 'pattern', 'corrupted']) {
    if (descriptor.initial.includes(kind)) continue;
    if (kind === 'zero' && descriptor.sites.kinds[0] === 'ising') continue; // no state of ±1 sites
    add(`initial state '${kind}'`, 'initial', { initial: initialDocument(kind, sites) });
  }
  const pattern = new Array<number>(sites).fill(1);
  if (drives === null || drives.max < 1000) {
    const many = (drives?.max ?? 0) + 1;
    add('one drive too many', 'drives', {
      drives: Array.from({ length: many }, () => ({ pattern, amplitude: [[0, 0]] })),
    });
  }
  addBeyond(drives?.amplitude?.[1], 'a drive out of range', 'drives', (A) => ({
    drives: [{ pattern, amplitude: [[0, A]] }],
  }));
  for (const name of ['temperature', 'pump', 'coupling'] as const) {
    const range = controls[name];
    if (range === undefined)
      add(`control '${name}'`, `controls.${name}`, { controls: { [name]: [[0, 1]] } });
    else
      addBeyond(range[1], `control '${name}' out of range`, `controls.${name}`, (value) => ({
        controls: { [name]: [[0, value]] },
      }));
  }
  if (!descriptor.sites.clamping) add('clamped sites', 'clamped', { clamped: [0] });
  addBeyond(duration.max, 'a duration that is too long', 'duration', (value) => ({
    duration: value,
    readout: { ...probe.readout, every: value },
  }));
  if (shots.max < MOST_SHOTS) add('one shot too many', 'shots', { shots: shots.max + 1 });
  const alienChannel = CHANNELS.find(
    (name) => !readout.channels.some((channel) => channel.name === name),
  );
  if (alienChannel !== undefined)
    add(`channel '${alienChannel}'`, 'readout.channels', {
      readout: { ...probe.readout, channels: [alienChannel] },
    });
  if (readout.minEvery !== null)
    add('readouts that come too fast', 'readout.every', {
      readout: { ...probe.readout, every: readout.minEvery / 2 },
    });
  return found;
}
