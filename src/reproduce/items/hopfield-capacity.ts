import { COLORS, measured, type Point } from '../figure.js';
import { quantity, shareOf, type Quantity } from '../quantity.js';
import type { Reproduction } from '../reproduction.js';
import type { MemoryOrder } from '../tasks.js';
import { netRanges, total } from './nets.js';

const SITES = 100;
const FLIPS = 10;
const TABLE = 'reference simulation, physics page MT §5.2 and §5.5 (5000 and 1000 nets)';

interface Curve {
  readonly label: string;
  readonly order: MemoryOrder;
  readonly loads: readonly number[];
  readonly color: string;
  /** Reference values of "stable" and "restored" by load. */
  readonly stable: Readonly<Record<number, number>>;
  readonly restored: Readonly<Record<number, number>>;
  readonly tolerance: number;
}

const CURVES: readonly Curve[] = [
  {
    label: 'Hebb (n = 2)',
    order: { degree: 2, rectified: false },
    loads: [4, 6, 8, 10, 12, 14, 15, 16, 18, 20, 25, 30],
    color: COLORS.blue,
    stable: { 10: 0.957, 15: 0.724, 20: 0.359 },
    restored: { 10: 0.942, 15: 0.626, 20: 0.262 },
    tolerance: 0.03,
  },
  {
    label: 'dense, n = 3',
    order: { degree: 3, rectified: false },
    loads: [100, 200, 250, 300, 362, 400, 500, 600, 800],
    color: COLORS.vermilion,
    stable: { 200: 0.997, 362: 0.896, 500: 0.615 },
    restored: { 200: 0.998, 300: 0.952, 400: 0.82, 500: 0.568 },
    tolerance: 0.04,
  },
  {
    label: 'rectified, n = 3',
    order: { degree: 3, rectified: true },
    loads: [200, 400, 500, 600, 800, 1000, 1200, 1600],
    color: COLORS.green,
    stable: {},
    restored: { 400: 0.995 },
    tolerance: 0.015,
  },
];

/** How many memories 100 spins hold, by order of the interaction. */
export const hopfieldCapacity: Reproduction = {
  name: 'hopfield-capacity',
  title: 'How many memories 100 spins hold',
  about:
    'Share of random nets of 100 spins that restore a memory from ten wrong bits, against the number of memories, for Hebb’s rule and dense memories of degree 3.',
  async measure({ quick, seed, map }) {
    const nets = quick ? 200 : 4000;
    const jobs = CURVES.flatMap((curve) =>
      curve.loads.flatMap((memories) => {
        // Dense memories cost P per attempt: fewer nets at the same cost.
        const count = curve.order.degree === 2 ? nets : nets / 4;
        return netRanges(count, Math.ceil(count / 4)).map((range) => ({
          curve,
          count,
          args: {
            seed,
            ...range,
            sites: SITES,
            memories,
            order: curve.order,
            flips: FLIPS,
          },
        }));
      }),
    );
    const answers = await map(
      'storage',
      jobs.map((job) => job.args),
    );
    const quantities: Quantity[] = [];
    const series = CURVES.map((curve) => ({
      label: curve.label,
      points: curve.loads.map((memories) => {
        const own = jobs.flatMap((job, k) =>
          job.curve === curve && job.args.memories === memories ? [k] : [],
        );
        const count = jobs[own[0]!]!.count;
        const stable = shareOf(
          total(own, (k) => answers[k]!.stable),
          count,
        );
        const restored = shareOf(
          total(own, (k) => answers[k]!.restored),
          count,
        );
        for (const [what, found, expected] of [
          ['strictly stable', stable, curve.stable[memories]],
          ['restored from 10 flips', restored, curve.restored[memories]],
        ] as const) {
          if (expected === undefined) continue;
          quantities.push(
            quantity(
              {
                name: `${curve.label}, P = ${memories}: ${what}`,
                value: found.mean,
                standardError: found.sem,
                expected,
                tolerance: curve.tolerance,
                class: 'reference',
                source: TABLE,
              },
              quick,
            ),
          );
        }
        return { memories, stable, restored };
      }),
    }));
    const points = (label: string, which: 'stable' | 'restored'): Point[] =>
      series
        .find((s) => s.label === label)!
        .points.map((p) => ({ x: p.memories, y: p[which].mean, error: p[which].sem }));
    const panel = (curves: readonly Curve[], title: string) => ({
      title,
      plot: {
        x: { label: 'memories P', grid: false, nice: true },
        y: { label: 'share restored exactly', domain: [0, 1], grid: true },
        marks: curves.flatMap((curve) =>
          measured(points(curve.label, 'restored'), curve.color, true),
        ),
      },
    });
    return {
      quantities,
      data: { sites: SITES, flips: FLIPS, nets, series },
      figure: {
        title: 'Order 3 holds thirty times as many memories',
        subtitle:
          'Share of random nets of 100 spins that put ten wrong bits of a memory right, exactly, at zero temperature',
        legend: CURVES.map(({ label, color }) => ({ label, color, mark: 'dot' as const })),
        panels: [
          panel([CURVES[0]!], 'pairwise couplings'),
          panel(CURVES.slice(1), 'three-body memories'),
        ],
        caption: [
          `Asynchronous zero-temperature dynamics, ties keep; ${nets} nets a point (a quarter for degree 3), bars: one standard error. Checked against ${TABLE}; no published number is drawn.`,
        ],
      },
    };
  },
};
