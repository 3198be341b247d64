import * as Plot from '@observablehq/plot';
import { step, type DriveSummary } from '../../drive/index.js';
import { loadDmft } from '../../model/index.js';
import { COLORS, measured, theory } from '../figure.js';
import { meanOf, quantity, type Quantity } from '../quantity.js';
import type { Reproduction } from '../reproduction.js';
import { idealDrive, measureDrive, OVERLAP_THEORY } from './driven.js';

const ACCURACY = 0.6;
const TEMPERATURE = 0.3;
const HEIGHT = 0.5;
const HOLD = 2;
const RELAX = 20;
const log = Math.log10;
/** Loads of the curves of dynamical mean-field theory. */
const CURVE_LOADS = { from: 1e-3, to: 0.3, full: 14, quick: 5 };

interface Curve {
  readonly order: number;
  readonly sites: number;
  readonly quickSites: number;
  readonly color: string;
  /** Loads α = P/N^{n−1}; the low ones are compared with theory. */
  readonly loads: readonly number[];
  /** Up to which work is that of low load, within the tolerance. */
  readonly low: number;
  /** Up to which the sites are enough for a comparison with N → ∞ at extensive load. */
  readonly extensive: number;
}
const CURVES: readonly Curve[] = [
  {
    order: 2,
    sites: 1000,
    quickSites: 500,
    color: COLORS.blue,
    loads: [0.002, 0.005, 0.01, 0.02, 0.04, 0.06, 0.09, 0.12, 0.16, 0.22, 0.3],
    low: 0.005,
    extensive: 0.3,
  },
  {
    order: 3,
    sites: 300,
    quickSites: 150,
    color: COLORS.vermilion,
    loads: [0.0001, 0.0003, 0.001, 0.003, 0.007, 0.015, 0.03, 0.05, 0.08, 0.12],
    low: 0.001,
    extensive: 0.01,
  },
];

const DMFT_THEORY =
  'dynamical mean-field theory at extensive load, N → ∞, physics page MT §2.5 (derived there)';

interface ExtensiveWork {
  readonly order: number;
  readonly load: number;
  readonly work: number;
  readonly sem: number;
}

/** Work per site until the release, by dynamical mean-field theory, at the loads of the rows and between them. */
async function extensiveWork(
  quick: boolean,
  seed: number,
  signal: AbortSignal,
  rows: readonly { readonly order: number; readonly load: number }[],
): Promise<ExtensiveWork[]> {
  const solveDmft = await loadDmft();
  const { from, to, full, quick: few } = CURVE_LOADS;
  const count = quick ? few : full;
  const between = Array.from({ length: count }, (_, k) => from * (to / from) ** (k / (count - 1)));
  const found: ExtensiveWork[] = [];
  for (const { order } of CURVES) {
    const own = rows.filter((row) => row.order === order).map(({ load }) => load);
    for (const load of [...own, ...between]) {
      const { work, standardErrors } = await solveDmft(
        {
          degree: order,
          load,
          temperature: TEMPERATURE,
          initialOverlap: 0,
          cueAccuracy: ACCURACY,
          field: [...step(HEIGHT, HOLD), [HOLD, 0]],
          duration: HOLD + 0.5,
          ...(quick ? { trajectories: 4000 } : {}),
          seed,
          threads: 2,
        },
        signal,
      );
      found.push({ order, load, work: work.at(-1)!, sem: standardErrors.work.at(-1)! });
    }
  }
  return found;
}

/** Work and success of a driven retrieval as memories fill the net. */
export const workAgainstLoad: Reproduction = {
  name: 'work-against-load',
  title: 'Work and success of a driven retrieval against the load',
  about:
    'Hebb’s rule and dense memories of order 3, driven from the paramagnet by a cue of accuracy 0.6 while ever more random memories are stored: work per site and share of nets that end in the target against the load P/N^(n−1), beside the low-load theory.',
  async measure({ quick, seed, device, signal, progress }) {
    const glauber = device('glauber');
    const nets = quick ? 3 : 12;
    const shots = quick ? 8 : 16;
    const rows: {
      order: number;
      sites: number;
      memories: number;
      load: number;
      work: { mean: number; sem: number };
      success: { mean: number; sem: number };
      overlap: { mean: number; sem: number };
    }[] = [];
    const chosen = CURVES.map((curve) => ({
      ...curve,
      sites: quick ? curve.quickSites : curve.sites,
      loads: quick ? curve.loads.filter((_, k) => k % 3 === 1) : curve.loads,
    }));
    const total = chosen.reduce((sum, { loads }) => sum + loads.length, 0) * nets;
    let done = 0;
    for (const { order, sites, loads } of chosen) {
      for (const load of loads) {
        const count = Math.max(2, Math.round(load * sites ** (order - 1)));
        const drives: DriveSummary[] = [];
        for (let net = 0; net < nets; net++) {
          drives.push(
            await measureDrive(
              glauber,
              {
                sites,
                count,
                accuracy: ACCURACY,
                order,
                temperature: TEMPERATURE,
                points: step(HEIGHT, HOLD),
                relax: RELAX,
                shots,
                seed: seed + net,
              },
              signal,
            ),
          );
          progress(++done / total);
        }
        const over = (value: (d: DriveSummary) => number) => meanOf(drives.map(value));
        rows.push({
          order,
          sites,
          memories: count,
          load: count / sites ** (order - 1),
          work: over((d) => d.work.mean!),
          success: over((d) => d.success.mean!),
          overlap: over((d) => d.overlap.mean!),
        });
      }
    }
    const lowLoad = CURVES.map(({ order }) => ({
      order,
      ...idealDrive(
        { order, temperature: TEMPERATURE, accuracy: ACCURACY },
        step(HEIGHT, HOLD),
        RELAX,
      ),
    }));
    const quantities: Quantity[] = CURVES.flatMap(({ order, low }) => {
      const expected = lowLoad.find((t) => t.order === order)!;
      return rows
        .filter((row) => row.order === order && row.load <= low * 1.01)
        .map((row) =>
          quantity({
            name: `n = ${order}, P = ${row.memories} of ${row.sites} sites: work per site`,
            value: row.work.mean,
            standardError: row.work.sem,
            expected: expected.work,
            tolerance: 4 * row.work.sem + 0.02 * expected.work,
            class: 'exact',
            source: `${OVERLAP_THEORY}; tolerance 4 standard errors over nets and 2 % (finite N)`,
          }),
        );
    });
    const extensive = await extensiveWork(quick, seed, signal, rows);
    for (const { order, extensive: most } of CURVES) {
      for (const row of rows) {
        if (row.order !== order || row.load > most) continue;
        const expected = extensive.find((one) => one.order === order && one.load === row.load)!;
        quantities.push(
          quantity({
            name: `n = ${order}, α = ${row.load.toPrecision(2)}: work per site at extensive load`,
            value: row.work.mean,
            standardError: row.work.sem,
            expected: expected.work,
            tolerance: 4 * Math.hypot(row.work.sem, expected.sem) + 0.02 * expected.work,
            class: 'exact',
            source: `${DMFT_THEORY}; tolerance 4 standard errors of both and 2 % (finite N)`,
          }),
        );
      }
    }
    const curves = lowLoad.map(({ order, work, overlap }) => ({
      order,
      theory: 'low load',
      work,
      overlap,
    }));
    const curveOf = (order: number): { x: number; y: number }[] =>
      extensive
        .filter((one) => one.order === order)
        .toSorted((a, b) => a.load - b.load)
        .map(({ load, work }) => ({ x: log(load), y: work }));
    const plotted = (order: number, name: 'work' | 'success') =>
      rows
        .filter((row) => row.order === order)
        .map((row) => ({ x: log(row.load), y: row[name].mean, error: row[name].sem }));
    const x = {
      label: 'load α = P/Nⁿ⁻¹',
      domain: [-4.1, -0.45],
      ticks: [-4, -3, -2, -1],
      tickFormat: (d: number) => String(Number((10 ** d).toPrecision(1))),
    };
    return {
      quantities,
      data: {
        nets,
        shots,
        accuracy: ACCURACY,
        temperature: TEMPERATURE,
        height: HEIGHT,
        hold: HOLD,
        relax: RELAX,
        rows,
        curves,
        extensive,
        lowLoad: lowLoad.map(({ courses: _courses, ...rest }) => rest),
      },
      figure: {
        title: 'Up to a load the work stays what two memories cost; beyond it retrieval fails',
        subtitle: `Driven from the paramagnet by a step of ${HOLD} sweeps, h = ${HEIGHT}, cue accuracy ${ACCURACY}, T = ${TEMPERATURE}, as more random memories are stored: simulation (points), theory for low load (dashed) and for extensive load (lines)`,
        legend: [
          ...CURVES.map(({ order, color }) => ({
            label: order === 2 ? 'n = 2 (Hebb)' : `n = ${order}`,
            color,
            mark: 'dot' as const,
          })),
          { label: 'dynamical mean-field theory', color: COLORS.grey, mark: 'line' as const },
          { label: 'low-load theory', color: COLORS.grey, mark: 'dashed' as const },
        ],
        panels: [
          {
            title: 'work',
            plot: {
              x,
              y: { label: 'W/N', grid: true },
              marks: CURVES.flatMap(({ order, color }) => {
                const { work } = lowLoad.find((t) => t.order === order)!;
                return [
                  theory(
                    [
                      { x: -4.1, y: work },
                      { x: -0.45, y: work },
                    ],
                    color,
                    true,
                  ),
                  theory(curveOf(order), color),
                  ...measured(plotted(order, 'work'), color),
                ];
              }),
            },
          },
          {
            title: 'success',
            plot: {
              x,
              y: { label: 'share that ends in the target', grid: true, domain: [0, 1.05] },
              marks: [
                Plot.ruleY([1], { stroke: COLORS.grey, strokeOpacity: 0.4 }),
                ...CURVES.flatMap(({ order, color }) =>
                  measured(plotted(order, 'success'), color, true),
                ),
              ],
            },
          },
        ],
        caption: [
          `Device glauber, ${chosen.map((c) => `N = ${c.sites} for n = ${c.order}`).join(', ')}, ${nets} nets × ${shots} shots a point, ${RELAX} sweeps to relax; success: overlap > 0.5 at the end; bars: one standard error over nets. α is P/N for n = 2 and P/N² for n = 3.`,
          `Lines: ${DMFT_THEORY}. Dashed: ${OVERLAP_THEORY}.`,
        ],
      },
    };
  },
};
