import { rm } from 'node:fs/promises';
import { RelaxdError } from '../core/index.js';
import { writeArrow } from './export-arrow.js';
import { writeCsv } from './export-csv.js';
import { writeHdf5 } from './export-hdf5.js';
import { writeNpz } from './export-npz.js';
import { writeParquet } from './export-parquet.js';
import type { RecordReader } from './record-reader.js';
import { recordError } from './run-recorder.js';

export const EXPORT_FORMATS = ['arrow', 'parquet', 'csv', 'npz', 'hdf5'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export const EXPORT_MEDIA_TYPES: Readonly<Record<ExportFormat, string>> = {
  arrow: 'application/vnd.apache.arrow.stream',
  parquet: 'application/vnd.apache.parquet',
  csv: 'text/csv; charset=utf-8',
  npz: 'application/zip',
  hdf5: 'application/x-hdf5',
};

const WRITERS: Readonly<
  Record<ExportFormat, (record: RecordReader, out: string) => Promise<void>>
> = { arrow: writeArrow, parquet: writeParquet, csv: writeCsv, npz: writeNpz, hdf5: writeHdf5 };

/** @throws RelaxdError `invalid-input` */
export function exportFormat(name: string): ExportFormat {
  const format = EXPORT_FORMATS.find((known) => known === name);
  if (format !== undefined) return format;
  throw new RelaxdError('invalid-input', `there is no export format '${name}'`, {
    path: 'format',
    value: name,
    limit: EXPORT_FORMATS,
  });
}

/**
 * Writes a record's intact part in another format (docs/formats/record.md). The record may still be under way.
 *
 * @param path of the record, an Arrow IPC stream file
 * @param out file to be written; one that is there is written over
 * @returns rows written, and what stood behind the intact part, if anything
 * @throws RelaxdError `file-unreadable`, `record-damaged`, `file-unwritable`, `disk-full`, `too-large`
 */
export async function exportRecord(
  path: string,
  format: ExportFormat,
  out: string,
): Promise<{ rows: number; damage: string | null }> {
  const { RecordReader } = await import('./record-reader.js');
  const record = await RecordReader.open(path);
  try {
    await WRITERS[format](record, out);
    return { rows: record.rows, damage: record.damage?.reason ?? null };
  } catch (error) {
    await rm(out, { force: true });
    throw recordError(error, out);
  } finally {
    await record[Symbol.asyncDispose]();
  }
}
