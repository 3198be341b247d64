/**
 * Counts the instructions of the native kernels under callgrind, and compares them with bench/instructions.json:
 * `node scripts/count-instructions.mjs [--update] [--arm]`. Each kernel is counted in the first call that a workload of
 * src/bench makes of it: the call's arguments and memory are written down on the WebAssembly engine (the same on every
 * machine) and replayed by src/kernels/native/count.cc, compiled for AVX2 (valgrind has no AVX-512). Exit code 1 where a count
 * is off by more than 3 %. `--arm` compiles the kernels for ARM as well (aarch64-linux-gnu-g++), runs them under
 * qemu-aarch64-static, and says which leave the same bits as the plain build.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { compile, findCompiler, link, SOURCE, VARIANTS } from './native-compiler.mjs';

const ROOT = resolve(import.meta.dirname, '..');
const RECORD = join(ROOT, 'bench/instructions.json');
const TOLERANCE = 0.03;
const { values: options } = parseArgs({
  options: { update: { type: 'boolean' }, arm: { type: 'boolean' } },
});
process.chdir(ROOT);

const kernels = await import(pathToFileURL(join(ROOT, 'dist/src/kernels/index.js')).href);

/** Kernels that no workload calls. */
const more = [
  {
    name: 'fill',
    on(engine) {
      const state = engine.arena.uint32(kernels.LANE_STATE);
      kernels.seedLanes(state, 1, 'dynamics', 0);
      const out = engine.arena.float32(16_384);
      return {
        run() {
          kernels.fillUniform(engine, state, out);
          kernels.fillExponential(engine, state, out);
        },
      };
    },
  },
  {
    name: 'descent',
    on(engine) {
      const { arena } = engine;
      const sites = 256;
      const numbers = Float64Array.from(
        { length: sites * sites },
        (_, k) => Math.fround((k * 7919) % 1013) / 500 - 1,
      );
      const rows = arena.float64(sites * sites);
      const pulls = arena.float64(2 * sites * sites);
      for (let i = 0; i < sites; i++) {
        for (let j = 0; j < i; j++) {
          rows[i * sites + j] = rows[j * sites + i] = numbers[i * sites + j];
        }
        for (let c = 0; c < 2 * sites; c++) {
          pulls[2 * i * sites + c] = 0.02 * numbers[(i * sites + c) % numbers.length];
        }
      }
      const fields = arena.float64(sites + 16);
      fields.set(numbers.subarray(0, sites));
      const state = arena
        .int8(sites + 16)
        .subarray(0, sites)
        .fill(1);
      const forces = arena.float64(2 * sites + 32);
      const dense = { kind: 'dense', rows, stride: sites };
      const atoms = { pulls, forces, stiffness: 1 };
      const make = (moving) =>
        new kernels.DescentArrays(arena, sites, state, fields, dense, 1, sites, moving);
      const [fixed, plastic] = [make(null), make(atoms)];
      return {
        run() {
          kernels.unstableSites(engine, plastic, 3);
          kernels.descend(engine, fixed, 30);
        },
      };
    },
  },
];

/** The workloads of src/bench: what it exports with a name and a method `on`. */
async function workloads() {
  const folder = join(ROOT, 'dist/src/bench');
  const found = [];
  for (const file of existsSync(folder) ? readdirSync(folder).sort() : []) {
    if (!/^w\d.*\.js$/.test(file)) continue;
    const module = await import(pathToFileURL(join(folder, file)).href);
    for (const one of Object.values(module)) {
      if (typeof one?.on === 'function' && typeof one.name === 'string') found.push(one);
    }
  }
  return found;
}

/** Thrown out of a workload that has shown all its kernels. */
class Enough extends Error {}
/** Calls of compiled kernels that a workload may make before it is stopped. */
const MOST_CALLS = 400;

/** First call of each kernel in a workload: its name, arguments, and the memory before it, in a file. */
function record(workload, folder) {
  const calls = new Map();
  const engine = kernels.openEngine('wasm');
  let count = 0;
  const raw = Object.fromEntries(
    Object.entries(engine.raw).map(([name, kernel]) => [
      name,
      (...args) => {
        if (!calls.has(name)) {
          const image = join(folder, `${workload.name}-${name}`);
          writeFileSync(image, new Uint8Array(engine.arena.buffer, 0, engine.arena.used).slice());
          calls.set(name, { case: `${workload.name} ${name}`, name, image, args });
        }
        if (++count > MOST_CALLS) throw new Enough();
        return kernel(...args);
      },
    ]),
  );
  try {
    workload.on({ ...engine, raw }).run();
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  }
  return [...calls.values()];
}

/** Compiles count.cc with the kernels of one instruction set. */
async function driver(cxx, variant, flags, folder, linking = '') {
  const object = join(folder, `kernels-${variant}.o`);
  const main = join(folder, `count-${variant}.o`);
  const program = join(folder, `count-${variant}`);
  await compile(cxx, join(SOURCE, 'kernels.cc'), object, `${flags} -DVARIANT=${variant}`);
  await compile(cxx, join(SOURCE, 'count.cc'), main, `-DTABLE=kernels_${variant}`);
  await link(cxx, [main, object], program, linking);
  return program;
}

const commandOf = ({ image, name, args }) => [image, name, ...args.map(String)];

function instructions(program, call) {
  const file = `${call.image}.callgrind`;
  execFileSync(
    'valgrind',
    [
      '--tool=callgrind',
      '--collect-atstart=no',
      `--callgrind-out-file=${file}`,
      program,
      ...commandOf(call),
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  return Number(/^(?:totals|summary): (\d+)/m.exec(readFileSync(file, 'utf8'))[1]);
}

const missing = (command) => {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' });
    return false;
  } catch {
    return true;
  }
};
const refuse = (what) => {
  console.error(`count-instructions: ${what}`);
  process.exit(1);
};

const cxx = findCompiler();
if (cxx === null) refuse('needs a C++ compiler');
if (process.arch !== 'x64') refuse('counts x86-64 instructions only');
if (missing('valgrind')) refuse('needs valgrind (Debian package valgrind)');
const folder = mkdtempSync(join(tmpdir(), 'relaxd-count-'));
try {
  const calls = [...(await workloads()), ...more].flatMap((one) => record(one, folder));
  const counter = await driver(cxx, 'avx2', VARIANTS.x64.avx2, folder);
  const compiler = execFileSync(cxx, ['--version'], { encoding: 'utf8' }).split('\n')[0];
  const counts = Object.fromEntries(calls.map((call) => [call.case, instructions(counter, call)]));
  const before = existsSync(RECORD) ? JSON.parse(readFileSync(RECORD, 'utf8')) : { counts: {} };
  let off = 0;
  for (const name of [...new Set([...Object.keys(counts), ...Object.keys(before.counts)])].sort()) {
    const [was, is] = [before.counts[name], counts[name]];
    const change = was === undefined || is === undefined ? null : is / was - 1;
    const fine = change !== null && Math.abs(change) <= TOLERANCE;
    if (!fine) off++;
    const said =
      change === null
        ? is === undefined
          ? 'gone'
          : 'new'
        : `${change >= 0 ? '+' : ''}${(100 * change).toFixed(1)} %`;
    console.log(
      `${name.padEnd(32)} ${String(is ?? '').padStart(12)} ${said.padStart(8)}${fine ? '' : '  <'}`,
    );
  }
  if (options.update) {
    writeFileSync(RECORD, `${JSON.stringify({ compiler, counts }, null, 2)}\n`);
    console.log('bench/instructions.json is written');
  } else if (off > 0 && before.compiler !== compiler) {
    console.log(`not compared: counted with ${before.compiler}, this is ${compiler}`);
  } else if (off > 0) {
    console.error(
      `${off} counts are off by more than ${100 * TOLERANCE} %. Where that is meant: node scripts/count-instructions.mjs --update`,
    );
    process.exitCode = 1;
  }
  if (options.arm) {
    const arm = await driver('aarch64-linux-gnu-g++', 'neon', '', folder, '-static');
    const plain = await driver(cxx, 'generic', '', folder);
    for (const call of calls) {
      const here = execFileSync(plain, commandOf(call), { encoding: 'utf8' });
      const there = execFileSync('qemu-aarch64-static', [arm, ...commandOf(call)], {
        encoding: 'utf8',
      });
      console.log(
        `${call.case.padEnd(32)} ARM: ${here === there ? 'the same bits' : 'other bits'}`,
      );
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
