import { ACCOUNT, STRETCH } from './flip-layout.js';
import type { FlipParts, FlipRecord } from './flip-record.js';

/** Adds to a sum and its compensation (Neumaier 1974), see CompensatedSum of src/thermo. */
export function addTo(cells: Float64Array, at: number, x: number): void {
  const sum = cells[at]!;
  const t = sum + x;
  cells[at + 1] = cells[at + 1]! + (Math.abs(sum) >= Math.abs(x) ? sum - t + x : x - t + sum);
  cells[at] = t;
}

/** A record's protocol and account as the reference loops see and keep them, at one time after the other. */
export class RecordCourse {
  /** Number of the stretch that the present lies in. */
  stretch: number;
  private now = 0;
  private readonly parts: FlipParts;
  private readonly drives: number;
  private readonly external: boolean;
  private readonly width: number;
  private readonly rows: Float64Array;

  constructor(record: FlipRecord) {
    this.parts = record.parts;
    this.drives = record.parts.patterns.length;
    this.external = record.get('external') === 1;
    this.width = STRETCH.amplitudes + 2 * this.drives;
    this.rows = new Float64Array(
      record.numbers.buffer,
      record.get('stretches'),
      record.get('stretchCount') * this.width,
    );
    this.stretch = record.get('stretch');
  }

  /** Time goes on to t ≥ all before. */
  go(t: number): void {
    this.now = t;
    while (t >= this.rows[this.stretch * this.width + STRETCH.end]!) this.stretch++;
  }

  /** What a column of the stretch is now. */
  at(column: number): number {
    const base = this.stretch * this.width;
    const { rows } = this;
    return rows[base + column]! + rows[base + column + 1]! * (this.now - rows[base]!);
  }

  /** Static fields and drives on a site. */
  externalField(site: number): number {
    if (!this.external) return 0;
    const { fields, patterns } = this.parts;
    let field = fields[site]!;
    for (let d = 0; d < this.drives; d++) {
      field += this.at(STRETCH.amplitudes + 2 * d) * patterns[d]![site]!;
    }
    return field;
  }

  temperatureOf(site: number): number {
    const { siteTemperature } = this.parts;
    return siteTemperature === null
      ? Math.max(0, this.at(STRETCH.temperature))
      : siteTemperature[site]!;
  }

  /** Books the work of what the protocol has changed since the last time; the state is that of the meantime. */
  settle(coupling: number): void {
    const { booked, projections, account, followsCoupling } = this.parts;
    for (let d = 0; d < this.drives; d++) {
      const amplitude = this.at(STRETCH.amplitudes + 2 * d);
      const change = amplitude - booked[d]!;
      if (change === 0) continue;
      addTo(account, ACCOUNT.work, -change * projections[d]!);
      booked[d] = amplitude;
    }
    if (!followsCoupling) return;
    const change = coupling - account[ACCOUNT.bookedCoupling]!;
    if (change === 0) return;
    const energy = account[ACCOUNT.coupling]! + account[ACCOUNT.coupling + 1]!;
    addTo(account, ACCOUNT.work, change * energy);
    addTo(account, ACCOUNT.controls, change * energy);
    account[ACCOUNT.bookedCoupling] = coupling;
  }

  /** Books heat into a site's bath, and its entropy. */
  pay(site: number, heat: number, temperature: number): void {
    const { siteBath, account } = this.parts;
    const bath = siteBath === null ? 0 : siteBath[site]!;
    addTo(account, ACCOUNT.heat + 2 * bath, heat);
    addTo(account, ACCOUNT.entropy, heat / temperature);
  }

  /** A site's value changes by so much. */
  project(site: number, by: number): void {
    const { projections, patterns } = this.parts;
    for (let d = 0; d < this.drives; d++) {
      projections[d] = projections[d]! + by * patterns[d]![site]!;
    }
  }
}
