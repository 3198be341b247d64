import type { solveDmft } from './dmft/solve-dmft.js';
import type * as catalogue from './catalogue/index.js';

/** The catalogue of theories: what can be asked by name. */
export type TheoryRoom = typeof catalogue;

/** Loads the catalogue when it is asked for: threads that simulate do not want it (docs/decisions/0038). */
export const loadTheories = (): Promise<TheoryRoom> => import('./catalogue/index.js');

/** The solver of the dynamical mean-field theory, loaded when it is asked for. */
export const loadDmft = async (): Promise<typeof solveDmft> =>
  (await import('./dmft/solve-dmft.js')).solveDmft;
