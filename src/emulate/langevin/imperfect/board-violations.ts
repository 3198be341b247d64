import type { ResolvedProgram } from '../../../device/index.js';
import { EquilibriumSampler } from '../equilibrium.js';
import { judgeEquilibrium } from '../judge-equilibrium.js';
import { slowestDecay } from '../lyapunov.js';
import { KNOB, makeProtocol, type Protocol } from '../protocol.js';
import { maxwellMatrix } from './board.js';
import { isCoupled, isLinearCircuit, mostStates } from './choose-flow.js';
import { extendedSystem } from './extended-system.js';
import { IMPERFECT_INTEGRATORS } from './flows.js';
import { startOnBoard, uniformTemperature } from './imperfect-thermodynamics.js';
import type { Imperfections } from './imperfections.js';
import { RealCircuit } from './real-circuit.js';
import { unstable } from './stationary-start.js';

/** Most sites whose capacitance matrix is inverted. */
export const MOST_CAPACITIVE_SITES = 256;
/** Capacitors below this share of C are rounding. */
const NO_CAPACITOR = 1e-9;

type Refuse = (path: string, message: string, value: unknown, limit: unknown) => void;

/** What a program may not ask of a board that is not ideal. */
export function boardViolations(
  program: ResolvedProgram,
  imperfections: Imperfections,
  refuse: Refuse,
): void {
  if (imperfections.coupling === 'capacitor' && !realisable(program, imperfections, refuse)) return;
  const { integrator, burnIn } = program.dynamics;
  if (integrator !== null && !(IMPERFECT_INTEGRATORS as readonly string[]).includes(integrator)) {
    refuse(
      'dynamics.integrator',
      `${integrator} is for the ideal circuit; this board has imperfections`,
      integrator,
      [...IMPERFECT_INTEGRATORS],
    );
    return;
  }
  const circuit = new RealCircuit(program, imperfections);
  const protocol = makeProtocol(program, Float64Array.of(0, program.duration), Infinity);
  if (integrator === 'exact') exactViolations(circuit, protocol, refuse);
  if (program.initial.kind !== 'equilibrium') return;
  const start = startOnBoard(program, circuit);
  if (start.kind === 'burn-in' && (burnIn ?? 0) <= 0) {
    const why = start.noGibbs ?? 'too many coupled sites have quartic wells for an exact draw';
    refuse(
      'dynamics.burnIn',
      `the stationary state of this board cannot be drawn exactly (${why}); give a burnIn`,
      burnIn ?? 0,
      '> 0',
    );
  } else if (start.kind !== 'burn-in') drawViolations(program, circuit, protocol, start, refuse);
}

function exactViolations(circuit: RealCircuit, protocol: Protocol, refuse: Refuse): void {
  const most = mostStates(protocol, circuit.imperfections);
  if (!isLinearCircuit(circuit)) {
    refuse(
      'dynamics.integrator',
      'the exact integrator is for quadratic wells and unlimited couplings only',
      'exact',
      'auto, or strang',
    );
  } else if (isCoupled(circuit) && circuit.layout.size > most) {
    refuse(
      'dynamics.integrator',
      `nodes, poles and 1/f currents are ${circuit.layout.size} states; exact steps are taken of at most ${most} here`,
      'exact',
      'auto, or strang',
    );
  }
}

function drawViolations(
  program: ResolvedProgram,
  circuit: RealCircuit,
  { before }: Protocol,
  start: ReturnType<typeof startOnBoard>,
  refuse: Refuse,
): void {
  if (start.kind === 'stationary') {
    if (slowestDecay(extendedSystem(circuit, before).A) > 0) return;
    const { message, details } = unstable();
    refuse('initial.kind', message, 'equilibrium', details.limit);
    return;
  }
  judgeEquilibrium(() => {
    if (program.inputs.length > 0) circuit.potential.setClamped(program.inputs[0]!);
    const knobs = before.slice();
    knobs[KNOB.temperature] = uniformTemperature(circuit, before);
    return new EquilibriumSampler(circuit.potential, knobs, circuit.imperfections.rail || Infinity);
  }, refuse);
}

/** Whether capacitors can be found that give the program's wells and couplings. */
function realisable(
  program: ResolvedProgram,
  imperfections: Imperfections,
  refuse: Refuse,
): boolean {
  const { sites, controls } = program;
  if (sites > MOST_CAPACITIVE_SITES) {
    refuse(
      'sites',
      `capacitive couplings are worked out for at most ${MOST_CAPACITIVE_SITES} sites`,
      sites,
      MOST_CAPACITIVE_SITES,
    );
    return false;
  }
  for (const name of ['coupling', 'quadratic'] as const) {
    if (controls[name] === undefined) continue;
    refuse(`controls.${name}`, 'capacitors do not change during a run', `controls.${name}`, null);
    return false;
  }
  if (imperfections.driftK > 0 && imperfections.capacitanceTempco !== 0) {
    refuse(
      'couplings',
      'a temperature coefficient of coupling capacitors is not modelled: set capacitanceTempco to 0',
      imperfections.capacitanceTempco,
      0,
    );
    return false;
  }
  let C;
  try {
    C = maxwellMatrix(program);
  } catch {
    refuse(
      'couplings',
      'wells and couplings make a singular matrix: no capacitors give it',
      null,
      'A ≻ 0',
    );
    return false;
  }
  for (let i = 0; i < sites; i++) {
    let ground = 0;
    for (let j = 0; j < sites; j++) {
      const bridge = C.get(i, j);
      ground += bridge;
      if (i === j || bridge <= NO_CAPACITOR) continue;
      refuse(
        'couplings',
        `between sites ${i} and ${j} a capacitor of ${-bridge} C would be needed: capacitors couple with J ≤ 0 only`,
        -bridge,
        '≥ 0',
      );
      return false;
    }
    if (!(ground >= -NO_CAPACITOR) || !(C.get(i, i) > 0)) {
      refuse(
        'couplings',
        `site ${i} would need a capacitor of ${ground} C to ground: its couplings are too strong for its well`,
        ground,
        '≥ 0',
      );
      return false;
    }
  }
  return true;
}
