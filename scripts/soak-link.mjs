/**
 * The soak of the board link (test/campaign/soak.ts): `npm run soak [-- --minutes N --line pty|tcp --seed S]`, 2 hours over TCP
 * without. Exit code 1 where memory or handles grow, or a run, a row or a bank is wrong.
 */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '120' },
    line: { type: 'string', default: 'tcp' },
    seed: { type: 'string', default: '1' },
  },
});
if (globalThis.gc === undefined) {
  // Without optimised code, whose recompilation goes on for hours and takes memory that nothing else does.
  const again = spawnSync(process.execPath, ['--expose-gc', '--no-opt', ...process.argv.slice(1)], {
    stdio: 'inherit',
  });
  process.exit(again.status ?? 1);
}
const path = resolve(import.meta.dirname, '../dist/test/campaign/soak.js');
const { soak } = await import(pathToFileURL(path).href);
const outcome = await soak({
  minutes: Number(values.minutes),
  line: values.line,
  seed: Number(values.seed),
  collect: globalThis.gc,
  say: (text) => console.log(text),
});
if (outcome === null) {
  console.error('there is no /dev/ptmx on this machine: --line tcp needs none');
  process.exit(1);
}
const { slope, isFlat, files, handles, runs, uploads, reopened, rows, faults } = outcome;
const grown = files[1] > files[0] || handles[1] > handles[0];
console.log(
  [
    `${values.line}: ${runs} runs, ${uploads} uploads, ${reopened} times reconnected, ${faults} faults on the line; ` +
      `rows ${rows.made} made = ${rows.delivered} delivered + ${rows.inGaps} in gaps, every value right`,
    `memory after collecting garbage, second half: ${kibibytes(slope.perHour)} ± ${kibibytes(slope.within)} KiB an hour (95 %): ` +
      `${isFlat ? 'does not grow' : 'GROWS'}`,
    `open files, most in each half: ${files.join(' and ')}; handles: ${handles.join(' and ')}: ${grown ? 'GROW' : 'flat'}`,
  ].join('\n'),
);
process.exit(isFlat && !grown ? 0 : 1);

function kibibytes(bytes) {
  return (bytes / 1024).toFixed(1);
}
