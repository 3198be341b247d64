import type { ParameterDescriptor } from '../../../device/index.js';
import { circuitUnits, type CircuitComponents } from '../circuit-units.js';

type Named = Readonly<Record<string, number>>;

/** Names of sets of imperfections: thermodynamic-circuits §5. */
export const IMPERFECTION_SETS = ['none', 'bench', 'chip'] as const;
export type ImperfectionSet = (typeof IMPERFECTION_SETS)[number];

/** Full scale of the converter where nothing else is said, in V₀. */
const FULL_SCALE = 8;

/**
 * Parameters of a set (magnitudes are choices, no device's). What the table leaves open: poles of GBW are at unity gain,
 * the converter's own noise is half a step, couplings on a bench are resistors behind amplifiers (γ = 1), those on a chip
 * transistors (γ = 2/3).
 */
export function imperfectionSet(name: ImperfectionSet, components: CircuitComponents): Named {
  if (name === 'none') return {};
  const { currentA, voltageV } = circuitUnits(components);
  const RC = components.resistanceOhm * components.capacitanceF;
  const halfStep = (bits: number): number => (FULL_SCALE * voltageV) / 2 ** bits;
  const pole = (gainBandwidthHz: number): number => 1 / (2 * Math.PI * gainBandwidthHz);
  return name === 'bench'
    ? {
        capacitorMismatch: 0.01,
        resistorMismatch: 0.01,
        couplingMismatch: 0.01,
        couplingBits: 10,
        couplingInl: 0.5,
        excessNoise: 1,
        offsetA: 0.2 * currentA,
        temperatureDriftK: 0.1,
        resistanceTempco: 50e-6,
        capacitanceTempco: 30e-6,
        flickerCornerHz: 10,
        couplingPoleS: pole(10e6),
        readoutPoleS: 0.05 * RC,
        adcBits: 12,
        adcNoiseV: halfStep(12),
        railV: 10,
      }
    : {
        capacitorMismatch: 0.002,
        resistorSpread: 0.1,
        resistorMismatch: 0.01,
        couplingMismatch: 0.03,
        couplingAsymmetry: 0.01,
        couplingBits: 6,
        couplingInl: 0.5,
        excessNoise: 2 / 3,
        offsetA: currentA,
        temperatureDriftK: 1,
        resistanceTempco: 1000e-6,
        capacitanceTempco: 30e-6,
        flickerCornerHz: 100e3,
        couplingPoleS: pole(50e6),
        readoutPoleS: 0.05 * RC,
        adcBits: 8,
        adcNoiseV: halfStep(8),
        railV: 0.4,
        otaRangeV: 0.4,
      };
}

/** Parameters of a board: 0 is off. Defaults in SI from `set`. */
export function imperfectionParameters(
  components: CircuitComponents,
  set: Named,
): ParameterDescriptor[] {
  const { voltageV } = circuitUnits(components);
  const parameter = (
    name: string,
    unit: string,
    range: readonly [number, number],
    meaning: string,
    off = 0,
  ): ParameterDescriptor => ({
    name,
    unit,
    default: set[name] ?? off,
    range,
    writable: true,
    meaning,
  });
  const sd = 'standard deviation of ';
  return [
    parameter(
      'couplingInl',
      'LSB',
      [0, 4],
      'integral nonlinearity of the couplings’ DACs: a bow of at most this, another one for each',
    ),
    parameter(
      'capacitorMismatch',
      '1',
      [0, 0.3],
      `relative ${sd}a node’s capacitance from its nominal value`,
    ),
    parameter('resistorMismatch', '1', [0, 1], `${sd}ln R, node by node`),
    parameter('resistorSpread', '1', [0, 1], `${sd}ln R, common to the board`),
    parameter('couplingMismatch', '1', [0, 1], `relative ${sd}couplings, alike in both directions`),
    parameter(
      'couplingAsymmetry',
      '1',
      [0, 1],
      `relative ${sd}couplings, opposite in the two directions: no energy then`,
    ),
    parameter(
      'offsetA',
      'A',
      [0, 1],
      `${sd}a node’s constant current (of the voltage over R with nonlinear capacitors)`,
    ),
    parameter(
      'temperatureDriftK',
      'K',
      [0, 100],
      `${sd}the board’s temperature, which drifts from shot to shot`,
    ),
    parameter('temperatureDriftS', 's', [1e-12, 1e9], 'correlation time of the temperature', 1000),
    parameter('resistanceTempco', '1/K', [-0.01, 0.01], 'relative change of R a kelvin'),
    parameter('capacitanceTempco', '1/K', [-0.01, 0.01], 'relative change of C a kelvin'),
    parameter(
      'flickerCornerHz',
      'Hz',
      [0, 1e12],
      'frequency at which a node’s 1/f current noise equals the white noise of its leak; the band ends 4 decades below and one above',
    ),
    parameter(
      'couplingPoleS',
      's',
      [0, 1e6],
      'time constant of every coupling path, G/(2π·GBW) of its amplifier',
    ),
    parameter(
      'excessNoise',
      '1',
      [0, 100],
      'γ of the white noise 4kTγ|g| of every coupling at temperatureK: T_i = T + γ/2 Σ|J_ij|',
    ),
    parameter('railV', 'V', [0, 1e6], 'a node’s voltage stays within ± this, as between walls'),
    parameter('otaRangeV', 'V', [0, 1e6], 'couplings pass on s·tanh(V/s) of a voltage V'),
    parameter('readoutPoleS', 's', [0, 1e6], 'time constant of the low-pass before the readout'),
    parameter('adcBits', 'bit', [0, 24], 'bits of the readout’s converter'),
    parameter(
      'adcFullScaleV',
      'V',
      [1e-12, 1e6],
      'the converter’s range is ± this',
      FULL_SCALE * voltageV,
    ),
    parameter('adcNoiseV', 'V', [0, 1e6], `${sd}white noise at the converter’s input`),
  ];
}
