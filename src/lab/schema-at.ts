import type { TSchema } from 'typebox';
import type { DocumentPath } from './document-path.js';

interface Schema {
  readonly type?: string;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema | readonly Schema[];
}

/** What a schema says of a place in its documents. */
export type SchemaAt =
  | { readonly schema: TSchema }
  /** The schema leaves it open what is there. */
  | 'open'
  /** There is no such place: how far the path leads, and what is known there. */
  | { readonly depth: number; readonly known: readonly string[] };

export function schemaAt(schema: TSchema, path: DocumentPath): SchemaAt {
  let at: Schema = schema;
  for (const [depth, step] of path.entries()) {
    const next = member(at, step);
    if (next === null) return { depth, known: known(at) };
    if (next === 'open') return 'open';
    at = next;
  }
  return { schema: at };
}

/** null: it has no such member. */
function member(schema: Schema, step: string | number): Schema | 'open' | null {
  if (schema.anyOf !== undefined) {
    const found = schema.anyOf.map((branch) => member(branch, step)).filter((at) => at !== null);
    const schemas = found.filter((at) => at !== 'open');
    if (found.length > schemas.length) return 'open';
    const [only, second] = schemas;
    if (only === undefined) return null;
    return second === undefined ? only : { anyOf: schemas };
  }
  if (typeof step === 'number') {
    if (schema.type === undefined) return 'open';
    if (schema.type !== 'array') return null;
    const { items } = schema;
    if (items === undefined) return 'open';
    return Array.isArray(items) ? ((items as readonly Schema[])[step] ?? null) : (items as Schema);
  }
  if (schema.type === undefined) return 'open';
  if (schema.type !== 'object') return null;
  const own = schema.properties;
  if (own !== undefined && Object.hasOwn(own, step)) return own[step]!;
  const [pattern] = Object.values(schema.patternProperties ?? {});
  if (pattern !== undefined) return pattern;
  const { additionalProperties } = schema;
  if (additionalProperties === false) return null;
  return typeof additionalProperties === 'object' ? additionalProperties : 'open';
}

function known(schema: Schema): string[] {
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.flatMap(known))];
  return Object.keys(schema.properties ?? {});
}
