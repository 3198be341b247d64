import type { RandomStream, Timeline } from '../src/core/index.js';
import type { BoardPort } from './board-port.js';
import { decodeFrame, FRAME } from './frame.js';

/** What happens to bytes in one direction. Rates are probabilities, 0 where they are left out. */
export interface LineRates {
  /** Of each byte. */
  readonly drop?: number;
  readonly flip?: number;
  readonly duplicate?: number;
  /** Before each byte: another one that nobody sent. */
  readonly insert?: number;
  /** At each byte a burst begins. */
  readonly burst?: {
    readonly rate: number;
    readonly bytes: number;
    readonly kind: 'drop' | 'flip';
  };
  /** Of each piece as it was written. */
  readonly split?: number;
  readonly delay?: { readonly rate: number; readonly ms: number };
  /** It comes after the next piece, or 20 ms later where none comes. */
  readonly reorder?: number;
  /** Of each frame ACK. */
  readonly lostAcks?: number;
}

export interface LineFaultCounts {
  dropped: number;
  flipped: number;
  duplicated: number;
  inserted: number;
  bursts: number;
  split: number;
  delayed: number;
  reordered: number;
  lostAcks: number;
}

type ByteFault = 'drop' | 'flip' | 'duplicate' | 'insert' | 'burst';
const BYTE_FAULTS: readonly ByteFault[] = ['drop', 'flip', 'duplicate', 'insert', 'burst'];
const REORDER_MS = 20;
/** A frame of the longest payload and more. */
const LONGEST_FRAME = 4096;

/** One direction of a line with faults. The same seed, rates and pieces give the same faults. */
export class LineFaults {
  readonly counts: LineFaultCounts = {
    dropped: 0,
    flipped: 0,
    duplicated: 0,
    inserted: 0,
    bursts: 0,
    split: 0,
    delayed: 0,
    reordered: 0,
    lostAcks: 0,
  };
  private rates: LineRates = {};
  private byteRate = 0;
  /** Bytes until the next fault. */
  private gap = Infinity;
  private burstLeft = 0;
  private heldBack: Uint8Array | null = null;
  private freeAtMs = 0;
  private frame: number[] = [];

  constructor(
    private readonly timeline: Timeline,
    private readonly random: RandomStream,
    private readonly sink: (bytes: Uint8Array) => void,
  ) {}

  setRates(rates: LineRates): void {
    this.rates = rates;
    this.byteRate = BYTE_FAULTS.reduce((sum, fault) => sum + this.rateOf(fault), 0);
    this.gap = this.drawGap();
    this.burstLeft = 0;
  }

  push(bytes: Uint8Array): void {
    const acked = (this.rates.lostAcks ?? 0) > 0 ? this.withoutAcks(bytes) : bytes;
    const spoilt = this.byteRate > 0 || this.burstLeft > 0 ? this.spoil(acked) : acked;
    if (spoilt.length === 0) return;
    if (spoilt.length > 1 && this.happens(this.rates.split)) {
      this.counts.split++;
      const at = 1 + this.random.integer(spoilt.length - 1);
      this.pass(spoilt.subarray(0, at));
      this.pass(spoilt.subarray(at));
      return;
    }
    this.pass(spoilt);
  }

  private happens(rate: number | undefined): boolean {
    return rate !== undefined && rate > 0 && this.random.uniform() < rate;
  }

  private rateOf(fault: ByteFault): number {
    return fault === 'burst' ? (this.rates.burst?.rate ?? 0) : (this.rates[fault] ?? 0);
  }

  private drawGap(): number {
    if (this.byteRate <= 0) return Infinity;
    if (this.byteRate >= 1) return 0;
    return Math.floor(Math.log(this.random.uniformOpen()) / Math.log1p(-this.byteRate));
  }

  private spoil(bytes: Uint8Array): Uint8Array {
    if (this.burstLeft === 0 && this.gap >= bytes.length) {
      this.gap -= bytes.length;
      return bytes;
    }
    const out: number[] = [];
    for (const byte of bytes) {
      if (this.burstLeft > 0) {
        this.burstLeft--;
        if (this.rates.burst?.kind === 'flip') out.push(this.random.integer(256));
        continue;
      }
      if (this.gap > 0) {
        this.gap--;
        out.push(byte);
        continue;
      }
      this.fault(byte, out);
      this.gap = this.drawGap();
    }
    return Uint8Array.from(out);
  }

  private fault(byte: number, out: number[]): void {
    let draw = this.random.uniform() * this.byteRate;
    const kind = BYTE_FAULTS.find((fault) => (draw -= this.rateOf(fault)) < 0) ?? 'drop';
    switch (kind) {
      case 'drop':
        this.counts.dropped++;
        return;
      case 'flip':
        this.counts.flipped++;
        out.push(byte ^ (1 << this.random.integer(8)));
        return;
      case 'duplicate':
        this.counts.duplicated++;
        out.push(byte, byte);
        return;
      case 'insert':
        this.counts.inserted++;
        out.push(this.random.integer(256), byte);
        return;
      case 'burst':
        this.counts.bursts++;
        // This byte is its first.
        this.burstLeft = this.rates.burst!.bytes - 1;
        if (this.rates.burst!.kind === 'flip') out.push(this.random.integer(256));
    }
  }

  private pass(bytes: Uint8Array): void {
    if (this.heldBack !== null) {
      const first = this.heldBack;
      this.heldBack = null;
      this.later(bytes);
      this.later(first);
      return;
    }
    if (this.happens(this.rates.reorder)) {
      this.counts.reordered++;
      const held = bytes.slice();
      this.heldBack = held;
      this.timeline.after(REORDER_MS, () => {
        if (this.heldBack !== held) return;
        this.heldBack = null;
        this.later(held);
      });
      return;
    }
    this.later(bytes);
  }

  /** A piece that is late keeps those after it waiting. */
  private later(bytes: Uint8Array): void {
    const nowMs = this.timeline.monotonicMs();
    const { delay } = this.rates;
    if (delay !== undefined && this.happens(delay.rate)) {
      this.counts.delayed++;
      this.freeAtMs = Math.max(this.freeAtMs, nowMs) + delay.ms;
    }
    if (this.freeAtMs <= nowMs) {
      this.sink(bytes);
      return;
    }
    const late = bytes.slice();
    this.timeline.after(this.freeAtMs - nowMs, () => this.sink(late));
  }

  private withoutAcks(bytes: Uint8Array): Uint8Array {
    const out: number[] = [];
    for (const byte of bytes) {
      this.frame.push(byte);
      if (byte !== 0 && this.frame.length < LONGEST_FRAME) continue;
      const frame = decodeFrame(Uint8Array.from(this.frame.slice(0, -1)));
      if (frame?.type === FRAME.ack && this.happens(this.rates.lostAcks)) {
        this.counts.lostAcks++;
        out.push(0);
      } else for (const kept of this.frame) out.push(kept);
      this.frame = [];
    }
    return Uint8Array.from(out);
  }
}

/** A port with faults in both directions. */
export class FaultyPort implements BoardPort {
  readonly toBoard: LineFaults;
  readonly toHost: LineFaults;
  readonly setBaud?: (baud: number) => void;
  private readonly listeners = new Set<(bytes: Uint8Array) => void>();

  constructor(
    private readonly port: BoardPort,
    timeline: Timeline,
    random: { toBoard: RandomStream; toHost: RandomStream },
  ) {
    this.toHost = new LineFaults(timeline, random.toHost, (bytes) => port.write(bytes));
    this.toBoard = new LineFaults(timeline, random.toBoard, (bytes) => {
      for (const listener of [...this.listeners]) listener(bytes);
    });
    port.onBytes((bytes) => this.toBoard.push(bytes));
    if (port.setBaud !== undefined) this.setBaud = (baud) => port.setBaud!(baud);
  }

  write(bytes: Uint8Array): void {
    this.toHost.push(bytes);
  }

  onBytes(listener: (bytes: Uint8Array) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  backlogMs(): number {
    return this.port.backlogMs?.() ?? 0;
  }
}
