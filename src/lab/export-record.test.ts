import { existsSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { unzipSync } from 'fflate';
import { asyncBufferFromFile, parquetMetadata, parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { ManualClock, type RelaxdError } from '../core/index.js';
import type { Program } from '../device/index.js';
import { EXPORT_FORMATS, exportFormat, exportRecord } from './export-record.js';
import { fakeChunk, fakeDescriptor, fakeProgram } from './fake-device.test-support.js';
import { npyText } from './npy-header.js';
import { recordHeader } from './record-header.js';
import { RunRecorder } from './run-recorder.js';
import { temporaryFolder } from './temporary-folder.test-support.js';

const folder = temporaryFolder();
let files = 0;

/** More than 32 bits, as those that are drawn. */
const SEED = 2 ** 47 + 1;
const SPINS = fakeProgram({ readout: { every: 1, channels: ['energy', 'overlaps', 'state'] } });
const ENDS = fakeProgram({ readout: { every: 1, channels: ['work'] } });
const VOLTS = fakeProgram({
  siteKinds: 'continuous',
  couplings: { kind: 'dense', data: new Array(16).fill(0) },
  readout: { every: 1, channels: ['heat', 'state'] },
});

async function record(program: Program, shots = 3): Promise<string> {
  const path = join(folder, `${files++}.arrow`);
  const header = recordHeader({
    run: 'R1',
    job: 'J1',
    origin: 'emulator',
    seed: SEED,
    program,
    programHash: 'sha256:p',
    descriptor: fakeDescriptor('a'),
    descriptorHash: 'sha256:d',
  });
  const recorder = new RunRecorder(path, header, new ManualClock());
  for (let shot = 0; shot < shots; shot++) await recorder.append(fakeChunk(program, 5, shot));
  await recorder.open();
  await recorder.close();
  return path;
}

/** All chunks' values of a channel, one after the other. */
function joined(program: Program, take: (k: number) => ArrayLike<number>, shots = 3): number[] {
  return Array.from({ length: shots }, (_, k) => Array.from(take(k))).flat();
}

interface Npy {
  readonly header: string;
  readonly data: Uint8Array;
}
function parseNpy(bytes: Uint8Array): Npy {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint16(8, true);
  expect((10 + length) % 64).toBe(0);
  return {
    header: Buffer.from(bytes.subarray(10, 10 + length))
      .toString('latin1')
      .trim(),
    data: Uint8Array.from(bytes.subarray(10 + length)), // a copy of its own, aligned
  };
}

describe('exportRecord', () => {
  it('arrow: gives the record of a run that ended well byte for byte', async () => {
    const path = await record(SPINS);
    const out = join(folder, 'copy.arrow');
    expect(await exportRecord(path, 'arrow', out)).toEqual({ rows: 9, damage: null });
    expect(readFileSync(out).equals(readFileSync(path))).toBe(true);
  });

  it('arrow: gives the intact part of a torn record a proper end, and says what was torn', async () => {
    const path = await record(SPINS);
    truncateSync(path, readFileSync(path).length - 40);
    const out = join(folder, 'intact.arrow');
    const { rows, damage } = await exportRecord(path, 'arrow', out);
    expect(rows).toBe(6);
    expect(damage).toContain('ends within');
    expect(tableFromIPC(readFileSync(out)).numRows).toBe(6);
  });

  it('csv: writes a line a row, with states as letters and numbers that read back the same', async () => {
    const out = join(folder, 'spins.csv');
    await exportRecord(await record(SPINS), 'csv', out);
    const lines = readFileSync(out, 'utf8').trimEnd().split('\n');
    expect(lines[0]).toBe('row,shot,step,t,energy,overlap_0,overlap_1,state');
    expect(lines).toHaveLength(10);
    const chunk = fakeChunk(SPINS, 5, 1);
    const cells = lines[5]!.split(',');
    expect(cells.slice(0, 5)).toEqual(['4', '1', '1', '1', 'nan']);
    expect(Number(cells[5])).toBe(chunk.overlaps![2]);
    expect(cells[7]).toBe(
      Array.from(chunk.state.subarray(4, 8), (s) => (s > 0 ? 'u' : 'd')).join(''),
    );
  });

  it('csv: leaves the state of a row without one empty, and lists the values of continuous sites', async () => {
    const ends = join(folder, 'ends.csv');
    await exportRecord(await record(ENDS), 'csv', ends);
    const rows = readFileSync(ends, 'utf8').trimEnd().split('\n').slice(1);
    expect(rows.map((row) => row.split(',').at(-1)!.length)).toEqual([0, 0, 4, 0, 0, 4, 0, 0, 4]);
    const volts = join(folder, 'volts.csv');
    await exportRecord(await record(VOLTS), 'csv', volts);
    const [, first] = readFileSync(volts, 'utf8').split('\n');
    expect(first!.split(',').at(-1)!.split(' ').map(Number)).toEqual(
      Array.from(fakeChunk(VOLTS, 5, 0).state.subarray(0, 4)),
    );
  });

  it('npz: holds one array for each column, the final states, and the header', async () => {
    const out = join(folder, 'spins.npz');
    await exportRecord(await record(SPINS), 'npz', out);
    const entries = unzipSync(readFileSync(out));
    expect(Object.keys(entries).sort()).toEqual(
      ['energy', 'final_states', 'metadata', 'overlaps', 'row', 'shot', 'state', 'step', 't'].map(
        (name) => `${name}.npy`,
      ),
    );
    const energy = parseNpy(entries['energy.npy']!);
    expect(energy.header).toBe("{'descr': '<f8', 'fortran_order': False, 'shape': (9,), }");
    expect(Array.from(new Float64Array(energy.data.buffer))).toEqual(
      joined(SPINS, (k) => fakeChunk(SPINS, 5, k).energy!),
    );
    const overlaps = parseNpy(entries['overlaps.npy']!);
    expect(overlaps.header).toContain("'shape': (9, 2)");
    expect(Array.from(new Float64Array(overlaps.data.buffer))).toEqual(
      joined(SPINS, (k) => fakeChunk(SPINS, 5, k).overlaps!),
    );
    const state = parseNpy(entries['state.npy']!);
    expect(state.header).toContain("'|i1'");
    expect(Array.from(new Int8Array(state.data.buffer))).toEqual(
      joined(SPINS, (k) => fakeChunk(SPINS, 5, k).state),
    );
    const finals = parseNpy(entries['final_states.npy']!);
    expect(finals.header).toContain("'shape': (3, 4)");
    expect(Array.from(new Int8Array(finals.data.buffer))).toEqual(
      joined(SPINS, (k) => fakeChunk(SPINS, 5, k).state.subarray(8, 12)),
    );
    const row = parseNpy(entries['row.npy']!);
    expect(Array.from(new BigInt64Array(row.data.buffer), Number)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8,
    ]);
  });

  it('npz: has final states but no states where none were asked for, and the same bytes each time', async () => {
    const path = await record(ENDS);
    const [one, two] = [join(folder, 'one.npz'), join(folder, 'two.npz')];
    await exportRecord(path, 'npz', one);
    await exportRecord(path, 'npz', two);
    expect(readFileSync(one).equals(readFileSync(two))).toBe(true);
    const entries = unzipSync(readFileSync(one));
    expect(entries['state.npy']).toBe(undefined);
    expect(parseNpy(entries['final_states.npy']!).header).toContain("'shape': (3, 4)");
  });

  it('parquet: reads back with every column, states null where a row has none', async () => {
    for (const program of [SPINS, ENDS, VOLTS]) {
      const out = join(folder, 'table.parquet');
      await exportRecord(await record(program), 'parquet', out);
      const rows = (await parquetReadObjects({ file: await asyncBufferFromFile(out) })) as Record<
        string,
        unknown
      >[];
      expect(rows).toHaveLength(9);
      rows.forEach((row, k) => {
        const chunk = fakeChunk(program, 5, Math.floor(k / 3));
        const at = chunk.stateRows.indexOf(k % 3);
        expect(row['row']).toBe(BigInt(k));
        expect(row['t']).toBe(k % 3);
        for (const name of ['energy', 'work', 'heat'] as const) {
          expect(row[name]).toEqual(chunk[name]?.[k % 3]);
        }
        if (chunk.overlaps !== null) {
          expect(row['overlaps']).toEqual([
            ...chunk.overlaps.subarray((k % 3) * 2, (k % 3) * 2 + 2),
          ]);
        }
        const state = row['state'] as ArrayLike<number> | null | undefined;
        expect(state == null ? null : Array.from(state)).toEqual(
          at < 0 ? null : [...chunk.state.subarray(at * 4, at * 4 + 4)],
        );
      });
      const metadata = parquetMetadata(Uint8Array.from(readFileSync(out)).buffer);
      const run = metadata.key_value_metadata?.find(({ key }) => key === 'relaxd.run');
      expect(run?.value).toBe('R1');
    }
  });

  it('hdf5: reads back with every dataset and the header as attributes', async () => {
    const { File, ready } = await import('h5wasm/node');
    await ready;
    for (const program of [SPINS, VOLTS]) {
      const out = join(folder, 'table.h5');
      await exportRecord(await record(program), 'hdf5', out);
      const file = new File(out, 'r');
      const dataset = (name: string) =>
        file.get(name) as { shape: number[]; value: ArrayLike<number> };
      expect(dataset('state').shape).toEqual([9, 4]);
      expect(Array.from(dataset('state').value)).toEqual(
        joined(program, (k) => fakeChunk(program, 5, k).state),
      );
      expect(dataset('final_states').shape).toEqual([3, 4]);
      expect(dataset('t').shape).toEqual([9]);
      expect(Array.from(dataset('shot').value)).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2]);
      expect(Array.from(dataset('row').value, Number)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
      expect(file.attrs['run']!.value).toBe('R1');
      expect(Number(file.attrs['seed']!.value)).toBe(SEED);
      expect(file.attrs['device']!.value).toBe('a');
      file.close();
    }
  });

  it('writes a record without rows in every format', async () => {
    const path = await record(SPINS, 0);
    for (const format of EXPORT_FORMATS) {
      const out = join(folder, `empty.${format}`);
      expect(await exportRecord(path, format, out)).toEqual({ rows: 0, damage: null });
      expect(existsSync(out)).toBe(true);
    }
  });

  it('leaves no half-written file behind, and names a folder that is not there', async () => {
    const path = await record(SPINS, 1);
    for (const format of EXPORT_FORMATS) {
      const out = join(folder, 'nowhere', `x.${format}`);
      const error = await exportRecord(path, format, out).catch((e: unknown) => e as RelaxdError);
      expect([format, (error as RelaxdError).code]).toEqual([format, 'file-unwritable']);
    }
  });

  it('knows its formats by name', () => {
    expect(exportFormat('npz')).toBe('npz');
    expect(() => exportFormat('xlsx')).toThrow(/no export format 'xlsx'/);
  });
});

describe('npyText', () => {
  it('stores a text as numpy does, letter by letter in UCS-4', () => {
    const { header, data } = parseNpy(npyText('aξ'));
    expect(header).toBe("{'descr': '<U2', 'fortran_order': False, 'shape': (), }");
    expect(Array.from(new Uint32Array(data.buffer))).toEqual([97, 0x3be]);
  });
});
