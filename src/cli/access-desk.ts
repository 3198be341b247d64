import { randomBytes } from 'node:crypto';
import {
  AuditLog,
  KeyBook,
  type AccessStore,
  type AuditActor,
  type AuditEntry,
  type AuditNote,
  type ChainHead,
  type ChainReport,
  type Role,
  type ShownKey,
} from '../access/index.js';
import type { Composition } from './composition.js';
import type { ServiceClient } from './service-client.js';
import { askItInstead, type StorePlace } from './store-place.js';

/** What {@link AccessDesk.create} makes. */
export interface KeyRequest {
  readonly name: string;
  readonly role: Role;
  readonly expiresAt: string | null;
}

/** A key with its secret, which is shown this once. */
export interface ShownSecret {
  readonly key: ShownKey;
  readonly secret: string;
}

/** Keys and audit log, in a service or in a data folder that no service has open. */
export interface AccessDesk extends AsyncDisposable {
  create(request: KeyRequest): Promise<ShownSecret>;
  list(): Promise<readonly ShownKey[]>;
  revoke(id: string): Promise<ShownKey>;
  rotate(id: string): Promise<ShownSecret>;
  audit(limit: number): Promise<readonly AuditEntry[]>;
  verify(expected: ChainHead | null): Promise<ChainReport>;
}

/** @throws RelaxdError `store-locked` with what to do instead */
export async function deskOf(composition: Composition, place: StorePlace): Promise<AccessDesk> {
  if ('client' in place) return deskOfService(place.client);
  return 'databaseUrl' in place
    ? deskOfDatabase(composition, place.databaseUrl)
    : deskOfFolder(composition, place.folder);
}

function deskOfService(client: ServiceClient): AccessDesk {
  const path = (id: string, action: string): string =>
    `/v1/keys/${encodeURIComponent(id)}/actions/${action}`;
  return {
    create: (request) => client.post('/v1/keys', request),
    list: async () => {
      const all: ShownKey[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const page: { items: ShownKey[]; next: string | null } = await client.get(
          `/v1/keys?limit=500${cursor === '' ? '' : `&cursor=${cursor}`}`,
        );
        all.push(...page.items);
        cursor = page.next;
      }
      return all;
    },
    revoke: (id) => client.post(path(id, 'revoke'), {}),
    rotate: (id) => client.post(path(id, 'rotate'), {}),
    audit: async (limit) =>
      (await client.get<{ items: AuditEntry[] }>(`/v1/audit?limit=${limit}`)).items,
    verify: (expected) => {
      const query = expected === null ? '' : `?seq=${expected.seq}&hash=${expected.hash}`;
      return client.get(`/v1/audit/verification${query}`);
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

const COMMAND_LINE: AuditActor = { key: null, name: 'command line', role: null, address: null };

/** The desk of a lab of several machines: its database, also while it works. */
async function deskOfDatabase(composition: Composition, url: string): Promise<AccessDesk> {
  const { openSharedAccessStore } = await import('../lab/index.js');
  return deskOfStore(composition, await openSharedAccessStore(url, composition.clock));
}

/**
 * The desk of a data folder. Whoever may write there may make keys: that is how the first one is made.
 *
 * @throws RelaxdError `store-locked` with what to do instead
 */
async function deskOfFolder(composition: Composition, folder: string): Promise<AccessDesk> {
  const { openAccessStore } = await import('../lab/index.js');
  const { clock } = composition;
  const store = await openAccessStore(folder, clock).catch((error: unknown) =>
    askItInstead(folder, 'changes its keys itself', error),
  );
  return deskOfStore(composition, store);
}

function deskOfStore({ clock }: Composition, store: AccessStore & AsyncDisposable): AccessDesk {
  const keys = new KeyBook(store, clock, (n) => randomBytes(n));
  const log = new AuditLog(store, clock);
  const note = (action: string, target: string): AuditNote =>
    log.note({ who: COMMAND_LINE, action, target, outcome: 'done', details: {} });
  return {
    async create(request) {
      const { key, text } = await keys.create(
        { ...request, createdBy: COMMAND_LINE.name },
        note('createKey', '/v1/keys'),
      );
      return { key, secret: text };
    },
    list: () => keys.list(),
    revoke: (id) => keys.revoke(id, note('actOnKey', `/v1/keys/${id}/actions/revoke`)),
    async rotate(id) {
      const { key, text } = await keys.rotate(
        id,
        note('actOnKey', `/v1/keys/${id}/actions/rotate`),
      );
      return { key, secret: text };
    },
    audit: (limit) => log.entries({ limit, before: null, key: null, action: null, outcome: null }),
    verify: (expected) => log.verify(expected),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}
