/**
 * Fuzzes the board link: `npm run fuzz [-- --inputs N --seed S]`, 10 million inputs without. Frame readers and message decoders of both
 * sides (test/link/fuzz.ts); exit code 1, with seed and input, where a promise is broken.
 */
import { spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '10000000' },
    seed: { type: 'string', default: '1' },
  },
});
if (globalThis.gc === undefined) {
  // Memory is judged after collecting garbage.
  const again = spawnSync(process.execPath, ['--expose-gc', ...process.argv.slice(1)], {
    stdio: 'inherit',
  });
  process.exit(again.status ?? 1);
}
const path = resolve(import.meta.dirname, '../dist/test/link/fuzz.js');
const { fuzzLink, MEMORY_SLACK } = await import(pathToFileURL(path).href);
const startMs = performance.now();
const summary = fuzzLink({
  seed: Number(values.seed),
  inputs: Number(values.inputs),
  collect: globalThis.gc,
  onProgress: (done) => console.log(`${done} inputs, ${seconds()} s`),
});
console.log(JSON.stringify(summary, null, 2));
const { first, most } = summary.memory;
const mebibytes = (bytes) => (bytes / 2 ** 20).toFixed(2);
console.log(
  `no throw, no difference between the sides; at most ${summary.mostPending} bytes of a frame held; memory ${mebibytes(first)} MiB ` +
    `after a tenth, at most ${mebibytes(most)} MiB since (allowed: ${mebibytes(MEMORY_SLACK)} more); ${seconds()} s`,
);

function seconds() {
  return ((performance.now() - startMs) / 1000).toFixed(1);
}
