import { BOLTZMANN_J_PER_K } from '../../src/core/index.js';
import type { Control, Curve, ProgramImage } from '../program-image.js';
import type { CapacitorNetwork } from './capacitor-network.js';
import type { CircuitProfile } from './circuit-profile.js';
import type { Components } from './components.js';
import { dacOutput, stepNearest, type Nonlinearity } from './converters.js';
import { CouplingArray } from './coupling-array.js';
import { nodeLawOfProgram, type ProgramUnits } from './program-units.js';
import { Waveform } from './waveform.js';

/** What an operator may set of the analog part. */
export interface Trims {
  /** Reference of the coupling converters. */
  readonly coupling: number;
  /** Power of the noise source. */
  readonly noise: number;
  /** Of the readout's gain and, in program units, of its offset. */
  readonly readoutGain: number;
  readonly readoutOffset: number;
}

/** A drive: a waveform times a pattern of currents. */
export interface NetDrive {
  readonly waveform: Waveform;
  /** [n] A for amplitude 1 */
  readonly currentA: Float64Array;
}

/**
 * The circuit as a program has set it, with this board's parts, in SI: node i obeys
 *
 *     C_i dV_i = (− G_i V_i − g3_i V_i³ + Σ_j g_ij y_j + I_i + Σ_d A_d I_d,i) dt + dN_i
 *
 * where y follows V through the couplings' saturation and pole. G_i = leakFixed + quadratic(t) leakSet, g3 = quartic(t) cubic, g =
 * coupling(t) couplings. Lists are [n].
 */
export interface Netlist {
  readonly n: number;
  readonly capacitanceF: Float64Array;
  readonly leakFixedS: Float64Array;
  readonly leakSetS: Float64Array;
  readonly cubicAV3: Float64Array;
  readonly couplings: CouplingArray;
  /** Of a board that couples by capacitors (capacitor-netlist.ts); null: each node has its own only. */
  readonly capacitors: CapacitorNetwork | null;
  readonly constantA: Float64Array;
  readonly drives: readonly NetDrive[];
  readonly controls: Readonly<Partial<Record<Control, Waveform>>>;
  /** A² s (two-sided density) of the noise source for one unit of temperature, set so that nominal parts have that temperature. */
  readonly sourcePerUnit: Float64Array;
  /** A² s of resistors and transconductors, which no program can turn off; the latter at coupling 1. */
  readonly johnson: Float64Array;
  readonly excess: Float64Array;
  /** Program units; of NODE_TEMPERATURE. */
  readonly nodeTemperature: Float64Array | null;
  /** V, [n]; null: 0. */
  readonly initialV: Float64Array | null;
  /** W that the transconductors of the couplings take. */
  readonly couplingW: number;
  /** Fastest rate in it, 1/s, at a temperature: of wells at the places where nodes will be, and of the couplings. */
  readonly rateAt: (temperature: number) => number;
  /** Largest |error| that rounding made of couplings and of fields, program units. */
  readonly rounding: { readonly couplings: number; readonly fields: number };
}

export function buildNetlist(
  image: ProgramImage,
  profile: CircuitProfile,
  parts: Components,
  units: ProgramUnits,
  trims: Trims,
): Netlist {
  const { n } = image;
  const kT = BOLTZMANN_J_PER_K * profile.ambientK;
  const { matrix, worst } = setCouplings(image, profile, parts, units, trims.coupling);
  const couplings = new CouplingArray(n, matrix);
  const nominalLeakS = 1 / profile.resistanceOhm;
  const net = {
    capacitanceF: parts.capacitanceF.slice(0, n),
    leakFixedS: new Float64Array(n),
    leakSetS: new Float64Array(n),
    cubicAV3: new Float64Array(n),
    constantA: new Float64Array(n),
    sourcePerUnit: new Float64Array(n),
    johnson: new Float64Array(n),
    excess: new Float64Array(n),
  };
  let fieldError = 0;
  let couplingW = 0;
  for (let i = 0; i < n; i++) {
    const set = fieldOutput(image.fields[i]!, profile.fieldFullScale, profile, parts.fieldInl);
    const step = stepNearest(image.fields[i]!, profile.fieldFullScale, profile.fieldBits);
    fieldError = Math.max(fieldError, Math.abs(step - image.fields[i]!));
    const law = nodeLawOfProgram(
      {
        coupling: 0,
        field: set,
        quadratic: image.quadratic?.[i] ?? 1,
        quartic: image.quartic?.[i] ?? 1,
      },
      units,
    );
    net.constantA[i] = law.constantA * (1 + parts.fieldGain[i]!) + parts.offsetA[i]!;
    // A resistor R, and a transconductor for what the program wants beside it.
    const tuned = 1 + parts.quadraticGain[i]!;
    net.leakFixedS[i] = 1 / parts.resistanceOhm[i]! - nominalLeakS * tuned;
    net.leakSetS[i] = law.leakS * tuned;
    net.cubicAV3[i] = law.cubicAV3 * (1 + parts.quarticGain[i]!);
    net.sourcePerUnit[i] =
      2 * units.energyJ * nominalLeakS * (1 + parts.noiseGain[i]!) ** 2 * trims.noise;
    net.johnson[i] = (2 * kT) / parts.resistanceOhm[i]!;
    const sum = couplings.rowSum(i);
    net.excess[i] = 2 * kT * profile.excessNoise * sum;
    couplingW += sum * profile.overdriveV * profile.supplyV;
  }
  const drives = image.drives.map((drive) => ({
    waveform: new Waveform(inSeconds(drive.amplitude, units)),
    currentA: drive.pattern.map((eta, i) => {
      const set = fieldOutput(eta, profile.patternFullScale, profile, parts.fieldInl);
      const gain = (1 + parts.fieldGain[i]!) * (1 + parts.driveGain[drive.index]!);
      return set * gain * units.currentA;
    }),
  }));
  const controls: Partial<Record<Control, Waveform>> = {};
  for (const name of Object.keys(image.controls) as Control[]) {
    controls[name] = new Waveform(inSeconds(image.controls[name]!, units));
  }
  return {
    n,
    ...net,
    couplings,
    capacitors: null,
    drives,
    controls,
    nodeTemperature: image.nodeTemperature,
    initialV: image.initial?.map((x) => x * units.voltageV) ?? null,
    couplingW,
    rateAt: fastestRate(image, couplings.norm() / units.transconductanceS, units),
    rounding: { couplings: worst, fields: fieldError },
  };
}

/** A field or a pattern as its converter gives it; 0 is exact, the converter is switched off. */
function fieldOutput(
  value: number,
  fullScale: number,
  { fieldBits }: CircuitProfile,
  inl: Nonlinearity,
): number {
  if (value === 0) return 0;
  return dacOutput(value, fullScale, fieldBits, inl);
}

function setCouplings(
  { n, couplings }: ProgramImage,
  { sites, couplingFullScale, couplingBits }: CircuitProfile,
  parts: Components,
  units: ProgramUnits,
  trim: number,
): { matrix: Float64Array; worst: number } {
  const matrix = new Float64Array(n * n);
  let worst = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const asked = couplings[i * n + j]!;
      if (asked === 0) continue;
      // One converter sets a pair: that of the row.
      const set = dacOutput(asked, couplingFullScale, couplingBits, parts.couplingInl[i]!);
      worst = Math.max(
        worst,
        Math.abs(stepNearest(asked, couplingFullScale, couplingBits) - asked),
      );
      const { couplingS } = nodeLawOfProgram(
        { coupling: set * trim, field: 0, quadratic: 0, quartic: 0 },
        units,
      );
      matrix[i * n + j] = couplingS * (1 + parts.couplingGain[i * sites + j]!);
      matrix[j * n + i] = couplingS * (1 + parts.couplingGain[j * sites + i]!);
    }
  }
  return { matrix, worst };
}

export const inSeconds = ({ times, values }: Curve, { timeS }: ProgramUnits): Curve => ({
  times: times.map((t) => t * timeS),
  values,
});

const largest = (curve: Curve | undefined): number =>
  curve === undefined ? 1 : curve.values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);

/**
 * The fastest rate: curvature of a well where its fields, or the couplings as a whole, would hold a node and where its temperature
 * brings it, and the couplings' norm.
 *
 * @param norm program units
 */
function fastestRate(
  image: ProgramImage,
  norm: number,
  { timeS }: ProgramUnits,
): (temperature: number) => number {
  const { n, controls, nodeTemperature } = image;
  const coupled = norm * largest(controls.coupling);
  const still = new Float64Array(n);
  const quartic = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const q = (image.quadratic?.[i] ?? 1) * largest(controls.quadratic);
    const r = (image.quartic?.[i] ?? 1) * largest(controls.quartic);
    let force = Math.abs(image.fields[i]!);
    for (const { pattern, amplitude } of image.drives) {
      force += Math.abs(pattern[i]!) * largest(amplitude);
    }
    const squared = r > 0 ? heldAt(q - coupled / 2, r, force) ** 2 : 0;
    still[i] = Math.max(Math.abs(2 * q + 12 * r * squared), 2 * Math.abs(q), coupled, 1);
    quartic[i] = r;
  }
  return (temperature) => {
    const hottest =
      controls.temperature === undefined ? temperature : largest(controls.temperature);
    let rate = 0;
    for (let i = 0; i < n; i++) {
      // x² of a purely quartic well is of the order √(T / 4r).
      const warm = nodeTemperature?.[i] ?? hottest;
      rate = Math.max(rate, still[i]! + 6 * Math.sqrt(quartic[i]! * warm));
    }
    return rate / timeS;
  };
}

/** The positive root of 2 q x + 4 r x³ = force, r > 0, by bisection; where q < 0 the outer one. */
function heldAt(q: number, r: number, force: number): number {
  let low = q < 0 ? Math.sqrt(-q / (2 * r)) : 0;
  let high = low + Math.cbrt(force / (4 * r)) + 1;
  for (let k = 0; k < 40; k++) {
    const x = (low + high) / 2;
    if (2 * q * x + 4 * r * x ** 3 < force) low = x;
    else high = x;
  }
  return low;
}
