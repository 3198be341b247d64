import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CalibratedParameter, ResidualPlot } from '../device/index.js';
import {
  COLORS,
  drawFigure,
  measured,
  theory,
  type Figure,
  type Point,
} from '../reproduce/index.js';
import type { CalibrateResult } from './render-calibration.js';

/** Draws what a calibration leaves unexplained, plot by plot, and what its parameters are over what was built. @returns the files */
export async function writeCalibrationFigures(
  folder: string,
  device: string,
  result: CalibrateResult,
): Promise<string[]> {
  const figures: [string, Figure][] = (result.residuals ?? []).map((plot, k) => [
    `residuals-${k + 1}.svg`,
    residualFigure(device, plot),
  ]);
  const parts = partsFigure(device, result.calibration.parameters);
  if (parts !== null) figures.push(['parameters.svg', parts]);
  await mkdir(folder, { recursive: true });
  const files = figures.map(([name]) => join(folder, name));
  await Promise.all(figures.map(([, figure], k) => writeFile(files[k]!, drawFigure(figure))));
  return files;
}

/** Errors of the points beside the model, and how far they are off in units of them. */
export function residualFigure(device: string, plot: ResidualPlot): Figure {
  const { x, y, title } = plot;
  const points: Point[] = [];
  const left: Point[] = [];
  const model: { readonly x: number; readonly y: number }[] = [];
  x.values.forEach((at, k) => {
    const [seen, error, expected] = [plot.measured[k], plot.standardError[k], plot.predicted[k]];
    if (expected != null) model.push({ x: at, y: expected });
    if (seen == null || error == null) return;
    points.push({ x: at, y: seen, error });
    if (expected != null && error > 0) left.push({ x: at, y: (seen - expected) / error, error: 1 });
  });
  const label = (axis: { readonly label: string; readonly unit: string }): string =>
    axis.unit === '1' ? axis.label : `${axis.label} (${axis.unit})`;
  const far = left.filter(({ y: z }) => Math.abs(z) > 2).length;
  return {
    title,
    subtitle: `${device}: ${far} of ${left.length} are more than 2 standard errors off; 1 in 22 is expected`,
    legend: [
      { label: 'measured, ± 1 standard error', color: COLORS.blue, mark: 'dot' },
      { label: 'model', color: COLORS.vermilion, mark: 'line' },
    ],
    panels: [
      {
        title: 'Measured and model',
        plot: {
          x: { label: label(x) },
          y: { label: label(y) },
          marks: [theory(model, COLORS.vermilion), ...measured(points, COLORS.blue)],
        },
      },
      {
        title: 'What is left',
        plot: {
          x: { label: label(x) },
          y: { label: 'standard errors' },
          marks: [
            ...[-2, 0, 2].map((z) =>
              theory(
                model.map((point) => ({ x: point.x, y: z })),
                COLORS.grey,
                z !== 0,
              ),
            ),
            ...measured(left, COLORS.blue),
          ],
        },
      },
    ],
    caption: [],
  };
}

/** Values over what was built, in the order of the sites, of the parts that have such a value. */
function partsFigure(device: string, parameters: readonly CalibratedParameter[]): Figure | null {
  const KINDS = [
    ['capacitance', COLORS.blue],
    ['resistance', COLORS.vermilion],
    ['readoutGain', COLORS.green],
  ] as const;
  const found = KINDS.map(([kind, color]) => {
    const own = parameters.filter(({ name }) => name.startsWith(`${kind}[`));
    const mean = own.reduce((sum, { value }) => sum + value, 0) / own.length;
    const points = own.flatMap(({ value, standardError }, site): Point[] =>
      standardError === null
        ? []
        : [{ x: site, y: 100 * (value / mean - 1), error: (100 * standardError) / mean }],
    );
    return { kind, color, points };
  }).filter(({ points }) => points.length > 0);
  if (found.length === 0) return null;
  return {
    title: `Parts of ${device}, site by site`,
    subtitle: 'how far each is from the mean of its kind, with its standard error',
    legend: [],
    panels: found.map(({ kind, color, points }) => ({
      title: kind,
      plot: {
        x: { label: 'site' },
        y: { label: '%' },
        marks: measured(points, color),
      },
    })),
    caption: [],
  };
}
