import * as Plot from '@observablehq/plot';
import { RandomStream } from '../../core/index.js';
import type { Device } from '../../device/index.js';
import { finalStateEntropy, gaussianPositions } from '../../emulate/index.js';
import { COLORS, measured } from '../figure.js';
import { meanOf, quantity, type Quantity } from '../quantity.js';
import type { Reproduction } from '../reproduction.js';
import { runDocument } from '../run-document.js';
import { GLASS_SPREAD } from '../tasks.js';

const FINAL_PUMP = 5;
const SHOTS = 60;
const DURATIONS = [5, 10, 20, 50, 100, 200, 500];
const REFERENCE =
  'reference simulation, physics page CQ §6.3 (60 shots × 10–12 disorders; ±.2, at 500/ω_z ±.05 to ln 2)';
const CURVES = [
  {
    label: '16 spins, β = 5',
    sites: 16,
    local: 5,
    color: COLORS.blue,
    expected: { 5: 3.41, 20: 1.64, 100: 0.87, 500: 0.716 },
  },
  {
    label: '8 spins, β = 5',
    sites: 8,
    local: 5,
    color: COLORS.vermilion,
    expected: { 5: 2.33, 20: 1.17, 100: 0.87, 500: 0.694 },
  },
] as const;
/** Standard errors over disorders that the page gives for its own table, by sites and duration. */
const PAGE_ERRORS: Readonly<Record<number, Readonly<Record<number, number>>>> = {
  16: { 5: 0.1, 20: 0.18, 100: 0.08, 500: 0 },
  8: { 5: 0.17, 20: 0.15, 100: 0.08, 500: 0 },
};
/** Disorders behind these errors. */
const PAGE_DISORDERS = 12;
/** The page's tolerance of CQ-F1. */
const TOLERANCE = 0.2;

/** Entropy of the states that a pump ramp ends in, against its duration. */
export const rampEntropy: Reproduction = {
  name: 'ramp-entropy',
  title: 'Entropy of final states against ramp time',
  about:
    'Entropy of the final states of a 4/7 cavity glass whose pump is ramped from zero to five times threshold, against the duration of the ramp: slow ramps find one state and its mirror image.',
  async measure({ quick, seed, device, signal, progress }) {
    const cavity = device('cavity-qed');
    const ownStrength = await localStrengthOf(cavity);
    const disorders = quick ? 3 : 24;
    const durations = quick ? [5, 20, 100] : DURATIONS;
    const rows: { label: string; sites: number; duration: number; mean: number; sem: number }[] =
      [];
    let done = 0;
    try {
      for (const { label, sites, local } of CURVES) {
        await cavity.writeParameter('localStrength', local, signal);
        for (const duration of durations) {
          const sample: number[] = [];
          for (let k = 0; k < disorders; k++) {
            const xy = gaussianPositions(sites, GLASS_SPREAD, RandomStream.of(seed, 'disorder', k));
            const result = await runDocument(
              cavity,
              {
                version: 1,
                sites,
                couplings: {
                  kind: 'positions',
                  geometry: 'four-sevenths',
                  xy: Array.from({ length: sites }, (_, i) => [xy[2 * i], xy[2 * i + 1]]),
                  // Points, as the reference has them: clouds of the σ that makes this β also weaken the pairs.
                  cloudSigma: 0,
                },
                dynamics: { fidelity: 'semiclassical' },
                controls: {
                  pump: [
                    [0, 0],
                    [duration, FINAL_PUMP],
                  ],
                },
                duration,
                readout: { every: duration, channels: ['state'] },
                shots: SHOTS,
              },
              seed + k,
              signal,
            );
            sample.push(finalStateEntropy(result.final.states, 'states').plugIn);
            progress(++done / (CURVES.length * durations.length * disorders));
          }
          rows.push({ label, sites, duration, ...meanOf(sample) });
        }
      }
    } finally {
      await cavity.writeParameter('localStrength', ownStrength);
    }
    const quantities: Quantity[] = rows.flatMap((row) => {
      const table = CURVES.find((c) => c.label === row.label)!.expected;
      const expected = (table as Readonly<Record<number, number>>)[row.duration];
      if (expected === undefined) return [];
      const page = PAGE_ERRORS[row.sites]![row.duration]!;
      // Three disorders do not know their own scatter; the page's, of four times as many, does.
      const sem = quick ? Math.max(row.sem, page * Math.sqrt(PAGE_DISORDERS / disorders)) : row.sem;
      const errors = Math.hypot(sem, page);
      return [
        quantity({
          name: `${row.label}: entropy after a ramp of ${row.duration}/ω_z (nats)`,
          value: row.mean,
          standardError: row.sem,
          expected,
          // Both are means over few disorders.
          tolerance: Math.max(TOLERANCE, 3 * errors),
          class: 'reference',
          source: REFERENCE,
        }),
      ];
    });
    const longest = durations.at(-1)!;
    for (const { label } of CURVES) {
      const own = rows.filter((r) => r.label === label);
      const falls = own.every(
        (row, k) =>
          k === 0 || row.mean < own[k - 1]!.mean + 2 * Math.hypot(row.sem, own[k - 1]!.sem),
      );
      quantities.push({
        name: `${label}: falls with the duration`,
        value: falls ? 1 : 0,
        standardError: null,
        expected: 1,
        tolerance: 0,
        class: 'reference',
        source:
          'reference simulation, physics page CQ §6.3; published is only that the entropy of the final states depends on the rate of crossing, no number and no sign (arXiv:2505.22658, abstract)',
        holds: falls,
      });
    }
    return {
      quantities,
      data: { shots: SHOTS, disorders, finalPump: FINAL_PUMP, floor: Math.LN2, rows },
      figure: {
        title: 'A slow ramp finds one state and its mirror image',
        subtitle:
          'Entropy of the final states of a 4/7 cavity glass, pump ramped from 0 to 5 times threshold, against the duration of the ramp',
        legend: CURVES.map(({ label, color }) => ({ label, color, mark: 'dot' as const })),
        panels: [
          {
            plot: {
              // A logarithmic scale of Plot's leaves labels out.
              x: {
                label: 'duration of the ramp, 1/ω_z (21 µs)',
                domain: [Math.log10(4), Math.log10(1.2 * longest)],
                ticks: durations.map(Math.log10),
                tickFormat: (d: number) => String(Math.round(10 ** d)),
              },
              y: { label: 'entropy (nats)', domain: [0, 4.2], grid: true },
              marks: [
                Plot.ruleY([Math.LN2], { stroke: COLORS.grey, strokeDasharray: '6 4' }),
                Plot.text([Math.LN2], {
                  x: Math.log10(4.3),
                  y: (v: number) => v,
                  text: () => 'ln 2: one state and its mirror image',
                  textAnchor: 'start',
                  dy: 13,
                  fill: COLORS.grey,
                }),
                ...CURVES.flatMap(({ label, color }) =>
                  measured(
                    rows
                      .filter((r) => r.label === label)
                      .map((r) => ({ x: Math.log10(r.duration), y: r.mean, error: r.sem })),
                    color,
                    true,
                  ),
                ),
              ],
            },
          },
        ],
        caption: [
          `Device cavity-qed, fidelity semiclassical (light eliminated), S = 5000, phenomenological damping α = .05, points of spread ${GLASS_SPREAD} w0; plug-in entropy of ${SHOTS} shots (at most ln ${SHOTS} = ${Math.log(SHOTS).toFixed(2)}), mean over ${disorders} disorders, bars: one standard error.`,
          `Compared with: ${REFERENCE}. That the entropy depends on the rate of crossing is published (arXiv:2505.22658, abstract); these numbers are no prediction of the experiment.`,
        ],
      },
    };
  },
};

/** β of points, which the device keeps for whatever comes after. */
async function localStrengthOf(cavity: Device): Promise<number> {
  const found = (await cavity.readParameters()).find(({ name }) => name === 'localStrength');
  if (typeof found?.value !== 'number') throw new Error('cavity-qed has no localStrength');
  return found.value;
}
