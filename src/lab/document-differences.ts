import { isTypedList, shownValue } from '../core/index.js';

/** One place in which two documents differ. */
export interface Difference {
  readonly path: string;
  /** As each has it, shortened where it is long; undefined where one does not have it. */
  readonly a?: unknown;
  readonly b?: unknown;
  /** Of lists: how many entries differ, and by how much at most. */
  readonly note?: string;
}

const MOST_DIFFERENCES = 200;
/** Lists up to this length are shown whole. */
const SHOWN_ENTRIES = 6;
/** Objects of so few plain members are, too: a value and its unit. */
const SHOWN_MEMBERS = 3;

/** Where two documents differ, at most 200 places. A member that is null is as good as left out. */
export function documentDifferences(a: unknown, b: unknown, path = ''): Difference[] {
  const found: Difference[] = [];
  walk(a, b, path, found);
  return found;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isTypedList(value);
const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || isTypedList(value);

function walk(a: unknown, b: unknown, path: string, found: Difference[]): void {
  if (found.length >= MOST_DIFFERENCES || same(a, b)) return;
  if (isObject(a) && isObject(b)) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      walk(a[key], b[key], path === '' ? key : `${path}.${key}`, found);
    }
  } else if (isList(a) && isList(b)) walkLists(a, b, path, found);
  else {
    found.push({
      path,
      ...(a === undefined ? {} : { a: shown(a) }),
      ...(b === undefined ? {} : { b: shown(b) }),
    });
  }
}

const same = (a: unknown, b: unknown): boolean =>
  Object.is(a, b) || ((a ?? null) === null && (b ?? null) === null);

function walkLists(
  a: ArrayLike<unknown>,
  b: ArrayLike<unknown>,
  path: string,
  found: Difference[],
): void {
  if (a.length !== b.length) {
    found.push({ path, a: shown(a), b: shown(b), note: `${a.length} and ${b.length} entries` });
    return;
  }
  if (a.length <= SHOWN_ENTRIES || typeof a[0] === 'object') {
    const own: Difference[] = [];
    for (let i = 0; i < a.length; i++) walk(a[i], b[i], `${path}[${i}]`, own);
    if (own.length <= SHOWN_ENTRIES) found.push(...own);
    else {
      const entries = new Set(own.map((one) => one.path.slice(path.length).split(']', 1)[0]));
      const note = `${entries.size} of ${a.length} entries differ`;
      found.push({ path, a: shown(a), b: shown(b), note });
    }
    return;
  }
  let count = 0;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i], b[i]];
    if (same(x, y)) continue;
    count++;
    if (typeof x === 'number' && typeof y === 'number') {
      largest = Math.max(largest, Math.abs(x - y));
    }
  }
  if (count === 0) return;
  const by = largest > 0 ? `, by at most ${Number(largest.toPrecision(4))}` : '';
  found.push({
    path,
    a: shown(a),
    b: shown(b),
    note: `${count} of ${a.length} entries differ${by}`,
  });
}

function shown(value: unknown): unknown {
  if (isList(value) && value.length <= SHOWN_ENTRIES && Array.from(value).every(isPlain)) {
    return Array.from(value);
  }
  if (isObject(value) && Object.keys(value).length <= SHOWN_MEMBERS) {
    const members = Object.entries(value);
    if (members.every(([, member]) => isPlain(member))) return Object.fromEntries(members);
  }
  return shownValue(value);
}
const isPlain = (value: unknown): boolean => typeof value !== 'object' || value === null;
