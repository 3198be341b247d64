import { describe, expect, it } from 'vitest';
import { ENGINES, RandomStream } from '../../core/index.js';
import { engineMissing, openEngine } from '../../kernels/index.js';
import { CouplingMatrix } from '../langevin/coupling-matrix.js';
import { CouplingProduct } from './coupling-product.js';

const kinds = ENGINES.filter((kind) => engineMissing(kind) === null);

describe.each(kinds)('the product of couplings with a state on %s', (kind) => {
  it.each([
    ['few memories, diagonal kept', 100, 3, false],
    ['few memories, zero diagonal', 100, 3, true],
    ['as many memories as a half', 80, 40, true],
    ['few sites', 10, 2, false],
    ['few couplings', 50, 0, false],
  ])('is Σ_j J_ij x_j: %s', (_, sites, memories, zeroDiagonal) => {
    const stream = RandomStream.of(4, 'disorder');
    const data = new Float64Array(sites * sites);
    for (let i = 0; i + 1 < sites && memories === 0; i++) {
      data[i * sites + i + 1] = data[(i + 1) * sites + i] = stream.normal();
    }
    for (let m = 0; m < memories; m++) {
      const xi = Array.from({ length: sites }, () => stream.sign());
      for (let i = 0; i < sites; i++) {
        for (let j = 0; j < sites; j++) {
          if (i !== j || !zeroDiagonal) data[i * sites + j]! += (xi[i]! * xi[j]!) / sites;
        }
      }
    }
    const engine = openEngine(kind);
    const coupling = CouplingMatrix.of({ kind: 'dense', data }, sites);
    const product = new CouplingProduct(engine, coupling);
    const x = engine.arena.float64(sites);
    for (let i = 0; i < sites; i++) x[i] = stream.normal();
    const out = engine.arena.float64(sites);
    product.into(x, out);
    for (let i = 0; i < sites; i++) {
      let sum = 0;
      for (let j = 0; j < sites; j++) sum += data[i * sites + j]! * x[j]!;
      expect(out[i]).toBeCloseTo(sum, 10);
    }
  });
});
