/**
 * The soak of the board link (test/campaign/soak.ts): `npm run soak [-- --minutes N --line pty|tcp --seed S]`, 2 hours over a
 * pseudo-terminal without. Exit code 1 where memory or handles grow, in the host or in the board, or a run, a row or a result is wrong.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '120' },
    line: { type: 'string', default: existsSync('/dev/ptmx') ? 'pty' : 'tcp' },
    seed: { type: 'string', default: '1' },
    spaces: { type: 'boolean', default: false },
  },
});
const compiled = (file) =>
  import(pathToFileURL(resolve(import.meta.dirname, '../dist/test/campaign', file)).href);
const { MEASURED_PROCESS } = await compiled('process-memory.js');
if (globalThis.gc === undefined) {
  const again = spawnSync(process.execPath, [...MEASURED_PROCESS, ...process.argv.slice(1)], {
    stdio: 'inherit',
  });
  process.exit(again.status ?? 1);
}
const { soak } = await compiled('soak.js');
const outcome = await soak({
  minutes: Number(values.minutes),
  line: values.line,
  seed: Number(values.seed),
  say: (text) => console.log(text),
});
const { host, board, runs, pauses, loads, reconnects, unplugs, stalls, rows, faults } = outcome;
/** Share of the runs that may be given up. */
const MOST_STALLS = 0.01;
console.log(
  `${values.line}: ${runs} runs (${pauses} paused), ${loads} programs loaded, ${reconnects} times connected anew, ${unplugs} times unplugged ` +
    `in a run, ${stalls} given up because nothing was answered in time, ${faults} faults on the line; rows ${rows.made} made = ${rows.delivered} delivered + ${rows.inGaps} in gaps, every value right`,
);
let wellBehaved = stalls <= MOST_STALLS * runs;
for (const [who, of] of Object.entries({ host, board })) {
  const grown = of.files[1] > of.files[0] || of.handles[1] > of.handles[0];
  if (grown || !of.isFlat) wellBehaved = false;
  console.log(
    `${who}: memory after collecting garbage, second half: ${kibibytes(of.slope)} KiB an hour (95 %), ${of.isFlat ? 'does not grow' : 'GROWS'}; ` +
      `resident ${kibibytes(of.resident)}; open files, most in each half: ${of.files.join(' and ')}, ` +
      `handles ${of.handles.join(' and ')}: ${grown ? 'GROW' : 'flat'}`,
  );
  if (!values.spaces) continue;
  for (const [space, slope] of Object.entries(of.spaces))
    console.log(`  ${space} ${kibibytes(slope)}`);
}
process.exit(wellBehaved ? 0 : 1);

function kibibytes({ perHour, within }) {
  return `${(perHour / 1024).toFixed(1)} ± ${(within / 1024).toFixed(1)}`;
}
