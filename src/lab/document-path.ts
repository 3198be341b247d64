/** A place in a document: names of members and numbers of entries, `program.drives[0].pattern`. */
export type DocumentPath = readonly (string | number)[];

const STEP = /(?:^|\.)([A-Za-z_][A-Za-z0-9_]*)|\[(\d{1,9})\]/y;
/** These lead out of the document, or make it something else than one. */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/** null: the text is no path. */
export function readPath(text: string): DocumentPath | null {
  if (text.startsWith('.')) return null;
  const path: (string | number)[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < text.length) {
    const match = STEP.exec(text);
    if (match === null) return null;
    const [, name, number] = match;
    if (name !== undefined && FORBIDDEN.has(name)) return null;
    path.push(name ?? Number(number));
  }
  return path.length === 0 || typeof path[0] === 'number' ? null : path;
}

/**
 * A document with another value at a place; what is not on the way there is shared with the document that was given. Objects on the
 * way that are not there are made, entries of lists are not.
 *
 * @returns undefined where there is no such place: a list is too short, or something on the way is neither object nor list
 */
export function withValueAt(document: unknown, path: DocumentPath, value: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  if (typeof first === 'number') {
    if (!Array.isArray(document) || first >= document.length) return undefined;
    const entry = withValueAt(document[first], rest, value);
    return entry === undefined && rest.length > 0 ? undefined : document.with(first, entry);
  }
  const parent = document ?? {};
  if (typeof parent !== 'object' || Array.isArray(parent)) return undefined;
  const member = withValueAt((parent as Record<string, unknown>)[first], rest, value);
  return member === undefined && rest.length > 0 ? undefined : { ...parent, [first]: member };
}

/** The value at a place; undefined: there is none. */
export function valueAt(document: unknown, path: DocumentPath): unknown {
  let value = document;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}
