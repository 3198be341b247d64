import { RandomStream } from '../../core/index.js';
import type { ResolvedProgram } from '../../device/index.js';
import { erfc } from '../../model/index.js';
import { EmissionCamera, VACUUM_VARIANCE, type Detection } from './emission-camera.js';

type Parameters = Readonly<Record<string, number>>;

/** Most clouds that one least squares over the camera's pixels tells apart. */
export const MOST_IMAGED_SITES = 128;

/** The stages of the readout, from the device's parameters; all off is an ideal one. */
export interface ReadoutNoise {
  /** N_ph, `readoutPhotons`; 0: no shot noise. */
  readonly photons: number;
  /** `readoutHeterodyne` */
  readonly detection: Detection;
  /** σ_r, `readoutNoise`: normal noise on each estimated magnetisation. */
  readonly technical: number;
  /** `readoutBitError`: floor of errors of any other origin. */
  readonly bitError: number;
}

export function readoutNoise(parameters: Parameters): ReadoutNoise {
  return {
    photons: parameters['readoutPhotons'] ?? 0,
    detection: (parameters['readoutHeterodyne'] ?? 0) === 0 ? 'homodyne' : 'heterodyne',
    technical: parameters['readoutNoise'] ?? 0,
    bitError: parameters['readoutBitError'] ?? 0,
  };
}

/** One camera a thread is kept: making it takes longer than a shot. */
let last: {
  readonly key: string;
  readonly xy: Float64Array;
  readonly camera: EmissionCamera;
} | null = null;

/**
 * The camera of a program; null without shot noise, or where couplings are not those of positions.
 * @throws RelaxdError `invalid-input` where clouds cannot be told apart
 */
export function cameraOf(
  program: { readonly couplings: ResolvedProgram['couplings'] },
  parameters: Parameters,
): EmissionCamera | null {
  const { couplings } = program;
  const { photons, detection } = readoutNoise(parameters);
  if (photons === 0 || couplings.kind !== 'positions') return null;
  const damping = parameters['modeDamping'] ?? 0;
  const { geometry, n0, waist, cloudSigma, xy } = couplings;
  const key = [geometry, n0, waist, cloudSigma, photons, detection, damping].join();
  if (last?.key !== key || last.xy.length !== xy.length || last.xy.some((x, k) => x !== xy[k])) {
    const sharpness = damping > 0 ? { damping } : {};
    const camera = new EmissionCamera(couplings, { photons, detection, ...sharpness });
    last = { key, xy, camera };
  }
  return last.camera;
}

/** Variance of each X̂_i − X_i: that of the camera's least squares, or v/N_ph where there are no positions; plus σ_r². */
export function estimateVariances(program: ResolvedProgram, parameters: Parameters): Float64Array {
  const { photons, detection, technical } = readoutNoise(parameters);
  const camera = cameraOf(program, parameters);
  const alone = photons === 0 ? 0 : VACUUM_VARIANCE[detection] / photons;
  return Float64Array.from({ length: program.sites }, (_, i) => {
    const shot = camera === null ? alone : camera.covariance[i * (camera.sites + 1)]!;
    return shot + technical * technical;
  });
}

/**
 * Probability that a spin of magnetisation ±1 is read reversed: ½ erfc(1/√(2 var)), which is ½ erfc(√(2 N_ph)) for a
 * homodyne of an image that stands alone; and with the floor p₀ of other errors, p + p₀ − 2 p p₀.
 */
export function bitErrorOf(variance: number, floor: number): number {
  const p = variance === 0 ? 0 : 0.5 * erfc(1 / Math.sqrt(2 * variance));
  return p + floor - 2 * p * floor;
}

/**
 * What a camera makes of the spins (physics page §6.1), at every fidelity: the magnetisations are estimated from the
 * emitted field with its shot noise, technical noise is added, the sign is taken, and a floor of bit errors is put on
 * top. Each stage is a parameter of the device and off by default. States and overlaps are read through it; energies and
 * the ledger are those of the true state.
 */
export class CavityReadout {
  /** Spins as read, N; valid until the next readout. */
  readonly seen: Int8Array;
  /** X̂ of the last readout, before signs were taken and errors of the floor put on. */
  readonly estimate: Float64Array;
  /** Overlaps of `seen` with the program's references. */
  readonly overlaps: Float64Array;
  private readonly camera: EmissionCamera | null;
  /** Standard deviation of noise that is independent from spin to spin. */
  private readonly width: number;
  private readonly bitError: number;
  private noise = RandomStream.of(0, 'readout');

  constructor(
    private readonly program: ResolvedProgram,
    parameters: Parameters,
  ) {
    const { photons, detection, technical, bitError } = readoutNoise(parameters);
    this.camera = cameraOf(program, parameters);
    const shot = photons === 0 || this.camera !== null ? 0 : VACUUM_VARIANCE[detection] / photons;
    this.width = Math.sqrt(shot + technical * technical);
    this.bitError = bitError;
    this.seen = new Int8Array(program.sites);
    this.estimate = new Float64Array(program.sites);
    this.overlaps = new Float64Array(program.references.length);
  }

  begin(shot: number): void {
    this.noise = RandomStream.of(this.program.seed, 'readout', shot);
  }

  /** Reads the spins into `seen` and `overlaps`. @param spins sign or magnetisation of each site, N values in −1 … 1 */
  read(spins: ArrayLike<number>): void {
    const { seen, estimate, width, bitError, noise, overlaps } = this;
    const { references } = this.program;
    for (let i = 0; i < seen.length; i++) estimate[i] = spins[i]!;
    this.camera?.addNoise(estimate, noise);
    for (let i = 0; i < seen.length; i++) {
      if (width > 0) estimate[i] = estimate[i]! + width * noise.normal();
      seen[i] = estimate[i]! < 0 ? -1 : 1;
      if (bitError > 0 && noise.uniform() < bitError) seen[i] = -seen[i]!;
    }
    for (let m = 0; m < references.length; m++) {
      const reference = references[m]!;
      let sum = 0;
      for (let i = 0; i < seen.length; i++) sum += reference[i]! * seen[i]!;
      overlaps[m] = sum / seen.length;
    }
  }
}
