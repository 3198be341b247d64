import type { Device } from '../device/index.js';
import type { Figure } from './figure.js';
import type { Quantity } from './quantity.js';
import type { TaskName, TaskArguments, TaskAnswer } from './tasks.js';

/** What an item is given to work with. */
export interface ReproductionContext {
  /** A small sample: seconds in place of minutes. */
  readonly quick: boolean;
  readonly seed: number;
  readonly signal: AbortSignal;
  /** A device of this process, connected. */
  readonly device: (id: string) => Device;
  /** Runs a task for each argument in worker threads; answers in the order of the arguments. */
  readonly map: <T extends TaskName>(
    task: T,
    list: readonly TaskArguments<T>[],
  ) => Promise<TaskAnswer<T>[]>;
  /** Fraction that is done, 0 … 1. */
  readonly progress: (fraction: number) => void;
}

/** What an item found. */
export interface Outcome {
  readonly quantities: readonly Quantity[];
  readonly figure: Figure;
  /** The numbers of the figure, as they go into its JSON file. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** An experiment of the literature, or a textbook fact, measured on the emulators. */
export interface Reproduction {
  readonly name: string;
  readonly title: string;
  /** What is reproduced, and of what; one sentence. */
  readonly about: string;
  readonly measure: (context: ReproductionContext) => Promise<Outcome>;
}
