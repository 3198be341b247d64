import {
  addRow,
  compiledRowProducts,
  scaleRow,
  type Arena,
  type Engine,
  type Scratch,
} from '../../kernels/index.js';
import { plainArrays, rowProducts, type ModelArrays } from '../../model/index.js';

/**
 * A model's arrays in an engine's memory: what follows from the program's once for all, its own in this thread's scratch.
 * @param own where its own arrays are to be, if not there
 */
export function engineArrays(engine: Engine, own: Scratch | Arena = engine.scratch): ModelArrays {
  const { arena } = engine;
  return {
    int8: (length) => own.int8(length),
    int16: (length) => own.int16(length),
    int32: (length) => own.int32(length),
    float32: (length) => own.float32(length),
    float64: (length) => own.float64(length),
    derived: (source, form, type, length, fill) => {
      if (!inArena(source)) {
        const out = own[type](length);
        fill(out);
        return out;
      }
      const view = {
        int8: (at: number) => new Int8Array(arena.buffer, at, length),
        int16: (at: number) => new Int16Array(arena.buffer, at, length),
        float32: (at: number) => new Float32Array(arena.buffer, at, length),
        float64: (at: number) => new Float64Array(arena.buffer, at, length),
      }[type];
      const place = arena.derived(source as Float64Array<SharedArrayBuffer>, form, () => {
        const out = arena[type](length);
        fill(out);
        return out.byteOffset;
      });
      return view(place);
    },
    products: (rows, stride, state, out) => {
      if (!inArena(rows) || !compiledRowProducts(engine, rows, stride, state, out)) {
        rowProducts(rows, stride, state, out);
      }
    },
    addRow: (y, rows, from, count, factor) => {
      if (inArena(rows)) addRow(engine, y, rows, from, count, factor);
      else plainArrays.addRow(y, rows, from, count, factor);
    },
    scale: (y, factor) => scaleRow(engine, y, factor),
  };
}

/** Arrays of a program that is run lie in its arena; a test may hand over ordinary ones. */
const inArena = (array: { readonly buffer: ArrayBufferLike }): boolean =>
  array.buffer instanceof SharedArrayBuffer;
