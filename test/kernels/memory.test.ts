import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { denseCouplings } from '../../src/bench/sweep-programs.js';
import type { DenseCouplings } from '../../src/device/index.js';

const main = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
/** Says on stderr how much resident memory a process has had at most, in kB. */
const TELL_PEAK =
  'data:text/javascript,process.on("exit",()=>process.stderr.write(`peak ${process.resourceUsage().maxRSS}\\n`))';
/** So many that a few MB, which the peak of the code alone varies by, do not hide half of their couplings. */
const SITES = 1792;
/** Garbage is collected soon, so that the peak is of what is kept: with the young generation as it is by default it varies by 16 MB. */
const COLLECT_SOON = '--max-semi-space-size=1';
/** The couplings, 25.7 MB, and what reading, checking and hashing them takes: 2 to 4 MB. */
const MOST_FOR_COUPLINGS_MB = 37;
/** Commands, devices, kernels and one worker thread: 45 MB here, 60 MB without the bundle. TypeBox in both threads and Arrow were 55 MB more. */
const MOST_FOR_CODE_MB = 80;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relaxd-memory-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function peakMb(...call: string[]): Promise<{ mb: number; out: string }> {
  const { stderr, stdout } = await promisify(execFile)(process.execPath, [
    COLLECT_SOON,
    '--import',
    TELL_PEAK,
    ...call,
  ]);
  return { mb: (Number(/peak (\d+)\n$/.exec(stderr)?.[1]) * 1024) / 1e6, out: stdout };
}

/** Peak of `relaxd run` with dense couplings, read from a file. */
async function peakOfRunMb(sites: number): Promise<number> {
  const file = join(folder, `${sites}.json`);
  const { data } = denseCouplings(sites) as DenseCouplings;
  const rest = {
    version: 1,
    sites,
    dynamics: { rule: 'metropolis', order: 'sequential', temperature: 1 },
    duration: 2,
    readout: { channels: ['energy'] },
    seed: 1,
  };
  await writeFile(
    file,
    `{"couplings":{"kind":"dense","data":[${data.join(',')}]},${JSON.stringify(rest).slice(1)}`,
  );
  const { mb, out } = await peakMb(main, 'run', file, '--device', 'glauber', '--json');
  expect(JSON.parse(out)).toMatchObject({ device: 'glauber', shots: 1 });
  return mb;
}

describe('the memory of relaxd run', () => {
  it('is the couplings once, on top of code of which only what it needs is loaded', async () => {
    const node = (await peakMb('--eval', '0')).mb;
    const small = await peakOfRunMb(8);
    const large = await peakOfRunMb(SITES);
    expect(small - node).toBeLessThan(MOST_FOR_CODE_MB);
    expect(large - small).toBeLessThan(MOST_FOR_COUPLINGS_MB);
    // It has them, and so was a run; the peak of the small one varies by a few MB.
    expect(large - small).toBeGreaterThan((4 * SITES ** 2) / 1e6);
  }, 60_000);
});
