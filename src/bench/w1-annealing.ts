import { RandomStream } from '../core/index.js';
import {
  annealedEnergy,
  annealingRuns,
  annealSweeps,
  computeFields,
  seedLanes,
  type Engine,
} from '../kernels/index.js';
import type { Trial, Workload } from './workload.js';

const SITES = 1000;
const SWEEPS = 1000;
const [FIRST_BETA, LAST_BETA] = [0.5, 10];
/** Runs that share rows of the matrix while they are in the cache. */
const TOGETHER = 16;
/** Sweeps a call: 10 to 20 ms of work. */
const SWEEPS_A_CALL = 100;
/** Share of the attempts that flip, measured: the work is mostly theirs. */
const FLIPS = 0.0625;

/**
 * W1: simulated annealing of a Sherrington–Kirkpatrick glass, N = 1000, J ~ N(0, 1/N) in float32, 1000 sequential
 * Metropolis sweeps, β from 0.5 to 10 in equal steps; time of a run, of 64 on one instance. A trial makes 16 of them (the
 * reference one).
 */
export const annealing: Workload = {
  name: 'W1',
  title: 'annealing of a spin glass, N = 1000, 1000 sweeps',
  unit: 'ms a run',
  lowerIsBetter: true,
  on: (engine) => new AnnealingTrial(engine),
};

class AnnealingTrial implements Trial {
  readonly operations: number;
  readonly bytes: number;
  private readonly job;
  private readonly runs: number;
  private readonly temperatures: Float32Array[];
  private trial = 0;

  constructor(private readonly engine: Engine) {
    this.runs = engine.raw === null ? 1 : TOGETHER;
    this.job = annealingRuns(engine.arena, SITES, this.runs);
    const { couplings, stride } = this.job;
    const stream = RandomStream.of(1, 'disorder', 0);
    for (let i = 0; i < SITES; i++) {
      for (let j = 0; j < i; j++) {
        couplings[i * stride + j] = stream.normal() / Math.sqrt(SITES);
        couplings[j * stride + i] = couplings[i * stride + j]!;
      }
    }
    this.temperatures = Array.from({ length: SWEEPS / SWEEPS_A_CALL }, (_, call) => {
      const part = engine.arena.float32(SWEEPS_A_CALL);
      for (let k = 0; k < SWEEPS_A_CALL; k++) {
        const share = (call * SWEEPS_A_CALL + k) / (SWEEPS - 1);
        part[k] = 1 / (FIRST_BETA + (LAST_BETA - FIRST_BETA) * share);
      }
      return part;
    });
    const attempts = SITES * SWEEPS * this.runs;
    this.operations = attempts * (2 + FLIPS * 2 * SITES);
    this.bytes = attempts * FLIPS * 4 * SITES;
  }

  run(): void {
    const { job, runs, engine } = this;
    const { states, lanes, stride } = job;
    const seed = ++this.trial;
    for (let run = 0; run < runs; run++) {
      const stream = RandomStream.of(seed, 'initial', run);
      for (let i = 0; i < SITES; i++) states[run * stride + i] = stream.sign();
      seedLanes(lanes.subarray(64 * run, 64 * run + 64), seed, 'dynamics', run);
    }
    computeFields(engine, job, 0, runs);
    for (const part of this.temperatures) annealSweeps(engine, job, 0, runs, part);
  }

  figure(seconds: number): number {
    return (1000 * seconds) / this.runs;
  }

  /** Energies of the states from scratch are those of a well annealed glass, and fields have not drifted. */
  check(): void {
    const { job, runs } = this;
    const { fields, stride } = job;
    const scratch = new Float64Array(SITES);
    for (let run = 0; run < runs; run++) {
      const energy = annealedEnergy(job, run, scratch) / SITES;
      if (!(energy < -0.72 && energy > -0.78)) {
        throw new Error(`run ${run} of W1 ends at E/N = ${energy}, not near −0.75`);
      }
      for (let i = 0; i < SITES; i++) {
        const drift = Math.abs(scratch[i]! - fields[run * stride + i]!);
        if (!(drift < 1e-4)) throw new Error(`the field of site ${i} drifted by ${drift}`);
      }
    }
  }
}
