import { BOLTZMANN_J_PER_K } from '../../core/index.js';
import { circuitUnits } from '../../emulate/index.js';
import { COLORS, measured, theory, type Point } from '../figure.js';
import { meanOf, quantity, type Quantity } from '../quantity.js';
import type { Reproduction } from '../reproduction.js';
import { runDocument } from '../run-document.js';

const CAPACITANCES = [
  { farad: 0.5e-12, label: '0.5 pF', color: COLORS.vermilion },
  { farad: 1e-12, label: '1 pF', color: COLORS.blue },
  { farad: 2e-12, label: '2 pF', color: COLORS.green },
] as const;
/** In units of 300 K. */
const TEMPERATURES = [0.1, 0.25, 0.5, 0.75, 1, 1.25];
const KELVIN = 300;
const SOURCE = 'equipartition, ⟨V²⟩ = k_B T/C (exact)';

/** Thermal voltage of RC nodes: k_B T/C whatever the resistor. */
export const equipartition: Reproduction = {
  name: 'equipartition',
  title: 'Equipartition of RC nodes',
  about:
    'Mean square thermal voltage of uncoupled nodes of the device rc-langevin against temperature and capacitance, beside k_B T/C.',
  async measure({ quick, seed, device, signal, progress }) {
    const circuit = device('rc-langevin');
    const shots = quick ? 8 : 64;
    const rows: { label: string; kelvin: number; mean: number; sem: number; exact: number }[] = [];
    for (const [t, factor] of TEMPERATURES.entries()) {
      // The quadratic well is C V²/2: in the unit of 1 pF it is C/(1 pF) x².
      const scales = CAPACITANCES.map(({ farad }) => farad / 1e-12);
      const copies = 16;
      const sites = scales.length * copies;
      const quadratic = Array.from({ length: sites }, (_, i) => scales[i % scales.length]!);
      const result = await runDocument(
        circuit,
        {
          version: 1,
          sites,
          siteKinds: 'continuous',
          couplings: { kind: 'coo', entries: [] },
          wells: { quadratic, quartic: 0 },
          dynamics: { temperature: factor },
          initial: { kind: 'random' },
          duration: 20,
          readout: { every: 20, channels: ['state'] },
          shots: shots * 8,
        },
        seed + t,
        signal,
      );
      const voltage = circuitUnits({
        resistanceOhm: 1e6,
        capacitanceF: 1e-12,
        temperatureK: KELVIN,
      }).voltageV;
      for (const [c, { farad, label }] of CAPACITANCES.entries()) {
        const squares = result.final.states.map((state) => {
          let sum = 0;
          for (let i = c; i < sites; i += scales.length) sum += state[i]! ** 2;
          return (sum / copies) * voltage ** 2;
        });
        const exact = (BOLTZMANN_J_PER_K * KELVIN * factor) / farad;
        rows.push({ label, kelvin: KELVIN * factor, ...meanOf(squares), exact });
      }
      progress((t + 1) / TEMPERATURES.length);
    }
    const quantities: Quantity[] = rows
      .filter((row) => row.kelvin === KELVIN)
      .map((row) =>
        quantity(
          {
            name: `rms voltage at ${row.label}, 300 K (µV)`,
            value: 1e6 * Math.sqrt(row.mean),
            standardError: (1e6 * row.sem) / (2 * Math.sqrt(row.mean)),
            expected: 1e6 * Math.sqrt(row.exact),
            tolerance: (4e6 * row.sem) / (2 * Math.sqrt(row.mean)),
            class: 'exact',
            source: SOURCE,
          },
          quick,
        ),
      );
    return {
      quantities,
      data: { nodesPerPoint: 16 * shots * 8, rows },
      figure: {
        title: 'Thermal voltage follows k_B T/C, whatever the resistor',
        subtitle:
          'Mean square voltage of RC nodes with Johnson–Nyquist noise against temperature: emulated nodes (points) and equipartition (lines)',
        legend: CAPACITANCES.map(({ label, color }) => ({
          label: `C = ${label}`,
          color,
          mark: 'dot' as const,
        })),
        panels: [
          {
            plot: {
              x: { label: 'temperature (K)', domain: [0, 400] },
              y: { label: '⟨V²⟩ (10⁻⁹ V²)', grid: true, domain: [0, 11.5] },
              marks: CAPACITANCES.flatMap(({ label, farad, color }) => [
                theory(
                  [0, 400].map((x) => ({ x, y: (1e9 * BOLTZMANN_J_PER_K * x) / farad })),
                  color,
                ),
                ...measured(
                  rows
                    .filter((r) => r.label === label)
                    .map((r): Point => ({ x: r.kelvin, y: 1e9 * r.mean, error: 1e9 * r.sem })),
                  color,
                ),
              ]),
            },
          },
        ],
        caption: [
          `Device rc-langevin (R = 1 MΩ at 1 pF), linear wells, exact Ornstein–Uhlenbeck steps, ${16 * shots * 8} nodes a point after 20 t₀; bars: one standard error. Lines: ${SOURCE}. At 1 pF and 300 K the root mean square is 64.36 µV.`,
        ],
      },
    };
  },
};
