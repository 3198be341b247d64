/**
 * The campaign of the board link (test/campaign): `npm run campaign [-- link --seed S --uploads N --runs N --goodput-uploads N]`, 10 000 uploads
 * and 1000 runs without. Prints the tables of docs/performance.md; exit code 1 where a promise is broken or a goodput is
 * further than 20 % from the computed one.
 */
import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    uploads: { type: 'string', default: '9500' },
    runs: { type: 'string', default: '1000' },
    'goodput-uploads': { type: 'string', default: '25' },
  },
});
const path = resolve(import.meta.dirname, '../dist/test/campaign/campaign.js');
const { runCampaign, goodputDeviation, GOODPUT_TOLERANCE } = await import(pathToFileURL(path).href);
const startMs = performance.now();
const sizes = {
  goodputUploads: Number(values['goodput-uploads']),
  uploads: Number(values.uploads),
  runs: Number(values.runs),
};
const outcome = await runCampaign(sizes, Number(values.seed), (row) => console.log(row));
const sum = (of, key) => of.reduce((all, one) => all + one[key], 0);
const uploads = [...outcome.goodput, ...outcome.banks];
const far = outcome.goodput.filter((one) => Math.abs(goodputDeviation(one)) > GOODPUT_TOLERANCE);
console.log(
  [
    `uploads ${sum(uploads, 'done')} done, ${sum(uploads, 'failed')} ended with an error on the lines on which they may; no wrong bank`,
    `runs    ${sum(outcome.runs, 'done')}; rows ${sum(outcome.runs, 'rowsMade')} made = ${sum(outcome.runs, 'rowsDelivered')} ` +
      `delivered + ${sum(outcome.runs, 'rowsInGaps')} in ${sum(outcome.runs, 'gaps')} gaps; every value right`,
    `faults  ${sum([...uploads, ...outcome.runs], 'faults')}`,
    `goodput ${far.length} of ${outcome.goodput.length} further than ${100 * GOODPUT_TOLERANCE} % from the computed one`,
    `${((performance.now() - startMs) / 1000).toFixed(0)} s`,
  ].join('\n'),
);
process.exitCode = far.length > 0 ? 1 : 0;
