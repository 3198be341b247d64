import type { Descriptor, ParameterDescriptor } from '../../device/index.js';

/** Couplings that can be set; the effective c·J must stay in here too. */
export const COUPLING_RANGE = 8;

/** The members of a descriptor that tell what can be asked of a device. */
type Abilities = Pick<
  Descriptor,
  | 'sites'
  | 'topology'
  | 'couplings'
  | 'fields'
  | 'wells'
  | 'drives'
  | 'controls'
  | 'dynamics'
  | 'initial'
  | 'shots'
  | 'duration'
  | 'readout'
  | 'parameters'
>;

/** In what one circuit of coupled wells differs from another. */
export interface WellsDesign {
  readonly sites: number;
  readonly couplingRange: readonly [number, number];
  readonly couplingResolution: number | null;
  /** Default of the parameter `couplingBits`. */
  readonly couplingBits: number;
  /** Whether the coupling factor and all quadratic wells can be controlled. */
  readonly controlsQuadratic: boolean;
  readonly rules: Descriptor['dynamics']['rules'];
  readonly integrators: readonly string[];
  readonly stateUnit: string;
  /** Shortest time between readouts; null: any. */
  readonly minEvery: number | null;
  /** All parameters but `couplingBits`. */
  readonly parameters: readonly ParameterDescriptor[];
}

/** What can be asked of any circuit of continuous sites in quadratic and quartic wells, over- or underdamped. */
export function wellsAbilities(design: WellsDesign): Abilities {
  return {
    sites: {
      max: design.sites,
      kinds: ['continuous'],
      hidden: false,
      range: null,
      clamping: true,
    },
    topology: 'all-to-all',
    couplings: {
      kinds: ['dense', 'coo'],
      interactions: [],
      maxDegree: 2,
      geometries: [],
      range: design.couplingRange,
      resolution: design.couplingResolution,
      asymmetric: false,
      perSiteSum: null,
    },
    fields: { range: [-1000, 1000], resolution: null },
    wells: {
      quadratic: [-10, 10],
      quartic: [0, 10],
      default: { quadratic: 1, quartic: 1 },
    },
    drives: { max: 16, amplitude: [-1000, 1000] },
    controls: {
      temperature: [0, 100],
      ...(design.controlsQuadratic ? { coupling: [0, COUPLING_RANGE], quadratic: [-10, 10] } : {}),
      quartic: [0, 10],
    },
    dynamics: {
      rules: design.rules,
      fidelities: [],
      kernels: [],
      integrators: [...design.integrators],
      temperature: { range: [0, 100], perSite: true, default: 1 },
      ties: [],
      synapses: false,
      spiking: false,
      burnIn: true,
    },
    initial: ['pattern', 'corrupted', 'random', 'zero', 'equilibrium'],
    shots: { max: 10_000_000, pauseAtShot: true },
    duration: { max: 1_000_000 },
    readout: {
      channels: [
        { name: 'energy', unit: 'k_B T_eff' },
        { name: 'overlaps', unit: '1' },
        { name: 'state', unit: design.stateUnit },
        { name: 'work', unit: 'k_B T_eff' },
        { name: 'heat', unit: 'k_B T_eff' },
      ],
      minEvery: design.minEvery,
    },
    parameters: [
      {
        name: 'couplingBits',
        unit: 'bit',
        default: design.couplingBits,
        range: [0, 24],
        writable: true,
        meaning: 'resolution of the couplings’ DAC over its range; 0: ideal couplings',
      },
      ...design.parameters,
    ],
  };
}
