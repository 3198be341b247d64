import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { compiledUrl, systemClock } from '../../../src/core/index.js';
import { RecordReader } from '../../../src/lab/record-reader.js';
import { FULL_AT_BYTES, MOST_WAITING_BYTES } from '../../../src/service/stream/stream-socket.js';
import { ServiceProcess, type JobView } from '../../support/service-process.js';
import { checkRows } from '../kills/check-record.js';
import { witnessDrivers } from '../kills/witness-drivers.js';
import { RunViewer, WAYS, type Way } from './run-viewer.js';
import type { WatchedSockets } from './watch-sockets.js';

export interface ViewersCampaign {
  readonly viewers: Readonly<Record<Way, number>>;
  /** Of the one run; each has about 270 kB of samples. */
  readonly shots: number;
  /** How long the device takes for one of them. */
  readonly shotMs: number;
}

export interface ViewersOutcome {
  readonly viewers: number;
  readonly rows: number;
  readonly recordBytes: number;
  /** Of the run, without a viewer and with all of them. */
  readonly aloneS: number;
  readonly watchedS: number;
  /** Memory of the service: before the viewers, and the most while they were there. */
  readonly rssBefore: number;
  readonly rssMost: number;
  /** Most that waited in all sockets, and in one when another batch was sent. */
  readonly waitingTogether: number;
  readonly waitingBeforeBatch: number;
  readonly waitingMost: number;
  readonly largestMessage: number;
  /** What viewers were sent, and what they were told that they would not be. */
  readonly sentBytes: number;
  readonly rowsSent: number;
  readonly rowsInGaps: number;
  readonly broken: readonly string[];
  readonly seconds: number;
}

const SITES = 4096;
const STEPS = 64;
/** Beside what waits for viewers: a service that has them needs this much more, for sockets, garbage and what is read for them. */
const BESIDES_BYTES = 400 * 1024 * 1024;

interface ResultView extends JobView {
  readonly result: { readonly durationS: number } | null;
}

const body = (seed: number, { shots, shotMs }: ViewersCampaign): object => ({
  kind: 'run',
  device: 'witness-in',
  program: {
    version: 1,
    sites: SITES,
    couplings: { kind: 'coo', entries: [[0, 1, 1]] },
    dynamics: { rule: 'glauber', order: 'random', temperature: 1 },
    duration: shotMs,
    readout: { every: shotMs / STEPS, channels: ['energy', 'state'] },
    shots,
    seed,
  },
});

/** Many viewers of one run, most of which do not read: nobody but themselves feels it, and they are told what they miss. */
export async function campaignViewers(
  campaign: ViewersCampaign,
  print: (line: string) => void = () => undefined,
): Promise<ViewersOutcome> {
  const beganMs = systemClock.monotonicMs();
  const folder = mkdtempSync(join(tmpdir(), 'relaxd-viewers-'));
  const viewers: RunViewer[] = [];
  const broken: string[] = [];
  const config = join(folder, 'relaxd.json');
  const seen = join(folder, 'sockets.json');
  const count = WAYS.reduce((sum, way) => sum + campaign.viewers[way], 0);
  writeFileSync(
    config,
    JSON.stringify({
      version: 1,
      threads: 1,
      limits: { socketsPerKey: count + 10, readsPerMinute: 1_000_000 },
      ...witnessDrivers(folder),
    }),
  );
  const watch = new URL(compiledUrl(import.meta.url, './watch-sockets.js'));
  watch.searchParams.set('out', seen);
  const data = join(folder, 'data');
  const service = await ServiceProcess.start(data, ['--config', config], {
    node: ['--import', watch.href],
  });
  let sampling: NodeJS.Timeout | undefined;
  try {
    /** The run as it goes: resolves once it has one, and with its end. */
    const begin = async (seed: number): Promise<{ run: string; end: Promise<ResultView> }> => {
      const { id } = await service.submit(body(seed, campaign));
      const { run } = await service.jobUntil(id, (job) => job.run !== null);
      const end = (async () => {
        const job = await service.jobEnd<ResultView>(id);
        if (job.state !== 'completed') broken.push(`the run ended as ${job.state}`);
        return job;
      })();
      return { run: run!, end };
    };
    // The first of a process starts its threads.
    await (
      await begin(1)
    ).end;
    const alone = await (await begin(2)).end;

    const rssBefore = rssOf(service);
    let rssMost = rssBefore;
    sampling = setInterval(() => (rssMost = Math.max(rssMost, rssOf(service))), 100);
    const seed = 3;
    const { run, end } = await begin(seed);
    for (const way of WAYS) {
      for (let k = 0; k < campaign.viewers[way]; k++) {
        viewers.push(await RunViewer.open(service.address, run, seed, way));
      }
    }
    print(`${viewers.length} viewers are there`);
    const watched = await end;
    print(`the run has ended after ${watched.result?.durationS.toFixed(2)} s`);
    await settled(seen);
    for (const group of WAYS) {
      await Promise.all(viewers.filter(({ way }) => way === group).map((one) => one.readAll()));
    }
    clearInterval(sampling);

    const { rows } = await service.get<{ rows: number }>(`/v1/runs/${run}`);
    if (rows !== campaign.shots * (STEPS + 1)) broken.push(`the record has ${rows} rows`);
    const recordBytes = await checkWhole(
      join(data, 'runs', run, 'samples.arrow'),
      run,
      seed,
      broken,
    );
    for (const [k, viewer] of viewers.entries()) {
      for (const what of viewer.check(rows)) broken.push(`viewer ${k} (${viewer.way}): ${what}`);
    }
    await delay(300); // for the last account of the sockets
    const { sockets, together } = JSON.parse(readFileSync(seen, 'utf8')) as WatchedSockets;
    const most = (member: 'beforeBatch' | 'after' | 'largest'): number =>
      Math.max(...sockets.map((socket) => socket[member]));
    if (most('beforeBatch') > FULL_AT_BYTES)
      broken.push('a batch was sent to a viewer that was full');
    if (most('after') > MOST_WAITING_BYTES)
      broken.push(`${most('after')} bytes waited for one viewer`);
    const silent = campaign.viewers['never-reads'] + campaign.viewers['never-reads-latest'];
    const bound = rssBefore + silent * (FULL_AT_BYTES + most('largest')) + BESIDES_BYTES;
    if (rssMost > bound) broken.push(`the service took ${rssMost} bytes, ${bound} at most`);
    const code = await service.end('SIGTERM');
    if (code !== 0) broken.push(`the service ended with ${String(code)}`);
    const sum = (of: (viewer: RunViewer) => number): number =>
      viewers.reduce((total, viewer) => total + of(viewer), 0);
    return {
      viewers: viewers.length,
      rows,
      recordBytes,
      aloneS: alone.result!.durationS,
      watchedS: watched.result!.durationS,
      rssBefore,
      rssMost,
      waitingTogether: together,
      waitingBeforeBatch: most('beforeBatch'),
      waitingMost: most('after'),
      largestMessage: most('largest'),
      sentBytes: sum(({ bytes }) => bytes),
      rowsSent: sum(({ rowsSeen }) => rowsSeen),
      rowsInGaps: sum(({ rowsInGaps }) => rowsInGaps),
      broken,
      seconds: (systemClock.monotonicMs() - beganMs) / 1000,
    };
  } finally {
    clearInterval(sampling);
    for (const viewer of viewers) viewer.close();
    await service.end('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Waits until nothing more is sent: what waits then waits for those who do not read. */
async function settled(seen: string): Promise<void> {
  const sent = (): number => {
    const { sockets } = JSON.parse(readFileSync(seen, 'utf8')) as WatchedSockets;
    return sockets.reduce((sum, { batches }) => sum + batches, 0);
  };
  for (let before = -1; ;) {
    const now = sent();
    if (now === before) return;
    before = now;
    await delay(1000);
  }
}

/** The recorder has lost nothing, and nothing that it has is wrong. Answers with the record's size. */
async function checkWhole(
  path: string,
  run: string,
  seed: number,
  broken: string[],
): Promise<number> {
  await using reader = await RecordReader.open(path);
  let next = 0;
  for await (const chunk of reader.chunks()) {
    if (chunk.firstRow !== next) broken.push(`the record goes on with row ${chunk.firstRow}`);
    next = chunk.firstRow + chunk.rows;
    broken.push(...checkRows(chunk, { id: run, seed }, SITES));
  }
  if (!reader.ended || reader.damage !== null) broken.push('the record is not whole');
  return reader.intactBytes;
}

function rssOf({ child }: ServiceProcess): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return 1024 * Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
}
