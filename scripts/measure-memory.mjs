/**
 * Resident memory of whole `relaxd run` processes at most, in MB (10⁶ bytes): of a program of 8 sites, of one with dense
 * couplings of N = 4096, and of one with 10⁴ memories of N = 784. `node scripts/measure-memory.mjs [--engine NAME]`.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { parseArgs } from 'node:util';

const MAIN = resolve(import.meta.dirname, '../dist/src/main.js');
const { values: options } = parseArgs({ options: { engine: { type: 'string' } } });
const folder = mkdtempSync(join(tmpdir(), 'relaxd-memory-'));

/** Small numbers with few digits from a linear congruence. */
let state = 1;
const draw = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return (state >>> 24) / 256 - 0.5;
};
function write(name, sites, couplings) {
  const path = join(folder, name);
  const file = openSync(path, 'w');
  writeSync(file, `{"version":1,"sites":${sites},"couplings":`);
  for (const piece of couplings) writeSync(file, piece);
  writeSync(file, ',"dynamics":{"temperature":1},"duration":1,"shots":1,"seed":1}');
  closeSync(file);
  return path;
}
function* dense(sites) {
  const upper = Float64Array.from({ length: (sites * (sites - 1)) / 2 }, draw);
  const at = (i, j) => (i === j ? 0 : upper[i > j ? (i * (i - 1)) / 2 + j : (j * (j - 1)) / 2 + i]);
  yield '{"kind":"dense","data":[';
  for (let i = 0; i < sites; i++) {
    yield `${i === 0 ? '' : ','}${Array.from({ length: sites }, (_, j) => at(i, j)).join(',')}`;
  }
  yield ']}';
}
function* memories(count, sites) {
  yield '{"kind":"memories","interaction":{"kind":"polynomial","degree":3,"rectified":true},"patterns":[';
  for (let m = 0; m < count; m++) {
    const pattern = Array.from({ length: sites }, () => (draw() < 0 ? -1 : 1));
    yield `${m === 0 ? '' : ','}[${pattern.join(',')}]`;
  }
  yield ']}';
}

/** The most that a process was seen with: /proc keeps it while it lives. */
async function most(program) {
  const engine = options.engine === undefined ? [] : ['--engine', options.engine];
  const child = spawn(
    process.execPath,
    [MAIN, 'run', program, '--device', 'glauber', '--json', ...engine],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  let peak = 0;
  const look = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024);
    } catch {
      // it has ended
    }
  }, 5);
  const code = await new Promise((done) => child.once('exit', done));
  clearInterval(look);
  if (code !== 0) throw new Error(`${program} ended with ${code}`);
  return peak / 1e6;
}

try {
  const coo = ['{"kind":"coo","entries":[[0,1,1]]}'];
  const none = await most(write('small', 8, coo));
  console.log(`8 sites: ${none.toFixed(0)} MB`);
  for (const [title, sites, couplings] of [
    ['dense couplings, N = 4096', 4096, dense(4096)],
    ['10,000 memories, N = 784', 784, memories(10_000, 784)],
  ]) {
    const whole = await most(write('program', sites, couplings));
    console.log(`${title}: ${whole.toFixed(0)} MB, ${(whole - none).toFixed(0)} MB more`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
