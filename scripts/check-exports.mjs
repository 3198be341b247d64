/**
 * Reads exports with programs that are not ours and holds every value, type, null and text to what the device delivered:
 * `node scripts/check-exports.mjs [--readers DIR] [--keep DIR]`. CSV, NPZ and HDF5 are read by pandas, numpy and h5py (Debian's
 * python3-pandas, python3-h5py), Parquet by DuckDB, Arrow by Apache's Rust implementation, which hands it on to DuckDB. The last two are
 * npm packages that relaxd does not depend on: DIR holds their node_modules; without it they are installed into a temporary folder,
 * which goes away afterwards. Needs the built service. Exit code 1 where anything differs.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';

const READERS = ['@duckdb/node-api@1.5.6-r.1', 'parquet-wasm@0.8.0'];
const root = resolve(import.meta.dirname, '..');
const { values: options } = parseArgs({
  options: { readers: { type: 'string' }, keep: { type: 'string' } },
});
const folder = options.keep ?? (await mkdtemp(join(tmpdir(), 'relaxd-exports-')));
await mkdir(folder, { recursive: true });
const began = performance.now();
const tell = (what) => console.log(`${((performance.now() - began) / 1000).toFixed(1)} s  ${what}`);

function call(command, args) {
  const done = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
  if (done.status === 0) return done.stdout.trim();
  throw new Error(`${command} ${args.join(' ')}: ${done.status}\n${done.stdout}${done.stderr}`);
}

try {
  const { knownRecords } = await import(join(root, 'dist/test/exports/known-records.js'));
  const { expectedColumns } = await import(join(root, 'dist/test/exports/expected-columns.js'));
  const { EXPORT_FORMATS, exportRecord } = await import(join(root, 'dist/src/lab/index.js'));
  const { records, sweep } = await knownRecords(folder);
  const expected = records.map(expectedColumns);
  for (const { name, path } of records) {
    for (const format of EXPORT_FORMATS) {
      await exportRecord(
        path,
        format,
        join(folder, `${name}.${format === 'arrow' ? 'arrows' : format}`),
      );
    }
  }
  await writeFile(join(folder, 'sweep.csv'), sweep.csv);
  await writeFile(join(folder, 'sweep.json'), sweep.json);
  await writeFile(
    join(folder, 'expected.json'),
    JSON.stringify({ records: expected, sweep: sweep.document }),
  );
  tell(
    `${records.length} records of ${new Set(records.map(({ header }) => header.device)).size} devices in ${EXPORT_FORMATS.length} formats`,
  );

  tell(call('/usr/bin/python3', [join(root, 'scripts/check-exports.py'), folder]));

  const readers = options.readers ?? join(folder, 'readers');
  if (options.readers === undefined) {
    await mkdir(readers, { recursive: true });
    call('npm', ['i', '--no-save', '--prefix', readers, '--no-audit', '--no-fund', ...READERS]);
    tell('readers installed');
  }
  await readWithDuckDb(readers, expected);
} finally {
  if (options.keep === undefined) await rm(folder, { recursive: true, force: true });
}

/** Parquet as it is, and Arrow by way of Apache's Rust implementation. */
async function readWithDuckDb(readers, expected) {
  const require = createRequire(join(resolve(readers), 'index.js'));
  const { DuckDBInstance, version } = require('@duckdb/node-api');
  const rust = require('parquet-wasm');
  const instance = await DuckDBInstance.create(':memory:');
  const database = await instance.connect();
  for (const record of expected) {
    const parquet = join(folder, `${record.name}.parquet`);
    await checkTable(database, parquet, record);

    const table = rust.Table.fromIPCStream(
      new Uint8Array(await readFile(join(folder, `${record.name}.arrows`))),
    );
    const metadata = Object.fromEntries(table.schema.metadata());
    const expected = { ...record.metadata, 'relaxd.checksum': 'crc32' };
    assert.deepEqual(metadata, expected, `${record.name}: metadata of the Arrow stream`);
    const again = join(folder, `${record.name}.arrows.parquet`);
    await writeFile(again, rust.writeParquet(table));
    await checkTable(database, again, record);
  }
  database.closeSync();
  tell(
    `parquet of ${expected.length} records: as delivered, by DuckDB ${version()}; ` +
      `arrow: the same, by Apache's Rust implementation (${READERS[1]}) and DuckDB`,
  );
}

async function checkTable(database, file, record) {
  const from = `read_parquet('${file.replaceAll("'", "''")}')`;
  const rowsOf = async (sql) => (await database.runAndReadAll(sql)).getRows();
  const listed = await rowsOf(`DESCRIBE SELECT * FROM ${from}`);
  const types = listed.map(([name, type]) => [name, type]);
  const doubles = Object.keys(record.scalars).map((name) => [name, 'DOUBLE']);
  assert.deepEqual(
    types,
    [
      ...[
        ['row', 'BIGINT'],
        ['shot', 'INTEGER'],
        ['step', 'INTEGER'],
        ['t', 'DOUBLE'],
      ],
      ...doubles,
      ...(record.overlaps === null ? [] : [['overlaps', 'DOUBLE[]']]),
      ['state', record.spins ? 'TINYINT[]' : 'DOUBLE[]'],
    ],
    `${file}: types`,
  );
  if (!file.endsWith('.arrows.parquet')) {
    const entries = await rowsOf(
      `SELECT decode(key), decode(value) FROM parquet_kv_metadata('${file}')`,
    );
    assert.deepEqual(Object.fromEntries(entries), record.metadata, `${file}: metadata`);
  }
  const rows = await rowsOf(`SELECT * FROM ${from}`);
  assert.equal(rows.length, record.row.length, `${file}: rows`);
  rows.forEach((cells, k) => {
    const row = Object.fromEntries(types.map(([name], column) => [name, cells[column]]));
    const is = (name, got, want) => assert.deepEqual(got, want, `${file}: row ${k}: ${name}`);
    is('row', row.row.toString(), record.row[k]);
    is('shot', row.shot, record.shot[k]);
    is('step', row.step, record.step[k]);
    is('t', bits(row.t), record.t[k]);
    for (const [name, values] of Object.entries(record.scalars)) {
      is(name, row[name] === null ? null : bits(row[name]), values[k]);
    }
    if (record.overlaps !== null) {
      is(
        'overlaps',
        row.overlaps === null ? null : row.overlaps.items.map(bits),
        record.overlaps[k],
      );
    }
    const state = row.state === null ? null : row.state.items.map(record.spins ? Number : bits);
    is('state', state, record.state[k]);
  });
}

function bits(value) {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Number.isNaN(value) ? NaN : value);
  return view.getBigUint64(0).toString(16).padStart(16, '0');
}
