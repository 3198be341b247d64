import { BOLTZMANN_J_PER_K } from '../../src/core/index.js';
import type { Control, ProgramImage } from '../program-image.js';
import { CapacitorNetwork } from './capacitor-network.js';
import type { CircuitProfile } from './circuit-profile.js';
import type { Components } from './components.js';
import { dacOutput, stepNearest } from './converters.js';
import { CouplingArray } from './coupling-array.js';
import { inSeconds, type Netlist, type Trims } from './netlist.js';
import type { ProgramUnits } from './program-units.js';
import { Waveform } from './waveform.js';

/**
 * A program on a board that couples by capacitors. U = ½ vᵀ C v is the program’s E = Σ quadratic_i x_i² − Σ_{i<j} J_ij x_i x_j with
 * C_ii = quadratic_i C and C_ij = J_ij C/2, one unit of energy being C V0²/2: a node’s own capacitor is what its couplings leave of
 * C_ii. The leak is the resistor whatever the program says, so that x has the program’s law, and relaxes at rates of its own.
 *
 * @throws Error where a node is left without a capacitor; checkImage says so before
 */
export function buildCapacitorNetlist(
  image: ProgramImage,
  profile: CircuitProfile,
  parts: Components,
  units: ProgramUnits,
  trims: Trims,
): Netlist {
  const { n, quadratic } = image;
  const { capacitanceF: unitF, resistanceOhm } = profile;
  const { matrix, set, worst } = setCapacitors(image, profile, parts, trims.coupling);
  const leakS = new Float64Array(n);
  const sourcePerUnit = new Float64Array(n);
  const johnson = new Float64Array(n);
  const kT = BOLTZMANN_J_PER_K * profile.ambientK;
  for (let i = 0; i < n; i++) {
    const wanted = (quadratic?.[i] ?? 1) * unitF * (1 + parts.quadraticGain[i]!) - set[i]!;
    const own = wanted * (parts.capacitanceF[i]! / unitF);
    matrix[i * n + i] = matrix[i * n + i]! + own;
    leakS[i] = 1 / parts.resistanceOhm[i]!;
    sourcePerUnit[i] =
      ((2 * units.energyJ) / resistanceOhm) * (1 + parts.noiseGain[i]!) ** 2 * trims.noise;
    johnson[i] = 2 * kT * leakS[i]!;
  }
  const capacitors = new CapacitorNetwork(n, matrix, leakS);
  const rate = capacitors.fastestRate;
  const controls: Partial<Record<Control, Waveform>> = {};
  for (const name of Object.keys(image.controls) as Control[]) {
    controls[name] = new Waveform(inSeconds(image.controls[name]!, units));
  }
  return {
    n,
    capacitors,
    capacitanceF: parts.capacitanceF.slice(0, n),
    leakFixedS: leakS,
    leakSetS: new Float64Array(n),
    cubicAV3: new Float64Array(n),
    couplings: new CouplingArray(n, new Float64Array(n * n)),
    constantA: parts.offsetA.slice(0, n),
    drives: [],
    controls,
    sourcePerUnit,
    johnson,
    excess: new Float64Array(n),
    nodeTemperature: image.nodeTemperature,
    initialV: image.initial?.map((x) => x * units.voltageV) ?? null,
    couplingW: 0,
    rateAt: () => rate,
    rounding: { couplings: worst, fields: 0 },
  };
}

/** Coupling capacitors as they are, in Maxwell’s matrix without the nodes’ own; and what their codes say that they are, by node. */
function setCapacitors(
  { n, couplings }: ProgramImage,
  { sites, capacitanceF, couplingFullScale, couplingBits }: CircuitProfile,
  parts: Components,
  trim: number,
): { matrix: Float64Array; set: Float64Array; worst: number } {
  const matrix = new Float64Array(n * n);
  const set = new Float64Array(n);
  let worst = 0;
  const place = (i: number, j: number, farad: number): void => {
    matrix[i * n + j] = matrix[i * n + j]! - farad;
    matrix[j * n + i] = matrix[j * n + i]! - farad;
    matrix[i * n + i] = matrix[i * n + i]! + farad;
    matrix[j * n + j] = matrix[j * n + j]! + farad;
  };
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const asked = couplings[i * n + j]!;
      if (asked === 0) continue;
      const step = stepNearest(asked, couplingFullScale, couplingBits);
      worst = Math.max(worst, Math.abs(step - asked));
      const j2 = dacOutput(asked, couplingFullScale, couplingBits, parts.couplingInl[i]!);
      const farad = (j2 * trim * capacitanceF) / 2;
      set[i] = set[i]! + farad;
      set[j] = set[j]! + farad;
      place(i, j, farad * (1 + parts.couplingGain[i * sites + j]!));
    }
  }
  for (let i = 0; i + 1 < n; i++) place(i, i + 1, parts.strayF[i]!);
  return { matrix, set, worst };
}
