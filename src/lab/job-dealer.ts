import type { Clock } from '../core/index.js';
import type { DevicePlaces, DeviceSource } from './device-places.js';
import type { JobBook } from './job-book.js';
import type { JobRow } from './job.js';
import type { NodeLine, OfferedJob } from './node-line.js';
import { onceATurn } from './once-a-turn.js';
import { effectivePriority, singleContender } from './queue-order.js';
import type { Scheduler } from './scheduler.js';

export interface DealerPorts {
  readonly line: NodeLine;
  readonly clock: Clock;
  readonly devices: Pick<DeviceSource, 'list' | 'get'>;
  readonly book: Pick<JobBook, 'open' | 'fresh'>;
  readonly places: Pick<DevicePlaces, 'isOurs'>;
  readonly scheduler: Pick<Scheduler, 'leaseOf' | 'pump'>;
}

/**
 * Which of the jobs that every node could take this one tries to. Without it all of them would prepare the first one, and all but
 * one in vain. The store decides who has a job, so that it does no harm when what the line says is wrong or lost.
 */
export class JobDealer {
  /** Jobs that were dealt to this node. */
  private readonly dealt = new Set<string>();
  private closed = false;
  private asking = false;
  private again = false;

  constructor(private readonly ports: DealerPorts) {}

  /** This node may try to take the job. While the line is down every node may. */
  allows(row: JobRow): boolean {
    if (!isDealt(row) || !this.ports.line.up || this.dealt.has(row.id)) return true;
    // What is attached here no other node takes.
    return this.ports.devices.get(row.device).origin !== 'emulator';
  }

  /** A job has changed. @param own here, so that this node puts it on offer where it is queued */
  changed(row: JobRow, own: boolean): void {
    if (row.state !== 'queued') this.dealt.delete(row.id);
    else if (own && isDealt(row)) void this.offer(row);
  }

  private async offer(row: JobRow): Promise<void> {
    await this.ports.line.offer(row.device, [this.offerOf(row)]);
    this.ports.line.tell();
  }

  /** Puts on offer what is not: Redis has lost it, or a node has died with it. */
  async offerAgain(): Promise<void> {
    const { line } = this.ports;
    if (!line.up) return;
    const byDevice = new Map<string, OfferedJob[]>();
    for (const row of this.waiting()) {
      const offers = byDevice.get(row.device) ?? [];
      offers.push(this.offerOf(row));
      byDevice.set(row.device, offers);
    }
    for (const [device, offers] of byDevice) {
      if ((await line.offered(device)) < offers.length) await line.offer(device, offers);
    }
    this.look();
  }

  /** Asks for a job for each device that takes one. */
  readonly look = onceATurn(() => {
    if (!this.ports.line.up || this.closed) return;
    this.again = true;
    if (!this.asking) void this.ask();
  });

  /** Takes nothing more, and puts on offer again what was dealt to this node and has not begun. */
  async close(): Promise<void> {
    this.closed = true;
    const dealt = new Set(this.dealt);
    this.dealt.clear();
    for (const row of this.ports.book.open()) {
      if (dealt.has(row.id) && row.state === 'queued') await this.offer(row);
    }
  }

  private async ask(): Promise<void> {
    this.asking = true;
    while (this.again && !this.closed) {
      this.again = false;
      for (const device of this.hungry()) {
        const offer = await this.ports.line.next(device);
        if (offer === null) continue;
        this.again = true;
        const row = await this.ports.book.fresh(offer.job).catch(() => null);
        // Somebody has it, or it is on offer as what it has become since.
        if (row === null || row.state !== 'queued' || row.revision !== offer.revision) continue;
        this.dealt.add(row.id);
        this.ports.scheduler.pump();
      }
    }
    this.asking = false;
  }

  /** Devices that are free while jobs wait for them, none of which was dealt to this node. */
  private hungry(): Set<string> {
    const devices = new Set<string>();
    const fed = new Set<string>();
    for (const { id, device } of this.waiting()) {
      if (this.dealt.has(id)) fed.add(device);
      else devices.add(device);
    }
    for (const device of devices) {
      if (fed.has(device) || !this.isFree(device)) devices.delete(device);
    }
    return devices;
  }

  private isFree(device: string): boolean {
    const { places, scheduler } = this.ports;
    return scheduler.leaseOf(device) === null && places.isOurs(device);
  }

  /** Jobs that may begin now, on devices that every node has. */
  private *waiting(): Generator<JobRow, void, undefined> {
    const { book, clock, devices } = this.ports;
    const nowMs = clock.wallMs();
    const emulators = new Set(
      devices.list().flatMap(({ id, origin }) => (origin === 'emulator' ? [id] : [])),
    );
    for (const row of book.open()) {
      const { state, device, notBefore } = row;
      if (!isDealt(row) || state !== 'queued' || !emulators.has(device)) continue;
      if (notBefore === null || Date.parse(notBefore) <= nowMs) yield row;
    }
  }

  private offerOf(row: JobRow): OfferedJob {
    const { id, revision } = row;
    const priority = effectivePriority(singleContender(row), this.ports.clock.wallMs());
    return { job: id, revision, priority };
  }
}

/** Points of sweeps are not: there are many, and each node begins with others. */
const isDealt = ({ sweep, parent }: JobRow): boolean => sweep === null && parent === null;
