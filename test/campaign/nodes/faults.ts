import { setTimeout as delay } from 'node:timers/promises';
import type { RandomStream } from '../../../src/core/index.js';
import type { LabNodeProcess, NodeLab } from './node-lab.js';
import { CUTS, type Cut } from './node-network.js';

export const FAULTS = ['kill', 'pause', ...CUTS, 'redis-killed', 'redis-emptied'] as const;
export type Fault = (typeof FAULTS)[number];
/** On lines that only fall silent all cuts are one. */
const ON_LINES: readonly Fault[] = FAULTS.filter((fault) => fault !== 'deaf' && fault !== 'mute');

/** Does to a lab what machines and networks do, one thing after the other; one node at least is well at any time. */
export class Faults {
  readonly counts: Record<Fault, number> = {
    kill: 0,
    pause: 0,
    unplugged: 0,
    deaf: 0,
    mute: 0,
    'redis-killed': 0,
    'redis-emptied': 0,
  };

  constructor(
    private readonly lab: NodeLab,
    private readonly random: RandomStream,
    private readonly leaseMs: number,
  ) {}

  /** Each kind once, in an order of its own, and then whatever comes, until the signal fires. */
  async go(everyMs: number, signal: AbortSignal): Promise<void> {
    const faults = this.lab.network === null ? ON_LINES : FAULTS;
    const first = [...faults];
    const under: Promise<void>[] = [];
    while (!signal.aborted) {
      await delay(everyMs * (0.5 + this.random.uniform()), undefined, { signal }).catch(() => null);
      if (signal.aborted) break;
      const fault =
        first.length > 0
          ? first.splice(this.below(first.length), 1)[0]!
          : faults[this.below(faults.length)]!;
      under.push(this.one(fault));
    }
    await Promise.all(under);
  }

  private below(count: number): number {
    return Math.floor(this.random.uniform() * count);
  }

  private async one(fault: Fault): Promise<void> {
    const { redis, nodes } = this.lab;
    if (fault === 'redis-emptied') {
      if (redis === null) return;
      this.counts[fault]++;
      await redis.command('FLUSHALL').catch(() => null); // it may be killed already
      return;
    }
    if (fault === 'redis-killed') {
      if (redis === null || this.redisDown) return;
      this.redisDown = true;
      this.counts[fault]++;
      await redis.kill();
      await delay(1000 + 2000 * this.random.uniform());
      await redis.startAgain();
      this.redisDown = false;
      return;
    }
    const well = nodes.filter((node) => node.well);
    if (well.length < 2) return;
    const node = well[this.below(well.length)]!;
    this.counts[fault]++;
    await this.hurt(node, fault);
  }

  private redisDown = false;

  private async hurt(node: LabNodeProcess, fault: 'kill' | 'pause' | Cut): Promise<void> {
    const pastLeaseMs = this.leaseMs * (1.3 + this.random.uniform());
    switch (fault) {
      case 'kill':
        await node.end('SIGKILL');
        await delay(500 * this.random.uniform());
        return node.start();
      case 'pause':
        node.pause();
        await delay(pastLeaseMs);
        return node.goOn();
      default:
        node.cutOff(fault);
        await delay(pastLeaseMs);
        return node.mend();
    }
  }
}
