import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../core/index.js';
import { bench } from './lab-bench.test-support.js';

/** The first JSON example of a page in docs/formats. */
function example(page: string): Record<string, unknown> {
  const path = new URL(`docs/formats/${page}`, packageRoot(import.meta.url));
  const [, json] = /```json\n([\s\S]*?)\n```/.exec(readFileSync(path, 'utf8'))!;
  return JSON.parse(json!) as Record<string, unknown>;
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

  it('record.md shows the stop document of a run', async () => {
    const { lab } = await bench();
    await using _ = lab;
    const { run } = await lab.jobEnd((await lab.submit({ kind: 'run', device: 'a' })).id);
    const documents = await lab.runDocuments(run!);
    const stop = documents.find((entry) => entry.kind === 'stop')!.document;
    const shown = example('record.md');
    expect(Object.keys(shown)).toEqual(Object.keys(stop));
    expect({ ...shown, run, bytes: stop['bytes'] }).toEqual(stop);
  });
});
