import type { Command } from 'commander';
import { RelaxdError } from '../core/index.js';
import type { RetentionPreview, RetentionReport, RetentionRule, Run } from '../lab/index.js';
import type { Output } from './output.js';
import { integerBetween } from './read-number.js';
import type { ServiceClient } from './service-client.js';
import { readJson } from './text-files.js';

interface CommandParts {
  readonly output: Output;
  readonly command: (usage: string, description: string) => Command;
  readonly client: (options: object) => ServiceClient;
}

/** `relaxd retention`, `pin`, `unpin`: which records a service deletes, and which never. */
export function retentionCommands({ output, command, client }: CommandParts): void {
  command('retention', 'what the retention rules of a service would delete now, and why not more')
    .option('--config <file>', 'the rules of this configuration file instead: nothing is changed')
    .option('--apply', 'delete now what the rules in force want to go')
    .option('--limit <n>', 'show at most so many runs', integerBetween(0, 1000), 50)
    .action(async (options: { config?: string; apply?: boolean; limit: number }) => {
      const there = client(options);
      const { config, apply, limit } = options;
      if (apply === true && config !== undefined) {
        throw new RelaxdError('wrong-call', '--apply takes the rules that the service has', {
          hint: 'start the service with that configuration, or leave --apply out to see what it would do',
        });
      }
      if (apply === true) {
        showReport(output, await there.post('/v1/retention/actions/apply', undefined));
      } else {
        const rules = config === undefined ? {} : { rules: await rulesIn(config) };
        showPreview(output, await there.post('/v1/retention/preview', { ...rules, limit }));
      }
    });

  const actions = (run: string): string => `/v1/runs/${encodeURIComponent(run)}/actions`;
  command('pin <run>', 'keep the record of a run from every retention rule')
    .requiredOption('--note <text>', 'why')
    .action(async (run: string, options: { note: string }) => {
      showPins(output, await client(options).post(`${actions(run)}/pin`, { note: options.note }));
    });
  command('unpin <run>', 'let retention rules have the record of a run')
    .option('--by <name>', 'whose pin, where it is not your own')
    .action(async (run: string, options: { by?: string }) => {
      const body = options.by === undefined ? {} : { by: options.by };
      showPins(output, await client(options).post(`${actions(run)}/unpin`, body));
    });
}

/** @throws RelaxdError `file-unreadable`, `invalid-json`, `invalid-input` (there are none) */
async function rulesIn(file: string): Promise<unknown> {
  const { retention } = (await readJson(file)) as {
    readonly retention?: { readonly rules?: unknown };
  };
  if (retention?.rules !== undefined) return retention.rules;
  throw new RelaxdError('invalid-input', `${file} has no retention rules`, {
    path: 'retention.rules',
    limit: 'docs/formats/configuration.md',
  });
}

function showPreview(output: Output, preview: RetentionPreview): void {
  if (output.json) return output.printJson(preview);
  const { rules, records, goes, held, items, more } = preview;
  output.print(`${records.runs} records, ${megabytes(records.bytes)}`);
  if (rules.length === 0) return output.print('no rules: every record is kept for ever');
  output.table(
    ['rule', 'of', 'goes', 'keeps'],
    rules.map((rule) => [rule.name, speaksOf(rule), when(rule), stays(rule)]),
  );
  output.print(
    `would go now: ${goes.runs} records, ${megabytes(goes.bytes)}; held from the rules: ${held.runs}`,
  );
  if (items.length === 0) return;
  output.table(
    ['run', 'device', 'kind', 'ended', 'MB', 'rule', ''],
    items.map(({ run, device, kind, endedAt, bytes, rule, held: why }) => [
      run,
      device,
      kind,
      endedAt.slice(0, 16).replace('T', ' '),
      (bytes / 1e6).toFixed(2),
      rule,
      why === null ? 'goes' : `stays: ${why}`,
    ]),
  );
  if (more > 0) output.print(`… and ${more} more: --limit`);
}

function showReport(output: Output, { at, deleted, kept }: RetentionReport): void {
  if (output.json) return output.printJson({ at, deleted, kept });
  output.print(`${deleted.runs} records deleted, ${megabytes(deleted.bytes)}`);
  for (const { run, rule, why } of kept) output.print(`${run} stays (rule '${rule}'): ${why}`);
}

function showPins(output: Output, { id, pins }: Pick<Run, 'id' | 'pins'>): void {
  if (output.json) return output.printJson({ run: id, pins });
  if (pins.length === 0) return output.print(`${id} is not pinned`);
  for (const { by, at, note } of pins)
    output.print(`${id} is pinned by ${by} since ${at}: ${note}`);
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;

const speaksOf = ({ devices, kinds, origins }: RetentionRule): string =>
  [devices, kinds, origins]
    .flatMap((names) => (names === null ? [] : names.join(', ')))
    .join('; ') || 'all runs';

const when = ({ olderThanDays, mostBytes }: RetentionRule): string =>
  olderThanDays === null
    ? `the oldest beyond ${megabytes(mostBytes ?? 0)}`
    : `after ${olderThanDays} days`;

const stays = ({ keepLast }: RetentionRule): string =>
  keepLast === null ? '–' : `the last ${keepLast} of each device`;
