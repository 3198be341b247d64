import rateLimit from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';
import {
  Denials,
  type AccessSettings,
  type AuditActor,
  type AuditLog,
  type AuditNote,
  type AuditOutcome,
} from '../access/index.js';
import { RelaxdError, type Clock } from '../core/index.js';
import type { App } from './context.js';
import type { Metrics } from './metrics.js';
import { forwardedFor } from './forward-to-nodes.js';
import { countedCaller, type Gate } from './gate.js';
import { given } from './given.js';
import { actorOf, type Principal } from './principal.js';
import { SAFE_METHODS } from './trusted-origin.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who makes the call; null on a public route. */
    principal: Principal | null;
    /** What the audit log will say of a call that changes something; null for others. */
    auditNote: AuditNote | null;
    /** What was wrong with it. */
    problem: RelaxdError | null;
  }
}

export interface AccessParts {
  readonly gate: Gate;
  readonly audit: AuditLog;
  readonly settings: AccessSettings;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/**
 * Who may call what, and what is written about it. Before any route and after whatever has a word to say first (CORS answers
 * preflights, which carry no key).
 *
 * @returns what writes at the end how many denials were not written one by one
 */
export async function addAccess(app: App, parts: AccessParts): Promise<Denials> {
  const { gate, audit, settings, clock, metrics } = parts;
  const denials = new Denials(audit, clock);
  if (settings.origins.length > 0) await addCors(app, settings.origins);

  app.addHook('onRequest', async (request) => {
    const { scope } = request.routeOptions.config;
    // What is not there, and what is of nobody's concern.
    if (request.is404 || scope === 'public') return;
    const { headers } = request;
    request.principal = await gate.admit({
      address: request.ip,
      authorization: headers.authorization,
      protocols: headers['sec-websocket-protocol'],
      forwarded: headers.forwarded !== undefined || headers['x-forwarded-for'] !== undefined,
    });
    // Deny by default: the server does not start with a route that declares nothing.
    if (scope === undefined) throw new RelaxdError('internal', 'the route declares no scope');
    gate.require(request.principal, scope);
    if (isChange(request)) request.auditNote = noteOf(request, 'done', {});
  });

  await addRateLimit(app, gate, settings);

  app.addHook('onSend', async (request, reply, payload) => {
    const { problem, auditNote } = request;
    const status = reply.statusCode;
    if (problem !== null && isDenial(problem)) {
      const { code, details } = problem;
      metrics.denials.inc({ code });
      const { scope, reason, presented } = details;
      await denials.write(
        countedCaller(request.principal, request.ip),
        noteOf(request, 'denied', { status, code, scope, reason, presented }),
      );
    } else if (auditNote !== null && auditNote.entry === null) {
      await audit.write(
        problem === null
          ? auditNote
          : noteOf(request, status >= 500 ? 'failed' : 'refused', { status, code: problem.code }),
      );
    }
    return payload;
  });

  function noteOf(
    request: FastifyRequest,
    outcome: AuditOutcome,
    details: Readonly<Record<string, unknown>>,
  ): AuditNote {
    const { schema, url = 'none' } = request.routeOptions;
    const { operationId } = (schema ?? {}) as { readonly operationId?: string };
    return audit.note({
      who: auditedCaller(request),
      action: operationId ?? `${request.method} ${url}`,
      target: request.url.split('?', 1)[0]!.slice(0, 300),
      outcome,
      details: given({ ...details, forwardedFor: forwardedFor(request) }),
    });
  }
  return denials;
}

const isChange = ({ method, routeOptions }: FastifyRequest): boolean =>
  !SAFE_METHODS.has(method) && routeOptions.config.audit !== false;

const isDenial = ({ code }: RelaxdError): boolean =>
  code === 'unauthenticated' || code === 'forbidden' || code === 'origin-refused';

function auditedCaller(request: FastifyRequest): AuditActor {
  const { principal, ip } = request;
  return principal === null
    ? { key: null, name: 'unknown', role: null, address: ip }
    : actorOf(principal);
}

/** Pages of the named origins may read answers; what they may do, their key says. */
async function addCors(app: App, origins: readonly string[]): Promise<void> {
  app.addHook('onRoute', (route) => {
    // The plugin's own route for preflights, which it answers itself.
    if (route.method === 'OPTIONS' && route.url === '*') {
      route.config = { ...route.config, scope: 'public' };
    }
  });
  const { default: cors } = await import('@fastify/cors');
  await app.register(cors, {
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH'],
    allowedHeaders: [
      'authorization',
      'content-type',
      'idempotency-key',
      'if-match',
      'if-none-match',
    ],
    exposedHeaders: ['etag', 'location', 'retry-after'],
    // There are no cookies, and there will be none: a key is sent by who has it.
    credentials: false,
    maxAge: 600,
  });
}

async function addRateLimit(app: App, gate: Gate, { limits }: AccessSettings): Promise<void> {
  const most = ({ method }: FastifyRequest): number =>
    SAFE_METHODS.has(method) ? limits.readsPerMinute : limits.writesPerMinute;
  await app.register(rateLimit, {
    global: true,
    timeWindow: 60_000,
    max: most,
    keyGenerator: (request) => {
      const { principal, method, ip } = request;
      return `${countedCaller(principal, ip)} ${SAFE_METHODS.has(method) ? 'reads' : 'writes'}`;
    },
    // Public routes are for probes and newcomers, streams have their credit, and who sits at the machine owns it.
    allowList: ({ principal, routeOptions }) =>
      principal === null ||
      routeOptions.url === '/v1/stream' ||
      (gate.open && principal.key === null),
    errorResponseBuilder: (request, { ttl }) => {
      const what = SAFE_METHODS.has(request.method) ? 'reads' : 'changes';
      return new RelaxdError('rate-limited', `more than ${most(request)} ${what} within a minute`, {
        limit: most(request),
        retryAfterS: Math.ceil(ttl / 1000),
        hint: 'Retry-After says when to go on; the limits can be configured',
      });
    },
  });
}
