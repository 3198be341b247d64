import { RandomStream } from '../../core/index.js';
import {
  agsRetrieval,
  agsZeroTemperature,
  meanFieldOverlap,
  retrievalTemperature as melting,
} from '../../model/index.js';
import { COLORS, measured, theory, type Point } from '../figure.js';
import { meanOf, quantity, type Quantity } from '../quantity.js';
import type { Reproduction } from '../reproduction.js';
import { runDocument } from '../run-document.js';

const SITES = 1000;
const LOADS = [
  { alpha: 0, label: 'one memory', color: COLORS.green },
  { alpha: 0.03, label: 'α = 0.03', color: COLORS.blue },
  { alpha: 0.05, label: 'α = 0.05', color: COLORS.vermilion },
] as const;
const TEMPERATURES = [0.1, 0.2, 0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8, 0.9, 1, 1.1];
const SWEEPS = 60;
const AVERAGED = 30;
const SOURCE = 'replica-symmetric mean field (Amit, Gutfreund & Sompolinsky), solved here; N → ∞';
/** Finite size at N = 1000 (physics page MT-B3): .002 at α = .05. */
const CHECKED: readonly (readonly [number, number, number])[] = [
  [0.05, 0.2, 0.002],
  [0.05, 0.3, 0.002],
  [0.03, 0.3, 0.002],
  [0, 0.3, 0.002],
  [0, 0.8, 0.01],
];

/** m(T) of the retrieval state, null where there is none. */
function overlapOf(alpha: number, temperature: number): number | null {
  if (alpha === 0) return temperature === 0 ? 1 : meanFieldOverlap(temperature);
  if (temperature === 0) return agsZeroTemperature(alpha)?.m ?? null;
  return agsRetrieval(alpha, temperature)?.m ?? null;
}

/** Where the retrieval state ceases to exist. */
const meltingOf = (alpha: number): number => (alpha === 0 ? 1 : melting(alpha)!);

/** Where retrieval ends in temperature: simulation on the glauber device against mean-field theory. */
export const retrievalTemperature: Reproduction = {
  name: 'retrieval-temperature',
  title: 'Memories melt: overlap against temperature',
  about:
    'Overlap of the retrieval state of Hebb’s rule against temperature at three loads, 1000 spins on the device glauber, beside the theory of Amit, Gutfreund and Sompolinsky.',
  async measure({ quick, seed, device, signal, progress }) {
    const nets = quick ? 2 : 8;
    const shots = quick ? 2 : 4;
    const glauber = device('glauber');
    const rows: { alpha: number; temperature: number; mean: number; sem: number }[] = [];
    const temperatures = quick ? TEMPERATURES.filter((_, k) => k % 3 === 1) : TEMPERATURES;
    for (const [a, { alpha }] of LOADS.entries()) {
      for (const [t, temperature] of temperatures.entries()) {
        const sample: number[] = [];
        for (let net = 0; net < nets; net++) {
          const stream = RandomStream.of(seed, 'disorder', 1000 * a + net);
          const patterns = Array.from({ length: Math.max(1, alpha * SITES) }, () =>
            Array.from({ length: SITES }, () => stream.sign()),
          );
          const result = await runDocument(
            glauber,
            {
              version: 1,
              sites: SITES,
              couplings: { kind: 'memories', patterns },
              references: [patterns[0]],
              dynamics: { rule: 'glauber', order: 'continuous-time', temperature },
              initial: { kind: 'pattern', values: patterns[0] },
              duration: SWEEPS,
              readout: { every: 1, channels: ['overlaps'] },
              shots,
            },
            seed + net,
            signal,
          );
          const late = result.observables.overlaps!.mean[0]!.slice(-AVERAGED) as number[];
          // With one memory both signs are equally good: a run near T = 1 may turn over.
          sample.push(Math.abs(meanOf(late).mean));
        }
        rows.push({ alpha, temperature, ...meanOf(sample) });
        progress((a + (t + 1) / temperatures.length) / LOADS.length);
      }
    }
    const quantities: Quantity[] = CHECKED.flatMap(([alpha, temperature, tolerance]) => {
      const row = rows.find((r) => r.alpha === alpha && r.temperature === temperature);
      if (row === undefined) return [];
      return [
        quantity(
          {
            name: `overlap at α = ${alpha}, T = ${temperature}`,
            value: row.mean,
            standardError: row.sem,
            expected: overlapOf(alpha, temperature),
            tolerance,
            class: 'exact',
            source: SOURCE,
          },
          quick,
        ),
      ];
    });
    const curve = (alpha: number): { x: number; y: number }[] => {
      const end = meltingOf(alpha);
      const points: { x: number; y: number }[] = [];
      for (let k = 0; k <= 200; k++) {
        const x = (end * k) / 200;
        const y = overlapOf(alpha, x);
        if (y !== null) points.push({ x, y });
      }
      points.push({ x: end, y: 0 });
      return points;
    };
    return {
      quantities,
      data: {
        sites: SITES,
        nets,
        shots,
        rows,
        theory: LOADS.map(({ alpha }) => ({
          alpha,
          meltingTemperature: meltingOf(alpha),
          points: curve(alpha),
        })),
      },
      figure: {
        title: 'More memories melt earlier, and all at once',
        subtitle: `Overlap with a stored memory after ${SWEEPS} sweeps from it, against temperature: simulation (points) and mean-field theory (lines)`,
        legend: LOADS.map(({ label, color }) => ({ label, color, mark: 'dot' as const })),
        panels: [
          {
            plot: {
              x: { label: 'temperature T', domain: [0, 1.15] },
              y: { label: 'overlap m', domain: [0, 1.02], grid: true },
              marks: LOADS.flatMap(({ alpha, color }) => [
                theory(curve(alpha), color),
                ...measured(
                  rows
                    .filter((r) => r.alpha === alpha)
                    .map((r): Point => ({ x: r.temperature, y: r.mean, error: r.sem })),
                  color,
                ),
              ]),
            },
          },
        ],
        caption: [
          `Device glauber, continuous time, N = ${SITES}, ${nets} nets × ${shots} shots a point, mean of the last ${AVERAGED} sweeps; bars: one standard error over nets. Lines: ${SOURCE}; the vertical drop is T_M(α), where the retrieval state ceases to exist.`,
        ],
      },
    };
  },
};
