import type { Descriptor, ParameterDescriptor } from '../../device/index.js';
import { CIRCUIT_PRESET, type CircuitPresetName } from './circuit-presets.js';
import { circuitUnits, type CircuitComponents } from './circuit-units.js';
import { imperfectionParameters } from './imperfect/imperfection-parameters.js';
import type { CircuitKind } from './imperfect/imperfections.js';
import { INTEGRATORS } from './integrators.js';
import { COUPLING_RANGE, wellsAbilities } from './wells-descriptor.js';

/** Bits of the coupling DAC where nothing else is said. */
export const DEFAULT_COUPLING_BITS = 12;
export const MOST_CIRCUIT_SITES = 1280;

/** Smallest step of a DAC of that many bits over −8 … 8; 0 bits: none. */
export const couplingStep = (bits: number): number =>
  bits === 0 ? 0 : (2 * COUPLING_RANGE) / 2 ** bits;

/** What makes one circuit differ from another: all of it optional. */
export interface CircuitDesign {
  readonly preset?: CircuitPresetName;
  readonly coupling?: CircuitKind['coupling'];
  /** What is read where the variables are charges: themselves, or the nodes' voltages. */
  readonly reads?: 'charge' | 'voltage';
  /** Values of parameters that differ from the preset's. */
  readonly parameters?: Readonly<Record<string, number>>;
  /** In words, what `parameters` come from. */
  readonly imperfectionsText?: string;
  /** Which copy of the board; by default one that the device's id gives. */
  readonly boardSeed?: number;
  /** Most conversions a second; 0: no limit. */
  readonly adcRateHz?: number;
}

/** A seed from a device's id, so that two devices are two boards (FNV-1a). */
export function boardSeedOf(device: string): number {
  let hash = 0x811c9dc5;
  for (let k = 0; k < device.length; k++) {
    hash = Math.imul(hash ^ device.charCodeAt(k), 0x01000193) >>> 0;
  }
  return hash;
}

/** Descriptor of an overdamped RC circuit; SI units follow from its components. */
export function circuitDescriptor(
  device: string,
  driver: string,
  components: CircuitComponents,
  design: CircuitDesign = {},
): Descriptor {
  const units = circuitUnits(components);
  const preset = CIRCUIT_PRESET[design.preset ?? 'chip'];
  const values: Readonly<Record<string, number>> = { ...preset.parameters, ...design.parameters };
  const bits = values['couplingBits'] ?? DEFAULT_COUPLING_BITS;
  const capacitive = design.coupling === 'capacitor';
  const boardSeed = design.boardSeed ?? boardSeedOf(device);
  const rate = design.adcRateHz ?? 0;
  const fixed = (name: string, unit: string, value: number, meaning: string) => ({
    name,
    unit,
    default: value,
    range: [value, value] as const,
    writable: false,
    meaning,
  });
  const part = (
    name: keyof CircuitComponents,
    unit: string,
    range: readonly [number, number],
    meaning: string,
  ) => ({ name, unit, default: components[name], range, writable: false, meaning });
  const physical: ParameterDescriptor[] = [
    ...imperfectionParameters(components, values),
    fixed('boardSeed', '1', boardSeed, 'which copy of the board: all mismatches are drawn from it'),
    fixed('adcRateHz', 'Hz', rate, 'most conversions a second; 0: no limit'),
    fixed(
      'chargeWells',
      '1',
      preset.wells === 'charge' ? 1 : 0,
      '1: x is the charge of a nonlinear capacitor behind a resistor; 0: a voltage on conductances',
    ),
    fixed(
      'capacitiveCoupling',
      '1',
      capacitive ? 1 : 0,
      '1: couplings are capacitors; 0: transconductors',
    ),
    fixed(
      'readsVoltage',
      '1',
      design.reads === 'voltage' ? 1 : 0,
      '1: voltages V = C⁻¹q are read; 0: x itself',
    ),
    part('resistanceOhm', 'Ω', [1, 1e12], 'leak R of a node; t₀ = 2RC'),
    part('capacitanceF', 'F', [1e-18, 1], 'capacitance C of a node; V₀ = √(2 k_B T/C)'),
    part('temperatureK', 'K', [1e-3, 1e6], 'T_eff of the nodes’ noise; energy unit k_B T_eff'),
  ];
  return {
    version: 1,
    device,
    driver,
    origin: 'emulator',
    serial:
      design.boardSeed === undefined ? `${device}-emulator` : `${device}-board-${design.boardSeed}`,
    title: 'Analog RC circuit, overdamped',
    model:
      'dx = −∂V dt + √(2T) dW with V = −½ Σ J x x − Σ h x − Σ A(t) η x + Σ (q x² + r x⁴): nodes with leaks, cubic conductances, programmable couplings and thermal noise',
    fidelity: `${design.imperfectionsText ?? 'ideal circuit but for the couplings’ DAC; mismatch, offsets, drift, 1/f and excess noise, poles, rails and readout errors are parameters that are off'}; ${preset.wellsText}${capacitive ? '; couplings are capacitors: what is not the inverse of a capacitance matrix is refused' : ''}`,
    ...wellsAbilities({
      sites: MOST_CIRCUIT_SITES,
      couplingRange: [-COUPLING_RANGE, capacitive ? 0 : COUPLING_RANGE],
      couplingResolution: bits === 0 ? null : couplingStep(bits),
      couplingBits: bits,
      controlsQuadratic: !capacitive,
      rules: { langevin: ['continuous-time'] },
      integrators: INTEGRATORS,
      stateUnit: preset.wells === 'charge' && design.reads !== 'voltage' ? 'C V0' : 'V0',
      minEvery: rate === 0 ? null : 1 / (rate * units.timeS),
      parameters: preset.dimensional ? physical : [],
    }),
    units: {
      time: preset.dimensional
        ? { name: 't0', seconds: units.timeS }
        : { name: '1/mu', seconds: null },
      energy: preset.dimensional
        ? { name: 'kT_eff', joules: units.energyJ }
        : { name: 'kT', joules: null },
    },
    calibrated: [],
    features: ['equilibrium-start', 'per-site-temperature'],
  };
}
