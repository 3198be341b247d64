import { BOLTZMANN_J_PER_K, RelaxdError } from '../../core/index.js';
import { readProgram, type Calibration, type Program } from '../../device/index.js';

/** A program for an ideal circuit that does what another does on a calibrated one. */
export interface TwinProgram {
  readonly program: Program;
  /** Shown = scale × the twin's value + offset, per site. */
  readonly scale: Float64Array;
  readonly offset: Float64Array;
  readonly warnings: readonly string[];
}

/**
 * The twin of a calibrated circuit. Node i of a board obeys, in program units, with c, ρ, … over their nominal values,
 *
 *     c dx = (−2[1/ρ + (q − 1)w] x − 4 r x³ + Σ_j J_ij κ_ij x_j + φ(h + Σ_d A_d δ_d η_d) + o) dt + noise of 2 T τ/ρ
 *
 * so that y = √c x obeys the ideal circuit's law dy = −∂V/∂y dt + √(2 T') dW with
 *
 *     q' = [1/ρ + (q − 1)w]/c,  r' = r/c²,  J'_ij = J_ij κ_ij/√(c_i c_j),  h' = (φ h + o)/√c,  η'_d = φ δ_d η_d/√c,  T' = T τ/(ρ c)
 *
 * and the same energy, work and heat: E'(y) = E(x). J' must be the same in both directions for there to be one: where κ is not, the mean of
 * both is taken, and a warning says how far they are apart.
 *
 * @throws RelaxdError `not-supported` for what has no such twin
 */
export function twinProgram(program: Program, calibration: Calibration): TwinProgram {
  const { sites } = program;
  const of = new Map(calibration.parameters.map((one) => [one.name, one]));
  const ratio = (name: string): number => {
    const found = of.get(name);
    if (found === undefined) return 1;
    const nominal = found.nominal ?? null;
    return nominal === null || nominal === 0 ? found.value : found.value / nominal;
  };
  const known = (site: number): boolean => of.has(`capacitance[${site}]`);
  for (let i = 0; i < sites; i++) {
    if (known(i)) continue;
    throw new RelaxdError('not-supported', `the calibration does not say what site ${i} is`, {
      path: 'sites',
      value: sites,
      limit: 'sites that were calibrated',
    });
  }
  const { couplings, wells, dynamics, initial } = program;
  if (couplings.kind !== 'coo' && couplings.kind !== 'dense') {
    throw new RelaxdError('not-supported', 'twins have couplings as a matrix or a list', {
      path: 'couplings.kind',
      value: couplings.kind,
      limit: ['dense', 'coo'],
    });
  }
  const c = Float64Array.from({ length: sites }, (_, i) => ratio(`capacitance[${i}]`));
  const rho = Float64Array.from({ length: sites }, (_, i) => ratio(`resistance[${i}]`));
  const root = c.map(Math.sqrt);
  const each = (value: unknown, i: number, usual: number): number =>
    typeof value === 'number' ? value : ((value as ArrayLike<number> | null)?.[i] ?? usual);
  const { unitV } = calibratedUnits(calibration);
  const entries: number[][] = [];
  let apart = 0;
  forPairs(couplings, sites, (i, j, J) => {
    const one = ratio(`couplingGain[${i}<-${j}]`) * ratio(`couplingGain[${i},${j}]`);
    const two = ratio(`couplingGain[${j}<-${i}]`) * ratio(`couplingGain[${i},${j}]`);
    apart = Math.max(apart, Math.abs(one - two) / 2);
    entries.push([i, j, (J * (one + two)) / 2 / (root[i]! * root[j]!)]);
  });
  const phi = (i: number): number => ratio(`fieldGain[${i}]`);
  const list = (value: (i: number) => number): number[] =>
    Array.from({ length: sites }, (_, i) => value(i));
  const offsetCurrent = (i: number): number => {
    const found = of.get(`offsetCurrent[${i}]`);
    if (found === undefined) return 0;
    // One unit of field is C V0/t0 = V0/2R.
    const resistance = of.get(`resistance[${i}]`)!;
    return (found.value * 2 * (resistance.nominal ?? resistance.value)) / unitV;
  };
  const start =
    initial.kind === 'pattern'
      ? { kind: 'pattern', values: list((i) => initial.values[i]! * root[i]!) }
      : { kind: initial.kind };
  if (initial.kind !== 'pattern' && initial.kind !== 'zero') {
    throw new RelaxdError('not-supported', `no twin of a start that is ${initial.kind}`, {
      path: 'initial.kind',
      value: initial.kind,
      limit: ['zero', 'pattern'],
    });
  }
  const twin = readProgram({
    version: 1,
    sites,
    siteKinds: 'continuous',
    couplings: { kind: 'coo', entries },
    fields: list((i) => (phi(i) * each(program.fields, i, 0) + offsetCurrent(i)) / root[i]!),
    wells: {
      quadratic: list(
        (i) => (1 / rho[i]! + (each(wells?.quadratic, i, 1) - 1) * ratio(`wellGain[${i}]`)) / c[i]!,
      ),
      quartic: list((i) => each(wells?.quartic, i, 0) / (c[i]! * c[i]!)),
    },
    drives: program.drives.map(({ pattern, amplitude }, d) => ({
      pattern: list((i) => (phi(i) * ratio(`driveGain[${d}]`) * pattern[i]!) / root[i]!),
      amplitude: pointsOf(amplitude),
    })),
    dynamics: {
      temperature: list(
        (i) => (each(dynamics.temperature, i, 1) * ratio(`temperature[${i}]`)) / (rho[i]! * c[i]!),
      ),
    },
    initial: start,
    duration: program.duration,
    readout: { every: program.readout.every, channels: program.readout.channels },
    shots: program.shots,
    ...(program.seed === null ? {} : { seed: program.seed }),
  });
  return {
    program: twin,
    scale: Float64Array.from({ length: sites }, (_, i) => ratio(`readoutGain[${i}]`) / root[i]!),
    offset: Float64Array.from(
      { length: sites },
      (_, i) => (ratio(`readoutGain[${i}]`) * (of.get(`readoutOffset[${i}]`)?.value ?? 0)) / unitV,
    ),
    warnings:
      apart > LEAST_APART
        ? [
            `couplings differ by up to ${(200 * apart).toPrecision(2)} % between their directions: the twin has the mean of both`,
          ]
        : [],
  };
}

const LEAST_APART = 1e-9;

const pointsOf = (curve: Float64Array): [number, number][] =>
  Array.from({ length: curve.length / 2 }, (_, k) => [curve[2 * k]!, curve[2 * k + 1]!]);

/** Units of a calibrated circuit's programs: C V0²/2 = k_B T at program temperature 1, t0 = 2RC. */
export function calibratedUnits({ parameters }: Calibration): {
  readonly energyJ: number;
  readonly timeS: number;
  readonly unitV: number;
} {
  const nominal = (name: string): number =>
    parameters.find((one) => one.name === name)?.nominal ?? NaN;
  const capacitanceF = nominal('capacitance[0]');
  const energyJ = BOLTZMANN_J_PER_K * nominal('temperature[0]');
  return {
    energyJ,
    timeS: 2 * nominal('resistance[0]') * capacitanceF,
    unitV: Math.sqrt((2 * energyJ) / capacitanceF),
  };
}

function forPairs(
  couplings: Extract<Program['couplings'], { kind: 'coo' | 'dense' }>,
  sites: number,
  visit: (i: number, j: number, J: number) => void,
): void {
  if (couplings.kind === 'coo') {
    const { entries } = couplings;
    for (let k = 0; k < entries.length; k += 3) {
      const [i, j] = [entries[k]!, entries[k + 1]!];
      visit(Math.min(i, j), Math.max(i, j), entries[k + 2]!);
    }
    return;
  }
  for (let i = 0; i < sites; i++) {
    for (let j = i + 1; j < sites; j++) {
      const J = (couplings.data[i * sites + j]! + couplings.data[j * sites + i]!) / 2;
      if (J !== 0) visit(i, j, J);
    }
  }
}
