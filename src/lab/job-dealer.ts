import type { JobRow } from './job.js';
import type { NodeLine, OfferedJob } from './node-line.js';
import { onceATurn } from './once-a-turn.js';

export interface DealerPorts {
  readonly line: NodeLine;
  /** Jobs that may begin now, on devices that every node has. */
  waiting(): readonly JobRow[];
  /** With what waiting has added. */
  priority(row: JobRow): number;
  /** The device takes another job. */
  isFree(device: string): boolean;
  /** The job as the store has it. */
  fresh(job: string): Promise<JobRow>;
  /** There are jobs for this node. */
  pump(): void;
}

/**
 * Which of the jobs that every node could take this one tries to. Without it all of them would prepare the first one, and all but
 * one in vain. The store decides who has a job, so that it does no harm when what the line says is wrong or lost.
 */
export class JobDealer {
  /** Jobs that were dealt to this node. */
  private readonly dealt = new Set<string>();
  private asking = false;
  private again = false;

  constructor(private readonly ports: DealerPorts) {}

  /** This node may try to take the job. While the line is down every node may. */
  allows(row: JobRow): boolean {
    return !this.ports.line.up || this.dealt.has(row.id);
  }

  /** A job has changed here. */
  changed(row: JobRow): void {
    if (row.state !== 'queued') this.dealt.delete(row.id);
  }

  /** Puts a job that this node has made on offer. */
  async offer(row: JobRow): Promise<void> {
    await this.ports.line.offer([this.offerOf(row)]);
    this.ports.line.tell();
  }

  /** Puts on offer what is not: Redis has lost it, or a node has died with it. */
  async offerAgain(): Promise<void> {
    const { line } = this.ports;
    if (!line.up) return;
    const byDevice = new Map<string, OfferedJob[]>();
    for (const row of this.ports.waiting()) {
      const offers = byDevice.get(row.device) ?? [];
      offers.push(this.offerOf(row));
      byDevice.set(row.device, offers);
    }
    for (const [device, offers] of byDevice) {
      if ((await line.offered(device)) < offers.length) await line.offer(offers);
    }
    this.look();
  }

  /** Asks for a job for each device that takes one. */
  readonly look = onceATurn(() => {
    if (!this.ports.line.up) return;
    this.again = true;
    if (!this.asking) void this.ask();
  });

  private async ask(): Promise<void> {
    this.asking = true;
    while (this.again) {
      this.again = false;
      for (const device of this.hungry()) {
        const offer = await this.ports.line.next(device);
        if (offer === null) continue;
        this.again = true;
        const row = await this.ports.fresh(offer.job).catch(() => null);
        // Somebody has it, or it is on offer as what it has become since.
        if (row === null || row.state !== 'queued' || row.revision !== offer.revision) continue;
        this.dealt.add(row.id);
        this.ports.pump();
      }
    }
    this.asking = false;
  }

  /** Devices that are free while jobs wait for them, none of which was dealt to this node. */
  private hungry(): Set<string> {
    const devices = new Set<string>();
    const fed = new Set<string>();
    for (const { id, device } of this.ports.waiting()) {
      if (this.dealt.has(id)) fed.add(device);
      else devices.add(device);
    }
    for (const device of devices) {
      if (fed.has(device) || !this.ports.isFree(device)) devices.delete(device);
    }
    return devices;
  }

  private offerOf(row: JobRow): OfferedJob {
    const { id, revision, device } = row;
    return { job: id, revision, device, priority: this.ports.priority(row) };
  }
}
