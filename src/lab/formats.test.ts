import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../core/index.js';
import { bench } from './lab-bench.test-support.js';
import type { SweepDocument } from './sweep-document.js';

/** A JSON example of a page in docs/formats; the first one where none is said. */
function example(page: string, number = 0): Record<string, unknown> {
  const path = new URL(`docs/formats/${page}`, packageRoot(import.meta.url));
  const examples = [...readFileSync(path, 'utf8').matchAll(/```json\n([\s\S]*?)\n```/g)];
  return JSON.parse(examples[number]![1]!) as Record<string, unknown>;
}

describe('docs/formats', () => {
  it('result.md shows the members of a result, in their order', async () => {
    const { lab } = await bench();
    await using _ = lab;
    const { result } = await lab.jobEnd((await lab.submit({ kind: 'run', device: 'a' })).id);
    expect(Object.keys(example('result.md'))).toEqual(Object.keys(result!));
    const thermodynamics = example('result.md')['thermodynamics'] as object;
    expect(Object.keys(thermodynamics)).toEqual(Object.keys(result!.thermodynamics));
  });

  it('sweep.md shows what is asked, as the lab reads it, and the members of what comes back', async () => {
    const { lab } = await bench({ names: ['glauber', 'rc-langevin'] });
    await using _ = lab;
    const asked = example('sweep.md') as { axes: { path: string }[] };
    // The kind of the tests has other members than a retrieval.
    const axes = asked.axes.filter(({ path }) => path === 'device');
    const body = { ...asked, base: { kind: 'run', device: 'glauber' }, axes };
    const { result } = await lab.jobEnd((await lab.submit(body)).id);
    const shown = example('sweep.md', 1) as unknown as SweepDocument;
    const made = result as unknown as SweepDocument;
    expect(Object.keys(shown)).toEqual(Object.keys(made));
    expect(Object.keys(shown.rows[0]!)).toEqual(Object.keys(made.rows[0]!));
    expect(Object.keys(shown.counts)).toEqual(Object.keys(made.counts));
  });

  it('record.md shows the stop document of a run', async () => {
    const { lab } = await bench();
    await using _ = lab;
    const { run } = await lab.jobEnd((await lab.submit({ kind: 'run', device: 'a' })).id);
    const documents = await lab.archive.documents(run!);
    const stop = documents.find((entry) => entry.kind === 'stop')!.document;
    const shown = example('record.md');
    expect(Object.keys(shown)).toEqual(Object.keys(stop));
    expect({ ...shown, run, bytes: stop['bytes'] }).toEqual(stop);
  });
});
