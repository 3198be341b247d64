/**
 * Oracles for `solveExactly` that share nothing with it: energies from scratch, every path of a discrete chain followed
 * by name, matrix exponentials of tilted generators in continuous time. For three or four spins.
 */
export interface SmallProgram {
  readonly sites: number;
  /** N×N, symmetric, zero diagonal. */
  readonly couplings: readonly number[];
  readonly fields: readonly number[];
  readonly pattern: readonly number[];
  /** A(t) of the one drive, t ≥ 0; its value before is that at 0. */
  readonly amplitude: (t: number) => number;
  readonly temperatures: readonly number[];
  readonly metropolis: boolean;
  readonly plus: boolean;
}

export interface BruteForce {
  readonly end: readonly number[];
  readonly work: number;
  readonly workSquared: number;
  /** [bath] in the order of growing temperatures. */
  readonly heat: readonly number[];
  readonly heatProducts: readonly (readonly number[])[];
  readonly workHeat: readonly number[];
  /** ⟨(W − ⟨W⟩)^a (Q − ⟨Q⟩)^b⟩, Q into all baths together. */
  readonly central: (a: number, b: number) => number;
  readonly energyChange: number;
  readonly energyChangeSquared: number;
  readonly jarzynski: number;
  readonly mediumEntropy: number;
}

const spin = (code: number, i: number): number => ((code >> i) & 1 ? 1 : -1);

function energyOf(program: SmallProgram, code: number, A: number): number {
  const { sites, couplings, fields, pattern } = program;
  let energy = 0;
  for (let i = 0; i < sites; i++) {
    energy -= (fields[i]! + A * pattern[i]!) * spin(code, i);
    for (let j = 0; j < i; j++) {
      energy -= couplings[i * sites + j]! * spin(code, i) * spin(code, j);
    }
  }
  return energy;
}

/** Probability that an attempt on site i flips it. */
function chance(program: SmallProgram, code: number, i: number, A: number): number {
  const cost = energyOf(program, code ^ (1 << i), A) - energyOf(program, code, A);
  const T = program.temperatures[i]!;
  if (T === 0) {
    if (Math.abs(cost) < 1e-12) return program.plus && spin(code, i) < 0 ? 1 : 0;
    return cost < 0 ? 1 : 0;
  }
  if (program.metropolis) return Math.min(1, Math.exp(-cost / T));
  return 1 / (1 + Math.exp(cost / T));
}

const bathsOf = (program: SmallProgram): number[] =>
  [...new Set(program.temperatures)].sort((a, b) => a - b);

interface Path {
  readonly start: number;
  readonly code: number;
  readonly work: number;
  readonly heat: readonly number[];
  p: number;
}

/** Every path of a chain of single or parallel updates, gathered by where it is and what it has exchanged. */
export function followPaths(
  program: SmallProgram,
  start: readonly number[],
  order: 'random' | 'sequential' | 'synchronous',
  duration: number,
): BruteForce {
  const { sites } = program;
  const baths = bathsOf(program);
  let paths: Path[] = start.map((p, code) => ({
    start: code,
    code,
    work: 0,
    heat: baths.map(() => 0),
    p,
  }));
  let A = program.amplitude(0);
  let mediumEntropy = 0;
  const gather = (all: Path[]): Path[] => {
    const merged = new Map<string, Path>();
    for (const path of all) {
      if (path.p === 0) continue;
      const numbers = [path.work, ...path.heat].map((x) => (x + 100).toFixed(8)).join('|');
      const key = `${path.start}|${path.code}|${numbers}`;
      const known = merged.get(key);
      if (known === undefined) merged.set(key, path);
      else known.p += path.p;
    }
    return [...merged.values()];
  };
  const follow = (t: number): void => {
    const next = program.amplitude(t);
    paths = paths.map((path) => {
      const change = energyOf(program, path.code, next) - energyOf(program, path.code, A);
      return { ...path, work: path.work + change };
    });
    A = next;
  };
  const attempt = (path: Path, i: number, share: number): Path[] => {
    const p = chance(program, path.code, i, A);
    const code = path.code ^ (1 << i);
    const heat = energyOf(program, path.code, A) - energyOf(program, code, A);
    const bath = baths.indexOf(program.temperatures[i]!);
    mediumEntropy += (path.p * share * p * heat) / program.temperatures[i]!;
    return [
      { ...path, p: path.p * share * (1 - p) },
      {
        ...path,
        code,
        heat: path.heat.map((q, b) => (b === bath ? q + heat : q)),
        p: path.p * share * p,
      },
    ];
  };
  const together = (from: number, to: number): number => {
    let p = 1;
    for (let i = 0; i < sites; i++) {
      const flip = chance(program, from, i, A);
      p *= ((from ^ to) >> i) & 1 ? flip : 1 - flip;
    }
    return p;
  };
  const steps = order === 'synchronous' ? duration : duration * sites;
  for (let k = 1; k <= steps; k++) {
    follow(order === 'synchronous' ? k : k / sites);
    if (order === 'sequential') paths = paths.flatMap((path) => attempt(path, (k - 1) % sites, 1));
    else if (order === 'random') {
      paths = paths.flatMap((path) =>
        program.temperatures.flatMap((_, i) => attempt(path, i, 1 / sites)),
      );
    } else {
      paths = paths.flatMap((path) =>
        start.map((_, code) => {
          const p = together(path.code, code);
          if (p > 0) mediumEntropy += path.p * p * Math.log(p / together(code, path.code));
          return { ...path, code, p: path.p * p };
        }),
      );
    }
    paths = gather(paths);
  }
  follow(duration);
  const mean = (f: (path: Path) => number): number =>
    paths.reduce((sum, path) => sum + path.p * f(path), 0);
  const change = (path: Path): number =>
    energyOf(program, path.code, A) - energyOf(program, path.start, program.amplitude(0));
  const total = (path: Path): number => path.heat.reduce((sum, q) => sum + q, 0);
  const [meanWork, meanHeat] = [mean((path) => path.work), mean(total)];
  return {
    central: (a, b) => mean((path) => (path.work - meanWork) ** a * (total(path) - meanHeat) ** b),
    end: start.map((_, code) => mean((path) => (path.code === code ? 1 : 0))),
    work: mean((path) => path.work),
    workSquared: mean((path) => path.work ** 2),
    heat: baths.map((_, b) => mean((path) => path.heat[b]!)),
    heatProducts: baths.map((_, a) =>
      baths.map((__, b) => mean((path) => path.heat[a]! * path.heat[b]!)),
    ),
    workHeat: baths.map((_, b) => mean((path) => path.work * path.heat[b]!)),
    energyChange: mean(change),
    energyChangeSquared: mean((path) => change(path) ** 2),
    jarzynski: mean((path) => Math.exp(-path.work / program.temperatures[0]!)),
    mediumEntropy,
  };
}

type Matrix = readonly (readonly number[])[];

const multiply = (a: Matrix, b: Matrix): number[][] =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, x, k) => sum + x * b[k]![j]!, 0)));

/** e^{Mt} by a Taylor polynomial of M t/2^8 and eight squarings. */
function exponential(matrix: Matrix, t: number): number[][] {
  const scaled = matrix.map((row) => row.map((x) => (x * t) / 2 ** 8));
  const identity = matrix.map((row, i) => row.map((_, j) => Number(i === j)));
  let term: number[][] = identity;
  let sum = identity.map((row) => row.slice());
  for (let k = 1; k <= 14; k++) {
    term = multiply(term, scaled).map((row) => row.map((x) => x / k));
    sum = sum.map((row, i) => row.map((x, j) => x + term[i]![j]!));
  }
  for (let k = 0; k < 8; k++) sum = multiply(sum, sum);
  return sum;
}

/**
 * ⟨e^{a W + Σ b Q}⟩ after a drive that stands at `amplitudes[k]` for `spans[k]`, from the tilted generator of each span
 * (columns: where a jump starts) and the work of the steps in between. The start has the first amplitude.
 */
export function generatingFunction(
  program: SmallProgram,
  start: readonly number[],
  amplitudes: readonly number[],
  spans: readonly number[],
  tilt: { readonly work: number; readonly heat: readonly number[] },
): number[] {
  const baths = bathsOf(program);
  let law = start.map((p) => [p]);
  spans.forEach((span, k) => {
    const A = amplitudes[k]!;
    const before = amplitudes[Math.max(0, k - 1)]!;
    law = law.map(([p], code) => [
      p! * Math.exp(tilt.work * (energyOf(program, code, A) - energyOf(program, code, before))),
    ]);
    const generator = start.map(() => start.map(() => 0));
    start.forEach((_, from) => {
      for (let i = 0; i < program.sites; i++) {
        const to = from ^ (1 << i);
        const rate = chance(program, from, i, A);
        const heat = energyOf(program, from, A) - energyOf(program, to, A);
        const bath = baths.indexOf(program.temperatures[i]!);
        generator[to]![from]! += rate * Math.exp(tilt.heat[bath]! * heat);
        generator[from]![from]! -= rate;
      }
    });
    law = multiply(exponential(generator, span), law);
  });
  return law.map(([p]) => p!);
}
