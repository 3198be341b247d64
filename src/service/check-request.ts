import type { TSchema } from 'typebox';
import { checkDocument, RelaxdError, type Violation } from '../core/index.js';
import { READ_BY_ROUTE } from './documents.js';

/** Where a request carries a value. */
export type RequestPart = 'body' | 'querystring' | 'params' | 'headers';

/**
 * The validator of one part of a request. Bodies are judged by the same code as documents from files, so that
 * paths and limits are the same everywhere; nothing is coerced. A query is text by nature: where its schema asks
 * for a number or a truth value, text that is exactly one is read as such.
 *
 * @returns what the HTTP framework expects of a validator: the value, or the error
 */
export function requestValidator(
  schema: TSchema,
  part: RequestPart,
): (value: unknown) => { value: unknown } | { error: RelaxdError } {
  const { title, format } = schema as { readonly title?: string; readonly format?: string };
  const described =
    part === 'body' && (format === 'binary' || (title !== undefined && READ_BY_ROUTE.has(title)));
  return (value) => {
    if (described) return { value };
    const read = part === 'querystring' ? readQuery(schema, value) : (value ?? {});
    const violations = checkDocument(schema, read);
    const [first] = violations;
    if (first === undefined) return { value: read };
    return { error: refusal(part, first, violations) };
  };
}

const CALLED: Readonly<Record<RequestPart, string>> = {
  body: 'the body',
  querystring: 'the query',
  params: 'the path',
  headers: 'the headers',
};

function refusal(
  part: RequestPart,
  first: Violation,
  violations: readonly Violation[],
): RelaxdError {
  const more = violations.length > 1 ? ` (and ${violations.length - 1} more)` : '';
  const where = first.path === '' ? CALLED[part] : first.path;
  return new RelaxdError(
    violations.length === 1 ? first.code : 'invalid-input',
    `${where}: ${first.message}${more}`,
    {
      in: part,
      path: first.path,
      ...(first.value === undefined ? {} : { value: first.value }),
      ...(first.limit === undefined ? {} : { limit: first.limit }),
      violations,
    },
  );
}

interface Member {
  readonly type?: string;
}

function readQuery(schema: TSchema, value: unknown): unknown {
  const known = (schema as { properties?: Readonly<Record<string, Member>> }).properties ?? {};
  const query: Record<string, unknown> = {};
  for (const [name, text] of Object.entries((value ?? {}) as Record<string, unknown>)) {
    const type = Object.hasOwn(known, name) ? known[name]?.type : undefined;
    query[name] = typeof text === 'string' ? readText(text, type) : text;
  }
  return query;
}

function readText(text: string, type: string | undefined): unknown {
  if (type === 'integer' && /^-?\d{1,16}$/.test(text)) return Number(text);
  if (type === 'number' && /^-?\d+(\.\d+)?(e[+-]?\d{1,3})?$/i.test(text)) return Number(text);
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}
