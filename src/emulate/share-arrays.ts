import type { Program } from '../device/index.js';
import { Arena } from '../kernels/index.js';

type TypedArray = Float64Array | Int8Array | Int32Array;

/** Arrays that lie in arenas which several runs may come to, by their kind, length and first bytes. */
const SHARED = new WeakMap<Arena, Map<string, TypedArray[]>>();

const bytesOf = (array: TypedArray): Buffer =>
  Buffer.from(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength);

/** The same array as was put there for an earlier run, where there is one: an arena never gives room back. */
function shareOne(array: TypedArray, arena: Arena): TypedArray {
  if (Arena.holding(array) === arena) return array;
  if (!arena.holdsList) return copyInto(arena, array);
  const shared = SHARED.get(arena) ?? new Map<string, TypedArray[]>();
  SHARED.set(arena, shared);
  const bytes = bytesOf(array);
  const key = `${array.constructor.name} ${array.length} ${bytes.toString('latin1', 0, 64)}`;
  const alike = shared.get(key) ?? [];
  const known = alike.find((other) => bytesOf(other).equals(bytes));
  if (known !== undefined) return known;
  const copy = copyInto(arena, array);
  shared.set(key, [...alike, copy]);
  return copy;
}

function copyInto(arena: Arena, array: TypedArray): TypedArray {
  const copy =
    array instanceof Float64Array
      ? arena.float64(array.length)
      : array instanceof Int8Array
        ? arena.int8(array.length)
        : arena.int32(array.length);
  copy.set(array);
  return copy;
}

/** Where a program is to run: where its long list of couplings was read into, or a memory of its own. */
export function arenaOf({ couplings }: Program): Arena {
  const there = couplings.kind === 'dense' ? Arena.holding(couplings.data) : undefined;
  return there ?? Arena.create();
}

/**
 * A deep copy of a plain value with its typed arrays in an arena, so that it can be sent to any number of
 * worker threads without copying, and kernels can work on it. An array that stands in several places is shared once.
 */
export function shareArrays<T>(value: T, arena: Arena): T {
  const seen = new Map<object, unknown>();
  const visit = (node: unknown): unknown => {
    if (typeof node !== 'object' || node === null) return node;
    const known = seen.get(node);
    if (known !== undefined) return known;
    if (node instanceof Float64Array || node instanceof Int8Array || node instanceof Int32Array) {
      const shared = shareOne(node, arena);
      seen.set(node, shared);
      return shared;
    }
    if (Array.isArray(node)) {
      const list: unknown[] = [];
      seen.set(node, list);
      for (const entry of node) list.push(visit(entry));
      return list;
    }
    const record: Record<string, unknown> = {};
    seen.set(node, record);
    for (const [key, entry] of Object.entries(node)) record[key] = visit(entry);
    return record;
  };
  return visit(value) as T;
}
