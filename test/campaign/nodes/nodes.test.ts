import { describe, expect, it } from 'vitest';
import { postgresMissing } from '../../support/postgres-server.js';
import { campaignNodes } from './campaign-nodes.js';

describe.skipIf(postgresMissing !== null)(
  `Three nodes (npm run campaign -- nodes: 1000 points)${postgresMissing === null ? '' : `, left out: ${postgresMissing}`}`,
  () => {
    it('bring each point to a result once, whatever happens to them', async () => {
      const outcome = await campaignNodes({
        points: 60,
        nodes: 3,
        leaseS: 3,
        seed: 1,
        faultEveryMs: 2000,
        limitS: 150,
      });
      expect(outcome.broken).toEqual([]);
      expect(outcome.once).toBe(60);
      expect(outcome.results).toBe(60);
    }, 240_000);
  },
);
