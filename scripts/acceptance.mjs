/**
 * The acceptance tables at full size: `npm run acceptance [-- --engine wasm|native|reference]`. Without an engine named, the
 * default one runs them and docs/acceptance.md is written; with one, its report is kept, and the page gets a line of it.
 * Reports lie in .cache/. The exit code is 1 where anything failed, or where the engine is not here.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { acceptanceLines } from './acceptance-lines.mjs';

const ROOT = resolve(import.meta.dirname, '..');
process.chdir(ROOT);
const { values: options } = parseArgs({ options: { engine: { type: 'string' } } });
execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
const { defaultEngine, engineName, requireEngine } = await import(
  pathToFileURL(join(ROOT, 'dist/src/kernels/index.js')).href
);
const { ENGINES } = await import(pathToFileURL(join(ROOT, 'dist/src/core/index.js')).href);

/** When the code was compiled, ms. */
const newest = (folder) =>
  Math.max(
    ...readdirSync(folder, { withFileTypes: true }).map((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return newest(path);
      return /\.(js|wasm)$/.test(entry.name) ? statSync(path).mtimeMs : 0;
    }),
    0,
  );
const refuse = (why) => {
  console.error(`acceptance: ${why}`);
  process.exit(1);
};
const engine = options.engine ?? defaultEngine();
if (!ENGINES.includes(engine)) refuse(`'${engine}' is none of ${ENGINES.join(', ')}`);
try {
  requireEngine(engine);
} catch (error) {
  refuse(`${error.message}; ${error.details?.hint ?? ''}`);
}
const name = engineName(engine);
const MAIN = '.cache/acceptance.json';
const report = options.engine === undefined ? MAIN : `.cache/acceptance-on-${name}.json`;
mkdirSync('.cache', { recursive: true });
rmSync(report, { force: true });

console.log(`acceptance: on the engine ${name}`);
spawnSync(
  'npx',
  [
    'vitest',
    'run',
    '--config',
    'vitest.acceptance.config.ts',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ],
  { stdio: 'inherit', env: { ...process.env, RELAXD_ENGINE: engine } },
);
if (!existsSync(report)) refuse('no report: the tests did not run');
const results = JSON.parse(readFileSync(report, 'utf8'));
writeFileSync(report, JSON.stringify({ ...results, engine: name }));

const { lines, broken } = acceptanceLines(results, ROOT);
const failing = [
  ...new Set(
    lines
      .filter((line) => !line.holds && line.disputed === undefined)
      .map((line) => line.id ?? line.title),
  ),
  ...broken,
];
console.log(
  `acceptance on ${name}: ${lines.filter((line) => line.recorded).length} quantities, ${failing.length === 0 ? 'all hold' : `failing: ${failing.join('; ')}`}`,
);
process.exitCode = failing.length === 0 ? 0 : 1;

// The page is of the last run on the default engine, with what the same code did on others.
if (existsSync(MAIN)) {
  const built = newest('dist/src');
  const others = readdirSync('.cache').filter(
    (file) =>
      /^acceptance-on-.*\.json$/.test(file) && statSync(join('.cache', file)).mtimeMs > built,
  );
  spawnSync(
    process.execPath,
    [
      'scripts/acceptance-page.mjs',
      MAIN,
      ...others.flatMap((file) => ['--also', join('.cache', file)]),
    ],
    { stdio: 'inherit' },
  );
}
