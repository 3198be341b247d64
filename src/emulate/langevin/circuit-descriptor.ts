import type { Descriptor } from '../../device/index.js';
import { circuitUnits, type CircuitComponents } from './circuit-units.js';
import { INTEGRATORS } from './integrators.js';

/** Couplings that can be set; the effective c·J must stay in here too. */
export const COUPLING_RANGE = 8;
/** Bits of the coupling DAC where nothing else is said. */
export const DEFAULT_COUPLING_BITS = 12;
export const MOST_CIRCUIT_SITES = 1024;

/** Smallest step of a DAC of that many bits over −8 … 8; 0 bits: none. */
export const couplingStep = (bits: number): number =>
  bits === 0 ? 0 : (2 * COUPLING_RANGE) / 2 ** bits;

/** Descriptor of an overdamped RC circuit; SI units follow from its components. */
export function circuitDescriptor(
  device: string,
  driver: string,
  components: CircuitComponents,
): Descriptor {
  const units = circuitUnits(components);
  const part = (
    name: keyof CircuitComponents,
    unit: string,
    range: readonly [number, number],
    meaning: string,
  ) => ({ name, unit, default: components[name], range, writable: false, meaning });
  return {
    version: 1,
    device,
    driver,
    origin: 'emulator',
    serial: `${device}-emulator`,
    title: 'Analog RC circuit, overdamped',
    model:
      'dx = −∂V dt + √(2T) dW with V = −½ Σ J x x − Σ h x − Σ A(t) η x + Σ (q x² + r x⁴): nodes with leaks, cubic conductances, programmable couplings and thermal noise',
    fidelity:
      'ideal circuit but for the couplings’ DAC: no mismatch, offsets, excess noise of the couplings, amplifier poles or readout errors; heat is that of the potential, not of the supply',
    sites: {
      max: MOST_CIRCUIT_SITES,
      kinds: ['continuous'],
      hidden: false,
      range: null,
      clamping: true,
    },
    topology: 'all-to-all',
    couplings: {
      kinds: ['dense', 'coo'],
      interactions: [],
      maxDegree: 2,
      geometries: [],
      range: [-COUPLING_RANGE, COUPLING_RANGE],
      resolution: couplingStep(DEFAULT_COUPLING_BITS),
      asymmetric: false,
      perSiteSum: null,
    },
    fields: { range: [-1000, 1000], resolution: null },
    wells: {
      quadratic: [-10, 10],
      quartic: [0, 10],
      default: { quadratic: 1, quartic: 1 },
    },
    drives: { max: 16, amplitude: [-1000, 1000] },
    controls: {
      temperature: [0, 100],
      coupling: [0, COUPLING_RANGE],
      quadratic: [-10, 10],
      quartic: [0, 10],
    },
    dynamics: {
      rules: { langevin: ['continuous-time'] },
      fidelities: [],
      kernels: [],
      integrators: [...INTEGRATORS],
      temperature: { range: [0, 100], perSite: true, default: 1 },
      ties: [],
      synapses: false,
      spiking: false,
      burnIn: true,
    },
    initial: ['pattern', 'corrupted', 'random', 'zero', 'equilibrium'],
    shots: { max: 10_000_000, pauseAtShot: true },
    duration: { max: 1_000_000 },
    readout: {
      channels: [
        { name: 'energy', unit: 'k_B T_eff' },
        { name: 'overlaps', unit: '1' },
        { name: 'state', unit: 'V0' },
        { name: 'work', unit: 'k_B T_eff' },
        { name: 'heat', unit: 'k_B T_eff' },
      ],
      minEvery: null,
    },
    parameters: [
      {
        name: 'couplingBits',
        unit: 'bit',
        default: DEFAULT_COUPLING_BITS,
        range: [0, 24],
        writable: true,
        meaning: 'resolution of the couplings’ DAC over its range; 0: ideal couplings',
      },
      part('resistanceOhm', 'Ω', [1, 1e12], 'leak R of a node; t₀ = 2RC'),
      part('capacitanceF', 'F', [1e-18, 1], 'capacitance C of a node; V₀ = √(2 k_B T/C)'),
      part('temperatureK', 'K', [1e-3, 1e6], 'T_eff of the nodes’ noise; energy unit k_B T_eff'),
    ],
    units: {
      time: { name: 't0', seconds: units.timeS },
      energy: { name: 'kT_eff', joules: units.energyJ },
    },
    calibrated: [],
    features: ['equilibrium-start', 'per-site-temperature'],
  };
}
