import { recordBytes, RESULT_BYTES } from '../result-block.js';
import type { ListedParameter } from './analog-parameters.js';
import type { CircuitProfile } from './circuit-profile.js';
import { MOST_DRIVES } from './components.js';
import { stepsOf } from './converters.js';
import type { ProgramUnits } from './program-units.js';

/** Ranges of what a program may ask for, in its units; `check` refuses by the same ones that the descriptor tells. */
export const LIMITS = {
  quadratic: [-16, 16],
  quartic: [0, 16],
  amplitude: [-64, 64],
  temperature: [0, 20],
  coupling: [0, 4],
  quadraticControl: [0, 4],
  quarticControl: [0, 4],
} as const;

const LONGEST_T0 = 100_000;

/** docs/formats/descriptor.md without `device` and `driver`, which the host adds. */
export function boardDescriptor(
  profile: CircuitProfile,
  units: ProgramUnits,
  serial: string,
  parameters: readonly ListedParameter[],
): object {
  const { sites, couplingFullScale, couplingBits, fieldFullScale, fieldBits } = profile;
  const reach = profile.adcFullScaleV / profile.readoutGain / units.voltageV;
  return {
    version: 1,
    origin: 'firmware-sim',
    serial,
    title: profile.title,
    model:
      'C dV = −∂U/∂V dt + dN with quartic wells, all-to-all transconductors and a noise source',
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
      range: [-couplingFullScale, couplingFullScale],
      resolution: couplingFullScale / stepsOf(couplingBits),
      asymmetric: false,
      perSiteSum: null,
    },
    fields: {
      range: [-fieldFullScale, fieldFullScale],
      resolution: fieldFullScale / stepsOf(fieldBits),
    },
    wells: {
      quadratic: LIMITS.quadratic,
      quartic: LIMITS.quartic,
      default: { quadratic: 1, quartic: 1 },
    },
    drives: { max: MOST_DRIVES, amplitude: LIMITS.amplitude },
    controls: {
      temperature: LIMITS.temperature,
      coupling: LIMITS.coupling,
      quadratic: LIMITS.quadraticControl,
      quartic: LIMITS.quarticControl,
    },
    dynamics: {
      rules: { langevin: ['continuous-time'] },
      fidelities: [],
      kernels: [],
      integrators: ['auto'],
      temperature: { range: LIMITS.temperature, perSite: true, default: 1 },
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
