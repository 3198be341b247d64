import type { Command } from 'commander';
import { asRelaxdError, RelaxdError } from '../core/index.js';
import type { Composition } from './composition.js';
import { DEFAULT_URL, type ServiceClient } from './service-client.js';

/** Options that say where a store is. */
export interface PlaceOptions {
  readonly url?: string;
  readonly key?: string;
  readonly data?: string;
  readonly databaseUrl?: string;
}

/** A store that this process opens itself. */
export type OwnStorePlace = { readonly databaseUrl: string } | { readonly folder: string };
/** Where a store is. */
export type StorePlace = OwnStorePlace | { readonly client: ServiceClient };

/** Options beside `--url` for a store that there is. */
export const placeOptions = (command: Command): Command =>
  command
    .option('--data <dir>', 'data folder, while no service has it open (default: ./data)')
    .option('--database-url <url>', 'database of a lab of several machines (postgres://…)');

/**
 * A place that is named with an option wins over RELAXD_URL, and that over the variables of a store.
 *
 * @param clientFor null where no service is named
 * @throws RelaxdError `wrong-call` for several
 */
export function storePlace<O extends PlaceOptions>(
  options: O,
  env: Composition['env'],
  clientFor: (options: O) => ServiceClient | null,
): StorePlace {
  requireOne(options);
  const { data, databaseUrl } = options;
  const client = data === undefined && databaseUrl === undefined ? clientFor(options) : null;
  return client === null ? ownStorePlace(options, env) : { client };
}

/** Where this process finds a store, as `relaxd serve` does. @throws RelaxdError `wrong-call` for several */
export function ownStorePlace(options: PlaceOptions, env: Composition['env']): OwnStorePlace {
  requireOne(options);
  const { data, databaseUrl } = options;
  if (data !== undefined) return { folder: data };
  if (databaseUrl !== undefined) return { databaseUrl };
  const { RELAXD_DATABASE_URL: database, RELAXD_DATA: folder } = env;
  return database ? { databaseUrl: database } : { folder: folder || './data' };
}

function requireOne({ url, data, databaseUrl }: PlaceOptions): void {
  if ([url, data, databaseUrl].filter((place) => place !== undefined).length < 2) return;
  throw new RelaxdError('wrong-call', '--url, --data and --database-url: give one of them');
}

/** @throws RelaxdError what was thrown; where that is `store-locked`, with what to do instead */
export function askItInstead(folder: string, what: string, thrown: unknown): never {
  const error = asRelaxdError(thrown);
  if (error.code !== 'store-locked') throw error;
  throw new RelaxdError(
    'store-locked',
    `a service has ${folder} open, and ${what}`,
    {
      path: folder,
      hint: `ask it: --url ${DEFAULT_URL} with --key of an admin; without any key stop it first`,
    },
    error,
  );
}
