import { describe, expect, it } from 'vitest';
import type { ResidualPlot } from '../device/index.js';
import { drawFigure } from '../reproduce/index.js';
import { residualFigure } from './calibration-figures.js';

const PLOT: ResidualPlot = {
  title: 'Heat of the probes that measure it',
  probe: null,
  x: { label: 'probe', unit: '1', values: [0, 1, 2, 3] },
  y: { label: 'heat of a shot', unit: 'program energy' },
  measured: [9.71, 0.02, null, 5],
  standardError: [0.03, 0.02, null, 0.5],
  predicted: [9.61, 0.01, 4, 4.5],
};

describe('a figure of what a fit leaves', () => {
  it('has measured and model, what is left in standard errors, and how many are far off', () => {
    const figure = residualFigure('board', PLOT);
    // (9.71 − 9.61)/0.03 = 3.3 is beyond 2; what was not measured is no point.
    expect(figure.subtitle).toContain('1 of 3 are more than 2 standard errors off');
    const svg = drawFigure(figure);
    expect(svg).toContain('<title>Heat of the probes that measure it</title>');
    expect(svg).toContain('heat of a shot (program energy)');
    expect(svg.match(/<circle/g)!.length).toBe(2 * 3 + 1);
  });
});
