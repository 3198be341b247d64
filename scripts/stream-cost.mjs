/**
 * What a host pays for streaming (test/campaign/stream-cost.ts): `node scripts/stream-cost.mjs [--baud B --sites N --seconds S]`. Exit
 * code 1 where it is 10 % of a core or more at the full rate of the line, with a state and what was measured of work and heat in every
 * row.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    baud: { type: 'string', default: '3000000' },
    sites: { type: 'string', default: '64' },
    seconds: { type: 'string', default: '20' },
    channels: { type: 'string' },
  },
});
const LIMIT = 0.1;
const path = resolve(import.meta.dirname, '../dist/test/campaign/stream-cost.js');
const { streamCost } = await import(pathToFileURL(path).href);
const judged = ['state', 'work', 'heat'];
const all =
  values.channels === undefined
    ? [['state'], judged, [...judged, 'energy', 'overlaps']]
    : [values.channels.split(',')];
const per = (value, digits = 0) => value.toFixed(digits).padStart(7);
const fullRate = Number(values.baud) / 10;
console.log(
  `${values.baud} baud, ${values.sites} sites: % of a core (in user code); at ${fullRate} bytes a second; bytes, frames and rows a second`,
);
let cost = 0;
for (const channels of all) {
  const of = await streamCost({
    baud: Number(values.baud),
    sites: Number(values.sites),
    seconds: Number(values.seconds),
    channels,
  });
  // A board that does not come to sending is heard for less.
  const atFullRate = (of.cpu * fullRate) / of.bytesPerSecond;
  if (channels === judged || all.length === 1) cost = atFullRate;
  console.log(
    `${per(100 * of.cpu, 2)} (${per(100 * of.user, 2)}) ${per(100 * atFullRate, 2)} ` +
      `${per(of.bytesPerSecond)} ${per(of.framesPerSecond)} ${per(of.rowsPerSecond)}  ` +
      `${channels.join(', ')}; ${of.rowsInGaps} rows in gaps, ${of.framesLost} frames lost`,
  );
}
process.exit(cost < LIMIT ? 0 : 1);
