import { execFile, type ExecFileException } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Which engine a process takes, in processes of their own: modules are loaded once in each. */

const root = fileURLToPath(new URL('../..', import.meta.url));
const KERNELS = new URL('../../dist/src/kernels/index.js', import.meta.url).href;
const MAIN = join(root, 'dist/src/main.js');
const ASK = `
  import { defaultEngine, engineMissing, engineName, fillNormal, openEngine } from '${KERNELS}';
  const engine = openEngine();
  const state = engine.arena.uint32(64).fill(7);
  const out = engine.arena.float32(48);
  fillNormal(engine, state, out);
  console.log(JSON.stringify({
    engine: engine.name, native: engineMissing('native'), wasm: engineMissing('wasm'), bits: Array.from(out),
  }));`;

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}
function run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  const clean = Object.entries(process.env).filter(([name]) => !name.startsWith('RELAXD_'));
  const options = { cwd: root, env: { ...Object.fromEntries(clean), ...env } };
  return new Promise((resolve) => {
    execFile(process.execPath, args, options, (error: ExecFileException | null, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), out, err }),
    );
  });
}
async function ask(env: Readonly<Record<string, string>>): Promise<{
  engine: string;
  native: string | null;
  wasm: string | null;
  bits: number[];
}> {
  const { code, out, err } = await run(['--input-type=module', '--eval', ASK], env);
  expect(code, err).toBe(0);
  return JSON.parse(out) as Awaited<ReturnType<typeof ask>>;
}

let folder = '';
const place = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'relaxd-engines-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the engine of a process', () => {
  it('is WebAssembly where the native module is absent, broken or of another version, with the reason', async () => {
    const cases: readonly (readonly [file: string, reason: RegExp])[] = [
      [join(folder, 'nothing.node'), /has not been built/],
      [place('text.node', 'not a library'), /cannot be loaded/],
      [place('empty.node', ''), /cannot be loaded/],
      [place('old.cjs', 'module.exports = { abi: 0 }'), /another version/],
      [
        place('part.cjs', 'module.exports = { abi: 2, kernels: ["fillUniform"], variants: ["x"] }'),
        /without \w+: build it again/,
      ],
    ];
    const answers = await Promise.all(cases.map(([file]) => ask({ RELAXD_NATIVE_FILE: file })));
    answers.forEach((answer, k) => {
      expect(answer.engine).toBe('wasm-relaxed-simd');
      expect(answer.native).toMatch(cases[k]![1]);
    });
  });

  it('is the build without relaxed SIMD where that is refused; it makes the same numbers', async () => {
    const [relaxed, plain, reference] = await Promise.all([
      ask({ RELAXD_ENGINE: 'wasm' }),
      ask({ RELAXD_ENGINE: 'wasm', RELAXD_WASM_VARIANT: 'wasm-simd' }),
      ask({ RELAXD_ENGINE: 'reference' }),
    ]);
    expect([relaxed.engine, plain.engine, reference.engine]).toEqual([
      'wasm-relaxed-simd',
      'wasm-simd',
      'reference',
    ]);
    expect(plain.bits).toEqual(reference.bits);
    expect(relaxed.bits).toEqual(reference.bits);
  });

  it('is said by a command; one that is not here is refused with the reason', async () => {
    const retrieve = ['retrieve', '--device', 'glauber', '--memories', 'letters', '--rule', 'rectified:8', '--shots', '1', '--seed', '1', '--json']; // prettier-ignore
    const broken = { RELAXD_NATIVE_FILE: place('broken.node', 'not a library') };
    const [byDefault, asked, listed] = await Promise.all([
      run([MAIN, ...retrieve], broken),
      run([MAIN, ...retrieve, '--engine', 'native'], broken),
      run([MAIN, 'reproduce', '--list', '--engine', 'native'], broken),
    ]);
    expect(byDefault.code, byDefault.err).toBe(0);
    expect((JSON.parse(byDefault.out) as { engine: string }).engine).toBe('wasm-relaxed-simd');
    expect(asked.code).not.toBe(0);
    expect(asked.err + asked.out).toMatch(/cannot be loaded.*npm run build:native/s);
    expect(listed.code).not.toBe(0);
    expect(listed.err).toMatch(/cannot be loaded/);
  });
});

describe('npm run build:native', () => {
  it('says that there is no compiler and ends with 1', async () => {
    const ended = await run([join(root, 'scripts/build-native.mjs')], { PATH: folder, CXX: '' });
    expect(ended.code).toBe(1);
    expect(ended.err).toMatch(/no C\+\+ compiler.*runs without this engine/);
  });
});
