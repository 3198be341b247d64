import { readFileSync } from 'node:fs';
import { RandomStream, type Timeline } from '../src/core/index.js';
import type { AnalogPart } from './analog-part.js';
import type { FaultyAnalog } from './faulty-analog.js';
import { FAULT } from './fault-latch.js';
import type { Firmware } from './firmware.js';
import type { FaultyPort, LineFaultCounts, LineRates } from './line-faults.js';

/** What can be made to go wrong: firmware-sim/README.md, section Faults. */
export type BoardFault =
  | { readonly fault: 'line'; readonly toBoard?: LineRates; readonly toHost?: LineRates }
  | { readonly fault: 'brown-out' | 'watchdog' | 'crash' | 'pin' | 'power-cycle' }
  /** Without `ms`: until the next power cycle. */
  | { readonly fault: 'hang'; readonly ms?: number }
  /** Without `value`: it follows again. */
  | {
      readonly fault: 'stuck-coupling';
      readonly i: number;
      readonly j: number;
      readonly value?: number;
      readonly silent?: boolean;
    }
  /** Without `limitCode`: as the part is. */
  | { readonly fault: 'adc-saturation'; readonly limitCode?: number }
  | { readonly fault: 'sample-overflow'; readonly rows: number }
  | { readonly fault: 'wrong-board'; readonly serial: string }
  /** Without `ms`: for good. With `serial`: another board is on the cable afterwards. */
  | { readonly fault: 'unplug'; readonly ms?: number; readonly serial?: string }
  | { readonly fault: 'plug-in' }
  | { readonly fault: 'slow-clock'; readonly ppm: number }
  | { readonly fault: 'firmware-version'; readonly major: number }
  | { readonly fault: 'interlock' | 'emergency-stop' | 'rail'; readonly holds: boolean };

export interface FaultSchedule {
  readonly version: 1;
  readonly seed: number;
  readonly line?: { readonly toBoard?: LineRates; readonly toHost?: LineRates };
  /** Times from the start, ms. */
  readonly events?: readonly (BoardFault & { readonly atMs: number })[];
}

/** What faults are done to. */
export interface FaultTarget {
  readonly timeline: Timeline;
  readonly firmware: Firmware;
  readonly analog: FaultyAnalog;
  readonly line: FaultyPort;
  readonly cable: { unplug(): void; plugIn(): void };
  /** The circuit of another board. */
  readonly circuit: (serial: string) => AnalogPart;
}

const NAMES = [
  'line',
  'brown-out',
  'watchdog',
  'crash',
  'pin',
  'power-cycle',
  'hang',
  'stuck-coupling',
  'adc-saturation',
  'sample-overflow',
  'wrong-board',
  'unplug',
  'plug-in',
  'slow-clock',
  'firmware-version',
  'interlock',
  'emergency-stop',
  'rail',
] as const satisfies readonly BoardFault['fault'][];

const INPUTS = {
  interlock: { bits: FAULT.interlock, cause: 'the interlock is open' },
  'emergency-stop': { bits: FAULT.emergencyStop, cause: 'emergency stop' },
  rail: { bits: FAULT.rail, cause: 'a supply rail is out of its limits' },
} as const;

/** Makes faults happen. */
export class FaultPanel {
  /** Of what is to come. */
  private readonly cancels = new Set<() => void>();

  constructor(private readonly target: FaultTarget) {}

  schedule({ line, events = [] }: FaultSchedule): void {
    if (line !== undefined) this.make({ fault: 'line', ...line });
    for (const { atMs, ...fault } of events) this.later(atMs, () => this.make(fault));
  }

  make(fault: BoardFault): void {
    const { firmware, analog, line, cable } = this.target;
    switch (fault.fault) {
      case 'line':
        if (fault.toBoard !== undefined) line.toBoard.setRates(fault.toBoard);
        if (fault.toHost !== undefined) line.toHost.setRates(fault.toHost);
        return;
      case 'brown-out':
      case 'watchdog':
      case 'crash':
      case 'pin':
        firmware.powerCycle(fault.fault);
        return;
      case 'power-cycle':
        firmware.powerCycle('power-on');
        return;
      case 'hang':
        firmware.hang(fault.ms ?? null);
        return;
      case 'stuck-coupling': {
        const { i, j, value, silent = false } = fault;
        if (value === undefined) analog.release(i, j);
        else analog.stick({ i, j, value, silent });
        return;
      }
      case 'adc-saturation':
        analog.saturate(fault.limitCode ?? null);
        return;
      case 'sample-overflow':
        firmware.overflowSamples(fault.rows);
        return;
      case 'wrong-board':
        this.swap(fault.serial);
        return;
      case 'unplug':
        cable.unplug();
        if (fault.serial !== undefined) this.swap(fault.serial);
        if (fault.ms !== undefined) this.later(fault.ms, () => cable.plugIn());
        return;
      case 'plug-in':
        cable.plugIn();
        return;
      case 'slow-clock':
        firmware.setClockPpm(fault.ppm);
        return;
      case 'firmware-version':
        firmware.flash(fault.major);
        return;
      case 'interlock':
      case 'emergency-stop':
      case 'rail': {
        const { bits, cause } = INPUTS[fault.fault];
        firmware.setInput(bits, fault.holds, cause);
      }
    }
  }

  counts(): { toBoard: LineFaultCounts; toHost: LineFaultCounts } {
    const { toBoard, toHost } = this.target.line;
    return { toBoard: toBoard.counts, toHost: toHost.counts };
  }

  close(): void {
    for (const cancel of this.cancels) cancel();
  }

  private later(delayMs: number, happen: () => void): void {
    const cancel = this.target.timeline.after(delayMs, () => {
      this.cancels.delete(cancel);
      happen();
    });
    this.cancels.add(cancel);
  }

  private swap(serial: string): void {
    const { analog, circuit, firmware } = this.target;
    analog.replace(circuit(serial));
    firmware.swap(serial);
  }
}

/** @throws Error where what is asked for is no fault, with what is wrong */
export function readFault(value: unknown): BoardFault {
  const fault = record(value, 'a fault');
  const name = fault.fault as BoardFault['fault'];
  if (!NAMES.includes(name)) {
    throw new Error(`fault ${JSON.stringify(fault.fault)}: one of ${NAMES.join(', ')}`);
  }
  const need = (key: string, type: string): void => {
    if (typeof fault[key] !== type) throw new Error(`fault ${name}: ${key} must be a ${type}`);
  };
  const may = (key: string, type: string): void => {
    if (fault[key] !== undefined) need(key, type);
  };
  switch (name) {
    case 'line':
      if (fault.toBoard !== undefined) readRates(fault.toBoard);
      if (fault.toHost !== undefined) readRates(fault.toHost);
      break;
    case 'hang':
      may('ms', 'number');
      break;
    case 'stuck-coupling':
      need('i', 'number');
      need('j', 'number');
      may('value', 'number');
      may('silent', 'boolean');
      break;
    case 'adc-saturation':
      may('limitCode', 'number');
      break;
    case 'sample-overflow':
      need('rows', 'number');
      break;
    case 'wrong-board':
      need('serial', 'string');
      break;
    case 'unplug':
      may('ms', 'number');
      may('serial', 'string');
      break;
    case 'slow-clock':
      need('ppm', 'number');
      break;
    case 'firmware-version':
      need('major', 'number');
      break;
    case 'interlock':
    case 'emergency-stop':
    case 'rail':
      need('holds', 'boolean');
      break;
    default:
  }
  return fault as unknown as BoardFault;
}

const RATES = ['drop', 'flip', 'duplicate', 'insert', 'split', 'reorder', 'lostAcks'];

function readRates(value: unknown): void {
  const rates = record(value, 'rates');
  for (const [key, rate] of Object.entries(rates)) {
    if (RATES.includes(key)) probability(key, rate);
    else if (key === 'burst') {
      const burst = record(rate, key);
      probability('burst.rate', burst.rate);
      if (!(Number.isInteger(burst.bytes) && (burst.bytes as number) > 0)) {
        throw new Error('burst.bytes must be a whole number above 0');
      }
      if (burst.kind !== 'drop' && burst.kind !== 'flip') {
        throw new Error('burst.kind: drop or flip');
      }
    } else if (key === 'delay') {
      const delay = record(rate, key);
      probability('delay.rate', delay.rate);
      if (!((delay.ms as number) >= 0)) throw new Error('delay.ms must be a number of 0 or more');
    } else throw new Error(`rate ${key}: one of ${RATES.join(', ')}, burst, delay`);
  }
}

function probability(name: string, value: unknown): void {
  if (typeof value === 'number' && value >= 0 && value <= 1) return;
  throw new Error(`${name} must be a number from 0 to 1`);
}

function record(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new Error(`${what} must be an object`);
}

/** @param text JSON of a schedule; @throws Error with what is wrong */
export function readFaultSchedule(text: string): FaultSchedule {
  const file = record(JSON.parse(text), 'a fault schedule');
  if (file.version !== 1) throw new Error('version must be 1');
  if (!Number.isSafeInteger(file.seed)) throw new Error('seed must be a whole number');
  if (file.line !== undefined) readFault({ ...record(file.line, 'line'), fault: 'line' });
  const events = file.events ?? [];
  if (!Array.isArray(events)) throw new Error('events must be a list');
  for (const event of events as unknown[]) {
    readFault(event);
    if (typeof record(event, 'an event').atMs !== 'number')
      throw new Error('atMs must be a number');
  }
  return file as unknown as FaultSchedule;
}

/** A schedule from a number: line faults of up to 0.3 % of the bytes, and five events within a minute. */
export function faultsFromSeed(seed: number): FaultSchedule {
  const random = RandomStream.of(seed, 'disorder', 3);
  // From 1e-5 to 3e-3, evenly in the logarithm.
  const rate = (): number => 1e-5 * 300 ** random.uniform();
  const rates = (): LineRates => ({
    drop: rate(),
    flip: rate(),
    duplicate: rate(),
    insert: rate(),
    burst: { rate: rate() / 100, bytes: 10 + random.integer(500), kind: 'flip' },
    split: random.uniform(),
    delay: { rate: 0.01, ms: 1 + random.integer(50) },
    lostAcks: 0.05 * random.uniform(),
  });
  const kinds: (() => BoardFault)[] = [
    () => ({ fault: 'brown-out' }),
    () => ({ fault: 'hang', ms: 200 + random.integer(5000) }),
    () => ({ fault: 'sample-overflow', rows: 1 + random.integer(500) }),
    () => ({ fault: 'slow-clock', ppm: -2000 * random.uniform() }),
    () => ({ fault: 'unplug', ms: 100 + random.integer(4000) }),
    () => ({ fault: 'watchdog' }),
  ];
  const events = Array.from({ length: 5 }, () => ({
    ...kinds[random.integer(kinds.length)]!(),
    atMs: random.integer(60_000),
  })).sort((a, b) => a.atMs - b.atMs);
  return { version: 1, seed, line: { toBoard: rates(), toHost: rates() }, events };
}

/** @param source a seed, or the path of a file. @throws Error with what is wrong */
export function loadFaults(source: string): FaultSchedule {
  if (/^\d+$/.test(source)) return faultsFromSeed(Number(source));
  try {
    return readFaultSchedule(readFileSync(source, 'utf8'));
  } catch (error) {
    throw new Error(`${source}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
