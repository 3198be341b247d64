import {
  curveStart,
  hiddenMask,
  siteSpecs,
  type Curve,
  type ResolvedProgram,
} from '../../device/index.js';
import { ExponentialModel } from '../../model/index.js';
import { bathsOf } from '../baths.js';
import { hiddenUnits } from './hidden-unit.js';
import { Protocol } from './protocol.js';
import { HIDDEN_RATE } from './spin-parameters.js';
import { channelsOf, heldValues, spaceUnits, type Channel, type SpaceUnit } from './space-units.js';
import { SpinSystem } from './spin-system.js';
import { VisibleHiddenSystem } from './visible-hidden-system.js';

/** Values of everything that a program can change in time. */
export interface ProtocolValues {
  readonly amplitudes: Float64Array;
  readonly coupling: number;
  readonly temperature: number;
}

/**
 * All states of the sites of a program that are not held (a code is Σ level·stride; visible spins come first, bit k of a
 * code set: spin k is +1), with what energies and rates are made of at any values of drives and controls. Hidden sites
 * are enumerated with the visible ones where they have finitely many values.
 */
export class StateSpace {
  readonly sites: number;
  /** Visible sites that are enumerated, in the order of their bits. */
  readonly free: Int32Array;
  readonly units: readonly SpaceUnit[];
  readonly channels: readonly Channel[];
  readonly states: number;
  readonly hasEnergy: boolean;
  /** [channel·states + code] half the coupling energy that a move up gains: for spins the field of the couplings. */
  readonly modelFields: Float64Array;
  /** The same for the energy that heat is taken from: another one only for exponential memories. */
  readonly energyFields: Float64Array;
  /** [code] energy of couplings at scale 1; NaN where there is none. */
  readonly couplingEnergies: Float64Array;
  /** [code] −Σ h s, held sites included. */
  readonly staticEnergies: Float64Array;
  /** [d][code] Σ η_d s, held sites included. */
  readonly projections: readonly Float64Array[];
  /** [reference][code] overlap m, of visible sites. */
  readonly overlaps: readonly Float64Array[];
  /** Whether units have temperatures of their own. */
  readonly oneBath: boolean;
  readonly bathCount: number;
  /** Attempts in a unit of time; those at one-hot groups of a single site, which change nothing, count too. */
  readonly pace: number;
  private readonly temperature: number;
  private readonly held: Float64Array;

  /**
   * @param inputs values of the clamped sites; null: held at their initial values
   * @throws RelaxdError `not-enumerable` above 2^16 states, `not-supported` for hidden sites with infinitely many values
   */
  constructor(
    private readonly program: ResolvedProgram,
    inputs: Float64Array | null = program.inputs[0] ?? null,
    hiddenRate: number = HIDDEN_RATE.default,
  ) {
    this.sites = program.sites;
    const baths = bathsOf(program);
    this.temperature = baths.temperature;
    this.oneBath = baths.siteTemperature === null;
    this.bathCount = baths.baths.length;
    this.held = heldValues(program, inputs);
    this.units = spaceUnits(program, inputs === null, hiddenRate);
    this.free = Int32Array.from(
      this.units.filter((unit) => !unit.hidden),
      (unit) => unit.sites[0]!,
    );
    this.pace =
      this.units.filter(({ hidden, moves }) => moves && !hidden).length +
      hiddenRate * hiddenUnits(program).length;
    this.states = this.units.reduce((product, unit) => product * unit.levels, 1);
    this.channels = this.units.flatMap(channelsOf);
    const table = (): Float64Array => new Float64Array(this.states);
    this.modelFields = new Float64Array(this.channels.length * this.states);
    this.couplingEnergies = table();
    this.staticEnergies = table();
    this.projections = program.drives.map(table);
    this.overlaps = program.references.map(table);
    const protocol = new Protocol(program, baths.temperature);
    const system =
      hiddenMask(program) !== null
        ? new VisibleHiddenSystem(program, protocol)
        : new SpinSystem(program, protocol);
    this.hasEnergy = system.hasEnergy;
    const logarithm =
      system instanceof SpinSystem && system.model instanceof ExponentialModel
        ? system.model
        : null;
    this.energyFields =
      logarithm === null ? this.modelFields : new Float64Array(this.modelFields.length);
    const visit = (code: number): void => {
      this.channels.forEach(({ sites: [low, high] }, c) => {
        const at = c * this.states + code;
        const gap = (field: (site: number) => number): number =>
          low === high ? field(low) : (field(high) - field(low)) / 2;
        this.modelFields[at] = gap((site) => system.couplingField(site));
        if (logarithm !== null) this.energyFields[at] = gap((site) => logarithm.logField(site));
      });
      this.couplingEnergies[code] = system.couplingEnergy();
      this.noteState(code, system.state);
    };
    if (system instanceof SpinSystem) this.visitByFlips(system, visit);
    else {
      for (let code = 0; code < this.states; code++) {
        system.reset(this.stateOf(code));
        visit(code);
      }
    }
  }

  /** Values of all sites in the state of a code. */
  stateOf(code: number): Float64Array {
    const state = this.held.slice();
    for (const { sites, levels, stride } of this.units) {
      const level = Math.floor(code / stride) % levels;
      if (sites.length === 1) state[sites[0]!] = 2 * level - 1;
      else sites.forEach((site, k) => (state[site] = k === level ? 1 : 0));
    }
    return state;
  }

  /** Code of a full state. */
  codeOf(state: ArrayLike<number>): number {
    let code = 0;
    for (const { sites, stride } of this.units) {
      const level =
        sites.length === 1
          ? Number(state[sites[0]!]! > 0)
          : sites.findIndex((site) => state[site] === 1);
      code += level * stride;
    }
    return code;
  }

  /** Calls back with every code that has a channel's unit at the lower of its levels. */
  visitPairs(channel: number, visit: (low: number) => void): void {
    const { period, from, width } = this.channels[channel]!;
    for (let block = from; block < this.states; block += period) {
      for (let low = block; low < block + width; low++) visit(low);
    }
  }

  /** What h and drives add to a channel's field. */
  externalField(channel: number, amplitudes: Float64Array): number {
    const { sites } = this.channels[channel]!;
    const at = (site: number): number => {
      let field = this.program.fields[site]!;
      this.program.drives.forEach((drive, d) => {
        field += amplitudes[d]! * drive.pattern[site]!;
      });
      return field;
    };
    return sites[0] === sites[1] ? at(sites[0]) : (at(sites[1]) - at(sites[0])) / 2;
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

  private noteState(code: number, state: ArrayLike<number>): void {
    const { program } = this;
    this.staticEnergies[code] = -dot(program.fields, state);
    this.projections.forEach((row, d) => {
      row[code] = dot(program.drives[d]!.pattern, state);
    });
    if (this.overlaps.length === 0) return;
    const hidden = typeof program.siteKinds === 'string' ? null : siteSpecs(program);
    this.overlaps.forEach((row, m) => {
      let x = 0;
      let visible = 0;
      for (let i = 0; i < this.sites; i++) {
        if (hidden?.[i]?.hidden === true) continue;
        visible++;
        x += program.references[m]![i]! * state[i]!;
      }
      row[code] = x / visible;
    });
  }

  /** All states of spins, each by one flip from the last (Gray code). */
  private visitByFlips(system: SpinSystem, visit: (code: number) => void): void {
    system.reset(Int8Array.from(this.stateOf(0)));
    let code = 0;
    visit(code);
    for (let step = 1; step < this.states; step++) {
      const k = 31 - Math.clz32(step & -step);
      system.flip(this.units[k]!.sites[0]!);
      code ^= 1 << k;
      visit(code);
    }
  }
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
