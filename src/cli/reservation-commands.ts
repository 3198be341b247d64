import type { Command } from 'commander';
import type { ReservationView } from '../lab/index.js';
import { timeOf } from './keys-command.js';
import type { Output } from './output.js';
import { integerBetween } from './read-number.js';
import type { ServiceClient } from './service-client.js';

interface CommandParts {
  readonly output: Output;
  readonly nowMs: () => number;
  readonly command: (usage: string, description: string) => Command;
  readonly client: (options: object) => ServiceClient;
}

interface LockedDevice {
  readonly id: string;
  readonly lock: { readonly holder: string; readonly note: string; readonly since: string } | null;
}

/** `relaxd reservations`, `reserve`, `extend`, `release`, `lock`, `unlock`: whose a device is, and for how long. Of a service. */
export function reservationCommands(parts: CommandParts): void {
  const { output, nowMs, command, client } = parts;
  const until = (text: string): string => timeOf(text, '--until', nowMs());
  const path = (id: string, action: string): string =>
    `/v1/reservations/${encodeURIComponent(id)}/actions/${action}`;

  command('reservations', 'list the reservations of devices, newest first')
    .option('--device <id>', 'only of this device')
    .option('--state <states>', 'upcoming, active, ended, released; several with commas between')
    .option('--holder <name>', 'only of this holder')
    .option('--limit <n>', 'at most so many', integerBetween(1, 500), 50)
    .action(
      async (options: { device?: string; state?: string; holder?: string; limit: number }) => {
        const query = new URLSearchParams({ limit: String(options.limit) });
        for (const name of ['device', 'state', 'holder'] as const) {
          const value = options[name];
          if (value !== undefined) query.set(name, value);
        }
        const page = await client(options).get<{ items: ReservationView[]; next: string | null }>(
          `/v1/reservations?${query.toString()}`,
        );
        if (output.json) return output.printJson(page);
        if (page.items.length === 0) return output.print('no reservations');
        output.table(
          ['reservation', 'device', 'holder', 'state', 'from', 'until', 'note'],
          page.items.map((one) => [
            one.id,
            one.device,
            one.holder,
            one.state,
            minute(one.from),
            minute(one.until),
            one.note,
          ]),
        );
        if (page.next !== null) output.print('… there are more: --limit');
      },
    );

  command('reserve <device>', 'keep a device for one holder’s jobs for a time')
    .requiredOption('--until <time>', 'when it ends: 2h, 3d, or ISO 8601')
    .requiredOption('--note <text>', 'what for: whoever has to wait is told')
    .option('--from <time>', 'when it begins: 30m, 2h, or ISO 8601 (default: now)')
    .option('--holder <name>', 'whose jobs run then (default: who asks, where a key says that)')
    .option('--preempt', 'a run of others that is under way then is put aside at a shot')
    .action(
      async (
        device: string,
        options: { until: string; note: string; from?: string; holder?: string; preempt?: boolean },
      ) => {
        const { note, from, holder, preempt } = options;
        const made = await client(options).post<ReservationView>('/v1/reservations', {
          device,
          until: until(options.until),
          note,
          ...(from === undefined ? {} : { from: timeOf(from, '--from', nowMs()) }),
          ...(holder === undefined ? {} : { holder }),
          ...(preempt === true ? { preempt: 'at-shot' } : {}),
        });
        tell(output, made);
      },
    );
  command('extend <reservation>', 'let a reservation end at another time')
    .requiredOption('--until <time>', 'when it ends: 2h, 3d from now, or ISO 8601')
    .action(async (id: string, options: { until: string }) => {
      const body = { until: until(options.until) };
      tell(output, await client(options).post<ReservationView>(path(id, 'extend'), body));
    });
  command('release <reservation>', 'end a reservation now').action(
    async (id: string, options: object) => {
      tell(output, await client(options).post<ReservationView>(path(id, 'release'), {}));
    },
  );

  command('lock <device>', 'keep a device from all jobs, for maintenance, until it is unlocked')
    .requiredOption('--note <text>', 'why: whoever has to wait is told')
    .option('--operator <name>', 'who, where no key says that')
    .action(async (device: string, options: { note: string; operator?: string }) => {
      const { note, operator } = options;
      const body = { note, ...(operator === undefined ? {} : { operator }) };
      tellLock(output, await actOnDevice(client(options), device, 'lock', body));
    });
  command('unlock <device>', 'end a lock for maintenance')
    .option('--operator <name>', 'who, where no key says that')
    .option('--force', 'somebody else’s lock, too')
    .action(async (device: string, options: { operator?: string; force?: boolean }) => {
      const { operator, force } = options;
      const body = {
        ...(operator === undefined ? {} : { operator }),
        ...(force === true ? { force } : {}),
      };
      tellLock(output, await actOnDevice(client(options), device, 'unlock', body));
    });
}

const actOnDevice = (
  client: ServiceClient,
  device: string,
  action: 'lock' | 'unlock',
  body: object,
): Promise<LockedDevice> =>
  client.post(`/v1/devices/${encodeURIComponent(device)}/actions/${action}`, body);

function tell(output: Output, one: ReservationView): void {
  if (output.json) return output.printJson(one);
  output.table(
    ['reservation', one.id],
    [
      ['device', one.device],
      ['holder', one.holder],
      ['state', one.state],
      ['from', one.from],
      ['until', one.until],
      ['note', one.note],
      ['runs of others', one.preempt === null ? 'are let finish' : 'are put aside at a shot'],
    ],
  );
}

function tellLock(output: Output, device: LockedDevice): void {
  if (output.json) return output.printJson(device);
  const { id, lock } = device;
  if (lock === null) return output.print(`${id} is not locked`);
  output.print(`${id} is locked by ${lock.holder} since ${lock.since}: ${lock.note}`);
}

const minute = (time: string): string => time.slice(0, 16).replace('T', ' ');
