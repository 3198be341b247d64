import type { EngineKind } from '../core/index.js';

/** How many times as fast as a peer an engine is to be on a CPU with AVX-512. */
export interface Goal {
  readonly workload: string;
  readonly peer: string;
  readonly engine: EngineKind;
  /** What has to be reached. */
  readonly floor: number;
  /** What is aimed at; 0: the floor. */
  readonly goal: number;
}

/** [workload, peer, floor on WebAssembly, goal on it, floor on native, goal on it] */
const TABLE = [
  // Goals of W1 are 10 and 25 times dwave-samplers, which takes 98.8/81 of numba's time.
  ['W1', 'numba', 5, 8.2, 14, 20.5],
  ['W2', 'numba', 17, 25, 30, 50],
  ['W3', 'numba', 11, 18, 32, 60],
  ['W4', 'torch', 0.6, 0.75, 1.8, 1.85],
  ['W5', 'torch', 4, 6, 8, 12],
  ['W6', 'numba', 7, 10, 18, 30],
  ['W7', 'torch', 2, 2, 7, 7],
  ['equilibrium', 'torch', 12, 12, 30, 30],
] as const;

export const GOALS: readonly Goal[] = TABLE.flatMap(
  ([workload, peer, wasmFloor, wasmGoal, nativeFloor, nativeGoal]) => [
    { workload, peer, engine: 'wasm' as const, floor: wasmFloor, goal: wasmGoal },
    { workload, peer, engine: 'native' as const, floor: nativeFloor, goal: nativeGoal },
  ],
);

export interface GoalReached extends Goal {
  /** How many times as fast as the peer it was, in this run. */
  readonly ratio: number;
  readonly reached: 'goal' | 'floor' | 'no';
}

/** What the service is to reach on a machine that has nothing else to do. */
export interface ServiceGoal {
  readonly workload: string;
  /** Which store. */
  readonly engine: string;
  readonly unit: string;
  /** At least so much; where `lowerIsBetter` at most. */
  readonly goal: number;
  readonly lowerIsBetter: boolean;
}

export const SERVICE_GOALS: readonly ServiceGoal[] = [
  {
    workload: 'service-submit',
    engine: 'sqlite',
    unit: 'jobs/s',
    goal: 2000,
    lowerIsBetter: false,
  },
  { workload: 'lab-submit', engine: 'sqlite', unit: 'jobs/s', goal: 2000, lowerIsBetter: false },
  { workload: 'service-read-p99', engine: 'sqlite', unit: 'ms', goal: 20, lowerIsBetter: true },
  { workload: 'service-viewers', engine: 'sqlite', unit: 'MB/s', goal: 5, lowerIsBetter: false },
  {
    workload: 'service-viewers-memory',
    engine: 'sqlite',
    unit: 'MiB',
    goal: 256,
    lowerIsBetter: true,
  },
];

export interface ServiceGoalReached extends ServiceGoal {
  readonly measured: number;
  readonly holds: boolean;
}

/** Holds the medians of a run against what they are to be. */
export function judgeService(
  rows: readonly { readonly workload: string; readonly engine: string; readonly median: number }[],
): ServiceGoalReached[] {
  return SERVICE_GOALS.flatMap((goal) => {
    const row = rows.find((r) => r.workload === goal.workload && r.engine === goal.engine);
    if (row === undefined) return [];
    const { median: measured } = row;
    const holds = goal.lowerIsBetter ? measured <= goal.goal : measured >= goal.goal;
    return [{ ...goal, measured, holds }];
  });
}

/** Holds the ratios of a run against what they are to be. */
export function judge(goal: Goal, ratio: number): GoalReached {
  return {
    ...goal,
    ratio,
    reached: ratio >= goal.goal ? 'goal' : ratio >= goal.floor ? 'floor' : 'no',
  };
}
