import { webAssembly, type WasmMemory } from './web-assembly.js';

/**
 * The memory that kernels work in: one shared WebAssembly memory a run, seen by every worker thread and by every engine,
 * so that couplings exist once and nothing is copied between threads. An array in it is an ordinary typed array whose
 * `byteOffset` is its address.
 */

/** Constants of the WebAssembly module lie below; the arena keeps its own cells from here to {@link FIRST_FREE}. */
const CELLS = 0xf000;
const FIRST_FREE = 0x10000;
const PAGE = 0x10000;
/** Every array starts at a multiple of this: a cache line, and the widest vector. */
export const ALIGNMENT = 64;
/** Kernels may read so far behind an array (whole vectors, a row ahead), never write. */
const READ_AHEAD = 0x1000;
const MOST_BYTES = 0x1_0000_0000;

const CELL = { next: 0, lock: 1, entries: 2, mark: 3, users: 4 } as const;
const CELL_COUNT = 16;
const ENTRY_INTS = 4;
const MOST_ENTRIES = ((FIRST_FREE - CELLS) / 4 - CELL_COUNT) / ENTRY_INTS;
const ENTRY = { source: 0, form: 1, state: 2, place: 3 } as const;
/** Nobody has begun, or who had begun is gone. */
const OPEN = 0;
const READY = 1;
const FAILED = 2;
/** State of an entry that a user builds. */
const builtBy = (user: number): number => -1 - user;

/** Threads that can use an arena at once and find their working arrays again. */
const MOST_USERS = 1024;
/** Of a piece of working memory, before what it is for: the next piece's place, and its length, both in units. */
const PIECE = { next: 0, units: 1 } as const;

export type ArenaArray =
  | Int8Array<SharedArrayBuffer>
  | Uint8Array<SharedArrayBuffer>
  | Int16Array<SharedArrayBuffer>
  | Int32Array<SharedArrayBuffer>
  | Uint32Array<SharedArrayBuffer>
  | Float32Array<SharedArrayBuffer>
  | Float64Array<SharedArrayBuffer>;

/** What hands out arrays: an {@link Arena}, or a {@link Scratch} that takes them back all at once. */
export abstract class Allocator {
  /** @returns address of so many bytes, a multiple of {@link ALIGNMENT}; what is there is not defined but for an arena (0) */
  abstract allocate(bytes: number): number;
  protected abstract get buffer(): SharedArrayBuffer;

  int8(length: number): Int8Array<SharedArrayBuffer> {
    const at = this.allocate(length);
    return new Int8Array(this.buffer, at, length).fill(0);
  }
  uint8(length: number): Uint8Array<SharedArrayBuffer> {
    const at = this.allocate(length);
    return new Uint8Array(this.buffer, at, length).fill(0);
  }
  int16(length: number): Int16Array<SharedArrayBuffer> {
    const at = this.allocate(2 * length);
    return new Int16Array(this.buffer, at, length).fill(0);
  }
  int32(length: number): Int32Array<SharedArrayBuffer> {
    const at = this.allocate(4 * length);
    return new Int32Array(this.buffer, at, length).fill(0);
  }
  uint32(length: number): Uint32Array<SharedArrayBuffer> {
    const at = this.allocate(4 * length);
    return new Uint32Array(this.buffer, at, length).fill(0);
  }
  float32(length: number): Float32Array<SharedArrayBuffer> {
    const at = this.allocate(4 * length);
    return new Float32Array(this.buffer, at, length).fill(0);
  }
  float64(length: number): Float64Array<SharedArrayBuffer> {
    const at = this.allocate(8 * length);
    return new Float64Array(this.buffer, at, length).fill(0);
  }
}

/** Numbers the arenas that this thread has made. */
let made = 0;
/** Arenas that hold long lists which were read into them, by the memory's buffer as it was then. */
const HOLDERS = new WeakMap<ArrayBufferLike, Arena>();

/** A run's shared memory. Arrays are never given back before the memory itself is let go of. */
export class Arena extends Allocator {
  private readonly cells: Int32Array;
  /** Who works on it at the moment, of those who asked with {@link enter}; this thread's view. */
  private readonly users = new Set<number>();
  /** Whether a list was read into it: then more than one run may come to it. */
  holdsList = false;
  /** Who this thread is in it: a number from 1; 0: nobody in particular. */
  user = 0;

  /** @param memory made by {@link Arena.create}, possibly in another thread */
  constructor(readonly memory: WasmMemory) {
    super();
    this.cells = new Int32Array(memory.buffer, CELLS, CELL_COUNT + MOST_ENTRIES * ENTRY_INTS);
    Atomics.compareExchange(this.cells, CELL.next, 0, FIRST_FREE / ALIGNMENT);
  }

  static create(): Arena {
    const arena = new Arena(
      new webAssembly.Memory({
        initial: 2,
        maximum: MOST_BYTES / PAGE,
        shared: true,
      }),
    );
    Atomics.store(arena.cells, CELL.mark, ++made);
    return arena;
  }

  /**
   * All of it. What another thread has grown comes to this thread's buffer late, unless this one asks: without that, an array
   * that the other has made would lie beyond the end.
   */
  get buffer(): SharedArrayBuffer {
    if (this.memory.buffer.byteLength < this.used) this.memory.grow(0);
    return this.memory.buffer;
  }

  /** Whether this arena's memory is that one: a memory that is sent to a thread twice is two objects there. */
  isOn(memory: WasmMemory): boolean {
    const mark = new Int32Array(memory.buffer, CELLS, CELL_COUNT);
    return Atomics.load(mark, CELL.mark) === Atomics.load(this.cells, CELL.mark);
  }

  /** Bytes handed out so far, with what the module itself has. */
  get used(): number {
    return Atomics.load(this.cells, CELL.next) * ALIGNMENT;
  }

  /** The arena that a list was read into with {@link begin}; undefined: none. */
  static holding(list: { readonly buffer: ArrayBufferLike }): Arena | undefined {
    return HOLDERS.get(list.buffer);
  }

  /**
   * A list that grows to a length not known before, without a copy. Nothing else may be allocated meanwhile.
   * The list is the first user's program: a run on this arena takes it as it is.
   */
  begin(): { add(values: Float64Array): void; finish(): Float64Array<SharedArrayBuffer> } {
    const start = this.allocate(0);
    let length = 0;
    return {
      add: (values) => {
        const end = this.allocate(values.byteLength) + values.byteLength;
        const at = start + ALIGNMENT + 8 * length;
        if (end < at + values.byteLength) throw new Error('a list must grow in one piece');
        new Float64Array(this.buffer, at, values.length).set(values);
        length += values.length;
      },
      finish: () => {
        HOLDERS.set(this.buffer, this);
        this.holdsList = true;
        return new Float64Array(this.buffer, start + ALIGNMENT, length);
      },
    };
  }

  /** Safe from any thread. @throws RangeError where 4 GiB are not enough */
  allocate(bytes: number): number {
    const units = Math.max(1, Math.ceil(bytes / ALIGNMENT));
    const at = Atomics.add(this.cells, CELL.next, units) * ALIGNMENT;
    const end = at + units * ALIGNMENT;
    // Another thread may grow it meanwhile; then more than enough is there.
    const missing = end + READ_AHEAD - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE));
    return at;
  }

  /** The lowest number that nobody has: for a thread that is to work on it until {@link leave}. Call it in one thread only. */
  enter(): number {
    let user = 1;
    while (this.users.has(user)) user++;
    this.users.add(user);
    return user;
  }

  /** A user is gone, and may have been stopped at any point: what it had begun is open again. */
  leave(user: number): void {
    this.users.delete(user);
    const { cells } = this;
    if (Atomics.compareExchange(cells, CELL.lock, user, 0) === user) {
      Atomics.notify(cells, CELL.lock);
    }
    const count = Atomics.load(cells, CELL.entries);
    for (let k = 0; k < count; k++) {
      const at = CELL_COUNT + k * ENTRY_INTS;
      const state = at + ENTRY.state;
      const found = Atomics.compareExchange(cells, state, builtBy(user), OPEN);
      if (found === builtBy(user)) Atomics.notify(cells, state);
    }
  }

  /**
   * An array made from another one, once for all threads: the first who asks builds it, the others wait for it.
   * @param source what it is made from, in this arena
   * @param form number of the form; the same source in the same form is the same array
   * @param build allocates it in this arena, fills it and answers with its address
   */
  derived(source: ArenaArray, form: number, build: () => number): number {
    const { cells } = this;
    const entry = this.entryOf(source.byteOffset / ALIGNMENT, form);
    const state = entry + ENTRY.state;
    for (;;) {
      const found = Atomics.compareExchange(cells, state, OPEN, builtBy(this.user));
      if (found === READY) return (cells[entry + ENTRY.place]! >>> 0) * ALIGNMENT;
      if (found === FAILED) {
        throw new Error('another thread could not make an array that both need');
      }
      if (found === OPEN) break;
      Atomics.wait(cells, state, found);
    }
    try {
      const at = build();
      cells[entry + ENTRY.place] = at / ALIGNMENT;
      Atomics.store(cells, state, READY);
      return at;
    } catch (error) {
      Atomics.store(cells, state, FAILED);
      throw error;
    } finally {
      Atomics.notify(cells, state);
    }
  }

  private entryOf(source: number, form: number): number {
    return this.alone(() => {
      const { cells } = this;
      const count = cells[CELL.entries]!;
      for (let k = 0; k < count; k++) {
        const at = CELL_COUNT + k * ENTRY_INTS;
        if (cells[at + ENTRY.source] === source && cells[at + ENTRY.form] === form) return at;
      }
      if (count === MOST_ENTRIES) throw new RangeError('too many derived arrays in one run');
      const at = CELL_COUNT + count * ENTRY_INTS;
      cells[at + ENTRY.source] = source;
      cells[at + ENTRY.form] = form;
      Atomics.store(cells, at + ENTRY.state, OPEN);
      Atomics.store(cells, CELL.entries, count + 1);
      return at;
    });
  }

  /** The cell with the place of a user's first piece of working memory; null: for such a user there is none. */
  pieceCell(user: number): { readonly cells: Int32Array; readonly at: number } | null {
    if (user < 1 || user > MOST_USERS) return null;
    const { cells } = this;
    const table = this.alone(() => {
      if (cells[CELL.users] === 0) cells[CELL.users] = this.allocate(4 * MOST_USERS) / ALIGNMENT;
      return cells[CELL.users]! * ALIGNMENT;
    });
    return { cells: new Int32Array(this.buffer, table, MOST_USERS), at: user - 1 };
  }

  /**
   * Another arena, empty, on this one's memory: for one run after another, where to get and to grow a memory takes longer than
   * a run. In one thread; nobody may use this one or anything of it any more.
   */
  renewed(): Arena {
    if (this.holdsList || this.users.size > 0) throw new Error('a memory that is in use');
    const { cells, buffer, used } = this;
    new Uint8Array(buffer, FIRST_FREE, used - FIRST_FREE).fill(0);
    cells.fill(0);
    const arena = new Arena(this.memory);
    Atomics.store(arena.cells, CELL.mark, ++made);
    return arena;
  }

  /** Does something while no other thread does anything of the kind. */
  private alone<T>(work: () => T): T {
    const { cells } = this;
    const holder = this.user === 0 ? -1 : this.user;
    while (Atomics.compareExchange(cells, CELL.lock, 0, holder) !== 0) {
      Atomics.wait(cells, CELL.lock, Atomics.load(cells, CELL.lock), 10);
    }
    try {
      return work();
    } finally {
      Atomics.store(cells, CELL.lock, 0);
      Atomics.notify(cells, CELL.lock);
    }
  }
}

const CHUNK = 1 << 20;

/** One thread's working arrays: handed out until {@link reset}, then handed out again. */
export class Scratch extends Allocator {
  private readonly chunks: { readonly at: number; readonly bytes: number }[] = [];
  /** Where the next piece is to be noted, so that who comes after this user takes it over; null: nowhere. */
  private last: { readonly cells: Int32Array; readonly at: number } | null;
  private chunk = 0;
  private filled = 0;

  /** It goes on with what the arena's user of this number had, who is gone. */
  constructor(private readonly arena: Arena) {
    super();
    this.last = arena.pieceCell(arena.user);
    while (this.last !== null && this.last.cells[this.last.at] !== 0) {
      const at = (this.last.cells[this.last.at]! >>> 0) * ALIGNMENT;
      const header = new Int32Array(arena.buffer, at, ALIGNMENT / 4);
      this.keep(at, (header[PIECE.units]! >>> 0) * ALIGNMENT);
      this.last = { cells: header, at: PIECE.next };
    }
  }

  private keep(piece: number, bytes: number): void {
    this.chunks.push({ at: piece + ALIGNMENT, bytes });
  }

  private extend(bytes: number): void {
    const piece = this.arena.allocate(ALIGNMENT + bytes);
    this.keep(piece, bytes);
    if (this.last === null) return;
    const header = new Int32Array(this.arena.buffer, piece, ALIGNMENT / 4);
    header[PIECE.next] = 0;
    header[PIECE.units] = bytes / ALIGNMENT;
    Atomics.store(this.last.cells, this.last.at, piece / ALIGNMENT);
    this.last = { cells: header, at: PIECE.next };
  }

  protected get buffer(): SharedArrayBuffer {
    return this.arena.buffer;
  }

  allocate(bytes: number): number {
    const whole = Math.max(1, Math.ceil(bytes / ALIGNMENT)) * ALIGNMENT;
    for (; this.chunk < this.chunks.length; this.chunk++, this.filled = 0) {
      const { at, bytes: size } = this.chunks[this.chunk]!;
      if (this.filled + whole > size) continue;
      this.filled += whole;
      return at + this.filled - whole;
    }
    const size = Math.max(CHUNK, whole);
    this.extend(size);
    this.filled = whole;
    return this.chunks[this.chunk]!.at;
  }

  /** Everything handed out so far may be handed out again: nobody may use it any more. */
  reset(): void {
    this.chunk = 0;
    this.filled = 0;
  }
}
