import type { Engine } from '../../kernels/index.js';
import { rowProducts, type ModelArrays } from '../../model/index.js';

/** A model's arrays in an engine's memory: its own in this thread's scratch, what follows from the program's once for all. */
export function engineArrays({ arena, scratch }: Engine): ModelArrays {
  return {
    int8: (length) => scratch.int8(length),
    int16: (length) => scratch.int16(length),
    int32: (length) => scratch.int32(length),
    float32: (length) => scratch.float32(length),
    float64: (length) => scratch.float64(length),
    derived: (source, form, type, length, fill) => {
      if (!(source.buffer instanceof SharedArrayBuffer)) {
        const out = scratch[type](length);
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
    products: rowProducts,
  };
}
