import { RelaxdError, type RandomStream } from '../../core/index.js';
import { cholesky, inverseFromFactor } from '../../model/index.js';
import type { CavityPositions } from './couplings-from-positions.js';
import { EmissionKernel } from './emission-kernel.js';
import {
  FIELD_DECAY_HZ,
  INTERACTION_RANGE_M,
  modeWaistM,
  type CavityGeometry,
} from './geometry.js';

/**
 * How the field is detected. A phase-locked homodyne measures the quadrature that carries the spins, with a vacuum
 * variance of ¼ photon a mode; a heterodyne or off-axis hologram measures both, each with twice that.
 */
export type Detection = 'homodyne' | 'heterodyne';
export const VACUUM_VARIANCE: Readonly<Record<Detection, number>> = {
  homodyne: 1 / 4,
  heterodyne: 1 / 2,
};

/** Spots are imaged out to this many of their 1/e radii, on pixels of half of one. */
const IMAGE_RADII = 3;
const PIXELS_PER_RADIUS = 2;

export interface CameraOptions {
  /** N_ph: photons detected in the own image of a spin of magnetisation ±1 on the axis of the cavity, > 0. */
  readonly photons: number;
  readonly detection: Detection;
  /** a of the image's sharpness; that of the published 1.7 µm where left out. */
  readonly damping?: number;
  /** Phase of the signal at the camera, in radians: that of the local oscillator, 0 by default. */
  readonly phase?: number;
  /** Where pixels are and how large; around each spot where left out. */
  readonly pixels?: PixelGrid;
}

/** Centres of square pixels, a flat list x, y, and their side, in the unit of the positions. */
export interface PixelGrid {
  readonly centres: Float64Array;
  readonly side: number;
}

/** Detected photons a mode: N_ph = 2κ η T |α|², of a steady field |α|² decaying at the rate κ = 2π · `fieldDecayHz`. */
export function detectedPhotons(options: {
  readonly intracavityPhotons: number;
  readonly efficiency: number;
  readonly exposureS: number;
  readonly fieldDecayHz?: number;
}): number {
  const { intracavityPhotons, efficiency, exposureS, fieldDecayHz = FIELD_DECAY_HZ } = options;
  return 4 * Math.PI * fieldDecayHz * efficiency * exposureS * intracavityPhotons;
}

/** a of modes whose sharpest spot has a 1/e radius of the published 1.7 µm: √a·w0. */
export function imagingDamping(geometry: CavityGeometry): number {
  return (INTERACTION_RANGE_M / modeWaistM(geometry)) ** 2;
}

/** A square of side × side pixels about the axis, row by row from the least y, for whole pictures. */
export function squareView(halfWidth: number, pixelsPerSide: number): PixelGrid {
  const side = (2 * halfWidth) / pixelsPerSide;
  const centres = new Float64Array(2 * pixelsPerSide * pixelsPerSide);
  for (let row = 0; row < pixelsPerSide; row++) {
    for (let column = 0; column < pixelsPerSide; column++) {
      const at = 2 * (row * pixelsPerSide + column);
      centres[at] = (column + 0.5) * side - halfWidth;
      centres[at + 1] = (row + 0.5) * side - halfWidth;
    }
  }
  return { centres, side };
}

/**
 * The camera that sees the cavity's emission (physics page §6.1): the hologram gives the complex field
 * E(r) = Σ_j D(r, r_j) X_j on pixels, X_j being the spins' magnetisations, and least squares over the pixels gives back
 * X̂ = D⁺E, s_i = sign X̂_i. Fields are in √photons a pixel.
 *
 * White vacuum noise on the pixels makes X̂ − X normal with the covariance v (DᵀD)^{−1}, v = ¼ or ½
 * ({@link VACUUM_VARIANCE}): {@link addNoise} draws from that law directly, which is the same as an image and its
 * estimate, and O(N²). A spot that stands alone has var X̂ = v/N_ph, and so the bit error ½ erfc(√(2 N_ph)) with a
 * homodyne, N_ph being its photons on the pixels: those of its own image, give or take what the nonlocal field adds or
 * takes there by interference (some per cent).
 */
export class EmissionCamera {
  readonly sites: number;
  readonly pixels: PixelGrid;
  /** D, pixels × sites, in √photons. */
  readonly response: Float64Array;
  /** Covariance of X̂, N×N. */
  readonly covariance: Float64Array;
  /** Photons in each spin's own image that fall on the pixels. */
  readonly ownPhotons: Float64Array;
  private readonly inverse: Float64Array;
  private readonly lower: Float64Array;
  private readonly variance: number;
  private readonly phase: number;
  private readonly scratch: Float64Array;

  /**
   * @throws RelaxdError `invalid-input`: photons that are not positive, or clouds whose images cannot be told apart
   * (`details.site`): two in one place or, in a confocal cavity, mirror images of each other
   */
  constructor(positions: CavityPositions, options: CameraOptions) {
    const { geometry, xy } = positions;
    const { photons, detection, phase = 0 } = options;
    if (!(photons > 0) || !Number.isFinite(photons)) {
      throw new RelaxdError('invalid-input', 'an image needs photons', {
        path: 'photons',
        value: photons,
        limit: '> 0',
      });
    }
    const kernel = new EmissionKernel({
      ...positions,
      damping: options.damping ?? imagingDamping(geometry),
    });
    const sites = xy.length / 2;
    const pixels = options.pixels ?? pixelsAroundSpots(xy, kernel.spotRadius);
    const count = pixels.centres.length / 2;
    const scale = Math.sqrt((photons * pixels.side ** 2) / kernel.spotPower);
    this.sites = sites;
    this.pixels = pixels;
    this.phase = phase;
    this.variance = VACUUM_VARIANCE[detection];
    this.response = new Float64Array(count * sites);
    this.ownPhotons = new Float64Array(sites);
    this.scratch = new Float64Array(sites);
    for (let p = 0; p < count; p++) {
      const x = pixels.centres[2 * p]!;
      const y = pixels.centres[2 * p + 1]!;
      for (let j = 0; j < sites; j++) {
        const u = xy[2 * j]!;
        const v = xy[2 * j + 1]!;
        this.response[p * sites + j] = scale * kernel.value(x, y, u, v);
        this.ownPhotons[j] = this.ownPhotons[j]! + (scale * kernel.ownImage(x, y, u, v)) ** 2;
      }
    }
    const normal = gram(this.response, count, sites);
    const factor = cholesky(normal, sites);
    if (factor.kind === 'dependent') {
      throw new RelaxdError(
        'invalid-input',
        `the image of site ${factor.row} cannot be told apart from those of other sites`,
        { path: `couplings.xy[${factor.row}]`, site: factor.row, limit: kernel.spotRadius },
      );
    }
    this.lower = factor.lower;
    this.inverse = inverseFromFactor(factor.lower, sites);
    this.covariance = this.inverse.map((value) => this.variance * value);
  }

  /**
   * The complex field on the pixels, real and imaginary part of each, in √photons.
   * @param magnetisations X_j, −1 … 1
   * @param noise adds the vacuum noise of the detection to both quadratures; null for the mean field
   */
  image(magnetisations: ArrayLike<number>, noise: RandomStream | null): Float64Array {
    const { response, sites, phase } = this;
    const count = this.pixels.centres.length / 2;
    const field = new Float64Array(2 * count);
    const width = noise === null ? 0 : Math.sqrt(this.variance);
    for (let p = 0; p < count; p++) {
      let sum = 0;
      for (let j = 0; j < sites; j++) sum += response[p * sites + j]! * magnetisations[j]!;
      field[2 * p] = sum * Math.cos(phase);
      field[2 * p + 1] = sum * Math.sin(phase);
      if (noise === null) continue;
      field[2 * p] = field[2 * p]! + width * noise.normal();
      field[2 * p + 1] = field[2 * p + 1]! + width * noise.normal();
    }
    return field;
  }

  /** X̂ = D⁺E of an image: the least squares over all pixels of the quadrature that carries the spins. */
  estimate(image: Float64Array): Float64Array {
    const { response, sites, inverse, phase } = this;
    const projected = new Float64Array(sites);
    for (let p = 0; 2 * p < image.length; p++) {
      const signal = image[2 * p]! * Math.cos(phase) + image[2 * p + 1]! * Math.sin(phase);
      for (let j = 0; j < sites; j++) {
        projected[j] = projected[j]! + response[p * sites + j]! * signal;
      }
    }
    const estimate = new Float64Array(sites);
    for (let i = 0; i < sites; i++) {
      let sum = 0;
      for (let j = 0; j < sites; j++) sum += inverse[i * sites + j]! * projected[j]!;
      estimate[i] = sum;
    }
    return estimate;
  }

  /** Adds to `estimate` the noise of one image's least squares: N numbers of the covariance v (L Lᵀ)^{−1}. */
  addNoise(estimate: Float64Array, noise: RandomStream): void {
    const { sites, lower, scratch } = this;
    const width = Math.sqrt(this.variance);
    for (let i = 0; i < sites; i++) scratch[i] = width * noise.normal();
    for (let i = sites - 1; i >= 0; i--) {
      let sum = scratch[i]!;
      for (let k = i + 1; k < sites; k++) sum -= lower[k * sites + i]! * scratch[k]!;
      scratch[i] = sum / lower[i * sites + i]!;
      estimate[i] = estimate[i]! + scratch[i]!;
    }
  }
}

/** Pixels of a square grid within three spot radii of any cloud, each once. */
function pixelsAroundSpots(xy: Float64Array, spotRadius: number): PixelGrid {
  const side = spotRadius / PIXELS_PER_RADIUS;
  const reach = IMAGE_RADII * PIXELS_PER_RADIUS;
  const taken = new Set<string>();
  const centres: number[] = [];
  for (let j = 0; 2 * j < xy.length; j++) {
    const column = xy[2 * j]! / side;
    const row = xy[2 * j + 1]! / side;
    for (let r = Math.ceil(row - reach); r <= row + reach; r++) {
      for (let c = Math.ceil(column - reach); c <= column + reach; c++) {
        if ((r - row) ** 2 + (c - column) ** 2 > reach * reach) continue;
        const key = `${c},${r}`;
        if (taken.has(key)) continue;
        taken.add(key);
        centres.push(c * side, r * side);
      }
    }
  }
  return { centres: Float64Array.from(centres), side };
}

/** AᵀA of a rows × columns matrix. */
function gram(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(columns * columns);
  for (let p = 0; p < rows; p++) {
    const base = p * columns;
    for (let i = 0; i < columns; i++) {
      const factor = matrix[base + i]!;
      for (let j = 0; j <= i; j++) {
        out[i * columns + j] = out[i * columns + j]! + factor * matrix[base + j]!;
      }
    }
  }
  for (let i = 0; i < columns; i++) {
    for (let j = 0; j < i; j++) out[j * columns + i] = out[i * columns + j]!;
  }
  return out;
}
