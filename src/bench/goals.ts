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

/** Holds the ratios of a run against what they are to be. */
export function judge(goal: Goal, ratio: number): GoalReached {
  return {
    ...goal,
    ratio,
    reached: ratio >= goal.goal ? 'goal' : ratio >= goal.floor ? 'floor' : 'no',
  };
}
