import type { Violation } from '../../src/core/index.js';
import type { Descriptor, Program } from '../../src/device/index.js';

/** What no program image or Arm can say, whatever a board's descriptor claims; the same form as `validateProgram`. */
export function linkViolations(program: Program, descriptor: Descriptor): Violation[] {
  const found: Violation[] = [];
  const refuse = (path: string, what: string, value: unknown, limit: unknown): void => {
    found.push({
      code: 'program-refused',
      path,
      message: `the board link has no ${what}`,
      value,
      limit,
    });
  };
  const { couplings, initial, dynamics, clamped, readout, duration, siteKinds } = program;
  if (couplings.kind !== 'dense' && couplings.kind !== 'coo') {
    refuse('couplings.kind', `couplings of kind '${couplings.kind}'`, couplings.kind, [
      'dense',
      'coo',
    ]);
  }
  if (initial.kind === 'equilibrium') {
    refuse('initial.kind', 'start from equilibrium', initial.kind, [
      'pattern',
      'corrupted',
      'random',
      'zero',
    ]);
  }
  if (clamped.length > 0) refuse('clamped', 'clamped sites', clamped.length, 0);
  if (typeof siteKinds !== 'string') {
    const hidden = siteKinds.findIndex((site) => site.hidden);
    if (hidden >= 0) refuse(`siteKinds[${hidden}].hidden`, 'hidden sites', true, false);
  }
  if (dynamics.synapse !== null)
    refuse('dynamics.synapse', 'synapses', dynamics.synapse.kernel, null);
  if (dynamics.burnIn !== null) refuse('dynamics.burnIn', 'burn-in', dynamics.burnIn, null);
  const { minEvery } = descriptor.readout;
  const every = readout.every ?? duration / 50;
  if (minEvery != null && every < minEvery) {
    found.push({
      code: 'program-refused',
      path: 'readout.every',
      message: `${every} is shorter than ${minEvery}`,
      value: every,
      limit: minEvery,
    });
  }
  return found;
}
