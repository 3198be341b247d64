import { plot } from './bars.js';
import { COLORS } from '../figure.js';
import { meanOf, quantity, type Quantity } from '../quantity.js';
import type { Reproduction, ReproductionContext } from '../reproduction.js';
import type { GlassModel } from '../tasks.js';

const SITES = 16;
const ERRORS = [1];
const LOADS = [2, 3, 4, 5, 6];
const TALK = 'APS March Meeting 2025, MAR-T37/1 (abstract)';
const INFERRED =
  'the definition (recall from one wrong spin, every cue, ± pairs counted once) is inferred, not published';
const REFERENCE = 'reference simulation, physics page CQ §6.3';

interface Bar {
  readonly label: string;
  readonly mean: number;
  readonly sem: number;
  readonly expected: number;
  readonly tolerance: number;
  readonly color: string;
}

async function glassBar(
  { map, seed }: ReproductionContext,
  model: GlassModel,
  rule: 'steepest-descent' | 'zero-temperature',
  count: number,
): Promise<{ mean: number; sem: number; sample: number[] }> {
  const answers = await map(
    'glassRecall',
    Array.from({ length: count }, (_, disorder) => ({
      seed,
      disorder,
      model,
      sites: SITES,
      rule,
      errors: ERRORS,
    })),
  );
  const sample = answers.map((a) => a.memories[0]!);
  return { ...meanOf(sample), sample };
}

/** The largest mean number of recalled memories over the load P, and that P. */
async function hopfieldBar(
  { map, seed }: ReproductionContext,
  count: number,
): Promise<{ mean: number; sem: number; load: number; table: unknown }> {
  const jobs = LOADS.flatMap((memories) =>
    Array.from({ length: count }, (_, disorder) => ({
      seed,
      disorder,
      sites: SITES,
      memories,
      rule: 'zero-temperature' as const,
      errors: ERRORS,
    })),
  );
  const answers = await map('hebbRecall', jobs);
  const table = LOADS.map((load) => ({
    load,
    ...meanOf(answers.filter((_, k) => jobs[k]!.memories === load).map((a) => a.memories[0]!)),
  }));
  const best = table.reduce((a, b) => (b.mean > a.mean ? b : a));
  return { ...best, table };
}

/** How many memories 16 spins recall: the cavity's spin glass against Hopfield's network. */
export const cavityMemories: Reproduction = {
  name: 'cavity-memories',
  title: 'Memories that 16 spins recall in a cavity',
  about:
    'Number of states that 16 spins recall in 80 % of their cues with one wrong spin, by exact enumeration: spin glass with steepest descent and with zero-temperature Metropolis, and Hopfield’s network.',
  async measure(context) {
    const { quick } = context;
    const count = quick ? 60 : 1000;
    const slow = quick ? 20 : 300;
    const sk = await glassBar(context, 'sherrington-kirkpatrick', 'steepest-descent', count);
    const cavity = await glassBar(context, 'four-sevenths', 'steepest-descent', count);
    const random = await glassBar(context, 'sherrington-kirkpatrick', 'zero-temperature', slow);
    const cavityRandom = await glassBar(context, 'four-sevenths', 'zero-temperature', slow);
    const hopfield = await hopfieldBar(context, quick ? 40 : 400);
    const bars: Bar[] = [
      {
        label: 'SK glass, steepest descent',
        ...sk,
        expected: 8.27,
        tolerance: 0.5,
        color: COLORS.blue,
      },
      {
        label: '4/7 cavity, steepest descent',
        ...cavity,
        expected: 7.29,
        tolerance: 0.5,
        color: COLORS.blue,
      },
      {
        label: 'Hopfield (Hebb), best load',
        ...hopfield,
        expected: 3.24,
        tolerance: 0.25,
        color: COLORS.vermilion,
      },
      {
        label: 'SK glass, T = 0 Metropolis',
        ...random,
        expected: 1.7,
        tolerance: 0.3,
        color: COLORS.grey,
      },
      {
        label: '4/7 cavity, T = 0 Metropolis',
        ...cavityRandom,
        expected: 1.65,
        tolerance: 0.3,
        color: COLORS.grey,
      },
    ];
    const quantities: Quantity[] = bars.map((bar) =>
      quantity(
        {
          name: `memories recalled ≥ 80 % from one wrong spin: ${bar.label}`,
          value: bar.mean,
          standardError: bar.sem,
          expected: bar.expected,
          tolerance: bar.tolerance,
          class: 'reference',
          source: REFERENCE,
        },
        quick,
      ),
    );
    quantities.push(
      quantity(
        {
          name: 'spin glass, steepest descent, beside the published count',
          value: sk.mean,
          standardError: sk.sem,
          expected: 8,
          tolerance: 1,
          class: 'published',
          source: `“up to 8 memories with greater than 80 % recall probability”, ${TALK}; ${INFERRED}`,
        },
        quick,
      ),
      quantity(
        {
          name: 'Hopfield network, beside the published count',
          value: hopfield.mean,
          standardError: hopfield.sem,
          expected: 2.5,
          tolerance: 1,
          class: 'published',
          source: `“reliably only store 2–3 memories”, ${TALK}; ${INFERRED}`,
        },
        quick,
      ),
    );
    return {
      quantities,
      data: {
        sites: SITES,
        cueErrors: 1,
        threshold: 0.8,
        bars: bars.map(({ label, mean, sem, expected }) => ({ label, mean, sem, expected })),
        distribution: { 'SK glass, steepest descent': sk.sample },
        hopfield: hopfield.table,
      },
      figure: {
        title:
          'A spin glass that descends steepest recalls 8 memories where Hopfield’s net recalls 3',
        subtitle:
          '16 spins: number of states recalled in at least 80 % of all cues with one wrong spin (exact enumeration)',
        legend: [],
        panels: [
          {
            plot: plot(
              bars.map(({ label, mean, sem, color }) => ({ label, mean, sem, color })),
              'memories recalled',
              [
                { from: 8, to: 8, label: 'published: “up to 8”' },
                { from: 2, to: 3, label: 'published, Hopfield: “2–3”' },
              ],
            ),
          },
        ],
        caption: [
          `Mean over disorder (${count} glasses with steepest descent, ${slow} with Metropolis, ${quick ? 40 : 400} Hebbian nets a load, best P = ${hopfield.load}), bars: one standard error. The number of one glass varies: 95 % have at most ${quantileOf(sk.sample, 0.95)}, the largest ${Math.max(...sk.sample)}.`,
          `Dashed line and shaded band: ${TALK}; ${INFERRED}.`,
        ],
      },
    };
  },
};

function quantileOf(sample: readonly number[], share: number): number {
  const sorted = [...sample].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!;
}
