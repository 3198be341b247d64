import { RandomStream, systemClock } from '../../../src/core/index.js';
import { redisMissing } from '../../support/redis-server.js';
import { checkPoints, type PointCounts } from './check-points.js';
import { Faults, type Fault } from './faults.js';
import { Clients } from './clients.js';
import { NodeLab } from './node-lab.js';
import { NodeNetwork } from './node-network.js';
import { Points } from './points.js';
import { SweepUnderWay } from './sweep-under-way.js';

export interface NodesCampaign {
  /** Of the one sweep. */
  readonly points: number;
  /** Jobs of other people, one by one. */
  readonly singles: number;
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
  /** Why nodes were not in network namespaces of their own; null: they were. */
  readonly noNetwork: string | null;
}

/** Every so many-th point or job is a long one. */
const LONG = 10;
/** Where a node has gone a point is tried again, as often as a job may be. */
const RETRY = { attempts: 10, delayS: 0 };

const ring = (sites: number): Record<string, unknown> => ({
  version: 1,
  sites,
  couplings: {
    kind: 'coo',
    entries: Array.from({ length: sites - 1 }, (_, i) => [i, i + 1, 1]),
  },
  dynamics: { rule: 'glauber', order: 'random', temperature: 1 },
});

/** A ring of spins, of lengths from a few milliseconds to about a second. */
const single = (number: number): Record<string, unknown> => ({
  kind: 'run',
  device: 'glauber',
  program: {
    ...ring(32),
    duration: number % LONG === 0 ? 20_000 : 200,
    readout: { every: number % LONG === 0 ? 20 : 10, channels: ['energy'] },
    shots: number % LONG === 0 ? 5 : 2,
    seed: number,
  },
});

/** The same at another temperature for each point, and each with a seed of its own. */
const sweepOf = (points: number, seed: number): Record<string, unknown> => ({
  kind: 'sweep',
  base: {
    kind: 'run',
    device: 'glauber',
    program: { ...ring(32), duration: 400, readout: { every: 4, channels: ['energy'] }, shots: 2 },
  },
  axes: [
    {
      zip: [
        {
          path: 'program.dynamics.temperature',
          values: Array.from({ length: points }, (_, k) => 0.5 + k / points),
        },
        {
          path: 'program.shots',
          values: Array.from({ length: points }, (_, k) => (k % LONG === 0 ? 60 : 2)),
        },
      ],
    },
  ],
  seed,
  retry: RETRY,
});

/** A sweep and single jobs, whose every point and job has to come to a result once, through whatever happens to the nodes, their lines and their Redis. */
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
    network: NodeNetwork.missing() === null,
  });
  const stop = new AbortController();
  const limit = setTimeout(() => stop.abort(), campaign.limitS * 1000);
  const clients = new Clients(lab, random);
  const sweep = new SweepUnderWay(clients, sweepOf(campaign.points, campaign.seed));
  const points = new Points(clients, campaign.singles, single);
  const faults = new Faults(lab, random, campaign.leaseS * 1000);
  const calm = new AbortController();
  const progress = setInterval(() => {
    const singles = campaign.singles - points.open.length;
    print(
      `${sweep.done} of ${campaign.points} points, ${singles} of ${campaign.singles} single jobs`,
    );
  }, 10_000);
  try {
    const hurting = faults.go(campaign.faultEveryMs, calm.signal);
    await Promise.all([points.finish(8, stop.signal), sweep.finish(stop.signal)]);
    calm.abort();
    await hurting;
    for (const { number } of points.open) clients.breaks(`single job ${number} is not done`);
    const counts = await checkPoints(lab, points, sweep, clients.broken);
    await sweep.check(lab.folder);
    const said = lab.nodes.map(({ output }) => output).join('\n');
    return {
      ...counts,
      faults: faults.counts,
      refused: said.split('\n').filter((line) => line.includes('is not this node')).length,
      seconds: (systemClock.monotonicMs() - beganMs) / 1000,
      noNetwork: NodeNetwork.missing(),
    };
  } finally {
    clearTimeout(limit);
    clearInterval(progress);
  }
}
