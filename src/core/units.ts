/** Exact SI constants (BIPM, 9th brochure). */
export const BOLTZMANN_J_PER_K = 1.380649e-23;
export const PLANCK_J_S = 6.62607015e-34;
export const REDUCED_PLANCK_J_S = PLANCK_J_S / (2 * Math.PI);
export const ELEMENTARY_CHARGE_C = 1.602176634e-19;
