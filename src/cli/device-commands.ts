import type { Command } from 'commander';
import { RelaxdError } from '../core/index.js';
import type { Device, HealthReport } from '../device/index.js';
import type { Composition } from './composition.js';
import type { Output } from './output.js';
import type { ServiceClient } from './service-client.js';

interface CommandParts {
  readonly composition: Composition;
  readonly output: Output;
  readonly command: (usage: string, description: string) => Command;
  /** null: devices of this process. */
  readonly clientFor: (options: object) => ServiceClient | null;
  readonly alwaysClient: (options: object) => ServiceClient;
}

/** What is told of a device after an action. */
interface DeviceState {
  readonly id: string;
  readonly link: string;
  readonly equipment: string;
  readonly reason: string | null;
  readonly fault?: { readonly id: string; readonly cause: string } | null | undefined;
}
interface ClearOptions {
  readonly fault?: string;
  readonly note: string;
  readonly operator?: string;
}

/**
 * `relaxd clear-fault, safe-state, self-test, connect, disconnect`: actions of a device's contract. The first three without a service, too, on a
 * device of this process: a board keeps its fault when relaxd ends.
 */
export function deviceCommands(parts: CommandParts): void {
  const { composition, output, command, clientFor, alwaysClient } = parts;

  /** By a service, or with the device opened here. */
  async function act<T>(
    id: string,
    options: object,
    there: (client: ServiceClient) => Promise<T>,
    here: (device: Device) => Promise<T>,
  ): Promise<T> {
    const client = clientFor(options);
    if (client !== null) return there(client);
    await using devices = await composition.openDevices(id);
    return here(devices.get(id));
  }

  command('clear-fault <device>', 'bring a device back from a fault or its safe state')
    .requiredOption('--note <text>', 'what was found and done, for the record')
    .option('--fault <id>', 'the fault, as it is told (default: the one that is latched now)')
    .option('--operator <name>', 'who, where no key says that')
    .action(async (id: string, options: ClearOptions) => {
      const cleared = await act(
        id,
        options,
        async (client) => {
          const fault = options.fault ?? faultOf(await client.get<DeviceState>(pathOf(id)));
          const { note, operator } = options;
          const body = { fault, note, ...(operator === undefined ? {} : { operator }) };
          const device = await post<DeviceState>(client, id, 'clear-fault', body);
          return { fault, device };
        },
        async (device) => {
          const fault = options.fault ?? faultOf(device);
          const operator = options.operator ?? missingOperator();
          await device.clearFault({ fault, operator, note: options.note });
          return { fault, device: stateOf(device) };
        },
      );
      if (!output.json) output.print(`cleared: ${cleared.fault}`);
      tell(output, cleared.device);
    });

  command('safe-state <device>', 'bring a device to its safe state now; a run on it ends')
    .option('--cause <text>', 'why: whoever has to wait is told')
    .action(async (id: string, options: { cause?: string }) => {
      const { cause } = options;
      const device = await act(
        id,
        options,
        (client) =>
          post<DeviceState>(client, id, 'safe-state', cause === undefined ? {} : { cause }),
        async (device) => {
          await device.toSafeState(cause ?? 'asked for by an operator');
          return stateOf(device);
        },
      );
      tell(output, device);
    });

  command('self-test <device>', 'let a device test itself').action(
    async (id: string, options: object) => {
      const report = await act(
        id,
        options,
        (client) => post<HealthReport>(client, id, 'self-test', {}),
        (device) => device.selfTest(),
      );
      if (output.json) output.printJson(report);
      else {
        output.table(
          ['check', 'result', 'detail'],
          report.checks.map(({ name, ok, detail }) => [name, ok ? 'passed' : 'FAILED', detail]),
        );
      }
      if (!report.ok) output.exitCode = 1;
    },
  );

  const ofService = (action: string, what: string): void => {
    command(`${action} <device>`, what).action(async (id: string, options: object) => {
      tell(output, await post<DeviceState>(alwaysClient(options), id, action, {}));
    });
  };
  ofService('connect', 'have a service connect a device');
  ofService('disconnect', 'have a service let go of a device that has no run');
}

const pathOf = (id: string): string => `/v1/devices/${encodeURIComponent(id)}`;
const post = <T>(client: ServiceClient, id: string, action: string, body: object): Promise<T> =>
  client.post<T>(`${pathOf(id)}/actions/${action}`, body);

const stateOf = ({ id, link, equipment, reason, fault }: Device): DeviceState => ({
  ...{ id, link, equipment, reason, fault: fault ?? null },
});

/** What is to be cleared, as a device that has no faults with names tells it. */
const faultOf = ({ fault, reason }: DeviceState | Device): string =>
  fault?.id ?? reason ?? 'safe state';

function missingOperator(): never {
  throw new RelaxdError('wrong-call', 'say who clears the fault: --operator NAME', {
    path: '--operator',
    limit: 'required where no service knows who asks',
  });
}

function tell(output: Output, device: DeviceState): void {
  if (output.json) return output.printJson(device);
  const { id, link, equipment, reason, fault = null } = device;
  output.print(
    `${id} is ${link}, ${equipment}${reason === null ? '' : `: ${reason}`}${fault === null ? '' : ` (fault ${fault.id})`}`,
  );
}
