import { COLORS, measured } from '../figure.js';
import { quantity, type Quantity } from '../quantity.js';
import type { Reproduction } from '../reproduction.js';

const SITES = 16;
const ERRORS = [0, 1, 2, 3, 4, 5, 6];
const REFERENCE = 'reference simulation, physics page CQ §6.3 and rows C4, C5, C12';

/** Σ sum/Σ count: every attractor weighs alike. With the standard error of a ratio. */
function pooled(
  means: readonly number[],
  counts: readonly number[],
): { readonly mean: number; readonly sem: number } {
  const all = counts.reduce((a, b) => a + b, 0);
  const mean = means.reduce((sum, m, k) => sum + m * counts[k]!, 0) / all;
  const n = means.length;
  const squares = means.reduce((sum, m, k) => sum + ((m - mean) * counts[k]!) ** 2, 0);
  return { mean, sem: Math.sqrt((squares * n) / (n - 1)) / all };
}

const CURVES = [
  {
    label: 'SK glass, steepest descent',
    model: 'sherrington-kirkpatrick',
    rule: 'steepest-descent',
    color: COLORS.blue,
    expected: { 1: 0.83, 2: 0.622, 3: 0.421 },
    tolerance: 0.015,
  },
  {
    label: '4/7 cavity, steepest descent',
    model: 'four-sevenths',
    rule: 'steepest-descent',
    color: COLORS.green,
    expected: { 1: 0.845, 2: 0.649, 3: 0.454 },
    tolerance: 0.015,
  },
  {
    label: 'SK glass, T = 0 Metropolis',
    model: 'sherrington-kirkpatrick',
    rule: 'zero-temperature',
    color: COLORS.vermilion,
    expected: { 1: 0.58, 2: 0.37, 3: 0.25 },
    tolerance: 0.02,
  },
] as const;

/** Recall of a glass's own states against the number of wrong spins in the cue. */
export const cueErrors: Reproduction = {
  name: 'cue-errors',
  title: 'Recall against errors in the cue',
  about:
    'Probability that 16 spins return exactly to a stored state, against the number of wrong spins in the cue, for steepest descent and zero-temperature Metropolis.',
  async measure({ quick, seed, map }) {
    const rows: { label: string; errors: number; mean: number; sem: number }[] = [];
    const quantities: Quantity[] = [];
    for (const curve of CURVES) {
      const steep = curve.rule === 'steepest-descent';
      const count = quick ? (steep ? 60 : 20) : steep ? 1000 : 300;
      const answers = await map(
        'glassRecall',
        Array.from({ length: count }, (_, disorder) => ({
          seed,
          disorder,
          model: curve.model,
          sites: SITES,
          rule: curve.rule,
          errors: ERRORS,
        })),
      );
      for (const [k, errors] of ERRORS.entries()) {
        const found = pooled(
          answers.map((a) => a.mean[k]!),
          answers.map((a) => a.attractors),
        );
        rows.push({ label: curve.label, errors, ...found });
        const expected = (curve.expected as Readonly<Record<number, number>>)[errors];
        if (expected === undefined) continue;
        quantities.push(
          quantity(
            {
              name: `${curve.label}: recall at ${errors} wrong spin${errors > 1 ? 's' : ''}`,
              value: found.mean,
              standardError: found.sem,
              expected,
              tolerance: curve.tolerance,
              class: 'reference',
              source: REFERENCE,
            },
            quick,
          ),
        );
      }
    }
    return {
      quantities,
      data: { sites: SITES, rows },
      figure: {
        title: 'Steepest descent finds its way back from more wrong spins',
        subtitle:
          '16 spins: probability of returning exactly to a state of the glass, over all cues with d wrong spins and all its states',
        legend: CURVES.map(({ label, color }) => ({ label, color, mark: 'dot' as const })),
        panels: [
          {
            plot: {
              x: {
                label: 'wrong spins d in the cue',
                domain: [-0.2, 6.2],
                ticks: ERRORS,
                tickFormat: (d: number) => String(d),
              },
              y: { label: 'recall probability', domain: [0, 1.02], grid: true },
              marks: CURVES.flatMap(({ label, color }) =>
                measured(
                  rows
                    .filter((r) => r.label === label)
                    .map((r) => ({ x: r.errors, y: r.mean, error: r.sem })),
                  color,
                  true,
                ),
              ),
            },
          },
        ],
        caption: [
          `Exact enumeration of all 2¹⁶ states of each of ${quick ? 60 : 1000} glasses (${quick ? 20 : 300} for Metropolis), every attractor weighing alike; bars: one standard error over glasses. Compared with ${REFERENCE}. That steepest descent enlarges recall beyond Hopfield’s is published (arXiv:2009.01227, abstract); these numbers are not.`,
        ],
      },
    };
  },
};
