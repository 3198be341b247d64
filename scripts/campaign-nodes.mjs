/**
 * The campaign of several nodes (test/campaign/nodes): `npm run campaign -- nodes [--points N --singles N --nodes N --lease-s S
 * --fault-every-ms N --limit-s N --seed S]`; without, one sweep of 1000 points and 100 single jobs on three nodes. Nodes are killed, paused
 * past their lease and cut off from everything, Redis is killed and emptied; as root each node is in a network namespace of its own and
 * the kernel cuts it off, otherwise lines fall silent, and the output says so. Exit code 1 where a point has not come to a result
 * exactly once, or anything else is not as promised.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    points: { type: 'string', default: '1000' },
    singles: { type: 'string', default: '100' },
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
    singles: Number(values.singles),
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
    `network ${counts.noNetwork === null ? 'a namespace for each node' : `lines that fall silent, since ${counts.noNetwork}`}`,
    `points  ${counts.pointsOnce} of ${values.points} exactly once, ${counts.triedAgain} runs more than points`,
    `singles ${counts.singlesOnce} of ${counts.singles} exactly once`,
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
