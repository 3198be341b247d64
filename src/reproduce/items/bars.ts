import * as Plot from '@observablehq/plot';

export interface BarRow {
  readonly label: string;
  readonly mean: number;
  readonly sem: number;
  readonly color: string;
}

/** Horizontal bars with their errors and values, and dashed bands for what others printed. */
export function plot(
  rows: readonly BarRow[],
  label: string,
  bands: readonly { readonly from: number; readonly to: number; readonly label: string }[],
): Plot.PlotOptions {
  const most = Math.max(...rows.map((row) => row.mean + row.sem), ...bands.map((b) => b.to));
  return {
    marginLeft: 250,
    marginTop: 60,
    x: { label, domain: [0, 1.12 * most], grid: true },
    y: { label: null, domain: rows.map((row) => row.label), padding: 0.35 },
    marks: [
      ...bands.flatMap((band) => [
        ...(band.from === band.to
          ? [
              Plot.ruleX([band.from], {
                stroke: '#1B2430',
                strokeDasharray: '6 4',
                strokeWidth: 1.5,
              }),
            ]
          : [Plot.rectX([band], { x1: 'from', x2: 'to', fill: '#1B2430', fillOpacity: 0.12 })]),
        Plot.text([band], {
          x: (b: typeof band) => (b.from + b.to) / 2,
          text: 'label',
          frameAnchor: 'top',
          dy: -18,
          fontSize: 13,
          fill: '#1B2430',
        }),
      ]),
      Plot.barX(rows, { x: 'mean', y: 'label', fill: 'color', fillOpacity: 0.85 }),
      Plot.ruleY(rows, {
        x1: (row: BarRow) => row.mean - row.sem,
        x2: (row: BarRow) => row.mean + row.sem,
        y: 'label',
        stroke: '#1B2430',
        strokeWidth: 2,
      }),
      Plot.text(rows, {
        x: (row: BarRow) => row.mean + row.sem,
        y: 'label',
        text: (row: BarRow) => row.mean.toFixed(2),
        textAnchor: 'start',
        dx: 8,
        fontSize: 16,
        fontWeight: 600,
        fill: '#1B2430',
        stroke: 'white',
        strokeWidth: 5,
      }),
    ],
  };
}
