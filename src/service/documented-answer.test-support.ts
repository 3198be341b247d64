import { Errors } from 'typebox/schema';
import { expect } from 'vitest';
import type { TestService } from './service.test-support.js';

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}
interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** Calls a service and holds each answer to what its OpenAPI document says. */
export class DocumentedCalls {
  /** Operations that have answered as they should. */
  readonly seen = new Set<string>();

  private constructor(
    private readonly test: TestService,
    readonly document: OpenApi,
  ) {}

  static async of(test: TestService): Promise<DocumentedCalls> {
    return new DocumentedCalls(test, (await (await test.fetch('/openapi.json')).json()) as OpenApi);
  }

  get operations(): string[] {
    return Object.values(this.document.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
  }

  /** @returns the body: parsed where it is JSON, else its bytes */
  async call(
    operationId: string,
    path: string,
    expected: number,
    init: RequestInit = {},
  ): Promise<{ readonly response: Response; readonly body: unknown }> {
    const response = await this.test.fetch(path, init);
    const media = response.headers.get('content-type')?.split(';')[0] ?? null;
    const json = media !== null && /[/+]json$/.test(media);
    const body: unknown =
      json && expected !== 304
        ? await response.json()
        : new Uint8Array(await response.arrayBuffer());
    const shown = json ? JSON.stringify(body).slice(0, 500) : '';
    expect(response.status, `${operationId} ${path}: ${shown}`).toBe(expected);
    const answer = this.answer(operationId, expected);
    if (answer.content === undefined) {
      expect((body as Uint8Array).length).toBe(0);
    } else {
      const schema = (media === null ? undefined : answer.content[media])?.schema;
      if (json) {
        expect(schema, `${operationId}: ${media} is not documented`).toBeDefined();
        expect(this.violations(schema!, body), operationId).toEqual([]);
      }
    }
    this.seen.add(operationId);
    return { response, body };
  }

  /** A JSON call with a body. */
  send(
    operationId: string,
    method: string,
    path: string,
    expected: number,
    body: unknown,
    headers = {},
  ) {
    return this.call(operationId, path, expected, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  }

  private answer(operationId: string, status: number): Operation['responses'][string] {
    for (const methods of Object.values(this.document.paths)) {
      for (const operation of Object.values(methods)) {
        if (operation.operationId !== operationId) continue;
        const answer = operation.responses[String(status)] ?? operation.responses['default'];
        if (answer !== undefined) return answer;
      }
    }
    throw new Error(`there is no operation ${operationId}`);
  }

  private violations(schema: object, value: unknown): unknown[] {
    const [, errors] = Errors(this.resolved(schema) as never, value as never);
    return errors.map((error) => [error.instancePath, error.message]);
  }

  /** A schema with its references put in; none of them refers to itself. */
  resolved(schema: unknown): unknown {
    if (Array.isArray(schema)) return schema.map((entry) => this.resolved(entry));
    if (typeof schema !== 'object' || schema === null) return schema;
    const { $ref } = schema as { readonly $ref?: string };
    if ($ref !== undefined) {
      const name = $ref.replace('#/components/schemas/', '');
      const target = this.document.components.schemas[name];
      if (target === undefined) throw new Error(`${$ref} leads nowhere`);
      return this.resolved(target);
    }
    return Object.fromEntries(
      Object.entries(schema).map(([key, member]) => [key, this.resolved(member)]),
    );
  }
}
