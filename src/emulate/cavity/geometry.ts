import { PLANCK_J_S, RelaxdError } from '../../core/index.js';

/**
 * The two cavities of the physics page (docs: multimode cavity QED, §3.2 and §5). Named M/N after the spacing of the
 * transverse modes in units of the free spectral range.
 */
export type CavityGeometry = 'confocal' | 'four-sevenths';

/** M and N of a geometry. */
export const MODE_SPACING = {
  confocal: [1, 2],
  'four-sevenths': [4, 7],
} as const satisfies Record<CavityGeometry, readonly [number, number]>;

/** SI constants of the apparatus of an earlier cavity of the group, recalled; they enter no dimensionless result. */
export const SPEED_OF_LIGHT_M_S = 299_792_458;
export const RUBIDIUM_87_MASS_KG = 1.443160648e-25;
export const WAVELENGTH_M = 780.24e-9;
export const MIRROR_CURVATURE_M = 0.01;
/** Field decay rate κ/2π (half width at half maximum). */
export const FIELD_DECAY_HZ = 140e3;
/** Published resolution = interaction range of the confocal microscope (arXiv:2212.06716, abstract). */
export const INTERACTION_RANGE_M = 1.7e-6;

/** Length L of the symmetric cavity with mirrors of curvature radius R: L = R (1 − cos(π M/N)). */
export function cavityLengthM(geometry: CavityGeometry, curvatureM = MIRROR_CURVATURE_M): number {
  const [m, n] = MODE_SPACING[geometry];
  return curvatureM * (1 - Math.cos((Math.PI * m) / n));
}

/** Waist of the fundamental mode: w0 = sqrt[(λ/2π) sqrt(L (2R − L))], in metres. */
export function modeWaistM(
  geometry: CavityGeometry,
  curvatureM = MIRROR_CURVATURE_M,
  wavelengthM = WAVELENGTH_M,
): number {
  const length = cavityLengthM(geometry, curvatureM);
  return Math.sqrt((wavelengthM / (2 * Math.PI)) * Math.sqrt(length * (2 * curvatureM - length)));
}

/** Free spectral range c/2L in hertz. */
export function freeSpectralRangeHz(
  geometry: CavityGeometry,
  curvatureM = MIRROR_CURVATURE_M,
): number {
  return SPEED_OF_LIGHT_M_S / (2 * cavityLengthM(geometry, curvatureM));
}

/** One-photon recoil E_r/h = h/(2 m λ²) in hertz; the density-wave splitting is ω_z = 2E_r. */
export function recoilHz(massKg = RUBIDIUM_87_MASS_KG, wavelengthM = WAVELENGTH_M): number {
  return PLANCK_J_S / (2 * massKg * wavelengthM * wavelengthM);
}

/**
 * Local coupling of a cloud with itself in units of the nonlocal amplitude J0: β = w0²/(8σ²). Infinite for a point.
 * @param cloudSigma rms radius per axis, in the unit of `waist`
 */
export function localStrength(cloudSigma: number, waist: number): number {
  return (waist * waist) / (8 * cloudSigma * cloudSigma);
}

/**
 * The families that a geometry can be tuned to. 4/7: n0 = 0 … 6. Confocal: 0 is the cosine quadrature (n ≡ 0 mod 4),
 * 2 the sine quadrature (n ≡ 2 mod 4), whose couplings are the negative.
 */
export const FAMILIES = {
  confocal: [0, 2],
  'four-sevenths': [0, 1, 2, 3, 4, 5, 6],
} as const satisfies Record<CavityGeometry, readonly number[]>;

/** @throws RelaxdError `invalid-input` where the geometry has no such family */
export function checkFamily(geometry: CavityGeometry, n0: number): void {
  const families: readonly number[] = FAMILIES[geometry];
  if (families.includes(n0)) return;
  throw new RelaxdError('invalid-input', `the ${geometry} cavity has no family n0 = ${n0}`, {
    path: 'couplings.n0',
    value: n0,
    limit: families,
  });
}
