import { describe, expect, it } from 'vitest';
import { postgresMissing } from '../../support/postgres-server.js';
import { campaignNodes } from './campaign-nodes.js';

describe.skipIf(postgresMissing !== null)(
  `Three nodes (npm run campaign -- nodes: 1000 points)${postgresMissing === null ? '' : `, left out: ${postgresMissing}`}`,
  () => {
    it('bring each point to a result once, whatever happens to them', async () => {
      const outcome = await campaignNodes({
        points: 40,
        nodes: 3,
        leaseS: 2,
        seed: 1,
        faultEveryMs: 1500,
        limitS: 150,
      });
      expect(outcome.broken).toEqual([]);
      expect(outcome.once).toBe(40);
      expect(outcome.results).toBe(40);
    }, 240_000);
  },
);
