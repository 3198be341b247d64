import { compiledUrl } from '../../src/core/index.js';
import {
  ORDERS,
  type Descriptor,
  type Device,
  type DriverContext,
  type ResolvedProgram,
  takesNoOptions,
} from '../../src/device/index.js';
import { EmulatedDevice } from '../../src/emulate/index.js';
import type { ThermoContext } from '../../src/thermo/index.js';

const REASON = 'this device computes nothing';
const EVERY = Number.MAX_VALUE;

/** Descriptor of a device that accepts every program which does not contradict itself. */
export function nullDescriptor(id: string): Descriptor {
  return {
    version: 1,
    device: id,
    driver: 'null',
    origin: 'emulator',
    serial: `null-${id}`,
    title: 'Null device',
    model: 'none: every program is accepted and nothing is computed',
    fidelity: 'none: results show the initial state',
    sites: {
      max: 1_048_576,
      kinds: ['ising', 'continuous'],
      hidden: true,
      range: null,
      clamping: true,
    },
    topology: 'all-to-all',
    couplings: {
      kinds: ['dense', 'coo', 'memories', 'positions'],
      interactions: [
        'polynomial',
        'rectified',
        'log-sum-exp',
        'exponential',
        'weights',
        'sequence',
      ],
      maxDegree: 200,
      geometries: ['confocal', 'four-sevenths'],
      range: null,
      resolution: null,
      asymmetric: true,
      perSiteSum: null,
    },
    fields: { range: null, resolution: null },
    wells: {
      quadratic: [-EVERY, EVERY],
      quartic: [0, EVERY],
      default: { quadratic: 0, quartic: 0 },
    },
    drives: { max: 1_000_000, amplitude: null },
    controls: {
      temperature: [0, EVERY],
      pump: [0, EVERY],
      coupling: [-EVERY, EVERY],
      quadratic: [-EVERY, EVERY],
      quartic: [-EVERY, EVERY],
    },
    dynamics: {
      rules: {
        glauber: ORDERS,
        metropolis: ORDERS,
        'zero-temperature': ORDERS,
        'steepest-descent': ORDERS,
        langevin: ORDERS,
        underdamped: ORDERS,
        spiking: ORDERS,
      },
      fidelities: ['discrete', 'kinetic', 'semiclassical', 'quantum'],
      kernels: ['ohmic', 'dephased', 'cavity', 'power', 'steepest-descent'],
      integrators: [
        'auto',
        'exact',
        'strang',
        'euler-maruyama',
        'heun',
        'leimkuhler-matthews',
        'baoab',
      ],
      temperature: { range: [0, EVERY], perSite: true, default: 1 },
      ties: ['keep', 'plus'],
      synapses: true,
      spiking: true,
      burnIn: true,
    },
    initial: ['pattern', 'corrupted', 'random', 'zero', 'equilibrium'],
    shots: { max: 100_000_000, pauseAtShot: true },
    duration: { max: EVERY },
    readout: {
      channels: [
        { name: 'energy', unit: 'none' },
        { name: 'overlaps', unit: '1' },
        { name: 'state', unit: 'as in the program' },
        { name: 'work', unit: 'none' },
        { name: 'heat', unit: 'none' },
      ],
      minEvery: null,
    },
    parameters: [],
    units: {
      time: { name: 'none', seconds: null },
      energy: { name: 'none', joules: null },
    },
    calibrated: [],
    features: ['plasticity', 'computes-nothing'],
  };
}

/** What is defined of a run in which nothing is computed: no quantity, for one reason. */
export function nothingDefined({ sites }: ResolvedProgram): ThermoContext {
  return {
    sites,
    baths: [],
    noEnergy: REASON,
    noHeat: REASON,
    noEntropy: REASON,
    entropyMethod: 'none',
    jarzynskiBeta: null,
    noJarzynski: REASON,
  };
}

/** Makes the device. It has no options. */
export function createDevice(
  id: string,
  options: Readonly<Record<string, unknown>>,
  context: DriverContext,
): Device {
  takesNoOptions(id, options);
  return new EmulatedDevice(
    {
      descriptor: nullDescriptor(id),
      simulator: compiledUrl(import.meta.url, './simulate-nothing.js'),
      engineName: 'none',
      realise: (program) => ({
        program,
        warnings: [`${REASON}: every state shown is the initial one`],
      }),
      thermodynamics: nothingDefined,
    },
    context,
  );
}
