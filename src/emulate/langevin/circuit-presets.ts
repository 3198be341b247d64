import { CHIP, type CircuitComponents } from './circuit-units.js';
import type { CircuitKind } from './imperfect/imperfections.js';

/** Presets of thermodynamic-circuits §4.5 that are overdamped circuits with wells. */
export const CIRCUIT_PRESETS = ['chip', 'paper', 'charge', 'ota'] as const;
export type CircuitPresetName = (typeof CIRCUIT_PRESETS)[number];

export interface CircuitPreset {
  readonly components: CircuitComponents;
  readonly wells: CircuitKind['wells'];
  /** Values of parameters that differ from the ideal device's. */
  readonly parameters: Readonly<Record<string, number>>;
  /** Whether time and energy have values in SI. */
  readonly dimensional: boolean;
  /** Integrator and step of programs that name none; null: the device's own choice. */
  readonly scheme: { readonly integrator: string; readonly dt: number } | null;
  /** How the wells are made, for people. */
  readonly wellsText: string;
}

const CONDUCTANCE =
  'quartic wells are cubic conductances, so V is an effective potential: heat is that of V, not of the supply (dissipation: ElectricalDissipation)';

export const CIRCUIT_PRESET: Readonly<Record<CircuitPresetName, CircuitPreset>> = {
  chip: {
    components: CHIP,
    wells: 'conductance',
    parameters: {},
    dimensional: true,
    scheme: null,
    wellsText: CONDUCTANCE,
  },
  paper: {
    components: CHIP,
    wells: 'conductance',
    parameters: { couplingBits: 0 },
    dimensional: false,
    scheme: { integrator: 'euler-maruyama', dt: 1e-3 },
    wellsText: 'dimensionless: the published recipe’s model and scheme, no components behind it',
  },
  charge: {
    components: CHIP,
    wells: 'charge',
    parameters: {},
    dimensional: true,
    scheme: null,
    wellsText:
      'x is a charge, U(q) = q²/2C + a q⁴ the energy of a nonlinear capacitor behind a linear resistor: the fluctuation–dissipation theorem holds, and heat is the Joule heat of the resistor',
  },
  ota: {
    components: CHIP,
    wells: 'conductance',
    parameters: { excessNoise: 2 / 3 },
    dimensional: true,
    scheme: null,
    wellsText: CONDUCTANCE,
  },
};
