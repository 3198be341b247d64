import { RelaxdError } from '../../core/index.js';
import { curveStart, type Curve, type ResolvedProgram } from '../../device/index.js';
import { ExponentialModel } from '../../model/index.js';
import { bathsOf } from '../baths.js';
import { MOST_ENUMERATED, visitStates } from './gibbs-table.js';
import { Protocol } from './protocol.js';
import { SpinSystem } from './spin-system.js';

/** Values of everything that a program can change in time. */
export interface ProtocolValues {
  readonly amplitudes: Float64Array;
  readonly coupling: number;
  readonly temperature: number;
}

/**
 * All 2ⁿ states of the free spins of a program (bit k of a code set: free spin k is +1), with what energies and rates
 * are made of at any values of drives and controls.
 */
export class StateSpace {
  readonly sites: number;
  readonly free: Int32Array;
  readonly states: number;
  readonly hasEnergy: boolean;
  /** [k·states + code] field of couplings on free spin k. */
  readonly modelFields: Float64Array;
  /** The same for the energy that heat is taken from: another one only for exponential memories. */
  readonly energyFields: Float64Array;
  /** [code] energy of couplings at scale 1; NaN where there is none. */
  readonly couplingEnergies: Float64Array;
  /** [code] −Σ h s, clamped sites included. */
  readonly staticEnergies: Float64Array;
  /** [d][code] Σ η_d s, clamped sites included. */
  readonly projections: readonly Float64Array[];
  /** [reference][code] overlap m. */
  readonly overlaps: readonly Float64Array[];
  /** State of all sites with every free spin at −1. */
  readonly ground: Int8Array;
  /** Temperature of each free spin; null where all have the protocol's. */
  readonly siteTemperatures: Float64Array | null;
  private readonly temperature: number;

  /** @throws RelaxdError `not-enumerable` above 16 free sites, `not-supported` (synapses with memory) */
  constructor(private readonly program: ResolvedProgram) {
    if (program.dynamics.synapse !== null) {
      throw new RelaxdError(
        'not-supported',
        'synapses with memory depend on the past: there is no master equation of the states alone',
        { path: 'dynamics.synapse', value: program.dynamics.synapse.kernel, limit: null },
      );
    }
    const baths = bathsOf(program);
    this.temperature = baths.temperature;
    const system = new SpinSystem(program, new Protocol(program, baths.temperature));
    this.sites = program.sites;
    this.free = system.free;
    const n = this.free.length;
    if (n > MOST_ENUMERATED) {
      throw new RelaxdError('not-enumerable', `${n} free sites have 2^${n} states`, {
        path: 'sites',
        value: n,
        limit: MOST_ENUMERATED,
      });
    }
    this.siteTemperatures =
      baths.siteTemperature === null
        ? null
        : Float64Array.from(this.free, (site) => baths.siteTemperature![site]!);
    this.hasEnergy = system.hasEnergy;
    this.states = 2 ** n;
    const table = (): Float64Array => new Float64Array(this.states);
    const logarithm = system.model instanceof ExponentialModel ? system.model : null;
    this.modelFields = new Float64Array(n * this.states);
    this.energyFields = logarithm === null ? this.modelFields : new Float64Array(n * this.states);
    this.couplingEnergies = table();
    this.staticEnergies = table();
    this.projections = program.drives.map(table);
    this.overlaps = program.references.map(table);
    system.reset(this.startingState());
    system.setCode(0);
    this.ground = system.state.slice();
    visitStates(system, (code) => {
      for (let k = 0; k < n; k++) {
        const at = k * this.states + code;
        this.modelFields[at] = system.model.field(this.free[k]!);
        if (logarithm !== null) this.energyFields[at] = logarithm.logField(this.free[k]!);
      }
      this.couplingEnergies[code] = system.couplingEnergy();
      this.staticEnergies[code] = -dot(program.fields, system.state);
      this.projections.forEach((row, d) => {
        row[code] = system.projections[d]!;
      });
      this.overlaps.forEach((row, m) => {
        row[code] = dot(program.references[m]!, system.state) / this.sites;
      });
    });
  }

  /** h_i + Σ_d A_d η_di on free spin k. */
  externalField(k: number, amplitudes: Float64Array): number {
    const site = this.free[k]!;
    let field = this.program.fields[site]!;
    this.program.drives.forEach((drive, d) => {
      field += amplitudes[d]! * drive.pattern[site]!;
    });
    return field;
  }

  /** Total energies of all states. */
  energies(values: ProtocolValues): Float64Array {
    return this.couplingEnergies.map((energy, code) => {
      let total = values.coupling * energy + this.staticEnergies[code]!;
      this.projections.forEach((row, d) => {
        total -= values.amplitudes[d]! * row[code]!;
      });
      return total;
    });
  }

  /** The protocol at t = 0⁻: every curve at its first listed value. */
  startValues(): ProtocolValues {
    return this.valuesBy(curveStart);
  }

  /** Values by a reading of curves. */
  valuesBy(read: (curve: Curve) => number): ProtocolValues {
    const { drives, controls } = this.program;
    return {
      amplitudes: Float64Array.from(drives, (drive) => read(drive.amplitude)),
      coupling: controls.coupling === undefined ? 1 : read(controls.coupling),
      temperature:
        controls.temperature === undefined ? this.temperature : read(controls.temperature),
    };
  }

  /** Code of a full state. */
  codeOf(state: ArrayLike<number>): number {
    let code = 0;
    this.free.forEach((site, k) => {
      if (state[site]! > 0) code |= 1 << k;
    });
    return code;
  }

  /** Clamped sites at their inputs, or at what the start lists for them. */
  private startingState(): Int8Array {
    const { initial, clamped, inputs, sites } = this.program;
    const state = new Int8Array(sites).fill(-1);
    if (clamped.length === 0) return state;
    if (inputs.length > 1) {
      throw new RelaxdError('not-supported', 'inputs differ from shot to shot', {
        path: 'inputs',
        value: inputs.length,
        limit: 1,
        hint: 'solve one row of inputs at a time',
      });
    }
    const row = inputs[0];
    if (row !== undefined) clamped.forEach((site, k) => (state[site] = row[k]!));
    else if (initial.kind === 'pattern') state.set(Int8Array.from(initial.values));
    else {
      throw new RelaxdError('not-supported', 'clamped sites have no definite values', {
        path: 'inputs',
        value: 0,
        limit: 'one row',
      });
    }
    return state;
  }
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
