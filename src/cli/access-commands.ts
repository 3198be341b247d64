import { Option, type Command } from 'commander';
import { ROLES, type Role } from '../access/index.js';
import type { AccessDesk } from './access-desk.js';
import type { Composition } from './composition.js';
import type { Output } from './output.js';
import { integerBetween } from './read-number.js';
import type { ServiceClient } from './service-client.js';
import { placeOptions, storePlace, type PlaceOptions } from './store-place.js';

interface CommandParts {
  readonly composition: Composition;
  readonly output: Output;
  /** Makes a command with the options that all have. */
  readonly command: (usage: string, description: string, of: Command) => Command;
  /** Null where no service is named. */
  readonly clientFor: (options: PlaceOptions) => ServiceClient | null;
}

/** `relaxd keys …` and `relaxd audit …`: of a service (`--url`), or of a data folder that no service has open. */
export function accessCommands(program: Command, parts: CommandParts): void {
  const { composition, output, command, clientFor } = parts;
  const group = (name: string, description: string): Command =>
    program.command(name).description(description).exitOverride();
  const desk = <A extends unknown[]>(
    parent: Command,
    usage: string,
    description: string,
    setUp: (command: Command) => Command,
    act: (
      desk: AccessDesk,
      options: PlaceOptions & Record<string, string>,
      ...args: A
    ) => Promise<void>,
  ): void => {
    setUp(placeOptions(command(usage, description, parent))).action(async (...all: unknown[]) => {
      const options = all.at(-2) as PlaceOptions & Record<string, string>;
      const place = storePlace(options, composition.env, clientFor);
      const { deskOf } = await import('./access-desk.js');
      const there = await deskOf(composition, place);
      try {
        await act(there, options, ...(all.slice(0, -2) as A));
      } finally {
        await there[Symbol.asyncDispose]();
      }
    });
  };
  const keys = group('keys', 'API keys: make, list, revoke, rotate');
  desk(
    keys,
    'create',
    'make a key; its secret is shown once',
    (it) =>
      it
        .requiredOption('--name <name>', 'whose it is, or what for')
        .addOption(
          new Option('--role <role>', 'what it may do').choices(ROLES).makeOptionMandatory(),
        )
        .option('--expires <time>', 'when it ends: 90d, 12h, or ISO 8601 (default: never)'),
    async (there, { name, role, expires }) => {
      const { createKey, expiryOf } = await import('./keys-command.js');
      const expiresAt = expiryOf(expires, composition.clock.wallMs());
      await createKey(output, there, { name: name!, role: role as Role, expiresAt });
    },
  );
  desk(
    keys,
    'list',
    'list the keys, without their secrets',
    (it) => it,
    async (there) => {
      const { listKeys } = await import('./keys-command.js');
      await listKeys(output, there);
    },
  );
  desk<[string]>(
    keys,
    'revoke <id>',
    'end a key',
    (it) => it,
    async (there, _options, id) => {
      const { revokeKey } = await import('./keys-command.js');
      await revokeKey(output, there, id);
    },
  );
  desk<[string]>(
    keys,
    'rotate <id>',
    'give a key a new secret; the old one ends at once',
    (it) => it,
    async (there, _options, id) => {
      const { rotateKey } = await import('./keys-command.js');
      await rotateKey(output, there, id);
    },
  );

  const audit = group('audit', 'the log of who did what');
  desk(
    audit,
    'list',
    'what was done last',
    (it) => it.option('--limit <n>', 'at most so many', integerBetween(1, 500), 50),
    async (there, { limit }) => {
      const { listAudit } = await import('./audit-command.js');
      await listAudit(output, there, Number(limit));
    },
  );
  desk(
    audit,
    'verify',
    'read the whole log and find its first broken link',
    (it) =>
      it.option('--expect <seq:hash>', 'an end that was noted earlier: the log must still have it'),
    async (there, { expect }) => {
      const { readHead, verifyAudit } = await import('./audit-command.js');
      await verifyAudit(output, there, readHead(expect));
    },
  );
}
