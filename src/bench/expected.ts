/** What a peer's, or an outside program's, check value has to be for its work to be the same as ours. */
export interface Expected {
  /** What the value is. */
  readonly about: string;
  readonly least: number;
  readonly most: number;
}

const EXPECTED: Readonly<Record<string, Expected>> = {
  // Instances of 1000 spins end at −0.751 ± 0.002 a spin (64 runs each; ground states lie at −0.757 ± 0.003).
  W1: { about: 'mean energy a spin', least: -0.763, most: -0.737 },
  // At load 0.1 the retrieval state has m = 0.99 or a little above.
  W2: { about: 'mean overlap with the memory, at fixed points', least: 0.97, most: 1 },
  // Far below capacity: every site is restored.
  W3: { about: 'mean overlap with the memory', least: 0.999, most: 1 },
  // 20 steps of 0.01 from x = 0: 2T·t = 0.08 less what the wells hold back.
  W4: { about: 'mean square after 20 steps from 0', least: 0.0655, most: 0.0689 },
  // 1050 units of one image scatter by 4 %; uncoupled they would be at 0.16.
  W5: { about: 'mean square after 1000 steps from 0', least: 0.37, most: 0.46 },
  // −β/2 at T = 1 within fluctuations of a single glass of 1000 spins.
  W6: { about: 'energy a spin', least: -0.62, most: -0.38 },
  // 0.197 at no step at all, 0.8 % more at the step of 0.02; instances differ by about as much.
  equilibrium: { about: '⟨x²⟩ in equilibrium', least: 0.19, most: 0.205 },
  // Excess kurtosis of 10⁶ numbers or more has a standard error below 0.005.
  W7: { about: 'variance plus excess kurtosis', least: 0.97, most: 1.03 },
};

/** Null: nothing is stated for it. */
export function expectedOf(workload: string): Expected | null {
  return EXPECTED[workload] ?? null;
}

/** Why a value is not what it has to be; null: it is. */
export function unexpected(workload: string, value: number): string | null {
  const expected = expectedOf(workload);
  if (expected === null || (value >= expected.least && value <= expected.most)) return null;
  return `${expected.about} is ${Number(value.toPrecision(5))}, not ${expected.least} … ${expected.most}`;
}
