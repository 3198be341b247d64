import { IdealCircuit } from '../../firmware-sim/ideal-circuit.test-support.js';
import { readProgramImage, type ProgramImage } from '../../firmware-sim/program-image.js';
import { boardProgram } from '../../drivers/serial-board/board-program.js';
import type { RandomStream, RelaxdError } from '../../src/core/index.js';
import {
  readoutTimes,
  readProgram,
  resolveProgram,
  type Descriptor,
  type Device,
  type DeviceResult,
  type Program,
  type SampleChunk,
  type SampleGap,
} from '../../src/device/index.js';

/** Rows that a run has made, those that came and were right, and those that a gap speaks of. */
export interface RowSums {
  made: number;
  delivered: number;
  inGaps: number;
}

interface Made {
  /** [row][site] */
  readonly state: readonly (readonly number[])[];
  readonly work: readonly number[];
  readonly heat: readonly number[];
  readonly t: Float64Array;
  /** [shot] without the rounding of a sample. */
  readonly lastWork: readonly number[];
}

/** Couplings, fields and a drive that does work, drawn anew. */
export function drawnProgram(random: RandomStream, sites: number, shots: number): Program {
  const code = (): number => (random.integer(1001) - 500) / 512;
  const data = new Array<number>(sites * sites).fill(0);
  for (let i = 0; i < sites; i++) {
    for (let j = i + 1; j < sites; j++) data[i * sites + j] = data[j * sites + i] = code();
  }
  return readProgram({
    version: 1,
    sites,
    siteKinds: 'continuous',
    couplings: { kind: 'dense', data },
    fields: Array.from({ length: sites }, code),
    drives: [
      {
        pattern: Array.from({ length: sites }, code),
        amplitude: [
          [0, 0],
          [0.5, 1],
        ],
      },
    ],
    dynamics: { temperature: 0.5 },
    initial: { kind: 'random' },
    duration: 1,
    readout: { every: 0.1, channels: ['state', 'work', 'heat'] },
    shots,
  });
}

/** Carries runs out on a device and compares what comes of them with the same circuit without a link. */
export class DeviceRunChecker {
  readonly sums: RowSums = { made: 0, delivered: 0, inGaps: 0 };
  private chunks: SampleChunk[] = [];
  private gaps: SampleGap[] = [];
  private began: () => void = () => undefined;

  constructor(
    private readonly device: Device,
    private readonly unitS: number,
  ) {
    device.on('samples', (chunk) => {
      this.chunks.push(chunk);
      this.began();
    });
    device.on('gap', (gap) => void this.gaps.push(gap));
  }

  /**
   * @param program the one that is loaded
   * @param midway called once the first rows have come
   * @throws Error where a row is wrong, missing and in no gap, or the result is
   */
  async run(program: Program, seed: number, midway?: () => Promise<void>): Promise<void> {
    const { device, sums } = this;
    await this.begin(seed);
    await midway?.();
    const result = await device.readResult();
    const made = madeBy(program, await device.describe(), seed, this.unitS);
    const rows = made.state.length;
    const account = this.account(made);
    if (account.next !== rows) throw new Error(`${account.next} rows of ${rows}`);
    requireResult(result, program, made);
    sums.made += rows;
    sums.delivered += account.delivered;
    sums.inGaps += account.inGaps;
    this.forget();
  }

  /**
   * A run whose link is lost midway: it has to fail with `device-offline`, and what was delivered until then is right.
   *
   * @throws Error where it is otherwise
   */
  async lostRun(program: Program, seed: number, lose: () => Promise<void>): Promise<void> {
    const { device, sums } = this;
    const descriptor = await device.describe();
    await this.begin(seed);
    const first = new Promise<void>((resolve) => (this.began = resolve));
    const failing = device.readResult().then(
      () => {
        throw new Error('a run without a link has ended well');
      },
      (error: unknown) => error as RelaxdError,
    );
    await Promise.race([first, failing]);
    await lose();
    const failure = await failing;
    if (failure.code !== 'device-offline') throw failure;
    // What was not told of is of no interest.
    const told = Math.max(0, ...[...this.chunks, ...this.gaps].map((of) => of.firstRow + of.rows));
    const made = madeBy(program, descriptor, seed, this.unitS, told);
    const { next, delivered, inGaps } = this.account(made);
    sums.made += next;
    sums.delivered += delivered;
    sums.inGaps += inGaps;
    this.forget();
  }

  private async begin(seed: number): Promise<void> {
    this.forget();
    await this.device.arm({ run: 'soak', seed });
    await this.device.start();
  }

  private forget(): void {
    this.chunks = [];
    this.gaps = [];
    this.began = () => undefined;
  }

  /** Rows and gaps: each row once, in order, and what was delivered is right. */
  private account(made: Made): { next: number; delivered: number; inGaps: number } {
    const parts = [...this.chunks, ...this.gaps].sort((a, b) => a.firstRow - b.firstRow);
    let next = 0;
    for (const { firstRow, rows } of parts) {
      if (firstRow !== next) throw new Error(`row ${next} is missing: ${firstRow} is next`);
      next += rows;
    }
    for (const chunk of this.chunks) requireRows(chunk, made);
    const count = (of: readonly { readonly rows: number }[]): number =>
      of.reduce((sum, { rows }) => sum + rows, 0);
    return { next, delivered: count(this.chunks), inGaps: count(this.gaps) };
  }
}

function requireRows(chunk: SampleChunk, made: Made): void {
  const steps = made.t.length;
  for (let k = 0; k < chunk.rows; k++) {
    const row = chunk.firstRow + k;
    const state = made.state[row]!;
    const at = k * state.length;
    const right =
      chunk.shot[k] === Math.floor(row / steps) &&
      chunk.step[k] === row % steps &&
      chunk.t[k] === made.t[row % steps] &&
      chunk.work![k] === Math.fround(made.work[row]!) &&
      chunk.heat![k] === Math.fround(made.heat[row]!) &&
      chunk.stateRows[k] === k &&
      state.every((value, i) => chunk.state[at + i] === value);
    if (!right) throw new Error(`row ${row} is wrong`);
  }
}

function requireResult(result: DeviceResult, program: Program, made: Made): void {
  const steps = made.t.length;
  const states = result.final.states;
  const right = states.every((x, shot) =>
    x.every((value, i) => value === made.state[shot * steps + steps - 1]![i]),
  );
  const work = made.lastWork.reduce((sum, one) => sum + one, 0) / program.shots;
  const off = Math.abs(result.thermodynamics.work!.mean! - work);
  if (states.length === program.shots && right && off <= 1e-9 * Math.max(1, Math.abs(work))) return;
  throw new Error('the result is wrong');
}

/** The same circuit without a link, for so many rows and up to the end of a shot. */
function madeBy(
  program: Program,
  descriptor: Descriptor,
  seed: number,
  unitS: number,
  rows = Infinity,
): Made {
  const held = boardProgram(resolveProgram(program, descriptor, seed), descriptor);
  const { sites, shots, duration, dynamics } = held.program;
  const circuit = new IdealCircuit('without a link', unitS);
  circuit.apply(readProgramImage(held.image, sites) as ProgramImage);
  const times = readoutTimes(held.program);
  const made = {
    state: [] as number[][],
    work: [] as number[],
    heat: [] as number[],
    lastWork: [] as number[],
  };
  for (let shot = 0; shot < shots && shot * times.length < rows; shot++) {
    circuit.beginShot({
      seed,
      shot,
      duration,
      times,
      temperature: dynamics.temperature as number,
      initial: 'random',
      flips: 0,
      run: 0,
    });
    const read = (k: number, of: { codes: Int16Array; work: number; heat: number }): void => {
      made.state.push(Array.from(of.codes, (one) => circuit.stateScale * one));
      made.work.push(of.work);
      made.heat.push(of.heat);
      if (k === times.length - 1) made.lastWork.push(of.work);
    };
    while (!circuit.advance(10, read));
  }
  return { ...made, t: times };
}
