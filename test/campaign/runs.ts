import { TestAnalog } from '../../firmware-sim/test-analog.test-support.js';
import { readProgramImage, type ProgramImage } from '../../firmware-sim/program-image.js';
import { RandomStream } from '../../src/core/index.js';
import {
  Channel,
  InitialKind,
  RunEnd,
  type BankState,
  type BoardClient,
  type BoardListener,
  type ResultBlock,
  type RunState,
  type SampleLoss,
  type SampleRows,
} from '../../src/link/index.js';
import { FaultyBench, type Faults } from './faulty-bench.js';
import { drawnImage } from './uploads.js';

export interface RunCell {
  readonly name: string;
  readonly baud: number;
  readonly faults: Faults;
  readonly sites: number;
  readonly runs: number;
}

export interface RunOutcome {
  readonly cell: RunCell;
  readonly done: number;
  readonly faults: number;
  readonly rowsMade: number;
  readonly rowsDelivered: number;
  readonly rowsInGaps: number;
  readonly gaps: number;
}

const SHOTS = 3;
const READOUTS = 11;
const DURATION = 1;
const TEMPERATURE = 0.5;
const CHANNELS = [Channel.CHANNEL_STATE, Channel.CHANNEL_WORK, Channel.CHANNEL_HEAT];
/** No run may take longer, ms of virtual time. */
const LIMIT_MS = 60_000;
export const LEASE_MS = 5000;
export const RUN_UNIT_S = 0.02;

/** A run as the circuit makes it: rows of each channel, and what each shot ends with. */
interface Made {
  readonly rows: Map<Channel, number[][]>;
  readonly last: { codes: number[]; work: number; heat: number }[];
}

/** The same circuit without a link. */
function madeBy(image: ProgramImage, sites: number, seed: number, run: number): Made {
  const analog = new TestAnalog({ sites });
  analog.apply(image);
  const rows = new Map<Channel, number[][]>(CHANNELS.map((channel) => [channel, []]));
  const last: Made['last'] = [];
  const times = Float64Array.from({ length: READOUTS }, (_, k) =>
    k === READOUTS - 1 ? DURATION : (k * DURATION) / (READOUTS - 1),
  );
  for (let shot = 0; shot < SHOTS; shot++) {
    analog.beginShot({
      seed,
      shot,
      duration: DURATION,
      times,
      temperature: TEMPERATURE,
      initial: 'random',
      flips: 0,
      run,
    });
    let done = false;
    while (!done) {
      done = analog.advance(1, (k, { codes, work, heat }) => {
        rows.get(Channel.CHANNEL_STATE)!.push([...codes]);
        rows.get(Channel.CHANNEL_WORK)!.push([Math.fround(work)]);
        rows.get(Channel.CHANNEL_HEAT)!.push([Math.fround(heat)]);
        if (k === READOUTS - 1) last.push({ codes: [...codes], work, heat });
      });
    }
  }
  return { rows, last };
}

export interface RunSums {
  done: number;
  rowsMade: number;
  rowsDelivered: number;
  rowsInGaps: number;
  gaps: number;
}

/** Carries runs out and compares what comes of them with the same circuit without a link. */
export class RunChecker {
  readonly sums: RunSums = { done: 0, rowsMade: 0, rowsDelivered: 0, rowsInGaps: 0, gaps: 0 };
  private readonly heard = { rows: [] as SampleRows[], gaps: [] as SampleLoss[] };
  private ended: (run: RunState) => void = () => undefined;

  /** What the client is to be opened with. */
  readonly listener: Pick<BoardListener, 'samples' | 'gap' | 'event'> = {
    samples: (rows) => this.heard.rows.push(rows),
    gap: (gap) => this.heard.gaps.push(gap),
    event: (event) => {
      if (event.kind === 'run' && event.run.end !== RunEnd.RUN_NOT_ENDED) this.ended(event.run);
    },
  };

  constructor(
    private readonly of: string,
    private readonly sites: number,
  ) {}

  /** @throws Error where a row is wrong, or missing and in no gap */
  async run(
    client: BoardClient,
    image: Uint8Array,
    bank: BankState,
    runId: number,
    seed: number,
  ): Promise<void> {
    const of = `${this.of}, run ${runId}`;
    const { heard, sites, sums } = this;
    heard.rows.length = 0;
    heard.gaps.length = 0;
    const end = new Promise<RunState>((resolve) => {
      this.ended = (run) => {
        if (run.runId === runId) resolve(run);
      };
    });
    // The bank may be of a session before.
    client.expectRun({ runId, sites });
    await client.call('arm', {
      runId,
      bank: bank.bank,
      bankCrc32: bank.crc32,
      seed,
      shots: SHOTS,
      duration: DURATION,
      readoutEvery: DURATION / (READOUTS - 1),
      readouts: READOUTS,
      channels: CHANNELS,
      stateEvery: 1,
      initial: InitialKind.INITIAL_RANDOM,
      temperature: TEMPERATURE,
      watchdogMs: LEASE_MS,
      maxDurationMs: LIMIT_MS,
    });
    await client.call('start', { runId });
    const run = await end;
    const result = await client.readResult(runId);
    if (run.end !== RunEnd.RUN_FINISHED) throw new Error(`${of}: ${RunEnd[run.end]} ${run.cause}`);
    const made = madeBy(readProgramImage(image, sites) as ProgramImage, sites, seed, runId);
    for (const channel of CHANNELS) {
      const account = accountFor(of, channel, made.rows.get(channel)!, heard);
      sums.rowsMade += SHOTS * READOUTS;
      sums.rowsDelivered += account.delivered;
      sums.rowsInGaps += account.inGaps;
    }
    sums.gaps += heard.gaps.length;
    requireResult(of, result, made, sites);
    sums.done++;
  }
}

/** @throws Error where a row is wrong, missing and in no gap, or a run hangs */
export async function campaignRuns(cell: RunCell, seed: number): Promise<RunOutcome> {
  const { sites, runs, faults, baud, name } = cell;
  const checker = new RunChecker(`${name}, seed ${seed}`, sites);
  const bench = await FaultyBench.open({
    seed,
    baud,
    analog: new TestAnalog({ sites, unitS: RUN_UNIT_S }),
    listener: checker.listener,
  });
  const { timeline, client } = bench;
  const random = RandomStream.of(seed, 'disorder', 2);
  bench.setFaults(faults);
  const image = drawnImage(random, sites);
  const bank = await timeline.until(client.upload(1, image), LIMIT_MS);
  client.startHeartbeat(LEASE_MS);
  for (let k = 0; k < runs; k++) {
    const run = checker.run(client, image, bank, k + 1, random.integer(2 ** 32));
    await timeline.until(run, LIMIT_MS);
  }
  const spoilt = bench.faults();
  bench.close();
  return { cell, ...checker.sums, faults: spoilt };
}

/** Delivered and in gaps: each row once, in order, and what was delivered is right. */
function accountFor(
  of: string,
  channel: Channel,
  made: readonly number[][],
  heard: { readonly rows: readonly SampleRows[]; readonly gaps: readonly SampleLoss[] },
): { delivered: number; inGaps: number } {
  const rows = heard.rows.filter((one) => one.channel === channel);
  const gaps = heard.gaps.filter((one) => one.channel === channel);
  const parts = [...rows, ...gaps].sort((a, b) => a.firstIndex - b.firstIndex);
  let next = 0;
  for (const { firstIndex, count } of parts) {
    if (firstIndex !== next)
      throw new Error(`${of}: row ${next} of ${Channel[channel]} is missing`);
    next += count;
  }
  if (next !== made.length) throw new Error(`${of}: ${next} rows of ${made.length}`);
  for (const { firstIndex, count, width, codes } of rows) {
    for (let row = 0; row < count; row++) {
      const right = made[firstIndex + row]!;
      for (let i = 0; i < width; i++) {
        if (codes[row * width + i] === right[i]) continue;
        throw new Error(`${of}: value ${i} of row ${firstIndex + row} of ${Channel[channel]}`);
      }
    }
  }
  const count = (parts: readonly { count: number }[]): number =>
    parts.reduce((all, part) => all + part.count, 0);
  return { delivered: count(rows), inGaps: count(gaps) };
}

function requireResult(of: string, result: ResultBlock, made: Made, sites: number): void {
  const codes = result.codes(sites);
  const right = made.last.every(
    (shot, s) =>
      result.work[s] === shot.work &&
      result.heat[s] === shot.heat &&
      shot.codes.every((code, i) => codes[s * sites + i] === code),
  );
  if (result.shots !== SHOTS || !right) throw new Error(`${of}: the result is wrong`);
}
