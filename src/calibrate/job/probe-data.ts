import type { SampleChunk } from '../../device/index.js';
import type { CircuitRun } from '../circuit/circuit-run.js';
import type { CircuitProbe } from '../circuit/circuit-probe.js';

/** What one run of a probe showed; it crosses threads. */
export type ProbeData =
  | { readonly kind: 'states'; readonly shots: readonly Float64Array[] }
  | { readonly kind: 'heat'; readonly totals: Float64Array };

/** A probe with what it showed, as the likelihood takes it; shots start at 0. */
export function measuredRun({ name, setting, course }: CircuitProbe, data: ProbeData): CircuitRun {
  const start = { kind: 'known', values: new Float64Array(setting.sites) } as const;
  return { probe: name, setting, course, start, ...data };
}

/** Gathers what is used of a run's samples: the states of each shot, or the heat at its end. What is lost stays NaN. */
export class ProbeCollector {
  private shots: Float64Array[] = [];
  private totals = new Float64Array(0);

  constructor(
    private readonly kind: 'states' | 'heat',
    private readonly sites: number,
    private readonly samples: number,
    private readonly count: number,
  ) {
    this.clear();
  }

  private clear(): void {
    const { kind, sites, samples, count } = this;
    const states = kind === 'states' ? count : 0;
    this.shots = Array.from({ length: states }, () => new Float64Array(samples * sites).fill(NaN));
    this.totals = new Float64Array(kind === 'heat' ? count : 0).fill(NaN);
  }

  onSamples(chunk: SampleChunk): void {
    if (chunk.firstRow === 0) this.clear(); // the job was tried again
    if (this.kind === 'heat') this.takeHeat(chunk);
    else this.takeStates(chunk);
  }

  get data(): ProbeData {
    return this.kind === 'heat'
      ? { kind: 'heat', totals: this.totals.filter(Number.isFinite) }
      : { kind: 'states', shots: this.shots };
  }

  private takeHeat({ heat, rows, shot, step }: SampleChunk): void {
    if (heat === null) return;
    for (let row = 0; row < rows; row++) {
      if (step[row] === this.samples - 1) this.totals[shot[row]!] = heat[row]!;
    }
  }

  private takeStates({ state, stateRows, shot, step }: SampleChunk): void {
    const { sites, samples } = this;
    stateRows.forEach((row, k) => {
      const out = this.shots[shot[row]!];
      if (out === undefined || step[row]! >= samples) return;
      for (let i = 0; i < sites; i++) out[step[row]! * sites + i] = Number(state[k * sites + i]);
    });
  }
}

/** Share of the samples of probes that never came: a board drops what its buffer cannot hold. 0: all are there. */
export function lostShare(
  probes: readonly Pick<CircuitProbe, 'shots'>[],
  data: readonly ProbeData[],
): number {
  let [lost, all] = [0, 0];
  data.forEach((one, k) => {
    if (one.kind === 'heat') {
      all += probes[k]!.shots;
      lost += probes[k]!.shots - one.totals.length;
      return;
    }
    for (const shot of one.shots) {
      all += shot.length;
      for (const value of shot) if (Number.isNaN(value)) lost++;
    }
  });
  return all === 0 ? 0 : lost / all;
}

/** For people. */
export const lostNote = (share: number): string =>
  `${Number((100 * share).toPrecision(2))} % of the samples were lost between the device and its record: that makes errors larger, not values wrong`;
