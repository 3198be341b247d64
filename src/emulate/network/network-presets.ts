import { BOLTZMANN_J_PER_K } from '../../core/index.js';
import { SPU8_CELL, SPU_CELLS, meanResistance } from '../rlc/rlc-units.js';
import { GROUND, type Netlist, type NetworkElement } from './netlist.js';

/** Components of two RC circuits that a capacitor couples. */
export interface TwoCircuits {
  readonly firstF: number;
  readonly secondF: number;
  readonly couplingF: number;
  readonly resistanceOhm: readonly [number, number];
  readonly temperatureK: readonly [number, number];
}

/** Two grounded RC circuits, `first` and `second`, coupled by a capacitor. */
export function twoCircuits(parts: TwoCircuits): Netlist {
  const grounded = (name: string, k: 0 | 1, capacitanceF: number): NetworkElement[] => [
    { kind: 'capacitor', between: [name, GROUND], capacitanceF },
    {
      kind: 'resistor',
      between: [name, GROUND],
      resistanceOhm: parts.resistanceOhm[k],
      temperatureK: parts.temperatureK[k],
    },
  ];
  return [
    ...grounded('first', 0, parts.firstF),
    ...grounded('second', 1, parts.secondF),
    { kind: 'capacitor', between: ['first', 'second'], capacitanceF: parts.couplingF },
  ];
}

/**
 * The preset `ciliberto2013`: two circuits of 10 MΩ at two temperatures (Ciliberto et al., PRL 110, 180601 (2013); component
 * values recalled, not read again).
 * @param coldK T₁; down to 88 K in the experiment
 */
export const ciliberto2013 = (coldK: number): Netlist =>
  twoCircuits({
    firstF: 680e-12,
    secondF: 420e-12,
    couplingF: 100e-12,
    resistanceOhm: [10e6, 10e6],
    temperatureK: [coldK, 296],
  });

/** Cells of inductor, capacitor and resistor in parallel, coupled by capacitors: the form of Nat. Commun. 16, 3757, eqs 4–5. */
export interface CellNetwork {
  readonly inductanceH: number;
  readonly capacitanceF: number;
  /** One a cell. */
  readonly resistanceOhm: readonly number[];
  /** κ₀ of the noise sources, A²/Hz: a cell with R is at κ₀R/k_B. */
  readonly kappaA2PerHz: number;
  /** [i, j, F] of the coupling capacitors; a pair that is not listed has none. */
  readonly couplings: readonly (readonly [number, number, number])[];
}

/** Nodes are `cell 0`, `cell 1`, …. */
export function cellNetwork(parts: CellNetwork): Netlist {
  const name = (i: number): string => `cell ${i}`;
  return [
    ...parts.resistanceOhm.flatMap((resistanceOhm, i): NetworkElement[] => [
      { kind: 'capacitor', between: [name(i), GROUND], capacitanceF: parts.capacitanceF },
      {
        kind: 'resistor',
        between: [name(i), GROUND],
        resistanceOhm,
        temperatureK: (parts.kappaA2PerHz * resistanceOhm) / BOLTZMANN_J_PER_K,
      },
      { kind: 'inductor', between: [name(i), GROUND], inductanceH: parts.inductanceH },
    ]),
    ...parts.couplings.map(([i, j, capacitanceF]): NetworkElement => ({
      kind: 'capacitor',
      between: [name(i), name(j)],
      capacitanceF,
    })),
  ];
}

/**
 * The preset `spu8` with its couplers at given codes: eight cells, capacitors of 0 … 100 pF in 4 bits between any two.
 * @param codes 0 … 15, one a pair in the order (0,1), (0,2), …, (6,7)
 */
export function spu8Network(codes: readonly number[]): Netlist {
  const R = meanResistance(SPU8_CELL);
  const couplings: [number, number, number][] = [];
  let k = 0;
  for (let i = 0; i < SPU_CELLS; i++) {
    for (let j = i + 1; j < SPU_CELLS; j++) {
      const code = codes[k++] ?? 0;
      if (code > 0) couplings.push([i, j, (100e-12 * code) / 15]);
    }
  }
  return cellNetwork({
    inductanceH: SPU8_CELL.inductanceH,
    capacitanceF: SPU8_CELL.capacitanceF,
    resistanceOhm: Array<number>(SPU_CELLS).fill(R),
    kappaA2PerHz: (BOLTZMANN_J_PER_K * SPU8_CELL.temperatureK) / R,
    couplings,
  });
}
