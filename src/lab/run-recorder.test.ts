import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RecordBatchReader, tableFromIPC } from 'apache-arrow';
import { afterAll, describe, expect, it } from 'vitest';
import { ManualClock } from '../core/index.js';
import { descriptorHash, programHash, type Program, type SampleChunk } from '../device/index.js';
import { codeOf } from './code-of.test-support.js';
import { fakeChunk, fakeDescriptor, fakeProgram } from './fake-device.test-support.js';
import { headerFromMetadata, recordHeader, type RecordHeader } from './record-header.js';
import { RecordReader, repairRecord } from './record-reader.js';
import { RunRecorder } from './run-recorder.js';
import { sliceChunk } from './slice-chunk.js';
import { temporaryFolder } from './temporary-folder.test-support.js';

const clock = new ManualClock(0);
const folder = temporaryFolder();
let files = 0;
/** Recorders whose process, so to say, was killed: their files are closed when the tests are over. */
const killed: RunRecorder[] = [];
afterAll(async () => {
  for (const recorder of killed) {
    await (recorder as unknown as { file: { close(): Promise<void> } }).file.close();
  }
});
const newPath = (): string => join(folder, `run-${files++}`, 'samples.arrow');

const PROGRAMS: Readonly<Record<string, Program>> = {
  'spins with a state in every row': fakeProgram(),
  'spins with states at the end of shots only': fakeProgram({
    readout: { every: 1, channels: ['energy', 'work', 'heat'] },
  }),
  'continuous sites': fakeProgram({
    siteKinds: 'continuous',
    couplings: { kind: 'dense', data: new Array(16).fill(0) },
    readout: { every: 1, channels: ['state', 'heat'] },
  }),
  'a program without channels': fakeProgram({ readout: { every: 1, channels: [] } }),
};

function header(program: Program, run = 'R1'): RecordHeader {
  const descriptor = fakeDescriptor('a');
  return recordHeader({
    run,
    job: 'J1',
    origin: 'emulator',
    seed: 5,
    program,
    programHash: programHash(program),
    descriptor,
    descriptorHash: descriptorHash(descriptor),
  });
}

/** A record of so many shots of a program. */
async function write(program: Program, shots: number, run = 'R1', end = true): Promise<string> {
  const path = newPath();
  const recorder = new RunRecorder(path, header(program, run), clock);
  for (let shot = 0; shot < shots; shot++) await recorder.append(fakeChunk(program, 5, shot));
  expect(recorder.rows).toBe(3 * shots);
  expect(recorder.shots).toBe(shots);
  if (end) await recorder.close();
  else killed.push(recorder);
  return path;
}

const plain = (chunk: SampleChunk): unknown =>
  Object.fromEntries(
    Object.entries(chunk).map(([key, value]) => [
      key,
      ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<number>) : value,
    ]),
  );

async function readAll(path: string): Promise<SampleChunk[]> {
  await using reader = await RecordReader.open(path);
  const chunks: SampleChunk[] = [];
  for await (const chunk of reader.chunks()) chunks.push(chunk);
  return chunks;
}

describe('RunRecorder and RecordReader', () => {
  for (const [name, program] of Object.entries(PROGRAMS)) {
    it(`give back every chunk of ${name} as it came`, async () => {
      const path = await write(program, 3);
      const chunks = await readAll(path);
      expect(chunks.map(plain)).toEqual([0, 1, 2].map((k) => plain(fakeChunk(program, 5, k))));
      expect(chunks[0]!.state.constructor).toBe(
        program.siteKinds === 'ising' ? Int8Array : Float64Array,
      );
      await using reader = await RecordReader.open(path);
      expect(reader.header).toEqual(header(program));
      expect(reader).toMatchObject({ rows: 9, ended: true, damage: null });
    });
  }

  it('keep how the device’s clock went, and read records that do not say so', async () => {
    const program = fakeProgram();
    const clockThen = {
      at: '2026-01-01T00:00:00.000Z',
      nominalHz: 1e6,
      offsetS: 1767225590.123456,
      offsetUncertaintyS: 0.0012,
      ratePpm: -37.25,
      rateUncertaintyPpm: 4.5,
      readings: 12,
    };
    const path = newPath();
    const withClock: RecordHeader = { ...header(program), clock: clockThen };
    const recorder = new RunRecorder(path, withClock, clock);
    await recorder.append(fakeChunk(program, 5, 0));
    await recorder.close();
    {
      await using reader = await RecordReader.open(path);
      expect(reader.header).toEqual(withClock);
    }
    const { metadata } = tableFromIPC(readFileSync(path)).schema;
    expect(JSON.parse(metadata.get('relaxd.clock')!)).toEqual(clockThen);
    metadata.set('relaxd.clock', 'a quarter past');
    expect(() => headerFromMetadata(metadata)).toThrow(/relaxd.clock is not JSON/);
    metadata.delete('relaxd.clock');
    expect(headerFromMetadata(metadata)).toEqual(header(program));
  });

  it('write what any Arrow reader reads', async () => {
    const program = fakeProgram();
    const table = tableFromIPC(readFileSync(await write(program, 2)));
    expect(table.numRows).toBe(6);
    expect(table.schema.fields.map((field) => `${field.name}: ${field.type}`)).toEqual([
      'row: Int64',
      'shot: Int32',
      'step: Int32',
      't: Float64',
      'energy: Float64',
      'overlaps: FixedSizeList[2]<Float64>',
      'state: List<Int8>',
    ]);
    expect(table.schema.metadata.get('relaxd.run')).toBe('R1');
    expect(table.getChild('row')!.toArray()).toEqual(BigInt64Array.of(0n, 1n, 2n, 3n, 4n, 5n));
    const chunk = fakeChunk(program, 5, 1);
    const overlaps = table.getChild('overlaps')!.get(4) as Iterable<number>;
    expect([...overlaps]).toEqual([...chunk.overlaps!.subarray(2, 4)]);
    expect([...(table.getChild('state')!.get(5) as Iterable<number>)]).toEqual([
      ...chunk.state.subarray(8, 12),
    ]);
  });

  it('make the same bytes of the same samples, but for the ids of run and job', async () => {
    const program = fakeProgram();
    const one = readFileSync(await write(program, 3, 'R1'));
    const same = readFileSync(await write(program, 3, 'R1'));
    const other = readFileSync(await write(program, 3, 'R2'));
    expect(one.equals(same)).toBe(true);
    expect(one.equals(other)).toBe(false);
    expect(one.toString('latin1').replaceAll('R1', 'R2')).toBe(other.toString('latin1'));
  });

  it('leave a mark where rows are missing: row numbers go on', async () => {
    const program = fakeProgram();
    const path = newPath();
    const recorder = new RunRecorder(path, header(program), clock);
    await recorder.append(fakeChunk(program, 5, 0));
    await recorder.append(fakeChunk(program, 5, 4));
    await recorder.close();
    expect((await readAll(path)).map((chunk) => chunk.firstRow)).toEqual([0, 12]);
    await using reader = await RecordReader.open(path);
    expect((await reader.read(3, 2)).map((chunk) => chunk.firstRow)).toEqual([12]);
    expect(await reader.shots()).toBe(5);
  });

  it('read a range of rows across batches, and nothing behind the end', async () => {
    const program = fakeProgram();
    await using reader = await RecordReader.open(await write(program, 4));
    const chunks = await reader.read(2, 5);
    expect(chunks.map((chunk) => [chunk.firstRow, chunk.rows])).toEqual([
      [2, 1],
      [3, 3],
      [6, 1],
    ]);
    expect(plain(chunks[0]!)).toEqual(
      plain(sliceChunk(fakeChunk(program, 5, 0), 2, 3, { sites: 4, references: 2 })),
    );
    expect(chunks[0]!.step).toEqual(Int32Array.of(2));
    expect(await reader.read(12, 5)).toEqual([]);
  });

  it('show what is there while it is being written', async () => {
    const program = fakeProgram();
    const path = newPath();
    const recorder = new RunRecorder(path, header(program), clock);
    await recorder.append(fakeChunk(program, 5, 0));
    await using reader = await RecordReader.open(path);
    expect(reader).toMatchObject({ rows: 3, ended: false, damage: null });
    await recorder.append(fakeChunk(program, 5, 1));
    await Promise.all([reader.refresh(), reader.refresh()]);
    expect(reader.rows).toBe(6);
    await recorder.close();
    await reader.refresh();
    expect(reader.ended).toBe(true);
  });

  it('never write over a record that is there', async () => {
    const path = await write(fakeProgram(), 1);
    const recorder = new RunRecorder(path, header(fakeProgram()), clock);
    expect(await codeOf(recorder.open())).toBe('file-unwritable');
  });

  it('refuse a chunk after the close, and close twice without harm', async () => {
    const program = fakeProgram();
    const recorder = new RunRecorder(newPath(), header(program), clock);
    await recorder.append(fakeChunk(program, 5, 0));
    await recorder.close();
    await recorder.close();
    expect(await codeOf(recorder.append(fakeChunk(program, 5, 1)))).toBe('file-unwritable');
  });

  it('say disk-full where there is no room, and keep the file whole', async () => {
    // /dev/full answers each write with ENOSPC. It cannot be made anew, so the recorder gets it as its file.
    const program = fakeProgram();
    const path = newPath();
    const recorder = new RunRecorder(path, header(program), clock);
    await recorder.append(fakeChunk(program, 5, 0));
    const own = recorder as unknown as { file: { write: unknown } };
    const { file } = own;
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const write = file.write;
    file.write = async () => Promise.reject(full);
    expect(await codeOf(recorder.append(fakeChunk(program, 5, 1)))).toBe('disk-full');
    file.write = write;
    await recorder.append(fakeChunk(program, 5, 1));
    await recorder.close();
    expect((await readAll(path)).map((chunk) => chunk.firstRow)).toEqual([0, 3]);
  });
});

describe('RecordReader on a torn record', () => {
  it('reads every whole batch wherever the last one was cut off, and repair makes it a whole record', async () => {
    const program = fakeProgram();
    const two = statSync(await write(program, 2, 'R1', false)).size;
    const path = await write(program, 3, 'R1', false);
    const { size } = statSync(path);
    for (let cut = two; cut <= size; cut++) {
      const torn = newPath().replace('/samples', '-samples');
      copyFileSync(path, torn);
      truncateSync(torn, cut);
      const reader = await RecordReader.open(torn);
      const whole = cut === two || cut === size;
      expect([cut, reader.rows]).toEqual([cut, cut === size ? 9 : 6]);
      expect([cut, reader.damage === null]).toEqual([cut, whole]);
      if (!whole) expect(reader.damage).toMatchObject({ offset: two, bytes: cut - two });
      await reader[Symbol.asyncDispose]();
      // One in eight is repaired as well: each repair waits for the disk.
      if (cut % 8 !== 0 && cut !== size) continue;
      const repaired = await repairRecord(torn);
      expect(repaired.rows).toBe(cut === size ? 9 : 6);
      expect(repaired.shots).toBe(cut === size ? 3 : 2);
      expect(repaired.damage === null).toBe(whole);
      const batches = [...RecordBatchReader.from(readFileSync(torn))];
      expect(batches).toHaveLength(cut === size ? 3 : 2);
      // Whoever was killed before telling of it tells of it the next time.
      expect(await repairRecord(torn)).toEqual(repaired);
    }
  });

  it('is ended behind a batch that is still being written, as when a run is aborted', async () => {
    const program = fakeProgram();
    const path = newPath();
    const recorder = new RunRecorder(path, header(program), clock);
    await recorder.append(fakeChunk(program, 5, 0));
    const under = recorder.append(fakeChunk(program, 5, 1));
    await recorder.close();
    await under;
    expect(recorder.shots).toBe(2);
    expect(await repairRecord(path)).toEqual({ rows: 6, shots: 2, nextRow: 6, damage: null });
    expect(statSync(path).size).toBe(recorder.bytes);
    await expect(recorder.append(fakeChunk(program, 5, 2))).rejects.toThrow('has been closed');
  });

  it('reads a record that ends within a shot, and counts only whole shots', async () => {
    const program = fakeProgram();
    const path = newPath();
    const recorder = new RunRecorder(path, header(program), clock);
    await recorder.append(fakeChunk(program, 5, 0));
    const sizes = { sites: 4, references: 2 };
    await recorder.append(sliceChunk(fakeChunk(program, 5, 1), 0, 2, sizes));
    expect(recorder.shots).toBe(1);
    await recorder.close();
    expect(await repairRecord(path)).toEqual({ rows: 5, shots: 1, nextRow: 5, damage: null });
  });

  it('sees zeros where a batch should be', async () => {
    const program = fakeProgram();
    const two = statSync(await write(program, 2, 'R1', false)).size;
    const bytes = readFileSync(await write(program, 3, 'R1', false));
    // Wholly, and from after the batch's message on: the row numbers are then not what must come next.
    const body = bytes.readInt32LE(two + 4) + 8 + two;
    for (const from of [two, body]) {
      const path = join(folder, `zeros-${from}.arrow`);
      writeFileSync(path, Buffer.from(bytes).fill(0, from));
      await using reader = await RecordReader.open(path);
      expect(reader.rows).toBe(6);
      expect(reader.damage).not.toBe(null);
    }
  });

  it('reads nothing that is not what was written, whichever byte of a batch is another', async () => {
    const program = fakeProgram();
    const one = statSync(await write(program, 1, 'R1', false)).size;
    const two = statSync(await write(program, 2, 'R1', false)).size;
    const path = await write(program, 3, 'R1', false);
    const bytes = readFileSync(path);
    const chunks = await readAll(path);
    const other = join(folder, 'flipped.arrow');
    let refused = 0;
    for (let at = one; at < two; at += at < one + 8 ? 1 : 5) {
      const flipped = Buffer.from(bytes);
      flipped[at]! ^= 1 << (at & 7);
      writeFileSync(other, flipped);
      await using reader = await RecordReader.open(other);
      const read: SampleChunk[] = [];
      try {
        for await (const chunk of reader.chunks()) read.push(chunk);
      } catch (error) {
        expect(error).toMatchObject({ code: 'record-damaged', details: { offset: one } });
        refused++;
      }
      expect([at, read]).toEqual([at, chunks.slice(0, read.length)]);
    }
    // Records of before there were checksums do not say that they have them.
    const before = bytes.toString('latin1').replace('relaxd.checksum', 'before.checksum');
    writeFileSync(other, before, 'latin1');
    expect(await readAll(other)).toEqual(chunks);
    // Before that it is no batch, or not the one that must come next; behind it are zeros that nobody reads.
    expect(refused).toBeGreaterThan((two - one) / 10);
  });

  it('cuts a record off before a batch that is not what was written, and keeps what it cuts off', async () => {
    const program = fakeProgram();
    const one = statSync(await write(program, 1, 'R1', false)).size;
    const two = statSync(await write(program, 2, 'R1', false)).size;
    const path = await write(program, 3, 'R1', false);
    const bytes = readFileSync(path);
    bytes[two - 1]! ^= 1;
    writeFileSync(path, bytes);
    const damage = { offset: one, bytes: bytes.length - one };
    const repaired = await repairRecord(path);
    expect(repaired).toMatchObject({ rows: 3, shots: 1, nextRow: 3, damage });
    expect(repaired.damage!.reason).toMatch('the checksum of the batch from row 3 on is another');
    expect(readFileSync(`${path}.torn`)).toEqual(bytes.subarray(one));
    expect([...RecordBatchReader.from(readFileSync(path))]).toHaveLength(1);
    expect(await repairRecord(path)).toEqual(repaired);
  });

  it('refuses what is no record at all', async () => {
    const path = await write(fakeProgram(), 1);
    const bytes = readFileSync(path);
    const noRecord = async (content: Buffer): Promise<string> => {
      const other = join(folder, `other-${files++}.arrow`);
      writeFileSync(other, content);
      return codeOf(RecordReader.open(other));
    };
    expect(await codeOf(RecordReader.open(join(folder, 'nowhere')))).toBe('file-unreadable');
    expect(await noRecord(Buffer.alloc(0))).toBe('record-damaged');
    expect(await noRecord(Buffer.from('PK\u0003\u0004 something else'))).toBe('record-damaged');
    expect(await noRecord(bytes.subarray(0, 100))).toBe('record-damaged');
    const foreign = Buffer.from(
      bytes.toString('latin1').replaceAll('relaxd.', 'foreign'),
      'latin1',
    );
    expect(await noRecord(foreign)).toBe('record-damaged');
    const newer = bytes.toString('latin1').replace(/relaxd\.version/g, 'relaxd.versioX');
    expect(await noRecord(Buffer.from(newer, 'latin1'))).toBe('record-damaged');
  });
});
