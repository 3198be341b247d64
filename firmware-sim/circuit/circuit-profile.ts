/**
 * What a kind of board is built of: nominal values and the tolerances that its boards are drawn with. Spreads are standard
 * deviations; the magnitudes of `bench` and `chip` are those of the circuit page, §5, or engineering choices beside it.
 */
export interface CircuitProfile {
  readonly name: string;
  readonly title: string;
  readonly sites: number;

  // --- Nodes ---------------------------------------------------------------------------------------------------------
  readonly capacitanceF: number;
  readonly resistanceOhm: number;
  /** V0: volts of one program unit of x. With the capacitance it says what one program unit of energy is: C V0²/2. */
  readonly unitV: number;
  readonly capacitorSpread: number;
  /** Of the logarithm. */
  readonly resistorSpread: number;
  /** Of the transconductors that set wells. */
  readonly wellSpread: number;
  /** Constant currents, in units of C V0/t0. */
  readonly offset: number;
  /** Nodes are clipped at ± this; Infinity: no rails. */
  readonly railV: number;

  // --- Couplings and fields ------------------------------------------------------------------------------------------
  /** What a coupling J is: a pair of transconductors, or a capacitor between the nodes (capacitor-network.ts). */
  readonly couplingElement: 'transconductor' | 'capacitor';
  /** Mean of the capacitors that are between neighbours i and i + 1 without being wanted; of a board of capacitors. */
  readonly strayF: number;
  /** Of the logarithm. */
  readonly straySpread: number;
  readonly couplingBits: number;
  /** Largest |J|. */
  readonly couplingFullScale: number;
  readonly fieldBits: number;
  readonly fieldFullScale: number;
  /** Of the pattern of a drive, of `fieldBits`. */
  readonly patternFullScale: number;
  /** Largest integral nonlinearity of a converter, in its steps. */
  readonly inlLsb: number;
  /** Gain error of a pair, the same in both directions. */
  readonly couplingSpread: number;
  /** Gain error of a pair, opposite in the two directions. */
  readonly couplingAsymmetry: number;
  /** Corner of the one-pole in each coupling path; Infinity: none. */
  readonly couplingPoleHz: number;
  /** A transconductor's input saturates as V_lin tanh(V / V_lin); Infinity: linear. */
  readonly couplingLinearV: number;
  /** γ: a transconductor adds the noise 4 k T γ |g| at its output (one-sided). */
  readonly excessNoise: number;
  readonly driveSpread: number;

  // --- Temperature ---------------------------------------------------------------------------------------------------
  /** Of resistors and transconductors; their Johnson noise is the floor under the noise source. */
  readonly ambientK: number;
  readonly noiseSourceSpread: number;
  readonly driftK: number;
  readonly resistorPpmPerK: number;
  readonly capacitorPpmPerK: number;
  readonly gainPpmPerK: number;

  // --- 1/f noise -----------------------------------------------------------------------------------------------------
  /** A current into each node of density 1/f; 0: none. Its density at the corner is that of white noise of `flickerTemperature`. */
  readonly flickerCornerHz: number;
  /** Program units. */
  readonly flickerTemperature: number;
  /** From where to where it is 1/f: constant below, 1/f² above. */
  readonly flickerLowHz: number;
  readonly flickerHighHz: number;
  /** Of the logarithm of each node's amplitude. */
  readonly flickerSpread: number;

  // --- Readout and monitors ------------------------------------------------------------------------------------------
  /** One-pole before the converter, in RC. */
  readonly readoutPoleRc: number;
  readonly readoutGain: number;
  readonly readoutGainSpread: number;
  /** At the node. */
  readonly readoutOffsetV: number;
  readonly adcBits: number;
  readonly adcFullScaleV: number;
  /** Noise at the converter beside that of its steps. */
  readonly adcNoiseV: number;
  readonly conversionS: number;
  readonly monitorSpread: number;
  /** Offset of a monitor, in units of energy per t0 and site. */
  readonly monitorOffset: number;
  /** White noise of a monitor, in units of energy per √t0. */
  readonly monitorNoise: number;

  // --- Supply --------------------------------------------------------------------------------------------------------
  readonly supplyV: number;
  readonly staticW: number;
  readonly siteW: number;
  /** Bias current of a transconductor over its transconductance. */
  readonly overdriveV: number;
  readonly conversionJ: number;
}

const IDEAL: CircuitProfile = {
  name: 'ideal',
  title: 'Ideal analog board',
  sites: 128,
  capacitanceF: 1e-9,
  resistanceOhm: 1e5,
  unitV: 0.1,
  capacitorSpread: 0,
  resistorSpread: 0,
  wellSpread: 0,
  offset: 0,
  railV: Infinity,
  couplingElement: 'transconductor',
  strayF: 0,
  straySpread: 0,
  couplingBits: 16,
  couplingFullScale: 8,
  fieldBits: 16,
  fieldFullScale: 64,
  patternFullScale: 8,
  inlLsb: 0,
  couplingSpread: 0,
  couplingAsymmetry: 0,
  couplingPoleHz: Infinity,
  couplingLinearV: Infinity,
  excessNoise: 0,
  driveSpread: 0,
  ambientK: 300,
  noiseSourceSpread: 0,
  driftK: 0,
  resistorPpmPerK: 0,
  capacitorPpmPerK: 0,
  gainPpmPerK: 0,
  flickerCornerHz: 0,
  flickerTemperature: 0,
  flickerLowHz: 0,
  flickerHighHz: 0,
  flickerSpread: 0,
  readoutPoleRc: 0,
  readoutGain: 1,
  readoutGainSpread: 0,
  readoutOffsetV: 0,
  adcBits: 16,
  adcFullScaleV: 0.8,
  adcNoiseV: 0,
  conversionS: 2e-7,
  monitorSpread: 0,
  monitorOffset: 0,
  monitorNoise: 0,
  supplyV: 12,
  staticW: 0.5,
  siteW: 1e-3,
  overdriveV: 0.5,
  conversionJ: 1e-9,
};

/** Operational amplifiers and discrete parts on a circuit board. */
const BENCH: CircuitProfile = {
  ...IDEAL,
  name: 'bench',
  title: 'Analog board of discrete parts',
  capacitorSpread: 0.01,
  resistorSpread: 0.01,
  wellSpread: 0.01,
  offset: 0.2,
  railV: 10,
  couplingBits: 10,
  fieldBits: 14,
  inlLsb: 0.5,
  couplingSpread: 0.01,
  couplingPoleHz: 10e6,
  couplingLinearV: 10,
  driveSpread: 0.005,
  noiseSourceSpread: 0.01,
  driftK: 0.1,
  resistorPpmPerK: 50,
  capacitorPpmPerK: 30,
  gainPpmPerK: 50,
  readoutPoleRc: 0.05,
  readoutGainSpread: 0.005,
  readoutOffsetV: 0.5e-3,
  adcBits: 12,
  adcNoiseV: 0.2e-3,
  conversionS: 1e-6,
  monitorSpread: 0.01,
  monitorOffset: 0.002,
  monitorNoise: 0.1,
};

/** Integrated transconductors: small, fast, noisy. */
const CHIP: CircuitProfile = {
  ...BENCH,
  name: 'chip',
  title: 'Analog board with an integrated array',
  capacitanceF: 1e-12,
  resistanceOhm: 1e6,
  unitV: 1e-3,
  capacitorSpread: 0.002,
  resistorSpread: 0.01,
  wellSpread: 0.02,
  offset: 1,
  railV: 0.4,
  couplingBits: 6,
  fieldBits: 12,
  couplingSpread: 0.03,
  couplingAsymmetry: 0.01,
  couplingPoleHz: 50e6,
  couplingLinearV: 0.025,
  excessNoise: 2 / 3,
  driveSpread: 0.01,
  noiseSourceSpread: 0.03,
  driftK: 1,
  resistorPpmPerK: 1000,
  gainPpmPerK: 300,
  readoutGain: 50,
  readoutGainSpread: 0.02,
  readoutOffsetV: 0.05e-3,
  adcBits: 8,
  adcFullScaleV: 0.4,
  adcNoiseV: 1e-3,
  conversionS: 1e-7,
  monitorSpread: 0.03,
  monitorOffset: 0.01,
  monitorNoise: 0.5,
  supplyV: 1.2,
  staticW: 5e-3,
  siteW: 2e-6,
  overdriveV: 0.1,
  conversionJ: 1e-12,
};

/** `bench` with the 1/f noise of its noise source: a corner of 10 Hz against program temperature 1. */
const BENCH_FLICKER: CircuitProfile = {
  ...BENCH,
  name: 'bench-flicker',
  title: 'Analog board of discrete parts, with 1/f noise',
  flickerCornerHz: 10,
  flickerTemperature: 1,
  flickerLowHz: 0.01,
  flickerHighHz: 1e3,
  flickerSpread: 0.1,
};

/** `chip` with the 1/f noise of its transistors: a corner of 100 kHz against what the resistors have at 300 K. */
const CHIP_FLICKER: CircuitProfile = {
  ...CHIP,
  name: 'chip-flicker',
  title: 'Analog board with an integrated array, with 1/f noise',
  flickerCornerHz: 1e5,
  flickerTemperature: 0.0083,
  flickerLowHz: 10,
  flickerHighHz: 1e6,
  flickerSpread: 0.3,
};

/** Cells of a resistor, a capacitor bank and a noise source on a circuit board, joined by switched capacitors. */
const CAPACITOR: CircuitProfile = {
  ...BENCH,
  name: 'capacitor',
  title: 'Analog board with coupling capacitors',
  sites: 64,
  couplingElement: 'capacitor',
  wellSpread: 0,
  // A resistor and the input currents beside it; a constant current would only shift the nodes.
  offset: 0.02,
  couplingBits: 8,
  couplingFullScale: 1,
  // Of a capacitor bank: the tolerance of its units.
  inlLsb: 0.25,
  strayF: 2e-12,
  straySpread: 0.3,
};

/** By name. */
export const PROFILES: Readonly<Record<string, CircuitProfile>> = {
  bench: BENCH,
  ideal: IDEAL,
  chip: CHIP,
  'bench-flicker': BENCH_FLICKER,
  'chip-flicker': CHIP_FLICKER,
  capacitor: CAPACITOR,
};
/** What a board is where nothing is said. */
export const USUAL_PROFILE = 'bench';
/** Another name for that one. */
const DEFAULT = 'default';

/** @throws Error for people where there is no such profile */
export function profileNamed(name: string): CircuitProfile {
  const profile = Object.hasOwn(PROFILES, name) ? PROFILES[name] : undefined;
  if (name === DEFAULT) return PROFILES[USUAL_PROFILE]!;
  if (profile !== undefined) return profile;
  throw new Error(`there is no profile '${name}': ${Object.keys(PROFILES).join(', ')}`);
}
