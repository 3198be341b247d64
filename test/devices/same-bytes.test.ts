import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareRetrieval } from '../../src/compile/index.js';
import { systemClock } from '../../src/core/index.js';
import {
  descriptorHash,
  DeviceRegistry,
  programHash,
  type Program,
} from '../../src/device/index.js';
import { executeRun, recordHeader, RunRecorder } from '../../src/lab/index.js';
import { loadMemories } from '../../src/memory/index.js';
import { temporaryFolder } from '../../src/lab/temporary-folder.test-support.js';

const folder = temporaryFolder();
let registry: DeviceRegistry;
beforeAll(async () => {
  registry = await DeviceRegistry.open({
    driversRoot: fileURLToPath(new URL('../../drivers/', import.meta.url)),
    context: { clock: systemClock, threads: 3, log: () => undefined },
  });
});
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
});

/** Result and record of one run, with the same ids each time so that nothing but the physics can differ. */
async function run(
  device: string,
  program: Program,
  threads: number,
  name: string,
): Promise<{ result: string; record: Buffer }> {
  const chosen = registry.get(device);
  const descriptor = await chosen.describe();
  const path = join(folder, name);
  const record = new RunRecorder(
    path,
    recordHeader({
      run: 'the-run',
      job: 'the-job',
      origin: chosen.origin,
      seed: 7,
      program,
      programHash: programHash(program),
      descriptor,
      descriptorHash: descriptorHash(descriptor),
    }),
    systemClock,
  );
  await record.open();
  const { durationS: _duration, ...result } = await executeRun({
    device: chosen,
    prepared: { program, rule: null, observer: null, warnings: [] },
    seed: 7,
    runId: 'the-run',
    jobId: 'the-job',
    clock: systemClock,
    threads,
    record,
  });
  return { result: JSON.stringify(result), record: readFileSync(path) };
}

describe('the same program, seed and device', () => {
  it.each([
    ['glauber', 'rectified:4', 0.3],
    ['glauber', 'hebb', 1],
    ['cavity-qed', 'projection', undefined],
    ['rc-langevin', 'projection', undefined],
    ['rlc-langevin', 'projection', undefined],
    ['spiking', 'projection', undefined],
    ['spiking', 'hebb', 0.1],
    ['null', 'hebb', undefined],
  ])(
    '%s, %s: the same bytes in result and record, with 1, 2 and 3 threads',
    async (device, rule, temperature) => {
      const memories = await loadMemories('letters:A,B,C');
      const { program } = prepareRetrieval(
        {
          memories,
          rule,
          corrupt: 0.2,
          shots: 300 / (device.endsWith('langevin') ? 50 : 1),
          temperature: temperature ?? null,
          duration: 1,
        },
        await registry.get(device).describe(),
      );
      const name = `${device}-${rule.replace(':', '-')}-${temperature ?? 'own'}`;
      const one = await run(device, program, 1, `${name}-1`);
      const two = await run(device, program, 2, `${name}-2`);
      const three = await run(device, program, 3, `${name}-3`);
      expect(two.result).toBe(one.result);
      expect(three.result).toBe(one.result);
      expect(one.record.length).toBeGreaterThan(1000);
      expect(two.record.equals(one.record)).toBe(true);
      expect(three.record.equals(one.record)).toBe(true);
    },
  );
});
