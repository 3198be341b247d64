import { readdirSync } from 'node:fs';
import { getHeapSpaceStatistics } from 'node:v8';

/** What a process holds, after its garbage has been collected. */
export interface ProcessMemory {
  /** Heap and buffers, bytes. */
  readonly bytes: number;
  /** Bytes of each space of the heap, and of what lies outside it. */
  readonly spaces: Readonly<Record<string, number>>;
  /** What the system has given it, bytes: with what is free in it. */
  readonly resident: number;
  /** Open files, or −1 where the system does not say; and {@link openHandles}. */
  readonly files: number;
  readonly handles: number;
}

/**
 * For a process whose memory is measured. Optimised code is made anew for hours, and feedback and bytecode come and go with it: none of
 * that is what a program keeps, and all of it would hide 100 bytes a run.
 */
export const MEASURED_PROCESS: readonly string[] = [
  '--expose-gc',
  '--no-opt',
  '--no-sparkplug',
  '--no-lazy-feedback-allocation',
  '--no-flush-bytecode',
];

/** Readings, so far apart, of which the least is taken: pages that are not swept yet count as full, 256 KiB at a time. */
const TRIES = 6;
const APART_MS = 30;

/** @throws Error where the process was started without {@link MEASURED_PROCESS} */
export async function processMemory(): Promise<ProcessMemory> {
  let least = await readMemory();
  for (let k = 1; k < TRIES; k++) {
    await new Promise((resolve) => setTimeout(resolve, APART_MS));
    const next = await readMemory();
    if (next.bytes < least.bytes) least = next;
  }
  return least;
}

async function readMemory(): Promise<ProcessMemory> {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('the process was started without --expose-gc');
  // What one collection finds the next one frees.
  for (let k = 0; k < 3; k++) {
    void gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  const spaces: Record<string, number> = { external };
  for (const { space_name: name, space_used_size: used } of getHeapSpaceStatistics()) {
    spaces[name] = used;
  }
  return {
    bytes: heapUsed + external,
    spaces,
    resident: rss,
    files: openFiles(),
    handles: openHandles().length,
  };
}

/** What is under way for a moment only. */
const REQUESTS = /^(Timeout|Immediate|FSReq.*|.*(Write|Connect|Shutdown|Request)Wrap)$/;

/** What keeps the process alive: sockets, pipes, children; not timers, and not what is read or written just now. */
export const openHandles = (): readonly string[] =>
  process
    .getActiveResourcesInfo()
    .filter((of) => !REQUESTS.test(of))
    .sort();

/** −1 where the system does not say. */
export function openFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return -1;
  }
}

/** How a process fared. */
export interface Endurance {
  /** Of the second half: heap and buffers; each space of the heap; what the system has given. */
  readonly slope: Slope;
  readonly spaces: Readonly<Record<string, Slope>>;
  readonly resident: Slope;
  readonly isFlat: boolean;
  /** Most of them in the first and in the second half. */
  readonly files: readonly [number, number];
  readonly handles: readonly [number, number];
}

/** Growth over the whole second half that is not told from none, bytes. */
export const GROWTH_SLACK = 256 << 10;

/** What was measured, in memory that is taken at the beginning: a list would itself be what grows. */
export class MemoryLog {
  private readonly columns = new Map<string, Float64Array>();
  private taken = 0;

  /** @param most samples */
  constructor(private readonly most: number) {}

  get samples(): number {
    return this.taken;
  }

  add(ms: number, { bytes, spaces, resident, files, handles }: ProcessMemory): void {
    const of = { ms, bytes, resident, files, handles };
    for (const name in of) this.column(name)[this.taken] = of[name as keyof typeof of];
    for (const name in spaces) this.column(`space ${name}`)[this.taken] = spaces[name]!;
    this.taken++;
  }

  endurance(): Endurance {
    const half = Math.floor(this.taken / 2);
    const second = (name: string): Float64Array => this.column(name).subarray(half, this.taken);
    const hours = second('ms').map((ms) => ms / 3_600_000);
    const slope = slopeOf(hours, second('bytes'));
    const most = (name: string): [number, number] => [
      Math.max(...this.column(name).subarray(0, half)),
      Math.max(...second(name)),
    ];
    const names = [...this.columns.keys()].filter((name) => name.startsWith('space '));
    return {
      slope,
      spaces: Object.fromEntries(
        names.map((name) => [name.slice(6), slopeOf(hours, second(name))]),
      ),
      resident: slopeOf(hours, second('resident')),
      isFlat:
        slope.perHour - slope.within <= 0 ||
        slope.perHour * (hours.at(-1)! - hours[0]!) < GROWTH_SLACK,
      files: most('files'),
      handles: most('handles'),
    };
  }

  private column(name: string): Float64Array {
    let column = this.columns.get(name);
    if (column === undefined) this.columns.set(name, (column = new Float64Array(this.most)));
    return column;
  }
}

/** Slope of a straight line, bytes an hour, and the half width of its interval of 95 %. */
export interface Slope {
  readonly perHour: number;
  readonly within: number;
}

/**
 * Least squares. Neighbouring residuals are alike where memory comes and goes in steps: the interval is wider by what their
 * correlation leaves of the number of independent ones.
 */
export function slopeOf(hours: Float64Array, bytes: Float64Array): Slope {
  const n = hours.length;
  const mean = (of: Float64Array): number => of.reduce((sum, one) => sum + one, 0) / n;
  const [t, y] = [mean(hours), mean(bytes)];
  let tt = 0;
  let ty = 0;
  for (let k = 0; k < n; k++) {
    tt += (hours[k]! - t) ** 2;
    ty += (hours[k]! - t) * (bytes[k]! - y);
  }
  const perHour = ty / tt;
  const residuals = bytes.map((one, k) => one - y - perHour * (hours[k]! - t));
  const squares = residuals.reduce((sum, one) => sum + one ** 2, 0);
  let products = 0;
  for (let k = 1; k < n; k++) products += residuals[k]! * residuals[k - 1]!;
  const correlation = squares === 0 ? 0 : Math.min(0.95, Math.max(0, products / squares));
  const independent = Math.sqrt((1 + correlation) / (1 - correlation));
  // Student's t for 95 % and at least 28 degrees of freedom is at most 2.05.
  return { perHour, within: 2.05 * independent * Math.sqrt(squares / (n - 2) / tt) };
}
