import { COLORS, measured, theory } from '../figure.js';
import { quantity, type Quantity } from '../quantity.js';
import type { Reproduction } from '../reproduction.js';
import { runDocument } from '../run-document.js';

/** K = [[k1 + kc, −kc], [−kc, k2 + kc]] of the physics page's two-bath system (TC-14), eigenvalues l1 + l2 = tr K. */
const [K1, K2] = [2, 3];
const COLD = 1;
const DIFFERENCES = [0, 0.5, 1, 1.5, 2];
const COUPLINGS = [
  { kc: 0.5, color: COLORS.green },
  { kc: 1, color: COLORS.blue },
  { kc: 2, color: COLORS.vermilion },
] as const;
const SOURCE = 'Q̇ = kc² (T₂ − T₁)/(l₁ + l₂) (exact, linear)';

const current = (kc: number, difference: number): number =>
  (kc * kc * difference) / (K1 + K2 + 2 * kc);

/** Heat between two baths through a coupled pair of nodes. */
export const twoBaths: Reproduction = {
  name: 'two-baths',
  title: 'Heat between two baths',
  about:
    'Steady heat current through two coupled nodes of rc-langevin whose resistors have different temperatures, and its entropy production, beside the closed form.',
  async measure({ quick, seed, device, signal, progress }) {
    const circuit = device('rc-langevin');
    const shots = quick ? 16 : 64;
    const duration = quick ? 100 : 400;
    const rows: {
      kc: number;
      difference: number;
      current: { mean: number; sem: number };
      entropy: { mean: number; sem: number };
    }[] = [];
    let done = 0;
    for (const { kc } of COUPLINGS) {
      for (const difference of DIFFERENCES) {
        const hot = COLD + difference;
        const result = await runDocument(
          circuit,
          {
            version: 1,
            sites: 2,
            siteKinds: 'continuous',
            couplings: { kind: 'coo', entries: [[0, 1, kc]] },
            wells: { quadratic: [(K1 + kc) / 2, (K2 + kc) / 2], quartic: 0 },
            dynamics: { temperature: difference === 0 ? COLD : [hot, COLD], burnIn: 5, dt: 0.002 },
            initial: { kind: 'equilibrium' },
            duration,
            readout: { every: duration, channels: ['energy'] },
            shots,
          },
          seed + rows.length,
          signal,
        );
        const { heat, entropyProduction } = result.thermodynamics;
        // Baths in the order of their temperatures: the cold one takes the current in.
        const cold = heat!.baths[0]!;
        rows.push({
          kc,
          difference,
          current: { mean: cold.mean! / duration, sem: cold.sem! / duration },
          entropy: {
            mean: entropyProduction!.mean! / duration,
            sem: entropyProduction!.sem! / duration,
          },
        });
        progress(++done / (COUPLINGS.length * DIFFERENCES.length));
      }
    }
    const quantities: Quantity[] = rows.flatMap((row) => {
      const expected = current(row.kc, row.difference);
      // The Stratonovich sum over steps reads low by (l₁ + l₂) dt/2.
      const bias = (expected * (K1 + K2 + 2 * row.kc) * 0.002) / 2;
      const line = (name: string, found: { mean: number; sem: number }, value: number): Quantity =>
        quantity({
          name: `kc = ${row.kc}, ΔT = ${row.difference}: ${name}`,
          value: found.mean,
          standardError: found.sem,
          expected: value,
          tolerance: 4 * found.sem + bias,
          class: 'exact',
          source: SOURCE,
        });
      if (row.difference === 0) return [];
      return [
        line('heat current', row.current, expected),
        line(
          'entropy production rate',
          row.entropy,
          expected * (1 / COLD - 1 / (COLD + row.difference)),
        ),
      ];
    });
    const grid = Array.from({ length: 41 }, (_, k) => (k * 2.1) / 40);
    return {
      quantities,
      data: { shots, duration, rows },
      figure: {
        title: 'Heat flows between two resistors in proportion to ΔT, and costs entropy',
        subtitle:
          'Two coupled RC nodes, their resistors at T and T + ΔT: steady heat current and entropy production, emulated (points) and exact (lines)',
        legend: COUPLINGS.map(({ kc, color }) => ({
          label: `coupling kc = ${kc}`,
          color,
          mark: 'dot' as const,
        })),
        panels: [
          {
            title: 'heat current into the cold bath',
            plot: {
              x: { label: 'temperature difference ΔT / T' },
              y: { label: 'k_B T₀ per t₀', grid: true },
              marks: COUPLINGS.flatMap(({ kc, color }) => [
                theory(
                  grid.map((x) => ({ x, y: current(kc, x) })),
                  color,
                ),
                ...measured(
                  rows
                    .filter((r) => r.kc === kc)
                    .map((r) => ({ x: r.difference, y: r.current.mean, error: r.current.sem })),
                  color,
                ),
              ]),
            },
          },
          {
            title: 'entropy production',
            plot: {
              x: { label: 'temperature difference ΔT / T' },
              y: { label: 'nats per t₀', grid: true },
              marks: COUPLINGS.flatMap(({ kc, color }) => [
                theory(
                  grid.map((x) => ({ x, y: current(kc, x) * (1 - 1 / (1 + x)) })),
                  color,
                ),
                ...measured(
                  rows
                    .filter((r) => r.kc === kc)
                    .map((r) => ({ x: r.difference, y: r.entropy.mean, error: r.entropy.sem })),
                  color,
                ),
              ]),
            },
          },
        ],
        caption: [
          `Device rc-langevin, linear wells k = (2, 3), ${shots} shots of ${duration} t₀ in the steady state, Stratonovich heat at dt = 0.002 t₀ (reads low by ${(100 * 0.001 * 7).toFixed(1)} % at kc = 1); bars: one standard error. Lines: ${SOURCE}.`,
        ],
      },
    };
  },
};
