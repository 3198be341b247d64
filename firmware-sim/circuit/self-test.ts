import type { SelfCheck } from '../analog-part.js';
import type { CircuitProfile } from './circuit-profile.js';
import type { Components } from './components.js';
import { stepsOf } from './converters.js';
import type { ProgramUnits } from './program-units.js';

/** Standard deviations that a part may be off before the self-test speaks of it. */
const SIGMAS = 6;

/** Looks at the parts with the board's own references: readout zeros and gains, coupling converters, noise sources. */
export function selfTest(
  profile: CircuitProfile,
  parts: Components,
  units: ProgramUnits,
): SelfCheck[] {
  const worst = (values: ArrayLike<number>): number => {
    let most = 0;
    for (let k = 0; k < values.length; k++) most = Math.max(most, Math.abs(values[k]!));
    return most;
  };
  const check = (name: string, values: ArrayLike<number>, spread: number, unit: string) => {
    const most = worst(values);
    const limit = SIGMAS * spread;
    const detail = `at most ${most.toPrecision(2)} ${unit}, limit ${limit.toPrecision(2)}`;
    return { name, ok: most <= limit, detail };
  };
  const inl = parts.couplingInl.map(({ first, second }) => Math.abs(first) + Math.abs(second));
  const lsb = profile.couplingFullScale / stepsOf(profile.couplingBits);
  const pair = Math.hypot(profile.couplingSpread, profile.couplingAsymmetry);
  return [
    check('readout zero', parts.readoutOffsetV, profile.readoutOffsetV, 'V'),
    check('readout gain', parts.readoutGain, profile.readoutGainSpread, ''),
    {
      name: 'coupling converters',
      ok: worst(inl) <= profile.inlLsb + 1e-12,
      detail: `steps of ${lsb.toPrecision(3)}, at most ${worst(inl).toPrecision(2)} of a step bent`,
    },
    check('coupling gains', parts.couplingGain, pair, ''),
    check('noise sources', parts.noiseGain, profile.noiseSourceSpread, ''),
    check('zero currents', parts.offsetA, profile.offset * units.currentA, 'A'),
  ];
}
