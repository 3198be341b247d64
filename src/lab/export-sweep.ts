import { sweepCsv, type SweepDocument } from './sweep-document.js';
import type { SweepPlan } from './sweep-points.js';

/** Rows of a sweep that are read at once. */
export const MOST_ROWS = 1000;

/** A sweep's document with rows from one on. */
type PageOf = (range: { readonly from: number; readonly limit: number }) => Promise<SweepDocument>;

/** The whole of a sweep as text, a page of rows at a time. */
export function exportSweep(
  format: 'csv' | 'json',
  plan: SweepPlan,
  page: PageOf,
): AsyncIterable<string> {
  return format === 'csv' ? csv(plan, page) : json(page);
}

async function* csv(plan: SweepPlan, page: PageOf): AsyncGenerator<string, void, undefined> {
  let head = true;
  for (let from = 0; from < plan.points; from += MOST_ROWS) {
    const { rows } = await page({ from, limit: MOST_ROWS });
    const lines = [...sweepCsv(plan, rows)];
    yield (head ? lines : lines.slice(1)).join('');
    head = false;
  }
}

async function* json(page: PageOf): AsyncGenerator<string, void, undefined> {
  const { rows, next, ...rest } = await page({ from: 0, limit: MOST_ROWS });
  yield `${JSON.stringify({ ...rest, next: null }).slice(0, -1)},"rows":[`;
  yield rows.map((row) => JSON.stringify(row)).join(',');
  for (let from = next; from !== null;) {
    const more = await page({ from, limit: MOST_ROWS });
    yield `,${more.rows.map((row) => JSON.stringify(row)).join(',')}`;
    from = more.next;
  }
  yield ']}\n';
}
