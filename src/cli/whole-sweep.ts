import { RelaxdError } from '../core/index.js';
import type { SweepDocument } from '../lab/index.js';

/** Rows of one page: the most that a service gives. */
export const ROWS_AT_ONCE = 1000;

/** All pages of a sweep as one document. @param page the one whose first row is of point `from` */
export async function wholeSweep(
  page: (from: number) => Promise<SweepDocument>,
): Promise<SweepDocument> {
  const first = await page(0);
  const rows = [...first.rows];
  for (let from = first.next; from !== null;) {
    const { rows: more, next } = await page(from);
    rows.push(...more);
    from = next;
  }
  if (rows.length !== first.counts.points) {
    throw new RelaxdError('internal', `the sweep has ${rows.length} rows`, { job: first.job });
  }
  return { ...first, rows, next: null };
}
