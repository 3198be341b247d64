import { BOLTZMANN_J_PER_K, RelaxdError } from '../../core/index.js';
import type { Descriptor } from '../../device/index.js';
import type { LinearNetwork } from './linear-network.js';
import { GROUND, type Resistor } from './netlist.js';

/** A network as a program for an overdamped circuit, and what the program's units stand for. */
export interface NetworkProgram {
  /** Members of a program document; duration, readout, shots, start and seed are the caller's. */
  readonly members: {
    readonly version: 1;
    readonly sites: number;
    readonly siteKinds: 'continuous';
    readonly couplings: { readonly kind: 'coo'; readonly entries: readonly (readonly number[])[] };
    readonly wells: { readonly quadratic: readonly number[]; readonly quartic: 0 };
    readonly dynamics: { readonly temperature: number | readonly number[] };
  };
  /** Of the network: a program's time of 1. On the device it passes in the device's own t₀. */
  readonly timeS: number;
  /** A program's energy of 1 (heat, work), where a temperature of 1 is `temperatureK`. */
  readonly energyJ: number;
  readonly temperatureK: number;
  /** q_i = x_i · chargeC[i]: the charge on node i; V = C⁻¹q. */
  readonly chargeC: Float64Array;
  /** Nodes of the network, in the order of the sites. */
  readonly nodes: readonly string[];
}

/** Wells of the stiffest node where nothing else is said: q = 1, as a node of the device by itself. */
const STIFFEST_WELL = 1;

/**
 * Turns a capacitively coupled network with one grounded resistor at each node into a program for `rc-langevin`. The charges
 * q = C V obey dq = −G C⁻¹ q dt + noise with G = diag(1/R): in x_i = q_i/√(k_B T₀ t₀/R_i) and t/t₀ that is
 * dx = −A x dt + √(2T/T₀) dW with A_ij = t₀ (C⁻¹)_ij/√(R_i R_j), symmetric, so V = ½ xᵀAx is the stored energy over k_B T₀.
 *
 * @param network without inductors
 * @param descriptor of the device: couplings and wells must fit into its ranges
 * @param options `temperatureK`: T₀, what a temperature of 1 stands for (the highest of the resistors);
 *   `timeS`: t₀ (the stiffest node then has the well q = 1)
 * @throws RelaxdError `not-supported` for a network of another form; `cannot-compile` where it does not fit the device
 */
export function networkProgram(
  network: LinearNetwork,
  descriptor: Descriptor,
  options: { readonly temperatureK?: number; readonly timeS?: number } = {},
): NetworkProgram {
  const resistors = groundedResistors(network);
  const temperatureK =
    options.temperatureK ?? Math.max(...resistors.map((resistor) => resistor.temperatureK));
  if (!(temperatureK > 0)) {
    throw unsupported('every resistor is at 0 K: give temperatureK', temperatureK, '> 0');
  }
  const P = network.inverseCapacitance;
  const rate = (i: number, j: number): number =>
    P.get(i, j) / Math.sqrt(resistors[i]!.resistanceOhm * resistors[j]!.resistanceOhm);
  const N = resistors.length;
  const stiffest = Math.max(...resistors.map((_, i) => rate(i, i)));
  const timeS = options.timeS ?? (2 * STIFFEST_WELL) / stiffest;
  const entries: number[][] = [];
  for (let i = 0; i < N; i++) {
    for (let j = i + 1; j < N; j++) {
      const J = -timeS * rate(i, j);
      if (J !== 0) entries.push([i, j, J]);
    }
  }
  const quadratic = resistors.map((_, i) => (timeS * rate(i, i)) / 2);
  requireRange(
    'couplings.range',
    entries.map(([, , J]) => J!),
    descriptor.couplings.range,
    descriptor,
  );
  requireRange('wells.quadratic', quadratic, descriptor.wells?.quadratic ?? null, descriptor);
  const temperatures = resistors.map((resistor) => resistor.temperatureK / temperatureK);
  const energyJ = BOLTZMANN_J_PER_K * temperatureK;
  return {
    members: {
      version: 1,
      sites: N,
      siteKinds: 'continuous',
      couplings: { kind: 'coo', entries },
      wells: { quadratic, quartic: 0 },
      dynamics: {
        temperature: temperatures.every((T) => T === temperatures[0])
          ? temperatures[0]!
          : temperatures,
      },
    },
    timeS,
    energyJ,
    temperatureK,
    chargeC: Float64Array.from(resistors, ({ resistanceOhm }) =>
      Math.sqrt((energyJ * timeS) / resistanceOhm),
    ),
    nodes: network.nodes,
  };
}

/** The resistor of each node. */
function groundedResistors(network: LinearNetwork): Resistor[] {
  const { nodes, resistors, inductors } = network;
  if (inductors.length > 0) {
    throw unsupported('the network has inductors', inductors.length, 'capacitors and resistors');
  }
  const across = resistors.find(({ between }) => !between.includes(GROUND));
  if (across !== undefined) {
    throw unsupported('a resistor lies between two nodes', across.between, 'resistors to ground');
  }
  return nodes.map((node) => {
    const own = resistors.filter(({ between }) => between.includes(node));
    if (own.length === 1) return own[0]!;
    throw unsupported(`node ${node} has ${own.length} resistors to ground`, own.length, 1);
  });
}

function requireRange(
  path: string,
  values: readonly number[],
  range: readonly [number, number] | null,
  descriptor: Descriptor,
): void {
  if (range === null) return;
  const outside = values.find((value) => value < range[0] || value > range[1]);
  if (outside === undefined) return;
  throw new RelaxdError(
    'cannot-compile',
    `${descriptor.device} cannot set ${outside}: outside ${range[0]} … ${range[1]}`,
    { path, value: outside, limit: range, hint: 'give a shorter timeS, which scales everything' },
  );
}

const unsupported = (why: string, value: unknown, limit: unknown): RelaxdError =>
  new RelaxdError('not-supported', `no program for this network: ${why}`, {
    path: '',
    value,
    limit,
    hint: 'sample it with NetworkSampler, which takes every linear network',
  });
