import { describe, expect, it } from 'vitest';
import { RelaxdError } from '../../../core/index.js';
import { gaussHermite } from '../gaussian-average.js';
import { drivenOverlapDynamics } from '../overlap-dynamics.js';
import { CovarianceFactor } from './covariance-factor.js';
import { noiseSeries } from './field-kernels.js';
import { resolveDmft, type DmftSetting } from './setting.js';
import { solveDmft } from './solve-dmft.js';
import { gridOf, halved } from './time-grid.js';

const CUE = [
  [0, 0.5],
  [2, 0.5],
  [2, 0],
] as const;

describe('the grid of times', () => {
  it('steps equally between the points of the field and the samples, and knows both sides of a jump', () => {
    const grid = gridOf(
      [
        [0, 1],
        [1, 2],
        [1, 0],
      ],
      2,
      0.4,
      1,
    );
    expect([...grid.t].map((t) => Number(t.toFixed(6)))).toEqual([
      0, 0.333333, 0.666667, 1, 1.333333, 1.666667, 2,
    ]);
    expect([...grid.samples]).toEqual([0, 3, 6]);
    expect([grid.before[0], grid.after[0]]).toEqual([0, 1]);
    expect([grid.before[3], grid.after[3]]).toEqual([2, 0]);
    expect(grid.before[1]).toBeCloseTo(4 / 3, 12);
    expect([...grid.after.subarray(4)]).toEqual([0, 0, 0]);
    const fine = halved(grid);
    expect(fine.t).toHaveLength(13);
    expect([...fine.samples]).toEqual([0, 6, 12]);
    expect([fine.before[6], fine.after[6]]).toEqual([2, 0]);
    expect(fine.before[5]).toBeCloseTo(11 / 6, 12);
  });
});

describe('the factor of a covariance', () => {
  it('gives the covariance back row by row, also where frozen spins leave it singular', () => {
    const D = [
      [1, 0.5, 0.5, 0.2],
      [0.5, 2, 2, 0.1],
      [0.5, 2, 2, 0.1],
      [0.2, 0.1, 0.1, 1],
    ];
    const factor = new CovarianceFactor(4);
    const rows = D.map((row, k) => factor.append(k, Float64Array.from(row.slice(0, k + 1))));
    D.forEach((row, k) =>
      rows.slice(0, k + 1).forEach((other, j) => {
        let sum = 0;
        for (let i = 0; i <= j; i++) sum += rows[k]![i]! * other[i]!;
        expect(sum).toBeCloseTo(row[j]!, 12);
      }),
    );
    expect(rows[2]![2]).toBe(0);
  });
});

describe('the noise of dense memories', () => {
  it.each([
    [3, 'full-overlap', [1, 0, 2]],
    [4, 'full-overlap', [0, 9, 0, 6]],
    [5, 'full-overlap', [9, 0, 72, 0, 24]],
    [3, 'pure', [0, 0, 2]],
    [4, 'pure', [0, 0, 0, 6]],
  ] as const)(
    'n = %i, %s is α Σ c_l C^l with %j; c sums to (2n − 3)!! or (n − 1)!',
    (n, kind, c) => {
      expect(noiseSeries(n, kind)).toEqual(c);
    },
  );
});

/** Three steps of the theory by quadrature over the noise and enumeration of paths, nothing sampled. */
function enumerated(
  setting: { m0: number; temperature: number; load: number; width: number },
  degree: 2 | 3,
): { target: number[]; C: number[][]; G: number[][]; D: number[][] } {
  const { m0, temperature, load, width } = setting;
  const beta = 1 / temperature;
  const p = 1 - Math.exp(-width);
  const { nodes, weights } = gaussHermite(28);
  const C = [[1]];
  const G: number[][] = [[]];
  const D: number[][] = [];
  const K: number[][] = [];
  const L: number[][] = [];
  const forces: number[] = [];
  const target = [m0];
  const at = (M: number[][], k: number, j: number): number => (k < j ? M[j]![k]! : M[k]![j]!);

  /** Average of f(path, tanh of the last field) over noise and paths of `steps` steps; `shift` is a field on each step. */
  const average = (
    steps: number,
    shift: number[],
    f: (path: number[], last: number) => number,
    force = forces,
  ): number => {
    let total = 0;
    const z: number[] = [];
    const paths = (path: number[], weight: number): number => {
      const k = path.length - 1;
      let b = force[k]! + (shift[k] ?? 0);
      for (let i = 0; i <= k; i++) b += L[k]![i]! * z[i]!;
      for (let i = 0; i < k; i++) b += K[k]![i]! * path[i]!;
      const x = Math.tanh(beta * b);
      if (k === steps) return weight * f(path, x);
      return [1, -1].reduce((sum, s) => {
        const stay = s === path[k] ? 1 - p : 0;
        return sum + paths([...path, s], weight * (stay + (p * (1 + s * x)) / 2));
      }, 0);
    };
    const noise = (weight: number): void => {
      if (z.length > steps) {
        for (const s of [1, -1]) total += paths([s], (weight * (1 + s * m0)) / 2);
        return;
      }
      nodes.forEach((node, i) => {
        z.push(node);
        noise(weight * weights[i]!);
        z.pop();
      });
    };
    noise(1);
    return total;
  };

  for (let k = 0; k <= 3; k++) {
    // R = (1 − G)^{−1} by its series, which ends.
    const R = Array.from({ length: k + 1 }, (_, i) =>
      Array.from({ length: k + 1 }, (_, j) => (i === j ? 1 : 0)),
    );
    for (let i = 0; i <= k; i++)
      for (let j = 0; j < i; j++)
        for (let l = j; l < i; l++) R[i]![j]! += (G[i]![l] ?? 0) * R[l]![j]!;
    D.push(
      Array.from({ length: k + 1 }, (_, j) => {
        if (degree === 3) return load * (1 + 2 * at(C, k, j) ** 2);
        let sum = 0;
        for (let a = 0; a <= k; a++)
          for (let b = 0; b <= j; b++) sum += R[k]![a]! * at(C, a, b) * R[j]![b]!;
        return load * sum;
      }),
    );
    K.push(
      Array.from({ length: k }, (_, j) =>
        degree === 3 ? 4 * load * C[k]![j]! * G[k]![j]! : load * R[k]![j]!,
      ),
    );
    const row: number[] = [];
    for (let j = 0; j <= k; j++) {
      let rest = D[k]![j]!;
      for (let i = 0; i < j; i++) rest -= row[i]! * (j === k ? row[i]! : L[j]![i]!);
      row.push(j === k ? Math.sqrt(rest) : rest / L[j]![j]!);
    }
    L.push(row);
    if (k === 3) break;
    const m = target[k]!;
    const pull = average(k, [], (_, x) => x, [...forces, m ** (degree - 1)]);
    forces.push((m + (1 - Math.exp(-width / 2)) * (pull - m)) ** (degree - 1));
    target.push((1 - p) * m + p * average(k, [], (_, x) => x));
    C.push(
      Array.from({ length: k + 2 }, (_, j) =>
        j === k + 1 ? 1 : (1 - p) * at(C, k, j) + p * average(k, [], (path, x) => path[j]! * x),
      ),
    );
    G.push(
      Array.from({ length: k + 1 }, (_, j) => {
        const shift = (h: number): number[] =>
          Array.from({ length: k + 1 }, (_, i) => (i === j ? h : 0));
        const slope =
          (average(k, shift(1e-4), (_, x) => x) - average(k, shift(-1e-4), (_, x) => x)) / 2e-4;
        return (j < k ? (1 - p) * G[k]![j]! : 0) + p * slope;
      }),
    );
  }
  return { target, C, G, D };
}

describe('dynamical mean-field theory', () => {
  it.each([
    [2, 0.3],
    [3, 0.1],
  ] as const)(
    'n = %i agrees with the same three steps enumerated at load %d (16 ensembles of 5000; 4.5 s.e. of each)',
    async (degree, load) => {
      const [m0, temperature, width] = [0.3, 0.4, 0.7];
      const exact = enumerated({ m0, temperature, load, width }, degree);
      const course = await solveDmft({
        degree,
        load,
        temperature,
        initialOverlap: m0,
        duration: 3 * width,
        dt: width,
        every: width,
        trajectories: 80_000,
        ensembles: 16,
        extrapolate: false,
        seed: 5,
      });
      const error = course.standardErrors;
      for (let k = 0; k <= 3; k++) {
        const near = (got: number, expected: number, sem: number, what: string): void =>
          expect(Math.abs(got - expected), `${what}: ${got}, ${expected}`).toBeLessThan(
            4.5 * sem + 2e-4,
          );
        near(course.target[k]!, exact.target[k]!, error.target[k]!, `m at ${k}`);
        let held = 0;
        for (let j = k - 1; j >= 0; j--) {
          const i = 4 * k + j;
          near(course.correlation[i]!, exact.C[k]![j]!, error.correlation[i]!, `C at ${k}, ${j}`);
          held += exact.G[k]![j]!;
          near(course.susceptibility[i]!, held, 0.0008, `χ at ${k}, ${j}`);
          near(course.noise[i]!, exact.D[k]![j]!, 0.0008, `D at ${k}, ${j}`);
        }
      }
    },
  );

  it.each([
    [2, 0.5],
    [3, 0.3],
  ])(
    'n = %i at load 0 is the overlap equations: overlaps, work and heat, with an error of second order in dt',
    async (degree, temperature) => {
      const exact = drivenOverlapDynamics({
        degree,
        temperature,
        cueAccuracy: 0.6,
        field: CUE,
        duration: 6,
        every: 1,
      });
      const worst = async (dt: number): Promise<number> => {
        const course = await solveDmft({
          degree,
          load: 0,
          temperature,
          initialOverlap: 0,
          cueAccuracy: 0.6,
          field: CUE,
          duration: 6,
          every: 1,
          dt,
          trajectories: 800,
          ensembles: 2,
          extrapolate: false,
        });
        const names = ['target', 'cue', 'work', 'heat'] as const;
        return Math.max(
          ...names.flatMap((name) =>
            [...course[name]].map((x, k) => Math.abs(x - exact[name][k]!)),
          ),
        );
      };
      const [coarse, fine] = [await worst(0.2), await worst(0.1)];
      expect(coarse).toBeLessThan(0.005);
      expect(fine).toBeLessThan(coarse / 3);
    },
  );

  const SMALL: DmftSetting = {
    degree: 2,
    load: 0.1,
    temperature: 0.4,
    initialOverlap: 0.5,
    cueAccuracy: 0.6,
    field: CUE,
    duration: 3,
    trajectories: 1600,
    ensembles: 4,
  };

  it('is the same on one thread and on two, bit for bit', async () => {
    const here = await solveDmft(SMALL);
    const there = await solveDmft({ ...SMALL, threads: 2 });
    expect(there).toEqual(here);
    const other = await solveDmft({ ...SMALL, seed: 2 });
    expect(other.target).not.toEqual(here.target);
  });

  it('keeps the first law, and bounds the entropy production from below by 0', async () => {
    const course = await solveDmft(SMALL);
    course.t.forEach((_, k) => {
      const left = course.energy[k]! - course.energy[0]! - course.work[k]! + course.work[0]!;
      expect(left + course.heat[k]!).toBeCloseTo(0, 12);
      const { least, most } = course.entropyProduction!;
      expect(least[k]).toBeGreaterThanOrEqual(0);
      expect(most[k]).toBeGreaterThanOrEqual(least[k]! - 1e-12);
      expect(course.entropyToBath![k]).toBeCloseTo(course.heat[k]! / 0.4, 12);
    });
    const cold = await solveDmft({ ...SMALL, temperature: 0 });
    expect([cold.entropyToBath, cold.entropyProduction]).toEqual([null, null]);
  });

  it('ends where it is told to', async () => {
    const end = new AbortController();
    end.abort();
    await expect(solveDmft(SMALL, end.signal)).rejects.toMatchObject({ code: 'aborted' });
    await expect(solveDmft({ ...SMALL, threads: 2 }, end.signal)).rejects.toMatchObject({
      code: 'aborted',
    });
  });

  it.each([
    [{ degree: 1 }, 'degree'],
    [{ load: -1 }, 'load'],
    [{ temperature: -0.1 }, 'temperature'],
    [{ initialOverlap: 1.5 }, 'initialOverlap'],
    [{ cueAccuracy: 2 }, 'cueAccuracy'],
    [{ duration: 0 }, 'duration'],
    [{ dt: 2 }, 'dt'],
    [{ dt: 1e-4 }, 'dt'],
    [{ dt: Number.MIN_VALUE }, 'dt'],
    [{ duration: 1e12 }, 'dt'],
    [{ every: 1e-12 }, 'dt'],
    [{ trajectories: 10 }, 'trajectories'],
    [{ ensembles: 1 }, 'ensembles'],
    [{ threads: 0 }, 'threads'],
    [{ interaction: 'pure' }, 'interaction'],
    [{ degree: 3, interaction: 'hopfield' }, 'interaction'],
    [{ field: [[1, 0] as const, [0, 1] as const] }, 'field[1]'],
  ] as const)('refuses %j and says where', (wrong, path) => {
    let error: unknown;
    try {
      resolveDmft({ ...SMALL, ...wrong });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(RelaxdError);
    expect((error as RelaxdError).details.path).toBe(path);
  });
});
