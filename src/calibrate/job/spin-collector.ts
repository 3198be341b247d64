import { readProgram, type SampleChunk } from '../../device/index.js';
import type { SpinData } from '../spins/measured-recall.js';
import type { PreparedProbe } from './prepared-probe.js';

interface Watched {
  /** Sites of the program. */
  readonly sites: number;
  readonly samples: number;
  readonly shots: number;
  readonly program: Readonly<Record<string, unknown>>;
}

/** Gathers the states of a run's shots, and their heat at the end. What is lost stays 0, or NaN. */
export class SpinCollector {
  private shots: Int8Array[] = [];
  private heat = new Float64Array(0);

  constructor(private readonly watched: Watched) {
    this.clear();
  }

  get data(): SpinData {
    return { shots: this.shots, heat: this.heat };
  }

  onSamples({ firstRow, heat, rows, shot, step, stateRows, state }: SampleChunk): void {
    if (firstRow === 0) this.clear(); // the job was tried again
    const { sites, samples } = this.watched;
    if (heat !== null) {
      for (let row = 0; row < rows; row++) {
        if (step[row] === samples - 1) this.heat[shot[row]!] = heat[row]!;
      }
    }
    stateRows.forEach((row, k) => {
      const out = this.shots[shot[row]!];
      if (out === undefined || step[row]! >= samples) return;
      for (let i = 0; i < sites; i++) out[step[row]! * sites + i] = state[k * sites + i]!;
    });
  }

  private clear(): void {
    const { sites, samples, shots } = this.watched;
    this.shots = Array.from({ length: shots }, () => new Int8Array(samples * sites));
    this.heat = new Float64Array(shots).fill(NaN);
  }
}

/** Programs of spins as runs of a series, and what they have shown so far. */
export function prepareSpins(
  programs: readonly Watched[],
  seed: number,
): { readonly runs: readonly PreparedProbe[]; readonly data: () => SpinData[] } {
  const collectors = programs.map((one) => new SpinCollector(one));
  return {
    runs: programs.map(({ program }, k) => ({
      program: readProgram({ ...program, seed }),
      rule: null,
      observer: {
        onSamples: (chunk) => collectors[k]!.onSamples(chunk),
        finish: () => ({}),
      },
      warnings: [],
    })),
    data: () => collectors.map((collector) => collector.data),
  };
}
