import type { Descriptor } from '../../device/index.js';
import { DEFAULT_COUPLING_BITS, MOST_CIRCUIT_SITES } from '../langevin/circuit-descriptor.js';
import { COUPLING_RANGE, wellsAbilities } from '../langevin/wells-descriptor.js';
import { RLC_INTEGRATORS } from './rlc-integrator.js';
import {
  rlcUnits,
  SPU8_CELL,
  SPU_CELLS,
  SPU_COUPLING_BITS,
  SPU_STRONGEST_SHARE,
  type RlcComponents,
} from './rlc-units.js';

/** An underdamped device: its cells, how many, and what its couplings can do. */
export interface RlcPreset {
  readonly components: RlcComponents;
  readonly cells: number;
  readonly couplingRange: readonly [number, number];
  readonly couplingBits: number;
}

/** As many cells and couplings as the overdamped circuit has. */
export const benchPreset = (components: RlcComponents): RlcPreset => ({
  components,
  cells: MOST_CIRCUIT_SITES,
  couplingRange: [-COUPLING_RANGE, COUPLING_RANGE],
  couplingBits: DEFAULT_COUPLING_BITS,
});

/** Eight cells, couplings of one sign, up to a tenth of a cell (2q = 2 at q = 1), 4 bits. */
export const SPU8: RlcPreset = {
  components: SPU8_CELL,
  cells: SPU_CELLS,
  couplingRange: [0, 2 * SPU_STRONGEST_SHARE],
  couplingBits: SPU_COUPLING_BITS,
};

/** Smallest step of a DAC of that many bits: both ends are levels where 0 is one of them; 0 bits: none. */
export function rlcCouplingStep([least, most]: readonly [number, number], bits: number): number {
  if (bits === 0) return 0;
  return least === 0 ? most / (2 ** bits - 1) : (most - least) / 2 ** bits;
}

/** Descriptor of an underdamped RLC circuit; SI units follow from its components. */
export function rlcDescriptor(device: string, driver: string, preset: RlcPreset): Descriptor {
  const { components, cells, couplingRange, couplingBits } = preset;
  const { resistanceOhm: R, noise } = components;
  const cellsAlike = typeof R === 'number';
  const units = rlcUnits(components);
  const part = (
    name: string,
    unit: string,
    value: number,
    range: readonly [number, number],
    meaning: string,
  ) => ({ name, unit, default: value, range, writable: false, meaning });
  return {
    version: 1,
    device,
    driver,
    origin: 'emulator',
    serial: `${device}-emulator`,
    title: 'RLC circuit, underdamped',
    model:
      'dx = v dt, dv = (−∂V − γ v) dt + √(2γT) dW with V = −½ Σ J x x − Σ h x − Σ A(t) η x + Σ (q x² + r x⁴): cells of inductor, capacitor and resistor in parallel, x the flux of the inductor and v the voltage',
    fidelity:
      'ideal circuit but for the couplings’ DAC: no mismatch, offsets, losses of inductors, excess noise of the couplings or readout errors; energy is V + Σ v²/2, stored in inductors, couplings and capacitors',
    ...wellsAbilities({
      sites: cells,
      couplingRange,
      couplingResolution: rlcCouplingStep(couplingRange, couplingBits),
      couplingBits,
      controlsQuadratic: true,
      rules: { underdamped: ['continuous-time'] },
      integrators: RLC_INTEGRATORS,
      stateUnit: 'phi0',
      minEvery: null,
      parameters: [
        {
          name: 'qualityFactor',
          unit: '1',
          default: units.qualityFactor,
          range: [0.05, 1000],
          writable: true,
          meaning: 'Q = R√(C/L) of a cell by itself, at the mean resistance; friction γ = √2/Q',
        },
        part('inductanceH', 'H', components.inductanceH, [1e-12, 1e3], 'L of a cell; t₀ = √(2LC)'),
        part('capacitanceF', 'F', components.capacitanceF, [1e-18, 1], 'C of a cell'),
        ...(typeof R === 'number'
          ? [
              part(
                'resistanceOhm',
                'Ω',
                R,
                [1e-3, 1e12],
                'R of a cell at the default qualityFactor',
              ),
            ]
          : R.map((ohm, i) =>
              part(
                `resistanceOhm[${i}]`,
                'Ω',
                ohm,
                [1e-3, 1e12],
                `R of cell ${i} at the default qualityFactor`,
              ),
            )),
        part(
          'temperatureK',
          'K',
          components.temperatureK,
          [1e-3, 1e15],
          noise === 'johnson'
            ? 'T_eff of every cell’s noise; energy unit k_B T_eff'
            : `T_eff = κ₀${cellsAlike ? 'R' : 'R̄'}/k_B of the noise sources; energy unit k_B T_eff`,
        ),
      ],
    }),
    units: {
      time: { name: 't0', seconds: units.timeS },
      energy: { name: 'kT_eff', joules: units.energyJ },
    },
    calibrated: [],
    features: ['equilibrium-start', 'per-site-temperature', 'kinetic-energy'],
  };
}

/** Cells of a device whose components list one resistor a cell. */
export const listedCells = (components: RlcComponents): number | null =>
  typeof components.resistanceOhm === 'number' ? null : components.resistanceOhm.length;
