import * as Plot from '@observablehq/plot';
import { COLORS } from '../figure.js';
import { meanOf, quantity, type Quantity } from '../quantity.js';
import type { Reproduction } from '../reproduction.js';

const SITES = 16;
const REFERENCE = 'reference simulation, physics page CQ §6.3, rows E1, E2 and E4';
const MODELS = [
  {
    model: 'paramagnet',
    label: 'paramagnet (random spins)',
    color: COLORS.grey,
    expected: { square: [0.0625, 0.003, 'exact'], small: [0.79, 0.03], ultrametric: [0.25, 0.04] },
  },
  {
    model: 'sherrington-kirkpatrick',
    label: 'SK spin glass',
    color: COLORS.blue,
    expected: { square: [0.362, 0.03, 'reference'], small: [0.37, 0.03], ultrametric: [0.6, 0.04] },
  },
  {
    model: 'four-sevenths',
    label: '4/7 cavity, w = 2 w0',
    color: COLORS.vermilion,
    expected: { square: [0.43, 0.03, 'reference'], small: null, ultrametric: [0.68, 0.04] },
  },
] as const;

/** The overlap distribution of replicas: replica-symmetry breaking as the cavity experiment shows it. */
export const replicaOverlap: Reproduction = {
  name: 'replica-overlap',
  title: 'Replica overlap distribution',
  about:
    'Distribution of overlaps between final states of the same 16-spin glass, quenched by steepest descent from random states: broken replica symmetry, beside a paramagnet.',
  async measure({ quick, seed, map }) {
    const disorders = quick ? 40 : 300;
    const replicas = 100;
    const quantities: Quantity[] = [];
    const histograms: { label: string; q: number; probability: number }[] = [];
    const data: Record<string, unknown> = {};
    for (const { model, label, expected } of MODELS) {
      // σ of |q| over all disorders first: the K-correlator is in units of it.
      const args = Array.from({ length: disorders }, (_, disorder) => ({
        seed,
        disorder,
        model,
        sites: SITES,
        replicas,
      }));
      const first = await map(
        'replicas',
        args.map((a) => ({ ...a, sigma: null })),
      );
      const sizes = first.flatMap((a) => Array.from(a.overlaps, Math.abs));
      const mean = sizes.reduce((a, b) => a + b, 0) / sizes.length;
      const sigma = Math.sqrt(sizes.reduce((a, b) => a + (b - mean) ** 2, 0) / sizes.length);
      const answers = await map(
        'replicas',
        args.map((a) => ({ ...a, sigma })),
      );
      const average = (each: (q: number) => number) =>
        meanOf(
          answers.map((a) => a.overlaps.reduce((sum, q) => sum + each(q), 0) / a.overlaps.length),
        );
      const counts = new Float64Array(SITES + 1);
      for (const { overlaps } of answers) {
        for (const q of overlaps) counts[Math.round(((q + 1) * SITES) / 2)]!++;
      }
      const all = counts.reduce((a, b) => a + b, 0);
      counts.forEach((n, k) =>
        histograms.push({ label, q: (2 * k) / SITES - 1, probability: n / all }),
      );
      const square = average((q) => q * q);
      const small = average((q) => (Math.abs(q) <= 0.25 + 1e-9 ? 1 : 0));
      const ultrametric = meanOf(answers.map((a) => a.ultrametric / a.triples));
      const magnetisation = meanOf(answers.map((a) => a.magnetisation));
      data[model] = { square, small, ultrametric, magnetisation, sigma };
      const row = (
        name: string,
        found: { mean: number; sem: number },
        value: readonly [number, number, ...string[]],
      ): void => {
        quantities.push(
          quantity(
            {
              name: `${label}: ${name}`,
              value: found.mean,
              standardError: found.sem,
              expected: value[0],
              tolerance: value[1],
              class: value[2] === 'exact' ? 'exact' : 'reference',
              source: value[2] === 'exact' ? 'exact: 1/N' : REFERENCE,
            },
            quick,
          ),
        );
      };
      row('⟨q²⟩', square, expected.square);
      if (expected.small !== null) row('P(|q| ≤ ¼)', small, expected.small);
      row('P(K < ¼), ultrametric triples', ultrametric, expected.ultrametric);
    }
    return {
      quantities,
      data: { sites: SITES, disorders, replicas, statistics: data, histograms },
      figure: {
        title: 'Replicas of one glass end in many different states',
        subtitle:
          'Distribution of the overlap q between two runs of the same 16-spin disorder, steepest descent from random states',
        legend: MODELS.map(({ label, color }) => ({ label, color, mark: 'area' as const })),
        panels: MODELS.map(({ label, color }) => ({
          plot: {
            x: { label: 'overlap q', domain: [-1.1, 1.1], ticks: [-1, -0.5, 0, 0.5, 1] },
            y: {
              label: 'probability P(q)',
              domain: [0, 1.05 * Math.max(...histograms.map((h) => h.probability))],
              grid: true,
            },
            marks: [
              Plot.rectY(
                histograms.filter((h) => h.label === label),
                {
                  x1: (h: { q: number }) => h.q - 0.05,
                  x2: (h: { q: number }) => h.q + 0.05,
                  y: 'probability',
                  fill: color,
                  fillOpacity: 0.8,
                },
              ),
              Plot.ruleY([0]),
            ],
          },
        })),
        caption: [
          `${disorders} disorders × ${replicas} replicas, readout without errors. A glass has weight at q = ±1 and everywhere between, while its mean magnetisation is zero; a paramagnet has a single peak at 0. Compared with ${REFERENCE}; that the experiment's P(q) shows replica-symmetry breaking is published (arXiv:2505.22658, abstract), its numbers are not.`,
        ],
      },
    };
  },
};
