import * as Plot from '@observablehq/plot';
import type { ComparedCourse, DriveSummary } from '../drive/index.js';
import { COLORS, drawFigure, measured, theory, type LegendEntry } from './figure.js';

/** What of a result is drawn. */
export interface DrawnDrive {
  readonly device: string;
  readonly origin: string;
  readonly shots: number;
  readonly drive: DriveSummary;
}

/** Points with bars at most at so many readouts of a course. */
const MOST_POINTS = 30;

/** The time courses of a driven retrieval as an SVG: overlaps beside theory, and the field that drove them. */
export function drawDrive({ device, origin, shots, drive }: DrawnDrive): string {
  const { t, target, other, cue } = drive.courses;
  const last = t.at(-1) ?? 1;
  const every = Math.ceil(t.length / MOST_POINTS);
  const points = (course: ComparedCourse) =>
    t.flatMap((x, k) => {
      const y = course.mean[k];
      const shown = k % every === 0 && y !== null && y !== undefined;
      return shown ? [{ x, y, error: course.sem[k] ?? 0 }] : [];
    });
  const marks = (course: ComparedCourse | null, color: string): Plot.Markish[] =>
    course === null
      ? []
      : [
          ...(course.theory === null
            ? []
            : [
                theory(
                  t.map((x, k) => ({ x, y: course.theory![k]! })),
                  color,
                ),
              ]),
          ...measured(points(course), color),
        ];
  const legend: LegendEntry[] = [
    { label: 'with the target', color: COLORS.green, mark: 'dot' },
    ...(other === null
      ? []
      : [{ label: 'with the other memory', color: COLORS.vermilion, mark: 'dot' as const }]),
    { label: 'with the cue', color: COLORS.blue, mark: 'dot' },
    ...(drive.noTheory === null
      ? [{ label: 'theory, N → ∞', color: COLORS.grey, mark: 'line' as const }]
      : []),
  ];
  const field = [...drive.protocol.map(([x, y]) => ({ x, y })), { x: last, y: 0 }];
  return drawFigure({
    title: `A memory of order ${drive.order}, driven by a cue of accuracy ${short(drive.cue.accuracy)}`,
    subtitle: `Overlaps of ${drive.sites} sites at T = ${short(drive.temperature)}, ${drive.memories} memories, mean of ${shots} shots on ${device} (${origin}); the field is let go at t = ${short(drive.release)}`,
    legend,
    panels: [
      {
        title: 'overlaps',
        plot: {
          x: { label: 'time, in the device’s unit', domain: [0, last] },
          y: { label: 'overlap m', grid: true },
          marks: [
            Plot.ruleX([drive.release], { stroke: COLORS.grey, strokeDasharray: '4 4' }),
            ...marks(other, COLORS.vermilion),
            ...marks(cue, COLORS.blue),
            ...marks(target, COLORS.green),
          ],
        },
      },
      {
        title: 'field of the cue',
        plot: {
          x: { label: 'time, in the device’s unit', domain: [0, last] },
          y: { label: 'h, in fields of a retrieved memory', grid: true },
          marks: [
            Plot.areaY(field, { x: 'x', y: 'y', fill: COLORS.purple, fillOpacity: 0.12 }),
            Plot.line(field, { x: 'x', y: 'y', stroke: COLORS.purple, strokeWidth: 2.5 }),
            Plot.ruleY([0], { stroke: COLORS.grey }),
          ],
        },
      },
    ],
    caption: [
      `Success ${said(drive.success)}; per site: work ${said(drive.work)}, heat ${said(drive.heat)}, entropy production ${said(drive.entropyProduction)} nats${drive.noTheory === null ? '' : `. No theory: ${drive.noTheory}`}. Bars: one standard error.`,
    ],
  });
}

const short = (value: number): string => String(Number(value.toPrecision(3)));

function said({ mean, sem, theory: expected }: DriveSummary['work']): string {
  if (mean === null) return '–';
  const error = sem === null ? '' : ` ± ${Number(sem.toPrecision(2))}`;
  return `${Number(mean.toPrecision(4))}${error}${expected === null ? '' : ` (theory ${Number(expected.toPrecision(4))})`}`;
}
