import { contentHash } from '../core/index.js';
import type { Channel, ControlName, Order, Rule, SiteKind } from './program.js';

/** Where a datum comes from. In every document, so that an emulated one can never pass for a measured one. */
export type Origin = 'emulator' | 'firmware-sim' | 'hardware';

/** A closed interval [least, most]. */
export type Range = readonly [number, number];

export interface ParameterDescriptor {
  readonly name: string;
  readonly unit: string;
  readonly default: number;
  readonly range: Range;
  readonly writable: boolean;
  readonly meaning: string;
}

/**
 * What a device is and can do; immutable, and hashed. The same schema for emulators, the firmware simulator and
 * boards (docs/formats/descriptor.md). Energies and temperatures are in the program's unit (k_B = 1) unless the
 * name says otherwise.
 */
export interface Descriptor {
  readonly version: 1;
  readonly device: string;
  readonly driver: string;
  readonly origin: Origin;
  readonly serial: string;
  readonly title: string;
  /** What the device obeys, in a sentence, and how faithful that is to a physical one. */
  readonly model: string;
  readonly fidelity: string;
  readonly sites: {
    readonly max: number;
    readonly kinds: readonly SiteKind[];
    readonly hidden: boolean;
    /** Range of continuous sites; null for ±1 sites or where there is no clip. */
    readonly range: Range | null;
    readonly clamping: boolean;
  };
  readonly topology: 'all-to-all';
  readonly couplings: {
    readonly kinds: readonly ('dense' | 'coo' | 'memories' | 'positions')[];
    /** `polynomial`, `rectified`, `log-sum-exp`, `exponential`, `weights`, `sequence`; and the highest degree. */
    readonly interactions: readonly string[];
    readonly maxDegree: number;
    readonly geometries: readonly string[];
    /** Of one coupling; null: no limit. */
    readonly range: Range | null;
    /** Step between two values that can be set; null: continuous. */
    readonly resolution: number | null;
    readonly asymmetric: boolean;
    /** Limit of Σⱼ |Jᵢⱼ|; null: none. */
    readonly perSiteSum: number | null;
  };
  readonly fields: { readonly range: Range | null; readonly resolution: number | null };
  readonly wells: {
    readonly quadratic: Range;
    readonly quartic: Range;
    readonly default: { readonly quadratic: number; readonly quartic: number };
  } | null;
  readonly drives: { readonly max: number; readonly amplitude: Range | null } | null;
  readonly controls: Readonly<Partial<Record<ControlName, Range>>>;
  readonly dynamics: {
    /** Orders that each rule can be run in; the first rule and its first order are the defaults. */
    readonly rules: Readonly<Partial<Record<Rule, readonly Order[]>>>;
    readonly fidelities: readonly string[];
    readonly kernels: readonly string[];
    readonly integrators: readonly string[];
    readonly temperature: {
      readonly range: Range;
      readonly perSite: boolean;
      readonly default: number;
    };
    readonly ties: readonly ('keep' | 'plus')[];
    readonly synapses: boolean;
    readonly spiking: boolean;
    readonly burnIn: boolean;
  };
  readonly initial: readonly string[];
  readonly shots: { readonly max: number; readonly pauseAtShot: boolean };
  readonly duration: { readonly max: number };
  readonly readout: {
    readonly channels: readonly { readonly name: Channel; readonly unit: string }[];
    /** Shortest time between two readouts, in the device's time unit; null: no limit. */
    readonly minEvery: number | null;
  };
  readonly parameters: readonly ParameterDescriptor[];
  readonly units: {
    /** The device's own unit of time, by name and in seconds; null where it has no value in seconds. */
    readonly time: { readonly name: string; readonly seconds: number | null };
    /** The program's unit of energy, in joules; null where it has none. */
    readonly energy: { readonly name: string; readonly joules: number | null };
  };
  readonly calibrated: readonly string[];
  readonly features: readonly string[];
  /**
   * What is different at another fidelity than the first of `dynamics.fidelities`: members given here replace those
   * above, whole. See {@link descriptorAt}.
   */
  readonly byFidelity?: Readonly<Record<string, FidelityDescriptor>>;
}

/** The members of a descriptor that may depend on the fidelity. */
export type FidelityDescriptor = Partial<
  Pick<
    Descriptor,
    | 'model'
    | 'fidelity'
    | 'sites'
    | 'couplings'
    | 'fields'
    | 'drives'
    | 'controls'
    | 'dynamics'
    | 'initial'
    | 'shots'
    | 'duration'
    | 'readout'
    | 'units'
    | 'features'
  >
>;

/**
 * The descriptor that holds at a fidelity: the device's own with that fidelity's members put in. A fidelity that is
 * not named (null) is the first of the list.
 */
export function descriptorAt(descriptor: Descriptor, fidelity: string | null): Descriptor {
  const { byFidelity, ...base } = descriptor;
  const chosen = byFidelity?.[fidelity ?? descriptor.dynamics.fidelities[0] ?? ''];
  if (chosen === undefined) return base;
  const dynamics = chosen.dynamics ?? base.dynamics;
  return {
    ...base,
    ...chosen,
    dynamics: { ...dynamics, fidelities: base.dynamics.fidelities },
  };
}

export function descriptorHash(descriptor: Descriptor): string {
  return contentHash(descriptor);
}

export function defaultRule(descriptor: Descriptor): Rule {
  const [rule] = Object.keys(descriptor.dynamics.rules) as Rule[];
  if (rule === undefined) throw new Error(`${descriptor.device} names no dynamics`);
  return rule;
}

export function defaultOrder(descriptor: Descriptor, rule: Rule): Order {
  return descriptor.dynamics.rules[rule]?.[0] ?? 'continuous-time';
}
