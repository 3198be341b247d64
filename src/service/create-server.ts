import type { Socket } from 'node:net';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { fastify, LogController, type FastifyReply, type FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { ERROR_TABLE, RelaxdError, type Clock } from '../core/index.js';
import { requestValidator, type RequestPart } from './check-request.js';
import type { App } from './context.js';
import type { Logger } from './create-logger.js';
import { BODY_BYTES } from './documents.js';
import type { Metrics } from './metrics.js';
import type { DeclaredRoutes } from './declared-routes.js';
import { errorOf, problemOf, PROBLEM_MEDIA_TYPE } from './problem.js';
import { checkOrigin } from './trusted-origin.js';

export interface ServerOptions {
  /** The address to listen on; decides which hosts are answered for. */
  readonly host: string;
  readonly log: Logger;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Every route that is added, with what it needs. */
  readonly routes: DeclaredRoutes;
  /** Origins of other sites whose pages may use the service. */
  readonly origins: readonly string[];
  /** Certificate chain and private key, PEM; null: plain HTTP. */
  readonly tls: TlsFiles | null;
}

export interface TlsFiles {
  readonly cert: Buffer | string;
  readonly key: Buffer | string;
}

/** The HTTP server without routes: how requests are read and judged, and how errors are told. */
export function createServer(options: ServerOptions): App {
  const { host, log, clock, metrics, routes, origins, tls } = options;
  const app = fastify({
    ...(tls === null ? {} : { https: { ...tls, minVersion: 'TLSv1.2' as const } }),
    // Requests and addresses are logged here, with the ids that matter.
    loggerInstance: log.child({}, { level: 'warn' }),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_BYTES,
    routerOptions: { maxParamLength: 300 },
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    clientErrorHandler: (_error, socket) => refuseConnection(socket),
    frameworkErrors: (error, _request, reply) => void sendProblem(reply, error),
  }).withTypeProvider<TypeBoxTypeProvider>() as unknown as App;

  app.setValidatorCompiler((({ schema, httpPart }) =>
    requestValidator(
      schema,
      (httpPart ?? 'body') as RequestPart,
    )) as FastifySchemaCompiler<TSchema>);
  // Schemas describe answers, they do not filter them; what is not finite becomes null.
  app.setSerializerCompiler(() => (document) => JSON.stringify(document));
  // Text is no document here: the framework reads it by default.
  app.removeContentTypeParser('text/plain');

  app.addHook('onRoute', (route) => routes.add(route));
  app.decorateRequest('principal', null);
  app.decorateRequest('auditNote', null);
  app.decorateRequest('problem', null);
  app.addHook('onRequest', async (request) => {
    const { method, headers } = request;
    const upgrade = headers.upgrade?.toLowerCase() === 'websocket';
    checkOrigin({ method, upgrade, host: headers.host, origin: headers.origin }, host, origins);
  });
  app.addHook('onResponse', async ({ headers, raw }) => {
    // An upgrade that was refused has left HTTP behind: nobody would read from its connection again.
    if (headers.upgrade !== undefined) raw.socket.destroySoon();
  });
  const began = new WeakMap<object, number>();
  app.addHook('onRequest', async (request) => void began.set(request, clock.monotonicMs()));
  app.addHook('onResponse', async (request, reply) => {
    const ms = clock.monotonicMs() - (began.get(request) ?? clock.monotonicMs());
    const { method } = request;
    const route = request.routeOptions.url ?? 'none';
    metrics.requests.observe({ method, route, status: String(reply.statusCode) }, ms / 1000);
    const level = reply.statusCode >= 500 ? 'error' : method === 'GET' ? 'debug' : 'info';
    const { url } = request;
    const fields = {
      method,
      url,
      status: reply.statusCode,
      ms: Math.round(ms),
      ...idsOf(route, request.params, reply.getHeader('location')),
    };
    log[level](fields, `${method} ${url} ${reply.statusCode}`);
  });

  app.setErrorHandler((error, _request, reply) => sendProblem(reply, error, log));
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0]!;
    const methods = routes.methodsOf(path);
    if (methods.length === 0) {
      return sendProblem(
        reply,
        new RelaxdError('not-found', `there is nothing at ${path}`, {
          value: path,
          hint: 'GET /openapi.json lists what there is, /docs shows it',
        }),
      );
    }
    void reply.header('allow', methods.join(', '));
    return sendProblem(
      reply,
      new RelaxdError('method-not-allowed', `${path} does not take ${request.method}`, {
        value: request.method,
        limit: methods,
      }),
    );
  });
  return app;
}

/** Ids for the log, named for what they are: `/v1/jobs/:id` has a job's, and so has what `/v1/jobs` has made. */
function idsOf(route: string, params: unknown, made: unknown): Record<string, string> {
  const job = typeof made === 'string' ? /^\/v1\/jobs\/([^/]+)$/.exec(made)?.[1] : undefined;
  if (job !== undefined) return { job };
  const { id } = (params ?? {}) as { readonly id?: string };
  const of = /^\/v1\/(job|run|device|program)s\//.exec(route)?.[1];
  return id === undefined || of === undefined ? {} : { [of]: id };
}

function sendProblem(reply: FastifyReply, thrown: unknown, log?: Logger): FastifyReply {
  const error = errorOf(thrown);
  if (error.row.status >= 500 && error.row.status !== 503) {
    log?.error({ err: error.cause ?? error, code: error.code }, error.message);
  }
  const problem = problemOf(error);
  reply.request.problem = error;
  if (error.code === 'unauthenticated') {
    const { reason } = error.details;
    const why = reason === 'missing' ? '' : ', error="invalid_token"';
    void reply.header('www-authenticate', `Bearer realm="relaxd"${why}`);
  }
  const { retryAfterS } = error.details;
  if (typeof retryAfterS === 'number') void reply.header('retry-after', String(retryAfterS));
  else if (error.row.retryable && error.row.status === 503) void reply.header('retry-after', '1');
  return reply
    .code(problem.status)
    .type(PROBLEM_MEDIA_TYPE)
    .serializer((text: string) => text)
    .send(JSON.stringify(problem));
}

/** A request that is no HTTP: answered as well as can be, and hung up on. */
function refuseConnection(socket: Socket): void {
  if (!socket.writable) return;
  const problem = JSON.stringify(
    problemOf(new RelaxdError('invalid-input', 'the request is not HTTP/1.1 that can be read')),
  );
  socket.end(
    `HTTP/1.1 ${ERROR_TABLE['invalid-input'].status} Bad Request\r\ncontent-type: ${PROBLEM_MEDIA_TYPE}\r\n` +
      `content-length: ${Buffer.byteLength(problem)}\r\nconnection: close\r\n\r\n${problem}`,
  );
}
