import fc from 'fast-check';
import { Errors } from 'typebox/schema';
import { replaced } from '../../src/service/replaced.test-support.js';
import { documentsOf, type JsonSchema, type KnownValues } from './json-schema-arbitrary.js';

interface Media {
  readonly schema: JsonSchema;
}
interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: 'path' | 'query' | 'header';
    readonly required?: boolean;
    readonly schema: JsonSchema;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, Media>> }>
  >;
}
interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

export interface FuzzOptions {
  /** Of the service; it is one for tests, since everything is tried that it can do. */
  readonly address: string;
  readonly seed: number;
  /** Requests that are made up for each operation. */
  readonly runs: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Values for members and path parameters of these names. */
  readonly known: KnownValues;
  /** Makes good again what a call may have done to the devices. */
  readonly restore?: (operationId: string) => Promise<void>;
}

export interface FuzzSummary {
  readonly operations: number;
  readonly requests: number;
  /** Requests that were answered with what was asked for. */
  readonly accepted: number;
  /** Of those, made anew with a field that is not known, or a value of another type; each was refused. */
  readonly spoilt: number;
}

interface Call {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** undefined: none. */
  readonly body: unknown;
}
interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Operations that do not answer a request with a document. */
const LEFT_OUT = new Set(['openStream']);
const UNKNOWN = 'notAField';

/**
 * Calls every operation of a service with requests that are made up from its own OpenAPI document: those that fit it, and those
 * that are spoilt in one place. Holds every answer to the document.
 *
 * @throws Error with operation, request, answer and seed for: a 5xx; an answer that the document does not have; a spoilt request
 *   that is accepted although the sound one was; an unknown field that is not named
 */
export async function fuzzApi(options: FuzzOptions): Promise<FuzzSummary> {
  const document = (await (
    await fetch(new URL('/openapi.json', options.address))
  ).json()) as OpenApi;
  const api = new FuzzedApi(document, options);
  await fc.assert(
    fc.asyncProperty(api.calls(), async ({ method, url, operation, call, spoil }) =>
      api.tryOne(method, url, operation, call, spoil),
    ),
    { seed: options.seed, numRuns: options.runs * api.operations.length, endOnFailure: true },
  );
  return api.summary;
}

class FuzzedApi {
  readonly operations: { method: string; url: string; operation: Operation }[] = [];
  readonly summary = { operations: 0, requests: 0, accepted: 0, spoilt: 0 };
  private readonly schemas = new Map<JsonSchema, object>();

  constructor(
    private readonly document: OpenApi,
    private readonly options: FuzzOptions,
  ) {
    for (const [url, methods] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        if (LEFT_OUT.has(operation.operationId)) continue;
        this.operations.push({ method: method.toUpperCase(), url, operation });
      }
    }
    this.summary.operations = this.operations.length;
  }

  calls() {
    const each = this.operations.map(({ method, url, operation }) =>
      fc.record({
        method: fc.constant(method),
        url: fc.constant(url),
        operation: fc.constant(operation),
        call: this.callsOf(url, operation),
        spoil: fc.nat(),
      }),
    );
    return fc.oneof(...each);
  }

  async tryOne(
    method: string,
    url: string,
    operation: Operation,
    call: Call,
    spoil: number,
  ): Promise<void> {
    const text = call.body === undefined ? undefined : JSON.stringify(call.body);
    const sound = await this.send(method, operation, call, text);
    if (sound.status >= 300) return;
    this.summary.accepted++;
    for (const spoilt of this.spoiltOf(call, text, spoil)) {
      const answer = await this.send(method, operation, spoilt.call, spoilt.text);
      this.summary.spoilt++;
      const told = `${method} ${url} with ${spoilt.what}: ${spoilt.text ?? JSON.stringify(spoilt.call.query)}\n${answer.status} ${answer.text.slice(0, 500)}`;
      if (answer.status < 400) throw new Error(`accepted: ${told}`);
      if (spoilt.names !== null && !answer.text.includes(spoilt.names)) {
        throw new Error(`${spoilt.names} is not named: ${told}`);
      }
    }
    await this.options.restore?.(operation.operationId);
  }

  private callsOf(url: string, { parameters = [], requestBody }: Operation): fc.Arbitrary<Call> {
    const of = (schema: JsonSchema): fc.Arbitrary<unknown> =>
      documentsOf(schema, (ref) => this.resolve(ref), this.options.known);
    const resource = /^\/v1\/([a-z-]+)\/\{id\}/.exec(url)?.[1];
    const path = parameters.filter((one) => one.in === 'path');
    const query = parameters.filter((one) => one.in === 'query');
    const header = parameters.filter((one) => one.in === 'header');
    const pathValue = ({ name, schema }: { name: string; schema: JsonSchema }) => {
      const values =
        this.options.known[name === 'id' ? `${resource}/{id}` : `${resource}/{${name}}`];
      return values === undefined
        ? of(schema)
        : fc.oneof(
            { weight: 5, arbitrary: fc.constantFrom(...values) },
            { weight: 1, arbitrary: of(schema) },
          );
    };
    const parameterValue = ({ name, schema }: (typeof parameters)[number]) => {
      const values = name === 'wait' ? this.options.known[name] : undefined;
      return values === undefined ? of(schema) : fc.constantFrom(...values);
    };
    const some = (list: typeof parameters) =>
      fc
        .tuple(
          fc.tuple(...list.map(parameterValue)),
          fc.tuple(...list.map(({ required }) => (required ? fc.constant(true) : fc.boolean()))),
        )
        .map(([values, kept]) =>
          Object.fromEntries(
            list
              .map(({ name }, k) => [name, values[k], kept[k]] as const)
              .filter(([, value, keep]) => keep && value !== null && value !== undefined)
              .map(([name, value]) => [name, String(value)]),
          ),
        );
    const json = requestBody?.content['application/json']?.schema;
    return fc.record({
      path: fc
        .tuple(...path.map(pathValue))
        .map((values) =>
          path.reduce(
            (text, { name }, k) =>
              text.replace(`{${name}}`, encodeURIComponent(String(values[k]).slice(0, 200)) || '-'),
            url,
          ),
        ),
      query: some(query),
      headers: some(header).map((headers) =>
        Object.fromEntries(
          Object.entries(headers).map(([name, value]) => [name, value.replace(/[^ -~]/g, '')]),
        ),
      ),
      body: json === undefined ? fc.constant(undefined) : of(json),
    });
  }

  /** The same request with one thing wrong, in several ways. */
  private spoiltOf(
    call: Call,
    text: string | undefined,
    spoil: number,
  ): { what: string; call: Call; text: string | undefined; names: string | null }[] {
    const spoilt: { what: string; call: Call; text: string | undefined; names: string | null }[] =
      [];
    const { body } = call;
    if (Object.keys(call.query).length > 0) {
      const query = { ...call.query, [UNKNOWN]: '1' };
      spoilt.push({
        what: 'an unknown query parameter',
        call: { ...call, query },
        text,
        names: UNKNOWN,
      });
    }
    if (typeof body !== 'object' || body === null || Array.isArray(body) || text === undefined) {
      return spoilt;
    }
    const put = (what: string, value: unknown, names: string | null = null): void => {
      spoilt.push({ what, call, text: JSON.stringify(value), names });
    };
    put('an unknown field', { ...body, [UNKNOWN]: 1 }, UNKNOWN);
    const leaves = leavesOf(body).filter(
      ({ value }) => typeof value === 'number' || typeof value === 'boolean',
    );
    const leaf = leaves[spoil % Math.max(1, leaves.length)];
    if (leaf !== undefined) {
      put(`${leaf.path.join('.')} as text`, replaced(body, leaf.path, String(leaf.value)));
      put(`${leaf.path.join('.')} as a list`, replaced(body, leaf.path, [leaf.value]));
      const marked = JSON.stringify(replaced(body, leaf.path, '@@'));
      for (const token of ['NaN', '1e999', '-Infinity']) {
        spoilt.push({ what: token, call, text: marked.replace('"@@"', token), names: null });
      }
    }
    spoilt.push({ what: 'its end torn off', call, text: text.slice(0, -1), names: null });
    return spoilt;
  }

  private async send(
    method: string,
    operation: Operation,
    call: Call,
    text: string | undefined,
  ): Promise<Answer> {
    this.summary.requests++;
    const query = new URLSearchParams(call.query).toString();
    const url = new URL(`${call.path}${query === '' ? '' : `?${query}`}`, this.options.address);
    const response = await fetch(url, {
      method,
      headers: {
        ...this.options.headers,
        ...call.headers,
        ...(text === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(text === undefined ? {} : { body: text }),
      signal: AbortSignal.timeout(20_000),
    });
    const body = await response.text();
    const told = `${method} ${url.pathname}${url.search} ${text ?? ''}\n${response.status} ${body.slice(0, 1000)}`;
    if (response.status >= 500) throw new Error(`a defect: ${told}`);
    this.hold(operation, response, body, told);
    return { status: response.status, text: body };
  }

  /** Holds an answer to what the document says of it. */
  private hold(operation: Operation, response: Response, body: string, told: string): void {
    const documented =
      operation.responses[String(response.status)] ?? operation.responses['default'];
    if (documented === undefined) throw new Error(`the status is not documented: ${told}`);
    if (response.status === 304) return;
    const media = response.headers.get('content-type')?.split(';')[0] ?? '';
    const schema = documented.content?.[media]?.schema;
    if (!/[/+]json$/.test(media)) return;
    if (schema === undefined) throw new Error(`${media} is not documented: ${told}`);
    let whole = this.schemas.get(schema);
    if (whole === undefined) this.schemas.set(schema, (whole = this.whole(schema) as object));
    const [, errors] = Errors(whole as never, JSON.parse(body) as never);
    const [first] = errors;
    if (first !== undefined) {
      throw new Error(`${first.instancePath} ${first.message}: ${told}`);
    }
  }

  private resolve(ref: string): JsonSchema {
    const name = ref.replace('#/components/schemas/', '');
    const schema = this.document.components.schemas[name];
    if (schema === undefined) throw new Error(`${ref} leads nowhere`);
    return schema;
  }

  /** A schema with its references put in; none of them refers to itself. */
  private whole(schema: unknown): unknown {
    if (Array.isArray(schema)) return schema.map((entry) => this.whole(entry));
    if (typeof schema !== 'object' || schema === null) return schema;
    const { $ref } = schema as JsonSchema;
    if ($ref !== undefined) return this.whole(this.resolve($ref));
    return Object.fromEntries(
      Object.entries(schema).map(([key, value]) => [key, this.whole(value)]),
    );
  }
}

interface Leaf {
  readonly path: readonly (string | number)[];
  readonly value: unknown;
}
function leavesOf(value: unknown, path: readonly (string | number)[] = []): Leaf[] {
  if (typeof value !== 'object' || value === null) return [{ path, value }];
  return Object.entries(value).flatMap(([key, member]) => leavesOf(member, [...path, key]));
}
