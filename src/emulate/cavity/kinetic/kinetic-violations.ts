import type { Violation } from '../../../core/index.js';
import { curveStart, curveValue, type Curve, type Program } from '../../../device/index.js';
import { MOST_ENUMERATED } from '../../spin/gibbs-table.js';
import { pumpViolations } from '../judge-couplings.js';
import { thresholdStrength } from './free-couplings.js';
import { bathOf, kernelOf, ownTemperature } from './kinetic-kernel.js';
import { startsAsParamagnet } from './kinetic-thermodynamics.js';

/** Most sites whose linear modes are found for a ramp through threshold: N³ work in every thread. */
export const MOST_GROWING_SITES = 1024;

/** What a program may not ask of the cavity at fidelity `kinetic`, beyond what every fidelity refuses. */
export function kineticViolations(
  program: Program,
  parameters: Readonly<Record<string, number>> = {},
): Violation[] {
  const found: Violation[] = [];
  const refuse = (path: string, message: string, value: unknown, limit: unknown): void => {
    found.push({ code: 'program-refused', path, message, value, limit });
  };
  const { couplings, dynamics, controls, initial, sites, clamped } = program;
  const kernel = kernelOf(program);
  const thermal = bathOf(kernel).kind === 'ohmic';
  if (dynamics.dt !== null) {
    refuse(
      'dynamics.dt',
      'kinetic dynamics have no fixed time step; leave it out',
      dynamics.dt,
      null,
    );
  }
  temperatureViolations(program, thermal && kernel.kind !== 'avalanche', refuse);
  if (couplings.kind === 'memories' && couplings.interaction.kind === 'exponential') {
    refuse(
      'couplings.interaction',
      'rates of exponential memories do not fit into doubles; use log-sum-exp, or fidelity discrete',
      'exponential',
      'log-sum-exp',
    );
  }
  const pairwise =
    couplings.kind !== 'memories' ||
    (couplings.interaction.kind === 'polynomial' &&
      couplings.interaction.degree === 2 &&
      !couplings.interaction.rectified);
  const graded = kernel.kind === 'avalanche' || kernel.kind === 'resolved';
  if (graded && !pairwise) {
    refuse(
      'couplings.interaction',
      `the kernel '${kernel.kind}' has magnetisations between −1 and 1, which need pairwise couplings`,
      couplings.kind,
      'pairwise couplings, or memories of degree 2',
    );
  }
  if (
    kernel.kind === 'resolved' &&
    kernel.spin !== undefined &&
    !Number.isInteger(2 * kernel.spin)
  ) {
    refuse('dynamics.kernel.spin', 'a spin is half an integer', kernel.spin, '2S an integer');
  }
  if (initial.kind === 'equilibrium') {
    const free = sites - clamped.length;
    if (!thermal || graded) {
      refuse(
        'initial.kind',
        `the kernel '${kernel.kind}' does not keep the Gibbs state; use ohmic, or another start`,
        'equilibrium',
        'kernel ohmic',
      );
    } else if (free > MOST_ENUMERATED) {
      refuse(
        'initial.kind',
        `the Gibbs state of ${free} free sites is not drawn exactly`,
        free,
        MOST_ENUMERATED,
      );
    }
  }
  if (controls.pump !== undefined) {
    rampViolations(program, pairwise, refuse);
    const grows = startsAsParamagnet(program) && sites <= MOST_GROWING_SITES;
    if (grows && clamped.length === sites) {
      refuse('clamped', 'a ramp through threshold needs a free site', sites, sites - 1);
    } else if (grows && pairwise) {
      found.push(
        ...pumpViolations(program, parameters, {
          largest: thresholdStrength(program, parameters),
        }),
      );
    }
  }
  return found;
}

type Refuse = (path: string, message: string, value: unknown, limit: unknown) => void;

function temperatureViolations(program: Program, thermal: boolean, refuse: Refuse): void {
  const { dynamics, controls } = program;
  const own = ownTemperature(kernelOf(program));
  const { temperature } = dynamics;
  if (!thermal) {
    const kind = kernelOf(program).kind;
    const why = `the kernel '${kind}' has no temperature; use ohmic`;
    if (typeof temperature === 'number' && temperature !== 0) {
      refuse('dynamics.temperature', why, temperature, 0);
    }
    if (controls.temperature !== undefined) refuse('controls.temperature', why, kind, 'ohmic');
    return;
  }
  if (own === null) return;
  if (typeof temperature === 'number' && temperature !== own) {
    refuse(
      'dynamics.temperature',
      'the kernel names another temperature; give one of the two',
      temperature,
      own,
    );
  }
  if (controls.temperature !== undefined) {
    refuse(
      'controls.temperature',
      'the kernel names a temperature, which a control cannot change; leave it out there',
      own,
      null,
    );
  }
}

function rampViolations(program: Program, pairwise: boolean, refuse: Refuse): void {
  const { controls, initial, sites, duration } = program;
  const pump = controls.pump!;
  if (controls.coupling !== undefined) {
    refuse(
      'controls.coupling',
      'the pump and the coupling control both scale J; give their product as the pump',
      'controls.coupling',
      null,
    );
  }
  if (!pairwise) {
    refuse(
      'controls.pump',
      'only pairwise couplings have linear modes, hence a threshold; use the coupling control',
      'controls.pump',
      null,
    );
  }
  if (startsAsParamagnet(program)) {
    if (sites > MOST_GROWING_SITES) {
      refuse(
        'sites',
        `a ramp through threshold needs the linear modes of ${sites} sites`,
        sites,
        MOST_GROWING_SITES,
      );
    }
    if (initial.kind !== 'random') {
      refuse(
        'initial.kind',
        'below threshold the spins are a paramagnet and have no pattern; give the cue as a drive, or start the pump at 1 or more',
        initial.kind,
        'random',
      );
    }
  }
  const at = firstReturn(pump, duration);
  if (at !== null) {
    refuse(
      `controls.pump[${at}][1]`,
      'the pump falls below threshold again; how spins return to the paramagnet is not in this fidelity, use semiclassical',
      pump[2 * at + 1],
      '≥ 1 once it has been',
    );
  }
}

/** The first point of a curve that leads back below 1 within the run, after 1 was reached; null where none does. */
function firstReturn(pump: Curve, duration: number): number | null {
  let above = curveStart(pump) >= 1;
  for (let k = 0; k < pump.length / 2; k++) {
    const over = pump[2 * k]! > duration;
    const value = over ? curveValue(pump, duration) : pump[2 * k + 1]!;
    if (value >= 1) above = true;
    else if (above) return k;
    if (over) return null;
  }
  return null;
}
