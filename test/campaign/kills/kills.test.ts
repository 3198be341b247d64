import { describe, expect, it } from 'vitest';
import { postgresMissing } from '../../support/postgres-server.js';
import { campaignKills } from './campaign-kills.js';
import { DAMAGES, FINDINGS } from './damage.js';

const seed = Number(process.env['RELAXD_TEST_SEED'] ?? 20261126);

describe('relaxd under load and killed at random moments (npm run campaign -- kills: 200 times on each store)', () => {
  it('keeps what it has acknowledged, repeats nothing, and reads nothing that is wrong', async () => {
    const outcome = await campaignKills({ store: 'sqlite', kills: 5, seed, again: 1 });
    expect(outcome.broken, `seed ${seed}`).toEqual([]);
    // It has hit something of what it aims at; in full, all of it.
    const { hit, interrupted, tornByHand } = outcome;
    expect(hit + interrupted + tornByHand, `seed ${seed}`).toBeGreaterThan(0);
    expect(outcome.compared).toBe(1);
  }, 600_000);

  it.skipIf(postgresMissing !== null)(
    `does so where PostgreSQL is killed, too${postgresMissing === null ? '' : `, left out: ${postgresMissing}`}`,
    async () => {
      const outcome = await campaignKills({ store: 'postgres-killed', kills: 2, seed });
      expect(outcome.broken, `seed ${seed}`).toEqual([]);
      expect(outcome.databaseKills).toBe(2);
      expect(outcome.jobs).toBeGreaterThan(0);
    },
    600_000,
  );
});

describe('The kill campaign', () => {
  it('finds each wrong that is done to the lab behind its back', async () => {
    const outcome = await campaignKills({ store: 'sqlite', kills: 4, seed, damages: DAMAGES });
    for (const name of DAMAGES.filter((one) => !outcome.undone.includes(one))) {
      expect(
        outcome.broken.filter((what) => FINDINGS[name].test(what)),
        name,
      ).not.toEqual([]);
    }
    // Some need a run that a kill has caught.
    expect(outcome.undone.length, `seed ${seed}`).toBeLessThanOrEqual(2);
  }, 600_000);
});
