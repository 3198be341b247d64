import type { DriftReading } from '../api/documents.js';
import { shown } from './numbers.js';

/** What charts of drift decide by, in words. */
export function chartDesign(chart: DriftReading['chart']): string {
  const { reference, limit, shift, delay, falseAlarmEvery, effort, checks } = chart;
  const whose =
    effort === undefined
      ? 'Charts'
      : `Charts of effort ${shown(effort)}, checks ${shown(checks)} so far,`;
  return `${whose} sum what is off beyond ${shown(reference)} standard errors, up to ${shown(limit, 3)}: a drift of ${shown(shift)} is found after ${shown(delay, 2)} checks, and one check in ${shown(falseAlarmEvery)} alarms falsely.`;
}
