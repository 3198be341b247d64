import { RelaxdError } from '../../core/index.js';
import {
  calibratedCircuit,
  forEachPair,
  readProgram,
  type Calibration,
  type Program,
} from '../../device/index.js';

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
 *     c dx = (−2[1/ρ + (q − 1)w] x − 4 r k x³ + Σ_j J_ij κ_ij x_j + φ(h + Σ_d A_d δ_d η_d) + o) dt + noise of 2 T τ/ρ
 *
 * so that y = √c x obeys the ideal circuit's law dy = −∂V/∂y dt + √(2 T') dW with
 *
 *     q' = [1/ρ + (q − 1)w]/c,  r' = r k/c²,  J'_ij = J_ij κ_ij/√(c_i c_j),  h' = (φ h + o)/√c,  η' = φ δ η/√c,  T' = T τ/(ρ c)
 *
 * and the same energy, work and heat: E'(y) = E(x). J' must be the same in both directions for there to be one: where κ is not, the mean of
 * both is taken, and a warning says how far they are apart.
 *
 * @throws RelaxdError `not-supported` for what has no such twin
 */
export function twinProgram(program: Program, calibration: Calibration): TwinProgram {
  const { sites, couplings, wells, dynamics, initial } = program;
  const circuit = calibratedCircuit(calibration, sites);
  if (couplings.kind !== 'coo' && couplings.kind !== 'dense') {
    throw new RelaxdError('not-supported', 'twins have couplings as a matrix or a list', {
      path: 'couplings.kind',
      value: couplings.kind,
      limit: ['dense', 'coo'],
    });
  }
  const { capacitance: c, resistance: rho, fieldGain: phi, wellGain, readoutGain } = circuit;
  const root = c.map(Math.sqrt);
  const each = (value: unknown, i: number, usual: number): number =>
    typeof value === 'number' ? value : ((value as ArrayLike<number> | null)?.[i] ?? usual);
  const entries: number[][] = [];
  let apart = 0;
  forEachPair(couplings, sites, (i, j, J) => {
    const one = circuit.couplingGain(i, j);
    const two = circuit.couplingGain(j, i);
    apart = Math.max(apart, Math.abs(one - two) / 2);
    entries.push([i, j, (J * (one + two)) / 2 / (root[i]! * root[j]!)]);
  });
  const list = (value: (i: number) => number): number[] =>
    Array.from({ length: sites }, (_, i) => value(i));
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
    fields: list((i) => (phi[i]! * each(program.fields, i, 0) + circuit.offset[i]!) / root[i]!),
    wells: {
      quadratic: list(
        (i) => (1 / rho[i]! + (each(wells?.quadratic, i, 1) - 1) * wellGain[i]!) / c[i]!,
      ),
      quartic: list(
        (i) => (each(wells?.quartic, i, 0) * circuit.quarticGain[i]!) / (c[i]! * c[i]!),
      ),
    },
    drives: program.drives.map(({ pattern, amplitude }, d) => ({
      pattern: list((i) => (circuit.driveGain(d) * phi[i]! * pattern[i]!) / root[i]!),
      amplitude: pointsOf(amplitude),
    })),
    dynamics: {
      temperature: list(
        (i) => (each(dynamics.temperature, i, 1) * circuit.temperature[i]!) / (rho[i]! * c[i]!),
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
    scale: readoutGain.map((g, i) => g / root[i]!),
    offset: readoutGain.map((g, i) => g * circuit.readoutOffset[i]!),
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
