/** The exact reference instance R1 of the physics page §5.10: N = 8, two memories, a cue with one wrong bit. */
export const R1_MEMORY = [1, 1, 1, 1, 1, 1, 1, 1];
export const R1_OTHER = [1, -1, 1, -1, 1, -1, 1, -1];
export const R1_CUE = [-1, 1, 1, 1, 1, 1, 1, 1];

/** J_ij = (1/8) Σ ξξ, row-major, zero diagonal. */
export const R1_COUPLINGS = R1_MEMORY.flatMap((_, i) =>
  R1_MEMORY.map((_, j) =>
    i === j ? 0 : (R1_MEMORY[i]! * R1_MEMORY[j]! + R1_OTHER[i]! * R1_OTHER[j]!) / 8,
  ),
);

/** R1: Gibbs start at h = 0, ramp h = hMax·t/τ along the cue. */
export function r1Document(options: {
  readonly tau: number;
  readonly beta?: number;
  readonly hMax?: number;
  readonly shots?: number;
  readonly seed?: number;
  readonly order?: string;
  readonly rule?: string;
}): Record<string, unknown> {
  const { tau, beta = 1, hMax = 1, shots = 1, seed = 1 } = options;
  return {
    version: 1,
    sites: 8,
    couplings: { kind: 'dense', data: R1_COUPLINGS },
    references: [R1_MEMORY, R1_OTHER],
    dynamics: {
      rule: options.rule ?? 'glauber',
      order: options.order ?? 'continuous-time',
      temperature: 1 / beta,
    },
    initial: { kind: 'equilibrium' },
    drives: [
      {
        pattern: R1_CUE,
        amplitude: [
          [0, 0],
          [tau, hMax],
        ],
      },
    ],
    duration: tau,
    readout: { every: tau, channels: ['energy', 'overlaps', 'work', 'heat'] },
    shots,
    seed,
  };
}

/** J of R2: three spins in a one-way ring, b_i = s_{i−1}. */
export const R2_COUPLINGS = [0, 0, 1, 1, 0, 0, 0, 1, 0];
