import { RelaxdError } from '../../core/index.js';
import {
  linearParameter,
  logParameter,
  noiseParameter,
  partParameter,
  type Parameter,
} from '../parameter.js';

/** Nominal values of a board of voltages on leaky capacitors, in SI; its program units follow from them. */
export interface NominalCircuit {
  readonly capacitanceF: number;
  readonly resistanceOhm: number;
  /** Of the noise at program temperature 1. */
  readonly temperatureK: number;
  /** V0: volts of one program unit. */
  readonly unitV: number;
  /** One code of the readout, program units: where the search for the readout's noise starts. */
  readonly readoutStep: number;
  /** Of the low-pass before the readout, s: where it is looked for from; 0: there is none, and none is looked for. */
  readonly readoutPoleS: number;
}

/** What each node has, in this order. */
export const NODE = {
  capacitance: 0,
  resistance: 1,
  temperature: 2,
  readoutGain: 3,
  fieldGain: 4,
  wellGain: 5,
  offsetCurrent: 6,
  readoutOffset: 7,
  readoutNoise: 8,
} as const;
export type NodeParameter = keyof typeof NODE;
const NODE_NAMES = Object.keys(NODE) as NodeParameter[];
export const A_NODE = NODE_NAMES.length;

/** What the whole board has; a readout's pole only where there is one. */
export type BoardParameter = 'heatGain' | 'heatOffset' | 'readoutPole';

/** A smaller readout noise than this share of a code is no start for a search. */
const NOISE_SHARE = 0.5;
/** A readout noise of that share of a code is looked for at least: a converter's own steps are 0.29 of it, and what has none may have no noise. */
const LEAST_NOISE = 0.05;
/** A node whose noise is that share of what it is built for has none. */
const COLDEST = 1e-6;

/** t0 = 2RC */
export const timeUnitS = ({ resistanceOhm, capacitanceF }: NominalCircuit): number =>
  2 * resistanceOhm * capacitanceF;

/**
 * Which parameters a board of so many nodes has, and where each stands: the nodes' one after the other, the board's, the drives',
 * the couplings' and the quartic wells'. In program units node i obeys, with c, ρ, … over their nominal values,
 *
 *     c dx = (−2[1/ρ + (q − 1)w] x − 4 r k x³ + Σ_j J_ij κ_ij x_j + φ(h + Σ_d A_d δ_d η_d) + o) dt + noise of 2 T τ/ρ,   shown = g (x + v) + σ ξ
 *
 * where q, r, J, h, A, η and T are the program's.
 */
export class CircuitParameters {
  readonly list: readonly Parameter[];
  private readonly boardNames: readonly BoardParameter[];
  private readonly places: ReadonlyMap<string, number>;
  private readonly pairAt = new Map<number, number>();
  private readonly firstQuartic: number;

  /**
   * @param pairs i, j, i, j, …: which couplings some probe uses
   * @param reciprocal whether a coupling is one part, the same in both directions; else it has a gain in each
   * @param quartic whether some probe uses quartic wells
   */
  constructor(
    readonly sites: number,
    readonly nominal: NominalCircuit,
    readonly drives: number,
    pairs: readonly (readonly [number, number])[],
    readonly reciprocal: boolean,
    readonly quartic = false,
  ) {
    const list: Parameter[] = [];
    for (let i = 0; i < sites; i++) {
      for (const name of NODE_NAMES) list.push(nodeParameter(name, i, nominal));
    }
    this.boardNames =
      nominal.readoutPoleS > 0
        ? ['heatGain', 'heatOffset', 'readoutPole']
        : ['heatGain', 'heatOffset'];
    for (const name of this.boardNames) list.push(boardParameter(name, nominal));
    for (let d = 0; d < drives; d++) list.push(logParameter(`driveGain[${d}]`));
    for (const [a, b] of pairs) {
      const [i, j] = a < b ? [a, b] : [b, a];
      if (i === j || this.pairAt.has(i * sites + j)) continue;
      this.pairAt.set(i * sites + j, list.length);
      list.push(logParameter(reciprocal ? `couplingGain[${i},${j}]` : `couplingGain[${i}<-${j}]`));
      if (reciprocal) this.pairAt.set(j * sites + i, list.length - 1);
      else {
        this.pairAt.set(j * sites + i, list.length);
        list.push(logParameter(`couplingGain[${j}<-${i}]`));
      }
    }
    this.firstQuartic = list.length;
    for (let i = 0; quartic && i < sites; i++) list.push(logParameter(`quarticGain[${i}]`));
    this.list = list;
    this.places = new Map(list.map(({ name }, at) => [name, at]));
  }

  /** A node, and what is behind the readout's pole where it has one. */
  get statesANode(): 1 | 2 {
    return this.nominal.readoutPoleS > 0 ? 2 : 1;
  }

  get count(): number {
    return this.list.length;
  }

  node(name: NodeParameter, site: number): number {
    return site * A_NODE + NODE[name];
  }

  board(name: BoardParameter): number {
    return this.sites * A_NODE + this.boardNames.indexOf(name);
  }

  drive(d: number): number {
    return this.sites * A_NODE + this.boardNames.length + d;
  }

  /** Gains of couplings and of quartic wells come last: they meet nobody but their own nodes' parameters and the board's. */
  isLeaf(parameter: number): boolean {
    return parameter >= this.drive(this.drives);
  }

  /** @throws RelaxdError `invalid-input` where the parameters were made without */
  quarticWell(site: number): number {
    if (this.quartic) return this.firstQuartic + site;
    throw new RelaxdError('invalid-input', `no gain of the quartic well of site ${site}`, {
      path: 'setting.quartic',
      value: site,
      limit: 'linear wells: the parameters were made for these',
    });
  }

  /** Of what node i receives from j. */
  coupling(i: number, j: number): number {
    const at = this.pairAt.get(i * this.sites + j);
    if (at !== undefined) return at;
    throw new RelaxdError('invalid-input', `no gain of the coupling between ${i} and ${j}`, {
      path: 'pairs',
      value: [i, j],
      limit: 'the pairs that the parameters were made for',
    });
  }

  /** @throws RelaxdError `invalid-input` for a name that there is not */
  named(name: string): number {
    const at = this.places.get(name);
    if (at !== undefined) return at;
    throw new RelaxdError('invalid-input', `there is no parameter '${name}'`, {
      path: 'references',
      value: name,
      limit: `${this.list[0]!.name}, …, ${this.list.at(-1)!.name}`,
    });
  }
}

function nodeParameter(name: NodeParameter, site: number, nominal: NominalCircuit): Parameter {
  const of = `${name}[${site}]`;
  const { capacitanceF, resistanceOhm, temperatureK, unitV, readoutStep } = nominal;
  switch (name) {
    case 'capacitance':
      return logParameter(of, 'F', capacitanceF);
    case 'resistance':
      return logParameter(of, 'ohm', resistanceOhm);
    case 'temperature':
      return { ...logParameter(of, 'K', temperatureK), least: COLDEST * temperatureK };
    case 'readoutGain':
    case 'fieldGain':
    case 'wellGain':
      return logParameter(of);
    case 'offsetCurrent':
      return linearParameter(of, 'A', 0, unitV / (2 * resistanceOhm));
    case 'readoutOffset':
      return linearParameter(of, 'V', 0, unitV);
    case 'readoutNoise':
      return noiseParameter(
        of,
        'V',
        NOISE_SHARE * readoutStep * unitV,
        LEAST_NOISE * readoutStep * unitV,
      );
  }
}

function boardParameter(name: BoardParameter, nominal: NominalCircuit): Parameter {
  switch (name) {
    case 'readoutPole':
      return partParameter(name, 's', nominal.readoutPoleS);
    case 'heatGain':
      return logParameter(name);
    case 'heatOffset': {
      // One unit of energy, C V0²/2, a t0.
      const watts = (nominal.capacitanceF * nominal.unitV ** 2) / 2 / timeUnitS(nominal);
      return linearParameter(name, 'W', 0, watts);
    }
  }
}
