import { circuitUnits, type CircuitComponents } from '../circuit-units.js';

/** What carries the quartic wells and couples the nodes: thermodynamic-circuits §4.1, §4.2. */
export interface CircuitKind {
  /**
   * `conductance`: x is a node's voltage, wells are conductances, sources are currents. `charge`: x is the charge of a
   * nonlinear capacitor behind a linear resistor, sources are voltages in series: the fluctuation–dissipation theorem holds.
   */
  readonly wells: 'conductance' | 'charge';
  readonly coupling: 'transconductor' | 'capacitor';
}

/**
 * What makes a circuit differ from its program (thermodynamic-circuits §4.3, §5), in the units of the program: x in V₀,
 * t in t₀, energies in k_B T_eff, currents in C V₀/t₀. 0 is off everywhere.
 */
export interface Imperfections extends CircuitKind {
  /** Which copy of the board: everything that differs from node to node is drawn from it. */
  readonly boardSeed: number;
  /** Relative standard deviation of a node's capacitance. */
  readonly capacitorMismatch: number;
  /** Standard deviation of ln R, node by node; and of the board's common ln R. */
  readonly resistorMismatch: number;
  readonly resistorSpread: number;
  /** Relative standard deviations of J_ij: the part alike in both directions, and the part opposite in them. */
  readonly couplingMismatch: number;
  readonly couplingAsymmetry: number;
  /** Standard deviation of a node's constant current. */
  readonly offset: number;
  /** Standard deviation of the board's temperature and its correlation time. */
  readonly driftK: number;
  readonly driftTime: number;
  /** Relative changes of R and C per kelvin. */
  readonly resistanceTempco: number;
  readonly capacitanceTempco: number;
  readonly temperatureK: number;
  /** Cycles a t₀ below which 1/f noise exceeds the white noise of a leak at T = 1. */
  readonly flickerCorner: number;
  /** Time constant of every coupling path. */
  readonly couplingPole: number;
  /** γ of 4kTγ|g|. */
  readonly excessNoise: number;
  /** |x| is at most this. */
  readonly rail: number;
  /** Couplings pass on s tanh(x/s). */
  readonly otaRange: number;
  readonly readoutPole: number;
  readonly adcBits: number;
  readonly adcFullScale: number;
  readonly adcNoise: number;
  /** Whether nodes' voltages are read where the variables are charges. */
  readonly readsVoltage: boolean;
}

/** Members that change the dynamics where they are not 0. */
const DYNAMIC = [
  'capacitorMismatch',
  'resistorMismatch',
  'resistorSpread',
  'couplingMismatch',
  'couplingAsymmetry',
  'offset',
  'driftK',
  'flickerCorner',
  'couplingPole',
  'excessNoise',
  'rail',
  'otaRange',
  'readoutPole',
] as const satisfies readonly (keyof Imperfections)[];

/**
 * A pole faster than this, in t₀, acts at once: its effect on a node is of that order, while in one matrix with the nodes it
 * costs them ε/τ of their rates, all digits in the end.
 */
export const FASTEST_POLE = 1e-9;
const pole = (tau: number): number => (tau < FASTEST_POLE ? 0 : tau);

/**
 * A 1/f corner below this, in cycles a t₀, is none: its currents are some 10⁻⁴ of the thermal ones, and its slowest process does not
 * decay in double precision beside the nodes.
 */
export const LEAST_CORNER = 1e-9;
const corner = (frequency: number): number => (frequency < LEAST_CORNER ? 0 : frequency);

/**
 * Reads a device's parameters.
 * @param parameters in SI, by the names of the descriptor; what is left out is off
 */
export function imperfectionsOf(parameters: Readonly<Record<string, number>>): Imperfections {
  const of = (name: string): number => parameters[name] ?? 0;
  const components: CircuitComponents = {
    resistanceOhm: parameters['resistanceOhm'] ?? 1,
    capacitanceF: parameters['capacitanceF'] ?? 1,
    temperatureK: parameters['temperatureK'] ?? 1,
  };
  const { timeS, voltageV, currentA } = circuitUnits(components);
  return {
    wells: of('chargeWells') === 0 ? 'conductance' : 'charge',
    coupling: of('capacitiveCoupling') === 0 ? 'transconductor' : 'capacitor',
    boardSeed: of('boardSeed'),
    capacitorMismatch: of('capacitorMismatch'),
    resistorMismatch: of('resistorMismatch'),
    resistorSpread: of('resistorSpread'),
    couplingMismatch: of('couplingMismatch'),
    couplingAsymmetry: of('couplingAsymmetry'),
    offset: of('offsetA') / currentA,
    driftK: of('temperatureDriftK'),
    driftTime: of('temperatureDriftS') / timeS,
    resistanceTempco: of('resistanceTempco'),
    capacitanceTempco: of('capacitanceTempco'),
    temperatureK: components.temperatureK,
    flickerCorner: corner(of('flickerCornerHz') * timeS),
    couplingPole: pole(of('couplingPoleS') / timeS),
    excessNoise: of('excessNoise'),
    rail: of('railV') / voltageV,
    otaRange: of('otaRangeV') / voltageV,
    readoutPole: pole(of('readoutPoleS') / timeS),
    adcBits: Math.round(of('adcBits')),
    adcFullScale: of('adcFullScaleV') / voltageV,
    adcNoise: of('adcNoiseV') / voltageV,
    readsVoltage: of('readsVoltage') !== 0,
  };
}

/** Whether the dynamics are those of the program, whatever the readout does. */
export const isIdealCircuit = (imperfections: Imperfections): boolean =>
  imperfections.coupling === 'transconductor' &&
  !imperfections.readsVoltage &&
  DYNAMIC.every((name) => imperfections[name] === 0);

/** Whether states are read as they are. */
export const isIdealReadout = ({ adcBits, adcNoise }: Imperfections): boolean =>
  adcBits === 0 && adcNoise === 0;
