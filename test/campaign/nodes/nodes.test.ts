import { describe, expect, it } from 'vitest';
import { postgresMissing } from '../../support/postgres-server.js';
import { campaignNodes } from './campaign-nodes.js';
import { NodeNetwork } from './node-network.js';

describe.skipIf(postgresMissing !== null)(
  `Three nodes (npm run campaign -- nodes: a sweep of 1000 points)${postgresMissing === null ? '' : `, left out: ${postgresMissing}`}`,
  () => {
    const apart = NodeNetwork.missing();
    const where = apart === null ? 'in network namespaces' : `on silent lines, since ${apart}`;
    it(`bring each point of a sweep to a result once, ${where}, whatever happens to them`, async () => {
      const outcome = await campaignNodes({
        points: 60,
        singles: 10,
        nodes: 3,
        leaseS: 2,
        seed: 1,
        faultEveryMs: 1500,
        limitS: 400,
      });
      expect(outcome.broken).toEqual([]);
      expect(outcome.pointsOnce).toBe(60);
      expect(outcome.singlesOnce).toBe(10);
      expect(outcome.results).toBe(70);
    }, 600_000);
  },
);
