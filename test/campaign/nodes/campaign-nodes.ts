import { RandomStream, systemClock } from '../../../src/core/index.js';
import { redisMissing } from '../../support/redis-server.js';
import { checkPoints, type PointCounts } from './check-points.js';
import { Faults, type Fault } from './faults.js';
import { NodeLab } from './node-lab.js';
import { Points } from './points.js';

export interface NodesCampaign {
  readonly points: number;
  readonly nodes: number;
  readonly leaseS: number;
  readonly seed: number;
  /** Between two faults, in the mean. */
  readonly faultEveryMs: number;
  /** After so long what is not done counts as broken. */
  readonly limitS: number;
}

export interface NodesOutcome extends PointCounts {
  readonly faults: Readonly<Record<Fault, number>>;
  /** Writes that came too late and were refused. */
  readonly refused: number;
  readonly seconds: number;
}

/** Every so many-th point is a long one. */
const LONG = 10;

/** A ring of spins, of lengths from a few milliseconds to about a second. */
const point = (number: number): Record<string, unknown> => ({
  kind: 'run',
  device: 'glauber',
  program: {
    version: 1,
    sites: 32,
    couplings: { kind: 'coo', entries: Array.from({ length: 31 }, (_, i) => [i, i + 1, 1]) },
    dynamics: { rule: 'glauber', order: 'random', temperature: 1 },
    duration: number % LONG === 0 ? 20_000 : 200,
    readout: { every: number % LONG === 0 ? 20 : 10, channels: ['energy'] },
    shots: number % LONG === 0 ? 5 : 2,
    seed: number,
  },
});

/** Points that have to come to a result once each, through whatever happens to the nodes, their lines and their Redis. */
export async function campaignNodes(
  campaign: NodesCampaign,
  print: (line: string) => void = () => undefined,
): Promise<NodesOutcome> {
  const random = RandomStream.of(campaign.seed, 'disorder');
  const beganMs = systemClock.monotonicMs();
  await using lab = await NodeLab.start({
    nodes: campaign.nodes,
    leaseS: campaign.leaseS,
    redis: redisMissing === null,
  });
  const stop = new AbortController();
  const limit = setTimeout(() => stop.abort(), campaign.limitS * 1000);
  const points = new Points(lab, random, campaign.points, point);
  const faults = new Faults(lab, random, campaign.leaseS * 1000);
  const calm = new AbortController();
  const progress = setInterval(() => {
    const { open } = points;
    print(`${campaign.points - open.length} of ${campaign.points} points`);
  }, 10_000);
  try {
    const hurting = faults.go(campaign.faultEveryMs, calm.signal);
    await points.finish(24, stop.signal);
    calm.abort();
    await hurting;
    for (const { number } of points.open) points.broken.push(`point ${number} is not done`);
    const counts = await checkPoints(lab, points);
    const said = lab.nodes.map(({ output }) => output).join('\n');
    return {
      ...counts,
      faults: faults.counts,
      refused: said.split('\n').filter((line) => line.includes('is not this node')).length,
      seconds: (systemClock.monotonicMs() - beganMs) / 1000,
    };
  } finally {
    clearTimeout(limit);
    clearInterval(progress);
  }
}
