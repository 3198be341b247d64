import { describe, expect, it } from 'vitest';
import { spinProgram } from '../../../test/support/spin-program.js';
import type { ThermoContext } from '../../thermo/index.js';
import { spinThermodynamics } from './spin-thermodynamics.js';

/** A ring of N spins that starts in equilibrium. */
function contextOf(sites: number, temperature: number | Float64Array): ThermoContext {
  const data = new Float64Array(sites * sites);
  for (let i = 0; i < sites; i++) {
    const j = (i + 1) % sites;
    data[i * sites + j] = data[j * sites + i] = 0.5;
  }
  return spinThermodynamics(
    spinProgram({
      sites,
      couplings: { kind: 'dense', data },
      dynamics: { temperature, burnIn: 40 },
      initial: { kind: 'equilibrium' },
    }),
  );
}
const reached = 'medium (equals the total where the burn-in of 40 reached the stationary state)';

describe('what makes an equilibrium start', () => {
  it('is the Gibbs state itself of up to 16 free spins in one bath', () => {
    const { start, entropyMethod } = contextOf(16, 1);
    expect(start!.equilibrium).toEqual({ by: 'exact' });
    expect(entropyMethod).toBe('medium (stationary: equals the total)');
  });

  it.each<[string, number, number | Float64Array]>([
    ['more spins', 17, 1],
    ['two baths', 4, Float64Array.of(1, 1, 2, 2)],
  ])('is what a burn-in reaches with %s', (_, sites, temperature) => {
    const { start, entropyMethod, stationary } = contextOf(sites, temperature);
    expect(start!.equilibrium).toEqual({ by: 'burn-in', burnIn: 40 });
    expect(entropyMethod).toBe(reached);
    expect(stationary).toBe(true);
  });
});
