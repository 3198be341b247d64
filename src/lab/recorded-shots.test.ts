import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../core/index.js';
import { descriptorHash, programHash, type SampleChunk } from '../device/index.js';
import { fakeChunk, fakeDescriptor, fakeProgram } from './fake-device.test-support.js';
import { recordHeader } from './record-header.js';
import { readRecordedShots } from './recorded-shots.js';
import { RunRecorder } from './run-recorder.js';
import { temporaryFolder } from './temporary-folder.test-support.js';

const folder = temporaryFolder();
const program = fakeProgram({ readout: { every: 1, channels: ['energy', 'work', 'heat'] } });
let files = 0;

/** A record of these chunks; what the device says of its thermodynamics is told between making it and opening it. */
async function write(
  chunks: readonly SampleChunk[],
  thermodynamics: Record<string, unknown> | null = null,
  of = program,
): Promise<string> {
  const descriptor = fakeDescriptor('a');
  const path = join(folder, `${files++}.arrow`);
  const recorder = new RunRecorder(
    path,
    recordHeader({
      run: 'R1',
      job: 'J1',
      origin: 'emulator',
      seed: 5,
      program: of,
      programHash: programHash(of),
      descriptor,
      descriptorHash: descriptorHash(descriptor),
    }),
    new ManualClock(0),
  );
  recorder.state(thermodynamics);
  await recorder.open();
  for (const chunk of chunks) await recorder.append(chunk);
  await recorder.close();
  return path;
}
/** A shot of three readouts with these values. */
function shot(
  number: number,
  energy: readonly number[],
  work: readonly number[],
  heat: readonly number[],
): SampleChunk {
  return {
    ...fakeChunk(program, 5, number),
    energy: Float64Array.from(energy),
    work: Float64Array.from(work),
    heat: Float64Array.from(heat),
  };
}
const rows = (chunk: SampleChunk, from: number, to: number): SampleChunk => ({
  ...chunk,
  firstRow: chunk.firstRow + from,
  rows: to - from,
  shot: chunk.shot.slice(from, to),
  step: chunk.step.slice(from, to),
  t: chunk.t.slice(from, to),
  energy: chunk.energy!.slice(from, to),
  work: chunk.work!.slice(from, to),
  heat: chunk.heat!.slice(from, to),
  stateRows: to === chunk.rows ? Int32Array.of(to - from - 1) : new Int32Array(0),
  state: to === chunk.rows ? chunk.state : chunk.state.slice(0, 0),
});

describe('readRecordedShots', () => {
  it('takes totals from the last rows, and the energy before the jump at t = 0 from the first', async () => {
    // Work 0.5 was done by a jump at t = 0, of which the energy readout knows already.
    const path = await write([
      shot(0, [1, 2, 3], [0.5, 1, 4], [0, 0.1, 1.5]),
      shot(1, [0, 0, 0], [0, 0, 0], [0, 0, 0]),
    ]);
    const states: number[] = [];
    const found = await readRecordedShots(path, (state) => states.push(state.length));
    expect(found).toMatchObject({ shots: 2, torn: 0, damage: null });
    expect(found.work).toEqual([4, 0]);
    expect(found.heat).toEqual([1.5, 0]);
    expect(found.energyChange).toEqual([2.5, 0]);
    expect(found.energySeries!.map((series) => Array.from(series))).toEqual([
      [1, 2, 3],
      [0, 0, 0],
    ]);
    expect(states).toEqual([program.sites, program.sites]);
  });

  it('leaves out shots whose first or last row is missing', async () => {
    const whole = [0, 1, 2].map((k) => shot(k, [1, 1, 1], [0, 0, k], [0, 0, 0]));
    const path = await write([rows(whole[0]!, 0, 2), rows(whole[1]!, 1, 3), whole[2]!]);
    const found = await readRecordedShots(path);
    expect(found).toMatchObject({ shots: 1, torn: 2 });
    expect(found.work).toEqual([2]);
  });

  it('has null where a channel was not recorded', async () => {
    const bare = fakeProgram({ readout: { every: 1, channels: ['heat'] } });
    const path = await write([fakeChunk(bare, 5, 0)], null, bare);
    const found = await readRecordedShots(path);
    expect(found).toMatchObject({ work: null, energyChange: null, energySeries: null });
    expect(found.heat).toHaveLength(1);
  });

  it('reads what the device said of its thermodynamics, and nothing where it said nothing', async () => {
    const told = await readRecordedShots(await write([], { version: 1, duration: 2 }));
    expect(JSON.parse(told.header.thermodynamics!)).toEqual({ version: 1, duration: 2 });
    const silent = await readRecordedShots(await write([]));
    expect('thermodynamics' in silent.header).toBe(false);
  });
});
