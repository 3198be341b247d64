import { describe, it } from 'vitest';
import { BLIND, MeasuredBoard } from '../support/measured-board.js';
import { dissipationTrial, STEPPED_PAIR } from '../support/dissipation-trial.js';
import { hold } from '../support/hold.js';
import { FULL_SIZE } from '../support/run-simulation.js';
import { nearlyTrue } from '../support/twin-trial.js';

const TRIALS = FULL_SIZE ? 80 : 12;

const program = { ...STEPPED_PAIR, shots: 60 };

describe('a job that reads dissipation off a board', () => {
  it('scatters as its errors say: each site’s violation about the model, and the monitor about the violation', async () => {
    let squares = 0;
    let count = 0;
    for (let k = 0; k < TRIALS; k++) {
      const board = new MeasuredBoard({ ...BLIND, sites: 2 }, `heat job ${k}`);
      const known = nearlyTrue(board, 0.002, k);
      const body = { program, lag: 2 };
      const { sites, comparison } = await dissipationTrial(board, known, body, 50 * k);
      for (const z of [...sites.map((site) => site.z), comparison!.z]) {
        squares += z * z;
        count++;
      }
    }
    // The three of a trial are correlated: as if there were one of them, the widest that the mean scatters.
    const scatter = Math.sqrt(2 / TRIALS);
    hold({
      quantity: 'mean square of differences over their errors',
      expected: 1,
      got: squares / count,
      standardError: scatter,
      tolerance: 4 * scatter,
      class: 'exact',
      sample: `${TRIALS} boards`,
    });
  }, 240_000);
});
