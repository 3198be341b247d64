/** Exact SI constants (BIPM, 9th brochure). */
export const BOLTZMANN_J_PER_K = 1.380649e-23;
export const PLANCK_J_S = 6.62607015e-34;
