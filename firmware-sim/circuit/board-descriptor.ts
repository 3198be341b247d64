import { recordBytes, RESULT_BYTES } from '../result-block.js';
import type { ListedParameter } from './analog-parameters.js';
import type { CircuitProfile } from './circuit-profile.js';
import { MOST_DRIVES } from './components.js';
import { stepsOf } from './converters.js';
import type { ProgramUnits } from './program-units.js';

type Range = readonly [number, number];

/** Ranges of what a program may ask for, in its units; `check` refuses by the same ones that the descriptor tells. */
export interface Limits {
  readonly couplings: Range;
  readonly perSiteSum: number | null;
  readonly fields: Range;
  readonly quadratic: Range;
  readonly quartic: Range;
  readonly temperature: Range;
  readonly controls: {
    readonly temperature: Range;
    readonly coupling?: Range;
    readonly quadratic?: Range;
    readonly quartic?: Range;
  };
  readonly drives: { readonly max: number; readonly amplitude: Range } | null;
}

const TEMPERATURE: Range = [0, 20];
/** Of a board of capacitors: what each node keeps of a node’s nominal capacitance beside its couplings’. */
export const LEAST_NODE = 0.05;
const MOST_QUADRATIC = 16;

export function limitsOf(
  profile: Pick<CircuitProfile, 'couplingElement' | 'couplingFullScale' | 'fieldFullScale'>,
): Limits {
  const { couplingElement, couplingFullScale, fieldFullScale } = profile;
  if (couplingElement === 'capacitor') {
    // A capacitor has one sign, and the law of a network of them is a linear one without fields.
    return {
      couplings: [0, couplingFullScale],
      perSiteSum: 2 * (MOST_QUADRATIC - LEAST_NODE),
      fields: [0, 0],
      quadratic: [LEAST_NODE, MOST_QUADRATIC],
      quartic: [0, 0],
      temperature: TEMPERATURE,
      controls: { temperature: TEMPERATURE },
      drives: null,
    };
  }
  return {
    couplings: [-couplingFullScale, couplingFullScale],
    perSiteSum: null,
    fields: [-fieldFullScale, fieldFullScale],
    quadratic: [-MOST_QUADRATIC, MOST_QUADRATIC],
    quartic: [0, 16],
    temperature: TEMPERATURE,
    controls: {
      temperature: TEMPERATURE,
      coupling: [0, 4],
      quadratic: [0, 4],
      quartic: [0, 4],
    },
    drives: { max: MOST_DRIVES, amplitude: [-64, 64] },
  };
}

const LONGEST_T0 = 100_000;

/** docs/formats/descriptor.md without `device` and `driver`, which the host adds. */
export function boardDescriptor(
  profile: CircuitProfile,
  units: ProgramUnits,
  serial: string,
  parameters: readonly ListedParameter[],
): object {
  const { sites, couplingFullScale, couplingBits, fieldFullScale, fieldBits } = profile;
  const limits = limitsOf(profile);
  const byCapacitors = profile.couplingElement === 'capacitor';
  const reach = profile.adcFullScaleV / profile.readoutGain / units.voltageV;
  return {
    version: 1,
    origin: 'firmware-sim',
    serial,
    title: profile.title,
    model: byCapacitors
      ? 'C dV = −V/R dt + dN with all-to-all coupling capacitors in C and a noise source: U = ½ Vᵀ C V, so that the law is that of ' +
        'the program’s energy, and it relaxes at the rates of 1 / (R C)'
      : 'C dV = −∂U/∂V dt + dN with quartic wells, all-to-all transconductors and a noise source',
    fidelity:
      profile.name === 'ideal'
        ? 'component level; ideal parts, converters of 16 bits'
        : `component level, profile ${profile.name}: tolerances, poles, noise and converters`,
    sites: {
      max: sites,
      kinds: ['continuous'],
      hidden: false,
      range: [-reach, reach],
      clamping: false,
    },
    topology: 'all-to-all',
    couplings: {
      kinds: ['dense', 'coo'],
      interactions: [],
      maxDegree: 2,
      geometries: [],
      range: limits.couplings,
      resolution: couplingFullScale / stepsOf(couplingBits),
      asymmetric: false,
      perSiteSum: limits.perSiteSum,
    },
    fields: {
      range: limits.fields,
      resolution: byCapacitors ? null : fieldFullScale / stepsOf(fieldBits),
    },
    wells: {
      quadratic: limits.quadratic,
      quartic: limits.quartic,
      default: { quadratic: 1, quartic: byCapacitors ? 0 : 1 },
    },
    drives: limits.drives,
    controls: limits.controls,
    dynamics: {
      rules: { langevin: ['continuous-time'] },
      fidelities: [],
      kernels: [],
      integrators: ['auto'],
      temperature: { range: limits.temperature, perSite: true, default: 1 },
      ties: [],
      synapses: false,
      spiking: false,
      burnIn: false,
    },
    initial: ['pattern', 'corrupted', 'random', 'zero'],
    shots: { max: Math.floor(RESULT_BYTES / recordBytes(sites)), pauseAtShot: true },
    duration: { max: LONGEST_T0 },
    readout: {
      channels: [
        { name: 'energy', unit: 'kT0' },
        { name: 'overlaps', unit: '1' },
        { name: 'state', unit: 'V0' },
        { name: 'work', unit: 'kT0' },
        { name: 'heat', unit: 'kT0' },
      ],
      minEvery: profile.conversionS / units.timeS,
    },
    parameters,
    units: {
      time: { name: 't0', seconds: units.timeS },
      energy: { name: 'kT0', joules: units.energyJ },
    },
    calibrated: [],
    features: ['thermodynamics', 'per-site-temperature', 'fault-injection'],
  };
}
