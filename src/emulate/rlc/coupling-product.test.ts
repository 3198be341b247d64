import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../core/index.js';
import { CouplingMatrix } from '../langevin/coupling-matrix.js';
import { CouplingProduct } from './coupling-product.js';

describe('the product of couplings with a state', () => {
  it.each([
    ['few memories, diagonal kept', 100, 3, false],
    ['few memories, zero diagonal', 100, 3, true],
    ['as many memories as a half', 80, 40, true],
    ['few sites', 10, 2, false],
  ])('is Σ_j J_ij x_j: %s', (_, sites, memories, zeroDiagonal) => {
    const stream = RandomStream.of(4, 'disorder');
    const data = new Float64Array(sites * sites);
    for (let m = 0; m < memories; m++) {
      const xi = Array.from({ length: sites }, () => stream.sign());
      for (let i = 0; i < sites; i++) {
        for (let j = 0; j < sites; j++) {
          if (i !== j || !zeroDiagonal) data[i * sites + j]! += (xi[i]! * xi[j]!) / sites;
        }
      }
    }
    const product = new CouplingProduct(CouplingMatrix.of({ kind: 'dense', data }, sites));
    const x = Float64Array.from({ length: sites }, () => stream.normal());
    const out = new Float64Array(sites);
    product.into(x, out);
    for (let i = 0; i < sites; i++) {
      let sum = 0;
      for (let j = 0; j < sites; j++) sum += data[i * sites + j]! * x[j]!;
      expect(out[i]).toBeCloseTo(sum, 10);
    }
  });
});
