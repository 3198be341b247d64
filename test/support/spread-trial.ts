import {
  emptySystem,
  fitCircuit,
  planProbes,
  shotSampler,
  type CircuitParameters,
  type CircuitProbe,
  type CircuitRun,
  type LinearSystem,
  type Reference,
  type SpreadTest,
} from '../../src/calibrate/index.js';
import { coupledGroups } from '../../src/calibrate/circuit/circuit-setting.js';
import { groupSystem } from '../../src/calibrate/circuit/group-system.js';
import { RandomStream } from '../../src/core/index.js';
import { drawnRun } from './drawn-circuit.js';
import { BLIND, MeasuredBoard } from './measured-board.js';

/** How large a trial is: sites, and the length of its probes over the usual one. */
export interface TrialSize {
  readonly sites: number;
  readonly effort: number;
}

/** What is known of a trial's board beforehand: its field currents to 0.5 %, its heat monitor to 1 %. */
export const trialReferences = (sites: number): Reference[] => [
  { name: 'heatGain', value: 1, standardError: BLIND.monitorSpread },
  ...Array.from({ length: sites }, (_, i) => ({
    name: `fieldGain[${i}]`,
    value: 1,
    standardError: BLIND.driveSpread,
  })),
];

/** The plan of linear probes for a trial's board. @param readoutPoleS of the model; left out: none */
function linearPlan({ sites, effort }: TrialSize, readoutPoleS = 0) {
  const { descriptor } = new MeasuredBoard({ ...BLIND, sites }, 'trial');
  return planProbes(descriptor, { effort, quartic: false, readoutPoleS });
}

/** Parts 5 % off, those that references tell as far off as these say; offsets of 0.05 V0. */
export function drawnParts(parameters: CircuitParameters, seed: number): Float64Array {
  const stream = RandomStream.of(seed, 'disorder', 0);
  const spreads = { fieldGain: BLIND.driveSpread, heatGain: BLIND.monitorSpread, heatOffset: 0.01 };
  return Float64Array.from(parameters.list, ({ name }) => {
    const kind = name.replace(/\[.*/, '');
    return (spreads[kind as keyof typeof spreads] ?? 0.05) * stream.normal();
  });
}

/** A device that is exactly as the model says: linear, its noise white. */
export function ownFit(size: TrialSize, seed: number): SpreadTest {
  const { parameters, probes } = linearPlan(size);
  const at = drawnParts(parameters, seed);
  const runs = probes.map((probe, k) => drawnRun(parameters, probe, at, 1000 * seed + k));
  return fitCircuit(parameters, runs, trialReferences(size.sites)).spread;
}

/** The same behind a low-pass of 0.05 RC that the model lacks. */
export function unseenPoleFit(size: TrialSize, seed: number): SpreadTest {
  const real = linearPlan(size, 0.05 * BLIND.resistanceOhm * BLIND.capacitanceF);
  const at = drawnParts(real.parameters, seed);
  const runs = real.probes.map((probe, k) => drawnRun(real.parameters, probe, at, 1000 * seed + k));
  const { parameters } = linearPlan(size);
  return fitCircuit(parameters, runs, trialReferences(size.sites)).spread;
}

/** The same whose site 0 has noise of a correlation time of `colour` t0, of the same density at frequency 0. */
export function colouredFit(size: TrialSize, seed: number, colour: number): SpreadTest {
  const { parameters, probes } = linearPlan(size);
  const at = drawnParts(parameters, seed);
  const runs = probes.map((probe, k) => {
    const white = drawnRun(parameters, probe, at, 1000 * seed + k);
    return white.kind === 'heat'
      ? white
      : colouredRun(
          parameters,
          probe,
          at,
          white,
          RandomStream.of(1000 * seed + k, 'dynamics', 1),
          colour,
        );
  });
  return fitCircuit(parameters, runs, trialReferences(size.sites)).spread;
}

/** The simulated board with a quartic part in its wells, `bend` of their linear one, that the model lacks. */
export function bentFit({ sites, effort }: TrialSize, seed: number, bend: number): SpreadTest {
  const board = new MeasuredBoard({ ...BLIND, sites }, `bent-${seed}`);
  const plan = planProbes(board.descriptor, { effort, quartic: false, readoutPoleS: 0 });
  const runs = plan.probes.map((probe, k): CircuitRun => {
    const { setting } = probe;
    const quartic = setting.quadratic.map((q) => bend * q);
    const bent = board.run({ ...probe, setting: { ...setting, quartic } }, 1000 * seed + k + 1);
    return { ...bent, setting };
  });
  return fitCircuit(plan.parameters, runs, trialReferences(sites)).spread;
}

function colouredRun(
  parameters: CircuitParameters,
  { setting, course, shots }: CircuitProbe,
  at: Float64Array,
  white: CircuitRun & { readonly kind: 'states' },
  stream: RandomStream,
  colour: number,
): CircuitRun {
  const { sites } = setting;
  const groups = coupledGroups(setting).map((nodes) => {
    const { system } = groupSystem(parameters, setting, nodes, at);
    const own = nodes.indexOf(0);
    const whole = own < 0 ? system : coloured(system, own, colour);
    const start = { kind: 'known', mean: new Float64Array(whole.states) } as const;
    return { nodes, draw: shotSampler(whole, course, start) };
  });
  return {
    ...white,
    shots: Array.from({ length: shots }, () => {
      const all = new Float64Array(course.length * sites);
      for (const { nodes, draw } of groups) {
        const part = draw(stream);
        for (let s = 0; s < course.length; s++)
          nodes.forEach((i, k) => (all[s * sites + i] = part[s * nodes.length + k]!));
      }
      return all;
    }),
  };
}

/** A system with one more state, the noise of one node: τ dξ = −ξ dt + dN, and ξ drives the node instead of N. */
function coloured(system: LinearSystem, node: number, colour: number): LinearSystem {
  const { states: n, outputs, inputs, A, B, D, H, b, R } = system;
  const m = n + 1;
  const wide = emptySystem(m, outputs, inputs, 0);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      wide.A[i * m + j] = A[i * n + j]!;
      if (i !== node && j !== node) wide.D[i * m + j] = D[i * n + j]!;
    }
    wide.B.set(B.subarray(i * inputs, (i + 1) * inputs), i * inputs);
  }
  for (let k = 0; k < outputs; k++) {
    for (let j = 0; j < n; j++) wide.H[k * m + j] = H[k * n + j]!;
  }
  wide.b.set(b);
  wide.R.set(R);
  wide.A[node * m + n] = -1;
  wide.A[n * m + n] = 1 / colour;
  wide.D[n * m + n] = D[node * n + node]! / colour ** 2;
  return wide;
}
