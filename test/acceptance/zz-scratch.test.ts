import { test } from 'vitest';
import { glauberDescriptor } from '../../drivers/glauber/index.js';
import { simulate } from '../../src/emulate/spin/simulate-spins.js';
import { spinThermodynamics } from '../../src/emulate/index.js';
import { r1Document } from '../support/r1-instance.js';
import { resolveDocument, runSimulation, summarise } from '../support/run-simulation.js';
test('x', () => {
  const p = resolveDocument(r1Document({ tau: 10, shots: 50000 }), glauberDescriptor('glauber'));
  const t0 = performance.now();
  const o = runSimulation(simulate, p);
  console.log(performance.now() - t0);
  console.log(JSON.stringify(summarise(o, spinThermodynamics(p), 10), null, 1), o.overlaps[0]![1]!.mean);
});
