import { AUDIT_OUTCOMES, ROLES, SCOPES, scopesOf } from '../../access/index.js';
import { RelaxdError, Type } from '../../core/index.js';
import { answers } from '../answers.js';
import type { App, RouteContext } from '../context.js';
import { closed, DEFAULT_LIMIT, LIST_QUERY, nullable, oneOf, page } from '../documents.js';
import { actionNamed } from '../named.js';
import { callerOf } from '../principal.js';

const open = { additionalProperties: true } as const;
const text = Type.String();
const time = Type.String({ description: 'ISO 8601, UTC' });

const KEY = Type.Object(
  {
    id: text,
    revision: Type.Integer(),
    name: text,
    role: oneOf(ROLES),
    state: oneOf(['active', 'expired', 'revoked']),
    createdAt: time,
    createdBy: text,
    expiresAt: nullable(time),
    rotatedAt: nullable(time),
    revokedAt: nullable(time),
    lastUsedAt: nullable(Type.String({ description: 'to the minute' })),
  },
  { title: 'ApiKey', ...open },
);
const MINTED_KEY = Type.Object(
  {
    key: KEY,
    secret: Type.String({ description: 'rlx_<id>_<secret>: shown this once, and stored nowhere' }),
  },
  { title: 'MintedApiKey', ...open },
);
const KEY_BODY = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100, description: 'whose it is, or what for' }),
    role: oneOf(ROLES),
    expiresAt: Type.Optional(Type.String({ description: 'ISO 8601; never where left out' })),
  },
  { title: 'ApiKeyBody', ...closed },
);
const ME = Type.Object(
  {
    name: text,
    role: oneOf(ROLES),
    scopes: Type.Array(oneOf(SCOPES)),
    key: nullable(Type.String({ description: 'id; null: without a key, on this machine' })),
    expiresAt: nullable(time),
  },
  { title: 'Caller', ...open },
);
const TICKET = Type.Object({ ticket: text, expiresAt: time }, { title: 'StreamTicket', ...open });
const AUDIT_ENTRY = Type.Object(
  {
    seq: Type.Integer(),
    at: time,
    who: Type.Object(
      { key: nullable(text), name: text, role: nullable(oneOf(ROLES)), address: nullable(text) },
      open,
    ),
    action: text,
    target: text,
    outcome: oneOf(AUDIT_OUTCOMES),
    details: Type.Object({}, open),
    previous: text,
    hash: text,
  },
  { title: 'AuditEntry', ...open, description: 'docs/formats/audit.md' },
);
const CHAIN_HEAD = Type.Object({ seq: Type.Integer(), hash: text });
const CHAIN_REPORT = Type.Object(
  {
    whole: Type.Boolean(),
    entries: Type.Integer(),
    head: CHAIN_HEAD,
    broken: nullable(Type.Object({ seq: Type.Integer(), reason: text })),
  },
  { title: 'ChainReport', ...open },
);
const PARAMS = Type.Object({ id: Type.String() });
/** What is served here, by operation. */
export const ACCESS_OPERATIONS = [
  'getCaller',
  'listKeys',
  'createKey',
  'getKey',
  'actOnKey',
  'createStreamTicket',
  'listAudit',
  'verifyAudit',
] as const;
const KEY_ACTIONS = ['revoke', 'rotate'] as const;

/** Keys, who one is, and what was done. */
export function accessRoutes(app: App, { lab, gate }: RouteContext): void {
  const { keys, audit } = lab;

  app.get(
    '/v1/me',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['keys'],
        operationId: 'getCaller',
        summary: 'Who the caller is, and what the caller may do',
        response: answers({ 200: ME }),
      },
    },
    async (request, reply) => {
      void reply.header('cache-control', 'no-store');
      const { key, name, role } = callerOf(request.principal);
      const expiresAt = key?.expiresAt ?? null;
      return { name, role, scopes: scopesOf(role), key: key?.id ?? null, expiresAt };
    },
  );

  app.get(
    '/v1/keys',
    {
      config: { scope: 'keys' },
      schema: {
        tags: ['keys'],
        operationId: 'listKeys',
        summary: 'API keys, oldest first; none with its secret',
        querystring: Type.Object(LIST_QUERY, { additionalProperties: false }),
        response: answers({ 200: page(KEY, 'ApiKeyPage') }),
      },
    },
    async (request) => {
      const { limit = DEFAULT_LIMIT, cursor } = request.query;
      // Laboratories have dozens: the store gives all of them.
      const all = await keys.list();
      const from = cursor === undefined ? 0 : 1 + all.findIndex(({ id }) => id === cursor);
      if (cursor !== undefined && from === 0) throw noCursor(cursor);
      const items = all.slice(from, from + limit);
      return { items, next: from + limit < all.length ? items.at(-1)!.id : null };
    },
  );

  app.post(
    '/v1/keys',
    {
      config: { scope: 'keys' },
      schema: {
        tags: ['keys'],
        operationId: 'createKey',
        summary: 'Makes a key; the answer has its secret, which is shown this once',
        body: KEY_BODY,
        response: answers({ 201: MINTED_KEY }),
      },
    },
    async (request, reply) => {
      const { name, role, expiresAt } = request.body;
      const { key, text: secret } = await keys.create(
        {
          name,
          role,
          expiresAt: expiresAt ?? null,
          createdBy: callerOf(request.principal).name,
        },
        request.auditNote,
      );
      void reply
        .code(201)
        .header('location', `/v1/keys/${key.id}`)
        .header('cache-control', 'no-store');
      return { key, secret };
    },
  );

  app.get(
    '/v1/keys/:id',
    {
      config: { scope: 'keys' },
      schema: {
        tags: ['keys'],
        operationId: 'getKey',
        summary: 'One key',
        params: PARAMS,
        response: answers({ 200: KEY }),
      },
    },
    async (request) => keys.one(request.params.id),
  );

  app.post(
    '/v1/keys/:id/actions/:action',
    {
      config: { scope: 'keys' },
      schema: {
        tags: ['keys'],
        operationId: 'actOnKey',
        summary: 'revoke: ends the key; rotate: gives it a new secret. Its open sockets are closed',
        params: Type.Object({ id: Type.String(), action: Type.String() }),
        response: answers({ 200: Type.Union([KEY, MINTED_KEY]) }),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      void reply.header('cache-control', 'no-store');
      const action = actionNamed(request.params.action, KEY_ACTIONS, 'keys have');
      if (action === 'revoke') return keys.revoke(id, request.auditNote);
      const { key, text: secret } = await keys.rotate(id, request.auditNote);
      return { key, secret };
    },
  );

  app.post(
    '/v1/stream/tickets',
    {
      config: { scope: 'read', audit: false },
      schema: {
        tags: ['stream'],
        operationId: 'createStreamTicket',
        summary:
          'A ticket for one socket of /v1/stream, good for 30 s: pages send it as a subprotocol',
        response: answers({ 201: TICKET }),
      },
    },
    async (request, reply) => {
      void reply.code(201).header('cache-control', 'no-store');
      return gate.tickets.issue(callerOf(request.principal));
    },
  );

  app.get(
    '/v1/audit',
    {
      config: { scope: 'audit' },
      schema: {
        tags: ['audit'],
        operationId: 'listAudit',
        summary: 'What was done and by whom, newest first',
        querystring: Type.Object(
          {
            limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
            cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
            key: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
            action: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
            outcome: Type.Optional(oneOf(AUDIT_OUTCOMES)),
          },
          { additionalProperties: false },
        ),
        response: answers({ 200: page(AUDIT_ENTRY, 'AuditPage') }),
      },
    },
    async (request) => {
      const { limit = DEFAULT_LIMIT, cursor, key, action, outcome } = request.query;
      const entries = await audit.entries({
        limit: limit + 1,
        before: cursor === undefined ? null : numberOf(cursor),
        key: key ?? null,
        action: action ?? null,
        outcome: outcome ?? null,
      });
      const items = entries.slice(0, limit);
      return { items, next: entries.length > limit ? String(items.at(-1)!.seq) : null };
    },
  );

  app.get(
    '/v1/audit/verification',
    {
      config: { scope: 'audit' },
      schema: {
        tags: ['audit'],
        operationId: 'verifyAudit',
        summary: 'Reads the whole audit log and says where its chain of hashes is broken first',
        description:
          'With seq and hash, of an end that was noted earlier, the log must also still contain that: only so is it found out that somebody wrote all of it anew.',
        querystring: Type.Object(
          {
            seq: Type.Optional(Type.Integer({ minimum: 1 })),
            hash: Type.Optional(Type.String({ pattern: '^sha256:[0-9a-f]{64}$' })),
          },
          { additionalProperties: false },
        ),
        response: answers({ 200: CHAIN_REPORT }),
      },
    },
    async (request) => {
      const { seq, hash } = request.query;
      if ((seq === undefined) !== (hash === undefined)) {
        throw new RelaxdError('invalid-input', 'seq and hash go together', {
          path: seq === undefined ? 'seq' : 'hash',
          limit: 'required',
        });
      }
      return audit.verify(seq === undefined || hash === undefined ? null : { seq, hash });
    },
  );
}

function numberOf(cursor: string): number {
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw noCursor(cursor);
}

const noCursor = (cursor: string): RelaxdError =>
  new RelaxdError('invalid-input', `cursor: '${cursor}' is none`, {
    in: 'querystring',
    path: 'cursor',
    value: cursor,
    limit: '`next` of a page before',
  });
