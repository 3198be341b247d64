import { RelaxdError } from '../core/index.js';
import type { Calibration } from '../device/index.js';
import type {
  CalibrationChange,
  CalibrationEvent,
  CalibrationRow,
  DeviceCalibration,
} from './calibration-row.js';
import type {
  CalibrationEventQuery,
  CalibrationQuery,
  CalibrationStore,
} from './calibration-store.js';
import type { DriftReading } from './drift-reading.js';
import type { Page } from './job.js';
import { numberCursor } from './page-cursor.js';
import { firstDocument, numberedPage, parsed } from './sql-rows.js';
import type { SqlConnection, SqlDatabase, SqlRow, SqlValue } from './sql-database.js';

/** Calibrations in SQL. */
export class SqlCalibrations implements CalibrationStore {
  constructor(private readonly database: SqlDatabase) {}

  async row(id: string): Promise<CalibrationRow | null> {
    const [row] = await this.all('SELECT summary FROM calibrations WHERE id = ?', id);
    return row === undefined ? null : parsed(row, 'summary');
  }

  async record(id: string): Promise<Calibration | null> {
    return firstDocument(await this.all('SELECT document FROM calibrations WHERE id = ?', id));
  }

  async list({ device, state, limit, cursor }: CalibrationQuery): Promise<Page<CalibrationRow>> {
    const wanted: string[] = [];
    const values: SqlValue[] = [];
    const want = (text: string, value: SqlValue): void => {
      wanted.push(text);
      values.push(value);
    };
    if (device !== null) want('device = ?', device);
    if (state !== null) want('state = ?', state);
    if (cursor !== null) want('number < ?', numberCursor(cursor));
    const where = wanted.length === 0 ? '' : `WHERE ${wanted.join(' AND ')}`;
    const rows = await this.all(
      `SELECT number, summary FROM calibrations ${where} ORDER BY number DESC LIMIT ?`,
      ...values,
      limit + 1,
    );
    return numberedPage(rows, limit, (row) => parsed(row, 'summary'));
  }

  async of(device: string): Promise<DeviceCalibration> {
    const [row] = await this.all(
      `SELECT seq, summary FROM calibrated_devices LEFT JOIN calibrations ON id = active
       WHERE calibrated_devices.device = ?`,
      device,
    );
    if (row === undefined) return { seq: 0, active: null };
    return {
      seq: row['seq'] as number,
      active: row['summary'] === null ? null : parsed(row, 'summary'),
    };
  }

  async active(): Promise<readonly CalibrationRow[]> {
    const rows = await this.all(
      'SELECT summary FROM calibrated_devices JOIN calibrations ON id = active ORDER BY number',
    );
    return rows.map((row) => parsed(row, 'summary'));
  }

  async events(query: CalibrationEventQuery): Promise<readonly CalibrationEvent[]> {
    const { device, calibration, before, limit } = query;
    const rows = await this.all(
      `SELECT document FROM calibration_events WHERE device = ?${calibration === null ? '' : ' AND calibration = ?'} AND seq < ?
       ORDER BY seq DESC LIMIT ?`,
      device,
      ...(calibration === null ? [] : [calibration]),
      before ?? Number.MAX_SAFE_INTEGER,
      limit,
    );
    return rows.map((row) => parsed(row, 'document'));
  }

  async readings(calibration: string, limit: number): Promise<readonly DriftReading[]> {
    const rows = await this.all(
      'SELECT document FROM drift_readings WHERE calibration = ? ORDER BY number DESC LIMIT ?',
      calibration,
      limit,
    );
    return rows.map((row) => parsed<DriftReading>(row, 'document')).reverse();
  }

  private all(sql: string, ...values: SqlValue[]): Promise<readonly SqlRow[]> {
    return this.database.read((connection) => connection.all(sql, values));
  }
}

/** @throws RelaxdError `revision-conflict` where something else has happened to the device's calibrations meanwhile */
export async function applyCalibrations(
  connection: SqlConnection,
  { device, expectedSeq, records, rows, events }: CalibrationChange,
): Promise<void> {
  await connection.run(
    'INSERT INTO calibrated_devices (device, seq, active) VALUES (?, 0, NULL) ON CONFLICT DO NOTHING',
    [device],
  );
  // Whoever changes something of the same device at the same moment waits here for the first.
  const moved = await connection.run(
    'UPDATE calibrated_devices SET seq = ? WHERE device = ? AND seq = ?',
    [expectedSeq + events.length, device, expectedSeq],
  );
  if (moved === 0) {
    throw new RelaxdError('revision-conflict', `the calibrations of ${device} have changed`, {
      value: expectedSeq,
      device,
      hint: 'read them again',
    });
  }
  for (const record of records) {
    await connection.run(
      `INSERT INTO calibrations (id, device, state, summary, document) VALUES (?, ?, 'proposed', '', ?)
       ON CONFLICT DO NOTHING`,
      [record.id, device, JSON.stringify(record)],
    );
  }
  for (const row of rows) {
    await connection.run('UPDATE calibrations SET state = ?, summary = ? WHERE id = ?', [
      row.state,
      JSON.stringify(row),
      row.id,
    ]);
  }
  for (const event of events) {
    await connection.run(
      'INSERT INTO calibration_events (device, seq, calibration, document) VALUES (?, ?, ?, ?)',
      [device, event.seq, event.calibration, JSON.stringify(event)],
    );
  }
  await connection.run(
    `UPDATE calibrated_devices SET active =
       (SELECT id FROM calibrations WHERE device = ? AND state = 'active' ORDER BY number DESC LIMIT 1)
     WHERE device = ?`,
    [device, device],
  );
}

export async function addReading(connection: SqlConnection, reading: DriftReading): Promise<void> {
  await connection.run(
    'INSERT INTO drift_readings (device, calibration, document) VALUES (?, ?, ?)',
    [reading.device, reading.calibration, JSON.stringify(reading)],
  );
}
