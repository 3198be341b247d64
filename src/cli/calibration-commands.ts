import type { Command } from 'commander';
import type { CalibrationRow, CalibrationView, DriftReading } from '../lab/index.js';
import { calibrationNamed } from './calibration-named.js';
import type { Output } from './output.js';
import { integerBetween, numberBetween } from './read-number.js';
import { renderDrift } from './render-drift.js';
import { number } from './render-result.js';
import { endOfJob, resultOf } from './run-there.js';
import type { ServiceClient } from './service-client.js';

interface CommandParts {
  readonly output: Output;
  readonly command: (usage: string, description: string, of: Command) => Command;
  readonly client: (options: object) => ServiceClient;
}
interface ListOptions {
  readonly device?: string;
  readonly state?: string;
  readonly limit: number;
}

/** `relaxd calibrations list, activate, reject, retire, roll-back, check`: what devices were found to be. Of a service. */
export function calibrationCommands(program: Command, parts: CommandParts): void {
  const { output, command, client } = parts;
  const group = program
    .command('calibrations')
    .description('calibrations that a service has: list, put in force, check for drift')
    .exitOverride();

  command('list', 'list calibrations, newest first', group)
    .option('--device <id>', 'only of this device')
    .option('--state <state>', 'proposed, active, superseded, rejected or retired')
    .option('--limit <n>', 'at most so many', integerBetween(1, 500), 50)
    .action((options: ListOptions) => list(output, client(options), options));

  const step = (action: string, what: string): void => {
    command(`${action} <calibration>`, what, group)
      .requiredOption('--reason <text>', 'why, for the history')
      .action(async (name: string, options: { reason: string }) => {
        const service = client(options);
        const id = await calibrationNamed(service, name);
        const path = `/v1/calibrations/${encodeURIComponent(id)}/actions/${action}`;
        tell(output, await service.post<CalibrationView>(path, { reason: options.reason }));
      });
  };
  step('activate', 'put a proposed one in force; the one before is superseded');
  step('reject', 'refuse a proposed one');
  step('retire', 'end the one in force; the device is uncalibrated then');
  step('roll-back', 'put one in force that was so before; the one since is retired');

  command('check <device>', 'hold a device against its calibration: has it drifted?', group)
    .option('--effort <factor>', 'length of the probes over the usual one', numberBetween(0.1, 100))
    .option('--seed <n>', 'seed', integerBetween(0, Number.MAX_SAFE_INTEGER))
    .action(async (device: string, options: { effort?: number; seed?: number }) => {
      const { effort, seed } = options;
      const body = {
        kind: 'check',
        device,
        ...(effort === undefined ? {} : { effort }),
        ...(seed === undefined ? {} : { seed }),
      };
      const job = await endOfJob(client(options), output, body, device);
      const reading = resultOf<DriftReading>(job);
      if (output.json) output.printJson(reading);
      else renderDrift(output, reading);
      if (reading.alarms.length > 0) output.exitCode = 1;
    });
}

async function list(output: Output, client: ServiceClient, options: ListOptions): Promise<void> {
  const query = new URLSearchParams({ limit: String(options.limit) });
  if (options.device !== undefined) query.set('device', options.device);
  if (options.state !== undefined) query.set('state', options.state);
  const page = await client.get<{ items: CalibrationRow[]; next: string | null }>(
    `/v1/calibrations?${query.toString()}`,
  );
  if (output.json) return output.printJson(page);
  if (page.items.length === 0) return output.print('no calibrations');
  output.table(
    ['calibration', 'device', 'state', 'measured', 'identified', 'p', 'worst held out'],
    page.items.map((one) => [
      short(one.id),
      one.device,
      one.state,
      one.createdAt.slice(0, 16).replace('T', ' '),
      `${one.identified} of ${one.parameters}`,
      one.pValue === null ? '–' : number(Number(one.pValue.toPrecision(2))),
      one.worstHeldOut === null ? '–' : one.worstHeldOut.toFixed(2),
    ]),
  );
  if (page.next !== null) output.print('… there are more: --limit');
}

function tell(output: Output, one: CalibrationView): void {
  if (output.json) return output.printJson(one);
  const { until } = one.validity;
  output.print(
    `calibration ${short(one.id)} of ${one.device} is ${one.state}${one.state === 'active' && until !== null ? `, until ${until}` : ''}`,
  );
}

const short = (id: string): string => id.slice(7, 19);
