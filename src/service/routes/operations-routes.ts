import { RelaxdError, Type } from '../../core/index.js';
import { answers, BYTES, mediaAnswers } from '../answers.js';
import type { App, RouteContext } from '../context.js';
import type { LabView } from '../lab-view.js';
import type { Metrics } from '../metrics.js';
import { withComponents } from '../openapi.js';

const tags = ['operations'];
const STATUS = Type.Object(
  {
    status: Type.Literal('ok'),
    version: Type.String(),
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
  const { lab, version, stopping } = context;

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
    async () => ({ status: 'ok', version }),
  );

  app.get(
    '/readyz',
    {
      config: { scope: 'public' },
      schema: {
        tags,
        operationId: 'getReadiness',
        summary:
          '200 once the store is open and recovered, whatever the devices do; 503 while it shuts down',
        response: answers({ 200: STATUS }),
      },
    },
    async () => {
      if (stopping.aborted)
        throw new RelaxdError('service-stopping', 'the service is shutting down');
      // Answers only where the store does.
      await lab.jobs({ limit: 1 });
      return { status: 'ok', version, ...nodeStatus(lab.nodes) };
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
