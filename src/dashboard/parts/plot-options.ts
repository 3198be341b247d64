import uPlot from 'uplot';
import { shown } from '../text/numbers.js';

/** What one plot has of its own. */
export interface PlotParts {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Of the values; null: a little more than they take. */
  readonly range: readonly [number, number] | null;
  /** One for each list of values. */
  readonly series: readonly uPlot.Series[];
  /** Draws over the curves. */
  readonly draw: (chart: uPlot) => void;
}

/** A colour of the theme as it is now: `work` for `--work`. */
export const colourOf = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** What all plots of the page have in common: axes in the theme's colours, no cursor, no legend of uPlot's. */
export function plotOptions({ widthPx, heightPx, range, series, draw }: PlotParts): uPlot.Options {
  const line = colourOf('line');
  const axis: uPlot.Axis = {
    stroke: colourOf('soft'),
    font: '11px system-ui, "DejaVu Sans", sans-serif',
    grid: { stroke: line, width: 1 },
    ticks: { stroke: line, width: 1, size: 4 },
  };
  return {
    width: widthPx,
    height: heightPx,
    cursor: { show: false },
    legend: { show: false },
    padding: [6, 14, 0, 0],
    scales: {
      x: { time: false },
      y: { range: (_, least, most) => rangeOf(range, least, most) },
    },
    axes: [
      { ...axis, size: 22, gap: 3 },
      {
        ...axis,
        size: 52,
        gap: 4,
        space: 26,
        values: (_, ticks) => ticks.map((v) => shown(v, 4)),
      },
    ],
    series: [{}, ...series],
    hooks: { draw: [draw] },
  };
}

/** Before anything has come, uPlot knows of no least and no most value. */
function rangeOf(
  fixed: PlotParts['range'],
  least: number | null,
  most: number | null,
): uPlot.Range.MinMax {
  if (fixed !== null) return [fixed[0], fixed[1]];
  if (least === null || most === null) return [0, 1];
  return uPlot.rangeNum(least, most, 0.1, true);
}
