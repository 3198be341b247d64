import type { FastifyReply } from 'fastify';
import { contentHash, RelaxdError, Type } from '../core/index.js';
import { PROBLEM } from './documents.js';

const WHAT: Readonly<Record<number, string>> = {
  101: 'switching protocols',
  200: 'as asked',
  201: 'made, and durable',
  304: 'unchanged since the ETag or revision that was given',
};

/** The `response` part of a route's schema: JSON answers by status, and problems for everything else. */
export function answers(
  byStatus: Readonly<Record<number, Type.TSchema | null>>,
): Record<string, unknown> {
  const response: Record<string, unknown> = {};
  for (const [status, schema] of Object.entries(byStatus)) {
    response[status] =
      schema === null
        ? { description: WHAT[Number(status)] ?? '', type: 'null' }
        : mediaAnswer(Number(status), { 'application/json': schema });
  }
  response['default'] = {
    description: 'a problem: RFC 9457 with a `code` of docs/errors.md',
    content: { 'application/problem+json': { schema: PROBLEM } },
  };
  return response;
}

/** The same for answers in several, or other, media types. */
export function mediaAnswers(
  byMedia: Readonly<Record<string, Type.TSchema>>,
): Record<string, unknown> {
  return { ...answers({}), 200: mediaAnswer(200, byMedia) };
}

function mediaAnswer(status: number, byMedia: Readonly<Record<string, Type.TSchema>>): unknown {
  return {
    description: WHAT[status] ?? '',
    content: Object.fromEntries(
      Object.entries(byMedia).map(([media, schema]) => [media, { schema }]),
    ),
  };
}

/** Schema of an answer that is no JSON. */
export const BYTES = Type.String({ format: 'binary' });

/** ETag of a resource with a revision. */
export const revisionTag = (revision: number): string => `"${revision}"`;

/** ETag of a document by its content. */
export const contentTag = (document: unknown): string => `"${contentHash(document).slice(7, 39)}"`;

/** True where `If-None-Match` names the tag. */
export function matchesTag(ifNoneMatch: string | string[] | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const given = (Array.isArray(ifNoneMatch) ? ifNoneMatch.join(',') : ifNoneMatch)
    .split(',')
    .map((text) => text.trim().replace(/^W\//, ''));
  return given.includes(tag) || given.includes('*');
}

/** The revision that an `If-Match` or `If-None-Match` names, or that the tag there begins with; null where it names none. */
export function taggedRevision(header: string | string[] | undefined): number | null {
  const text = Array.isArray(header) ? header[0] : header;
  const match = text === undefined ? null : /^\s*(?:W\/)?"(\d{1,15})(?:\.[^"]*)?"\s*$/.exec(text);
  return match === null ? null : Number(match[1]);
}

/** Headers of what is done only where nobody was faster. */
export const IF_MATCH = Type.Object({ 'if-match': Type.Optional(Type.String()) });

/** The revision that `If-Match` asks for, if it does. @throws RelaxdError `invalid-input` for one that is no revision */
export function ifRevision(header: string | undefined): { readonly revision?: number } {
  if (header === undefined || header.trim() === '*') return {};
  const revision = taggedRevision(header);
  if (revision !== null) return { revision };
  throw new RelaxdError('invalid-input', `If-Match: ${header} is no revision`, {
    in: 'headers',
    path: 'if-match',
    value: header,
    limit: 'the ETag of what you saw, e.g. "7"',
  });
}

/** Answers with a document under its ETag, or 304 where the caller has it already. */
export function sendTagged(
  reply: FastifyReply,
  ifNoneMatch: string | string[] | undefined,
  tag: string,
  document: unknown,
): FastifyReply {
  void reply.header('etag', tag).header('cache-control', 'no-cache');
  if (matchesTag(ifNoneMatch, tag)) return reply.code(304).send();
  return reply.send(document);
}
