import { expect, it } from 'vitest';
import { chartDesign } from './chart-design.js';

it('says what charts of drift decide by, and whose they are', () => {
  const chart = { reference: 1.25, limit: 4.8712, falseAlarmEvery: 1000, shift: 2.5, delay: 3.456 };
  const design =
    'sum what is off beyond 1.25 standard errors, up to 4.87: a drift of 2.5 is found after 3.5 checks, and one check in 1000 alarms falsely.';
  expect(chartDesign(chart)).toBe(`Charts ${design}`);
  expect(chartDesign({ ...chart, effort: 2, checks: 3 })).toBe(
    `Charts of effort 2, checks 3 so far, ${design}`,
  );
});
