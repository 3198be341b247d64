/**
 * The campaign of slow viewers (test/campaign/viewers): `npm run campaign -- viewers [--never-reads N --never-reads-latest N --slow N
 * --fast N --shots N --shot-ms N]`, 260 viewers of one run of 5 MB/s and 108 MB without. Most never read while it goes on. Exit code 1 where
 * rows that came and gaps that were announced are not together all rows for each viewer, the record has lost anything, or more waits
 * for a viewer than may. What the viewers cost the run is printed, not judged.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    'never-reads': { type: 'string', default: '20' },
    'never-reads-latest': { type: 'string', default: '150' },
    slow: { type: 'string', default: '80' },
    fast: { type: 'string', default: '10' },
    shots: { type: 'string', default: '400' },
    'shot-ms': { type: 'string', default: '54' },
  },
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
const path = resolve(import.meta.dirname, '../dist/test/campaign/viewers/campaign-viewers.js');
const { campaignViewers } = await import(pathToFileURL(path).href);
const outcome = await campaignViewers(
  {
    viewers: {
      'never-reads': Number(values['never-reads']),
      'never-reads-latest': Number(values['never-reads-latest']),
      slow: Number(values.slow),
      fast: Number(values.fast),
    },
    shots: Number(values.shots),
    shotMs: Number(values['shot-ms']),
  },
  console.log,
);
const mb = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
console.log(
  [
    `viewers  ${outcome.viewers} of a run of ${outcome.rows} rows, ${mb(outcome.recordBytes)}`,
    `run      ${outcome.aloneS.toFixed(2)} s without them, ${outcome.watchedS.toFixed(2)} s with them: ` +
      `${(outcome.watchedS / outcome.aloneS).toFixed(2)} times as long`,
    `memory   ${mb(outcome.rssBefore)} before, ${mb(outcome.rssMost)} at most`,
    `waiting  ${mb(outcome.waitingTogether)} in all, ${mb(outcome.waitingMost)} for one; ${mb(outcome.waitingBeforeBatch)} when another batch was sent`,
    `sent     ${outcome.rowsSent} rows (${mb(outcome.sentBytes)}), and ${outcome.rowsInGaps} announced as gaps`,
    `${outcome.seconds.toFixed(0)} s`,
    ...outcome.broken.slice(0, 50),
  ].join('\n'),
);
if (outcome.broken.length > 0) process.exitCode = 1;
