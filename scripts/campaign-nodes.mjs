/**
 * The campaign of several nodes (test/campaign/nodes): `npm run campaign -- nodes [--points N --nodes N --lease-s S --fault-every-ms N
 * --limit-s N --seed S]`, 1000 points on three nodes without. Nodes are killed, paused past their lease and cut off, Redis is killed
 * and emptied; exit code 1 where a point has not come to a result exactly once, or anything else is not as promised.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    points: { type: 'string', default: '1000' },
    nodes: { type: 'string', default: '3' },
    'lease-s': { type: 'string', default: '3' },
    'fault-every-ms': { type: 'string', default: '2500' },
    'limit-s': { type: 'string', default: '3600' },
    seed: { type: 'string', default: '1' },
  },
});
// What was started ends with this process, also where that is interrupted.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
const path = resolve(import.meta.dirname, '../dist/test/campaign/nodes/campaign-nodes.js');
const { campaignNodes } = await import(pathToFileURL(path).href);
const { broken, faults, ...counts } = await campaignNodes(
  {
    points: Number(values.points),
    nodes: Number(values.nodes),
    leaseS: Number(values['lease-s']),
    seed: Number(values.seed),
    faultEveryMs: Number(values['fault-every-ms']),
    limitS: Number(values['limit-s']),
  },
  console.log,
);
console.log(
  [
    `points  ${counts.once} of ${counts.points} exactly once`,
    `jobs    ${counts.jobs}, of which ${counts.lost} were lost with their node and submitted again; ${counts.results} results`,
    `faults  ${Object.entries(faults)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')}`,
    `late    ${counts.refused} lines of nodes that were told that a job is not theirs any more`,
    `${counts.seconds.toFixed(0)} s`,
    ...broken.slice(0, 50),
  ].join('\n'),
);
if (broken.length > 0) process.exitCode = 1;
