import * as Plot from '@observablehq/plot';
import { costsOf, type TradeOffDocument, type TradeOffRow } from '../drive/index.js';
import { COLORS, drawFigure, type Figure } from './figure.js';

const PALETTE = [
  COLORS.blue,
  COLORS.vermilion,
  COLORS.green,
  COLORS.purple,
  COLORS.orange,
] as const;

/** Colour of the k-th of several things. */
export const colorOf = (k: number): string => PALETTE[k % PALETTE.length]!;

interface Drawn {
  readonly cost: number;
  readonly error: number;
  readonly overlap: number;
  readonly overlapError: number;
  readonly duration: number;
  readonly color: string;
  readonly front: boolean;
}

/** A trade-off record as a figure: what retrieval costs against how good and how fast it is, and the front of each device. */
export function tradeOffFigure(document: TradeOffDocument): Figure {
  const { rows, spec, front } = document;
  const devices = [...new Set(rows.map((row) => row.device))];
  const byDevice = devices.length > 1;
  const groups = byDevice ? devices : [...new Set(rows.map((row) => String(row.order)))];
  const groupOf = (row: TradeOffRow): number =>
    groups.indexOf(byDevice ? row.device : String(row.order));
  const best = new Set(front.flatMap((f) => f.rows));
  const drawn = rows.flatMap((row, k): Drawn[] => {
    const [cost, missing, duration] = costsOf(row);
    if (row.refused != null || !Number.isFinite(cost)) return [];
    return [
      {
        cost,
        error: (row.entropyProduction ?? row.mediumEntropy)?.sem ?? 0,
        overlap: 1 - missing,
        overlapError: row.overlap?.sem ?? 0,
        duration,
        color: colorOf(groupOf(row)),
        front: best.has(k),
      },
    ];
  });
  const dots = (x: 'overlap' | 'duration'): Plot.Markish[] => [
    Plot.ruleX(drawn, {
      x,
      y1: (d: Drawn) => d.cost - d.error,
      y2: (d: Drawn) => d.cost + d.error,
      stroke: 'color',
      strokeOpacity: 0.5,
    }),
    Plot.dot(
      drawn.filter((d) => !d.front),
      { x, y: 'cost', stroke: 'color', fill: 'white', r: 3.5, strokeWidth: 1.5 },
    ),
    Plot.dot(
      drawn.filter((d) => d.front),
      { x, y: 'cost', fill: 'color', r: 5, stroke: 'white', strokeWidth: 1 },
    ),
  ];
  const refused = [...new Set(rows.flatMap((row) => row.refused ?? []))];
  const y = { label: 'Σ per site (nats)', grid: true };
  return {
    title: 'What retrieval costs, against how good and how fast it is',
    subtitle: `${rows.length} drives (${spec.shape}, cue of accuracy ${spec.accuracy}) from the paramagnet; full points: no other drive of that device is cheaper, better and faster`,
    legend: groups.map((group, k) => ({
      label: byDevice ? group : `order n = ${group}`,
      color: colorOf(k),
      mark: 'dot' as const,
    })),
    panels: [
      {
        title: 'against accuracy',
        plot: {
          x: { label: 'overlap with the target at the end' },
          y,
          marks: [
            Plot.ruleY(drawn, {
              y: 'cost',
              x1: (d: Drawn) => d.overlap - d.overlapError,
              x2: (d: Drawn) => d.overlap + d.overlapError,
              stroke: 'color',
              strokeOpacity: 0.5,
            }),
            ...dots('overlap'),
          ],
        },
      },
      {
        title: 'against duration',
        plot: {
          x: { label: 'duration of the drive, in the device’s unit' },
          y,
          marks: dots('duration'),
        },
      },
    ],
    caption: [
      `${spec.shots} shots a point, seed ${spec.seed}; bars: one standard error.${rows.some((r) => r.entropyProduction == null && r.mediumEntropy != null) ? ' Of continuous sites Σ is heat / T: their own entropy is not known.' : ''}`,
      ...(refused.length === 0 ? [] : [`Not done: ${refused.join('; ')}.`]),
    ],
  };
}

/** {@link tradeOffFigure} as an SVG. */
export function drawTradeOff(document: TradeOffDocument): string {
  return drawFigure(tradeOffFigure(document));
}
