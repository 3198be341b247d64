import { COLORS, measured, type Point } from '../figure.js';
import { quantity, shareOf, type Quantity } from '../quantity.js';
import type { Reproduction } from '../reproduction.js';
import { netRanges, total } from './nets.js';

const SITES = 100;
const MEMORIES = 8;
const DISTANCES = [5, 10, 15, 20, 25, 30, 40, 50];
/** Physics page MT §5.3: both exactly stable, fused. */
const TABLE: Readonly<Record<number, readonly [number, number]>> = {
  50: [0.995, 0],
  30: [0.725, 0.005],
  20: [0.25, 0.082],
  10: [0.026, 0.505],
};
const SOURCE =
  'reference simulation, physics page MT §5.3 (4000 nets); Hopfield 1982 prints the trend in words only: at 30 both usually stable, at 20 usually distinct but displaced, at 10 often fused';

/** Hopfield's 1982 experiment on memories that come too close. */
export const merging: Reproduction = {
  name: 'merging',
  title: 'Two memories that come too close merge',
  about:
    'Hopfield’s experiment of 1982: eight memories in 100 spins, the eighth at Hamming distance d from the seventh; do both survive, or do they fuse?',
  async measure({ quick, seed, map }) {
    const nets = quick ? 200 : 4000;
    const jobs = DISTANCES.flatMap((distance) =>
      netRanges(nets, Math.ceil(nets / 4)).map((range) => ({
        seed,
        ...range,
        sites: SITES,
        memories: MEMORIES,
        distance,
      })),
    );
    const answers = await map('merging', jobs);
    const rows = DISTANCES.map((distance) => {
      const own = answers.filter((_, k) => jobs[k]!.distance === distance);
      return {
        distance,
        bothExact: shareOf(
          total(own, (a) => a.bothExact),
          nets,
        ),
        distinct: shareOf(
          total(own, (a) => a.distinct),
          nets,
        ),
        fused: shareOf(
          total(own, (a) => a.fused),
          nets,
        ),
        displacement: total(own, (a) => a.displacement) / nets,
      };
    });
    const quantities: Quantity[] = rows.flatMap(({ distance, bothExact, fused }) => {
      const expected = TABLE[distance];
      if (expected === undefined) return [];
      const row = (name: string, found: typeof fused, value: number, tolerance: number): Quantity =>
        quantity(
          {
            name: `d = ${distance}: ${name}`,
            value: found.mean,
            standardError: found.sem,
            expected: value,
            tolerance,
            class: 'reference',
            source: SOURCE,
          },
          quick,
        );
      return [
        row('both exactly stable', bothExact, expected[0], 0.04),
        row('fused', fused, expected[1], 0.03),
      ];
    });
    const points = (which: 'bothExact' | 'distinct' | 'fused'): Point[] =>
      rows.map((row) => ({ x: row.distance, y: row[which].mean, error: row[which].sem }));
    const curves = [
      { label: 'both exactly where they were stored', which: 'bothExact', color: COLORS.blue },
      { label: 'two states, each nearer its own', which: 'distinct', color: COLORS.green },
      { label: 'fused into one', which: 'fused', color: COLORS.vermilion },
    ] as const;
    return {
      quantities,
      data: { sites: SITES, memories: MEMORIES, nets, rows },
      figure: {
        title: 'Memories closer than about 15 bits fuse',
        subtitle:
          'Hopfield’s merging experiment: 8 memories in 100 spins, two of them at Hamming distance d',
        legend: curves.map(({ label, color }) => ({ label, color, mark: 'dot' as const })),
        panels: [
          {
            plot: {
              x: { label: 'Hamming distance d of the two memories', domain: [0, 52] },
              y: { label: 'share of nets', domain: [0, 1], grid: true },
              marks: curves.flatMap(({ which, color }) => measured(points(which), color, true)),
            },
          },
        ],
        caption: [
          `Hebb’s rule, spins ±1, zero diagonal, asynchronous zero-temperature dynamics from each of the two memories; ${nets} nets a point, bars: one standard error.`,
          `Compared with: ${SOURCE}.`,
        ],
      },
    };
  },
};
