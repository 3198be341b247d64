import type { Descriptor } from '../../device/index.js';
import type { CircuitParameters } from '../circuit/circuit-parameters.js';
import { circuitProbe, onGrid, type CircuitProbe } from '../circuit/circuit-probe.js';

/** Coupled sites in one of them: the exact mean heat of a group takes the cube of its size. */
const CHAIN = 4;
const SHOTS = 100;
/** Of the largest value that a readout shows, and where nothing limits it. */
const SHARE_OF_REACH = 0.3;
const USUAL_REACH = 8;

interface Wanted {
  readonly name: string;
  readonly quadratic: number;
  /** Over the well's own strength. */
  readonly coupling: number;
  readonly chain: number;
  readonly temperature: number;
  /** Field of a site over what would bring it to the share of its reach. */
  readonly field: (site: number) => number;
  /** Over the relaxation time of a well. */
  readonly duration: number;
}

/**
 * Programs whose heat is measured and predicted, unlike those that parameters are fitted to: coupled sites that are driven against each
 * other from rest, in wells between and beside the probes' ones, where probes that measure heat drive single sites that are not coupled.
 */
export function heldOutPrograms(
  descriptor: Descriptor,
  parameters: CircuitParameters,
): CircuitProbe[] {
  const [least, most] = descriptor.wells!.quadratic;
  const within = (quadratic: number): number => Math.min(Math.max(quadratic, least), most);
  return [
    held(descriptor, parameters, {
      name: 'chains of four, driven against each other',
      quadratic: within(1.5),
      coupling: 0.5,
      chain: CHAIN,
      temperature: 0.5,
      field: (site) => (site % 2 === 0 ? 1 : -0.7),
      duration: 3,
    }),
    held(descriptor, parameters, {
      name: 'pairs, driven together',
      quadratic: within(2),
      coupling: -0.4,
      chain: 2,
      temperature: 0.2,
      field: (site) => 0.5 + 0.5 * ((site % 5) / 4),
      duration: 2,
    }),
  ];
}

function held(
  descriptor: Descriptor,
  { sites, nominal }: CircuitParameters,
  wanted: Wanted,
): CircuitProbe {
  const { name, quadratic, chain } = wanted;
  const { range: shown } = descriptor.sites;
  const reach = SHARE_OF_REACH * (shown === null ? USUAL_REACH : Math.min(shown[1], USUAL_REACH));
  const fieldLimit = descriptor.fields.range?.[1] ?? Infinity;
  const fields = Float64Array.from({ length: sites }, (_, site) => {
    const field = 2 * quadratic * reach * wanted.field(site);
    const bounded = Math.sign(field) * Math.min(Math.abs(field), fieldLimit);
    return onGrid(bounded, descriptor.fields.resolution);
  });
  const [lowest, highest] = descriptor.couplings.range ?? [-Infinity, Infinity];
  const J = onGrid(
    Math.min(Math.max(wanted.coupling * quadratic, lowest), highest),
    descriptor.couplings.resolution,
  );
  const couplings: number[] = [];
  for (let i = 0; i + 1 < sites; i++) {
    if ((i + 1) % chain !== 0 && J !== 0) couplings.push(i, i + 1, J);
  }
  const { range, default: usual } = descriptor.dynamics.temperature;
  return circuitProbe(name, 'heat that no parameter is fitted to', 'heat', nominal, {
    sites,
    quadratic: new Float64Array(sites).fill(quadratic),
    couplings: Float64Array.from(couplings),
    fields,
    temperature: Math.min(Math.max(wanted.temperature * usual, range[0]), range[1]),
    drives: [],
    every: wanted.duration / quadratic,
    samples: 2,
    shots: Math.min(SHOTS, descriptor.shots.max),
  });
}
