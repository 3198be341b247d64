import { canonicalJson } from '../../core/index.js';
import { readDescriptor } from '../descriptor-document.js';
import { descriptorAt, descriptorHash, type Descriptor } from '../descriptor.js';
import type { Bench } from './bench.js';
import { demand, demandEqual, demandRefused, type Checks } from './checks.js';

/** What the device says of itself. */
export async function describeGroup(checks: Checks, bench: Bench): Promise<void> {
  const device = await bench.fresh();
  const descriptor = await bench.patiently(device.describe(), 'describe did not end');
  await checks.check('the descriptor has the form of docs/formats/descriptor.md', () => {
    readDescriptor(JSON.parse(canonicalJson(descriptor)));
  });
  await checks.check('it is the device’s own: id, driver, origin and serial agree', () => {
    demandEqual(descriptor.device, device.id, 'descriptor.device');
    demandEqual(descriptor.driver, device.driver, 'descriptor.driver');
    demandEqual(descriptor.origin, device.origin, 'descriptor.origin');
    demandEqual(descriptor.serial, device.serial, 'descriptor.serial');
  });
  await checks.check('ranges ascend, and defaults lie in them', () => rangesAscend(descriptor));
  await checks.check('it names at least one rule, order, site kind and initial state', () => {
    for (const at of [null, ...descriptor.dynamics.fidelities])
      namesSomething(descriptorAt(descriptor, at));
  });
  await checks.check('no name stands twice', () => {
    unique(
      'parameters',
      descriptor.parameters.map(({ name }) => name),
    );
    unique(
      'readout.channels',
      descriptor.readout.channels.map(({ name }) => name),
    );
    unique('initial', descriptor.initial);
    unique('features', descriptor.features);
    for (const name of Object.keys(descriptor.byFidelity ?? {})) {
      demand(
        descriptor.dynamics.fidelities.includes(name),
        `byFidelity has '${name}', which dynamics.fidelities does not name`,
      );
    }
  });
  await checks.check(
    'it does not change, neither when asked again nor after a reconnect',
    async () => {
      const hash = descriptorHash(descriptor);
      demandEqual(descriptorHash(await device.describe()), hash, 'the hash of a second descriptor');
      const again = await bench.fresh();
      demandEqual(descriptorHash(await again.describe()), hash, 'the hash after a reconnect');
    },
  );
  await parameters(checks, bench, descriptor);
  await checks.check('health answers, with its checks', async () => {
    const report = await (await bench.current()).health();
    demand(report.checks.length > 0, 'health lists no check');
    demand(
      !Number.isNaN(Date.parse(report.checkedAt)),
      `checkedAt '${report.checkedAt}' is no time`,
    );
    demandEqual(
      report.ok,
      report.checks.every(({ ok }) => ok),
      'ok (whether all checks are)',
    );
  });
  await checks.check('the self-test passes in standby', async () => {
    const report = await (await bench.current()).selfTest();
    demand(report.ok, () => JSON.stringify(report.checks.filter(({ ok }) => !ok)));
  });
}

async function parameters(checks: Checks, bench: Bench, descriptor: Descriptor): Promise<void> {
  await checks.check('every parameter can be read, and says when it was', async () => {
    const readings = await (await bench.current()).readParameters();
    const names = descriptor.parameters.map(({ name }) => name);
    demandEqual(readings.map(({ name }) => name).join(), names.join(), 'the names that were read');
    for (const { name, unit, value, error, readAt } of readings) {
      const parameter = descriptor.parameters.find((p) => p.name === name)!;
      demandEqual(unit, parameter.unit, `the unit of ${name}`);
      demand(!Number.isNaN(Date.parse(readAt)), `readAt of ${name}, '${readAt}', is no time`);
      demand(
        (value === null) === (error !== undefined),
        `${name} has neither a value nor a reason`,
      );
    }
  });
  const writable = descriptor.parameters.filter((parameter) => parameter.writable);
  if (writable.length === 0) checks.skip('a parameter is written', 'no parameter is writable');
  else {
    await checks.check('each writable parameter takes its limits and its default', async () => {
      const device = await bench.fresh();
      for (const { name, range, default: usual } of writable) {
        for (const value of [range[0], range[1], usual]) {
          if (!Number.isFinite(value)) continue;
          const reading = await device.writeParameter(name, value);
          demandEqual(reading.name, name, 'the name in the answer');
          demand(
            reading.value !== null && close(reading.value, value, range),
            `${name} was set to ${value} and reads ${reading.value}`,
          );
        }
      }
    });
    await checks.check('a value out of range is refused, and changes nothing', async () => {
      const device = await bench.fresh();
      const before = canonicalJson((await device.readParameters()).map(({ value }) => value));
      for (const { name, range } of writable) {
        for (const value of [range[1] + Math.max(1, Math.abs(range[1])), NaN, Infinity]) {
          if (value <= range[1]) continue;
          await demandRefused(`${name} = ${value}`, ['parameter-out-of-range', 'not-finite'], () =>
            device.writeParameter(name, value),
          );
        }
      }
      const after = canonicalJson((await device.readParameters()).map(({ value }) => value));
      demandEqual(after, before, 'what the parameters read afterwards');
    });
  }
  const fixed = descriptor.parameters.find((parameter) => !parameter.writable);
  if (fixed !== undefined) {
    const { name, default: value } = fixed;
    await checks.check('a parameter that is not writable is not written', async () => {
      const device = await bench.current();
      await demandRefused(`writing ${name}`, ['parameter-out-of-range', 'not-supported'], () =>
        device.writeParameter(name, value),
      );
    });
  }
  await checks.check('an unknown parameter is refused by name', async () => {
    const device = await bench.current();
    const refused = await demandRefused('writing noSuchThing', ['unknown-parameter'], () =>
      device.writeParameter('noSuchThing', 1),
    );
    demand(
      refused.message.includes('noSuchThing'),
      `the message does not name it: ${refused.message}`,
    );
  });
}

/** A converter rounds: to a thousandth of the range. */
const close = (got: number, wanted: number, [least, most]: readonly [number, number]): boolean =>
  Math.abs(got - wanted) <= Math.min(1e-3 * (most - least), Number.MAX_VALUE) || got === wanted;

function rangesAscend(descriptor: Descriptor): void {
  const walk = (value: unknown, path: string): void => {
    if (Array.isArray(value)) {
      const [least, most] = value as unknown[];
      if (value.length === 2 && typeof least === 'number' && typeof most === 'number')
        demand(least <= most, `${path} goes from ${least} down to ${most}`);
      else value.forEach((item, k) => walk(item, `${path}[${k}]`));
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, member] of Object.entries(value))
        walk(member, path === '' ? name : `${path}.${name}`);
    }
  };
  walk(descriptor, '');
  const inside = (value: number, [least, most]: readonly [number, number], what: string): void =>
    demand(value >= least && value <= most, `${what}, ${value}, is outside ${least} … ${most}`);
  for (const parameter of descriptor.parameters) {
    inside(parameter.default, parameter.range, `the default of ${parameter.name}`);
  }
  const { temperature } = descriptor.dynamics;
  inside(temperature.default, temperature.range, 'dynamics.temperature.default');
  const { wells } = descriptor;
  if (wells === null) return;
  inside(wells.default.quadratic, wells.quadratic, 'wells.default.quadratic');
  inside(wells.default.quartic, wells.quartic, 'wells.default.quartic');
}

function namesSomething(descriptor: Descriptor): void {
  const rules = Object.entries(descriptor.dynamics.rules);
  demand(rules.length > 0, 'dynamics.rules is empty');
  for (const [rule, orders] of rules)
    demand(orders.length > 0, `dynamics.rules.${rule} has no order`);
  demand(descriptor.sites.kinds.length > 0, 'sites.kinds is empty');
  demand(descriptor.initial.length > 0, 'initial is empty');
  demand(descriptor.readout.channels.length > 0, 'readout.channels is empty');
}

function unique(what: string, names: readonly string[]): void {
  const twice = names.find((name, k) => names.indexOf(name) !== k);
  demand(twice === undefined, `${what} names '${twice}' twice`);
}
