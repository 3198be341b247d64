import type { FastifyReply, FastifyRequest } from 'fastify';
import { RelaxdError } from '../core/index.js';
import type { App, RouteContext } from './context.js';

/** Says that a node has passed a request on, and from what address it had come: it is answered where it comes to. */
const FORWARDED = 'x-relaxd-forwarded';
const LONGEST_ADDRESS = 100;
const ANSWER_MS = 30_000;
const TAKEN_ALONG = ['authorization', 'if-none-match', 'if-match', 'idempotency-key'] as const;
const BROUGHT_BACK = [
  'content-type',
  'etag',
  'cache-control',
  'retry-after',
  'allow',
  'www-authenticate',
] as const;

/** The address that a node says a request had come to it from; undefined: no node has passed it on. */
export const forwardedFor = ({ headers }: FastifyRequest): string | undefined =>
  headers[FORWARDED]?.toString().slice(0, LONGEST_ADDRESS);

/**
 * What is asked of a device that another node of the lab has is answered by that node: who asks it, with their key, is for it to
 * judge, and to write into the audit log.
 */
export function forwardToNodes(
  app: App,
  { lab, stopping }: Pick<RouteContext, 'lab' | 'stopping'>,
): void {
  app.addHook('preValidation', async (request, reply) => {
    if (request.routeOptions.url?.startsWith('/v1/devices/:id') !== true) return;
    if (forwardedFor(request) !== undefined) return;
    const { id } = request.params as { readonly id: string };
    const { nodes } = lab;
    const owner = nodes?.ownerOf(id) ?? null;
    if (owner === null || owner.node.id === nodes!.id) return;
    await forward(request, reply, owner.node, stopping);
    return reply;
  });
}

async function forward(
  request: FastifyRequest,
  reply: FastifyReply,
  node: { readonly name: string; readonly address: string },
  stopping: AbortSignal,
): Promise<void> {
  const headers: Record<string, string> = { [FORWARDED]: request.ip };
  for (const name of TAKEN_ALONG) {
    const value = request.headers[name];
    if (typeof value === 'string') headers[name] = value;
  }
  const { body } = request;
  if (body !== undefined && body !== null) headers['content-type'] = 'application/json';
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(node.address + request.url, {
      method: request.method,
      headers,
      redirect: 'error',
      signal: AbortSignal.any([stopping, AbortSignal.timeout(ANSWER_MS)]),
      ...(body === undefined || body === null ? {} : { body: JSON.stringify(body) }),
    });
    text = await answer.text();
  } catch (error) {
    throw new RelaxdError(
      'node-lost',
      `${node.name}, which has the device, does not answer`,
      { node: node.name, hint: 'try again once it is back' },
      error,
    );
  }
  // The node that has answered has written down what was done.
  request.auditNote = null;
  for (const name of BROUGHT_BACK) {
    const value = answer.headers.get(name);
    if (value !== null) void reply.header(name, value);
  }
  await reply
    .code(answer.status)
    .serializer((sent: string) => sent)
    .send(answer.status === 304 ? '' : text);
}
