import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { RelaxdError, Type } from '../../core/index.js';
import { ALARM } from '../documents.js';
import { readinessOf } from '../readiness.js';
import { answers, BYTES, mediaAnswers } from '../answers.js';
import type { App, RouteContext } from '../context.js';
import type { LabView } from '../lab-view.js';
import type { Metrics } from '../metrics.js';
import { withComponents } from '../openapi.js';

const tags = ['operations'];
const BACKUP_BUFFER_BYTES = 1 << 20;
const STATUS = Type.Object(
  {
    status: Type.Literal('ok'),
    version: Type.String(),
    /** Of the process. */
    uptimeS: Type.Optional(Type.Number()),
    eventLoop: Type.Optional(
      Type.Object(
        { meanMs: Type.Number(), p99Ms: Type.Number(), maxMs: Type.Number() },
        { description: 'how late the event loop was in the last ten to twenty seconds' },
      ),
    ),
    checks: Type.Optional(
      Type.Array(
        Type.Object({
          name: Type.String(),
          ok: Type.Boolean(),
          detail: Type.Union([Type.String(), Type.Null()]),
        }),
      ),
    ),
    alarms: Type.Optional(Type.Array(ALARM)),
    /** Of a lab of several nodes only. */
    node: Type.Optional(
      Type.Object({
        name: Type.String(),
        lease: Type.Boolean(),
        nodes: Type.Integer(),
        redis: Type.Union([Type.Literal('up'), Type.Literal('away'), Type.Literal('none')]),
      }),
    ),
  },
  { title: 'ServiceStatus', additionalProperties: true },
);

/** For those who run the service: is it there, is it ready, what does it do, what does it speak. */
export function operationsRoutes(app: App, context: RouteContext, metrics: Metrics): void {
  const { lab, version, stopping, eventLoop } = context;

  app.get(
    '/healthz',
    {
      config: { scope: 'public' },
      schema: {
        tags,
        operationId: 'getLiveness',
        summary: '200 while the process answers',
        response: answers({ 200: STATUS }),
      },
    },
    async () => ({
      status: 'ok',
      version,
      uptimeS: Math.round(process.uptime()),
      eventLoop: eventLoop.lag,
    }),
  );

  app.get(
    '/readyz',
    {
      config: { scope: 'public' },
      schema: {
        tags,
        operationId: 'getReadiness',
        summary:
          '200 once the store is open and recovered, whatever the devices do; 503 while it is stopped or cannot write, 507 while its disk is full',
        response: answers({ 200: STATUS }),
      },
    },
    async () => {
      const { checks, failure } = await readinessOf(lab, stopping);
      const { alarms } = lab;
      if (failure !== null) {
        const { code, message, details } = failure;
        throw new RelaxdError(code, message, { ...details, checks, alarms });
      }
      return { status: 'ok', version, checks, alarms, ...nodeStatus(lab.nodes) };
    },
  );

  app.get(
    '/metrics',
    {
      config: { scope: context.metricsNeedKey ? 'read' : 'public' },
      schema: {
        tags,
        operationId: 'getMetrics',
        summary: 'Prometheus text format',
        response: mediaAnswers({ 'text/plain': BYTES }),
      },
    },
    async (_request, reply) => {
      const { registry } = metrics;
      return reply.type(registry.contentType).send(await registry.metrics());
    },
  );

  app.post(
    '/v1/backup',
    {
      config: { scope: 'backup' },
      schema: {
        tags,
        operationId: 'makeBackup',
        summary: 'A backup of everything as it is at one moment, as a tar',
        description:
          'docs/formats/backup.md. It ends with a list of checksums: one that is cut off has none, and is not restored.',
        response: mediaAnswers({ 'application/x-tar': BYTES }),
      },
    },
    async (_request, reply) => {
      const pipe = new PassThrough({ highWaterMark: BACKUP_BUFFER_BYTES });
      const gone = once(pipe, 'close').then(() => {
        throw new RelaxdError('aborted', 'whoever asked for the backup has gone');
      });
      gone.catch(() => undefined);
      let begun = (): void => undefined;
      const firstPiece = new Promise<void>((resolve) => (begun = resolve));
      const written = lab.backup(async (piece) => {
        begun();
        if (!pipe.write(piece)) await Promise.race([once(pipe, 'drain'), gone]);
      });
      // What is wrong from the start is answered as such; later the connection is cut.
      await Promise.race([written, firstPiece]);
      written.then(
        () => pipe.end(),
        (error: unknown) => pipe.destroy(error as Error),
      );
      return reply.type('application/x-tar').send(pipe);
    },
  );

  let document: Record<string, unknown> | null = null;
  app.get(
    '/openapi.json',
    {
      config: { scope: 'public' },
      schema: {
        tags,
        operationId: 'getOpenApi',
        summary: 'This document',
        response: answers({ 200: Type.Object({}, { additionalProperties: true }) }),
      },
    },
    async () => (document ??= withComponents(app.swagger() as unknown as Record<string, unknown>)),
  );
}

/** How this process stands among the nodes of its lab: without Redis all goes on, only slower. */
function nodeStatus(nodes: LabView['nodes']): { readonly node?: object } {
  if (nodes === null) return {};
  const { name, claim, lineUp } = nodes;
  const redis = lineUp === null ? 'none' : lineUp ? 'up' : 'away';
  return { node: { name, lease: claim !== null, nodes: nodes.nodes.length, redis } };
}
