import type { Violation } from '../../core/index.js';
import type { Program, ResolvedProgram } from '../../device/index.js';
import { bathsOf } from '../baths.js';
import { circuitViolations, largestCoupling } from '../langevin/circuit-violations.js';
import { Potential } from '../langevin/potential.js';
import { makeProtocol } from '../langevin/protocol.js';
import type { RlcPreset } from './rlc-descriptor.js';
import { whyNotExact } from './rlc-integrators.js';
import { realiseRlc } from './realise-rlc.js';
import { rlcSetting } from './rlc-plan.js';
import { cellTemperatures } from './rlc-units.js';

/**
 * What a program may not ask of an underdamped circuit beyond what its descriptor says.
 * @param resolved the program with the device's defaults filled in
 */
export function rlcViolations(
  program: Program,
  resolved: ResolvedProgram,
  preset: RlcPreset,
): Violation[] {
  const { components, couplingRange } = preset;
  const { controls, dynamics } = program;
  const unlike = cellTemperatures(components, resolved.sites) !== null;
  if (unlike && controls.temperature !== undefined) {
    return [
      refused(
        'controls.temperature',
        'the cells’ resistors give them temperatures of their own; one control cannot set them',
        'controls.temperature',
        null,
      ),
    ];
  }
  const parameters = { qualityFactor: 1, couplingBits: 0 };
  const realised = realiseRlc(resolved, parameters, components, couplingRange).program;
  // What holds for every circuit of positions; integrators are this device's own.
  const plain = { integrator: 'euler-maruyama' } as const;
  const found = circuitViolations(
    { ...program, dynamics: { ...dynamics, ...plain } },
    { ...realised, dynamics: { ...realised.dynamics, ...plain } },
  );
  if (found.length > 0) return found;
  const course = controls.coupling ?? new Float64Array(0);
  const factor = course.reduce((most, c, k) => (k % 2 === 1 ? Math.max(most, c) : most), 0);
  const largest = largestCoupling(program);
  const most = Math.max(Math.abs(couplingRange[0]), couplingRange[1]);
  if (factor * largest > most * (1 + 1e-12)) {
    found.push(
      refused(
        'controls.coupling',
        `a coupling of ${largest} times ${factor} is outside ${couplingRange[0]} … ${couplingRange[1]}`,
        factor,
        most / largest,
      ),
    );
  }
  if (dynamics.integrator === 'exact') {
    const why = whyNotExact(
      rlcSetting(
        realised,
        new Potential(realised),
        bathsOf(realised).siteTemperature,
        makeProtocol(realised, Float64Array.of(0, realised.duration), Infinity),
      ),
    );
    if (why !== null) found.push(refused('dynamics.integrator', why.reason, why.value, why.limit));
  }
  return found;
}

const refused = (path: string, message: string, value: unknown, limit: unknown): Violation => ({
  code: 'program-refused',
  path,
  message,
  value,
  limit,
});
