import { setTimeout as delay } from 'node:timers/promises';
import { RandomStream, systemClock } from '../../../src/core/index.js';
import { checkStore } from './check-store.js';
import { damage, type Damage } from './damage.js';
import { againByItself } from './again-by-itself.js';
import { KillLab, type StoreName } from './kill-lab.js';
import { Ledger } from './ledger.js';
import { Load, type LoadCounts } from './load.js';
import { RecordsWatch, type RecordCounts } from './records-watch.js';
import type { StoreSnapshot } from './store-snapshot.js';

export interface KillsCampaign {
  readonly store: StoreName;
  readonly kills: number;
  readonly seed: number;
  /** Done to the lab behind its back, each once, as soon as there is something to do it to. */
  readonly damages?: readonly Damage[];
  /** Runs of `glauber` that are made again at the end, to be compared row by row. */
  readonly again?: number;
}

export interface KillsOutcome extends LoadCounts, RecordCounts {
  readonly kills: number;
  /** Of those, before the service listened. */
  readonly atStart: number;
  readonly databaseKills: number;
  readonly jobs: number;
  readonly runs: number;
  /** Runs that a kill has ended. */
  readonly hit: number;
  /** Runs that were compared with one made again. */
  readonly compared: number;
  /** Damages that there was nothing to do to. */
  readonly undone: readonly Damage[];
  readonly broken: readonly string[];
  readonly seconds: number;
}

/** Every so many-th kill falls while the service starts. */
const AT_START = 5;
/** A blow falls after so many times as long as the last start took, which tells how fast this machine is now. */
const EARLIEST = 0.05;
const LATEST = 1.5;

/** relaxd under load, killed at random moments, and held against what it had promised before. */
export async function campaignKills(
  campaign: KillsCampaign,
  print: (line: string) => void = () => undefined,
): Promise<KillsOutcome> {
  const { store, kills, seed } = campaign;
  const beganMs = systemClock.monotonicMs();
  const ledger = new Ledger();
  await using lab = await KillLab.make(store);
  const records = new RecordsWatch(lab, ledger, RandomStream.of(seed, 'disorder', 2));
  const counts: LoadCounts = {
    submissions: 0,
    repeats: 0,
    together: 0,
    otherBodies: 0,
    actions: 0,
    exports: 0,
    exportedRows: 0,
    unanswered: 0,
  };
  let atStart = 0;
  let databaseKills = 0;
  let startMs = 1000;
  let told = 0;
  const damages = [...(campaign.damages ?? [])];
  const newLoad = (kill: number): Load =>
    new Load(
      lab.service.address,
      ledger,
      RandomStream.of(seed, 'cue', kill),
      counts,
      lab.scratch,
      store === 'postgres-killed',
    );

  /** Between a kill and the next start. */
  const check = async (): Promise<StoreSnapshot> => {
    const snapshot = await lab.snapshot();
    checkStore(snapshot, ledger, lab.starts);
    await records.check(snapshot);
    return snapshot;
  };

  let doubled: string | null = null;
  /** A blow may fall before the device begins again what was to be doubled: then nothing was. */
  const judgeDoubled = ({ jobs, runs }: StoreSnapshot): void => {
    if (doubled === null || jobs.get(doubled)?.ended !== true) return;
    if (lab.starts.filter(({ run }) => runs.get(run)?.row.job === doubled).length > 1) return;
    damages.push('doubled-run');
    doubled = null;
  };

  const harm = async (snapshot: StoreSnapshot): Promise<void> => {
    judgeDoubled(snapshot);
    for (const kind of [...damages]) {
      const job = await damage(kind, lab, snapshot, ledger, records.torn);
      if (job === null) continue;
      damages.splice(damages.indexOf(kind), 1);
      if (kind === 'doubled-run') doubled = job;
    }
  };

  for (let kill = 0; kill < kills; kill++) {
    // When it falls depends on the seed and its number, on nothing else.
    const random = RandomStream.of(seed, 'disorder', 1000 + kill);
    if (kill % AT_START === AT_START - 1) {
      if (await lab.killAtStart(startMs * random.uniform())) atStart++;
      continue;
    }
    const beforeMs = systemClock.monotonicMs();
    await lab.start();
    startMs = systemClock.monotonicMs() - beforeMs;
    const load = newLoad(kill);
    const working = load.go();
    await delay(startMs * (EARLIEST + (LATEST - EARLIEST) * random.uniform()));
    if (store === 'postgres-killed') {
      databaseKills++;
      await lab.postgres!.kill();
      await delay(1500 * random.uniform());
      // Half of the time relaxd goes while its database is away.
      if (random.uniform() < 0.5) {
        load.strike();
        await lab.kill();
      }
      await lab.postgres!.startAgain();
      await delay(startMs * random.uniform());
    }
    load.strike();
    await lab.kill();
    await working;
    const snapshot = await check();
    await harm(snapshot);
    records.remember(snapshot);
    for (; told < ledger.broken.length; told++)
      print(`after kill ${kill + 1}: ${ledger.broken[told]!}`);
    if (kill % 20 === 0) {
      print(
        `${kill + 1} of ${kills} kills: ${snapshot.jobs.size} jobs, ${snapshot.runs.size} runs, ${records.counts.rows} rows, ${ledger.broken.length} broken`,
      );
    }
  }

  if (damages.length > 0) {
    // What needs something that has ended finds it once everything has.
    await lab.start();
    await finish(newLoad(kills), lab, ledger);
    await lab.kill();
    await harm(await check());
  }
  await lab.start();
  await finish(newLoad(kills + 1), lab, ledger);
  const compared = await againByItself(lab, ledger, campaign.again ?? 0);
  const code = await lab.end();
  if (code !== 0) ledger.breaks(`the last relaxd ended with ${String(code)}`);
  const last = await check();
  await records.checkAll(last);
  for (const [id, { ended, row }] of last.jobs) {
    if (!ended) ledger.breaks(`job ${id} is ${row.state} at the end`);
  }
  judgeDoubled(last);
  const hit = [...last.runs.values()].filter(({ row }) =>
    ['service-restart', 'node-lost'].includes(row.error?.code ?? ''),
  ).length;
  return {
    ...counts,
    ...records.counts,
    kills,
    atStart,
    databaseKills,
    jobs: last.jobs.size,
    runs: last.runs.size,
    hit,
    compared,
    undone: damages,
    broken: ledger.broken,
    seconds: (systemClock.monotonicMs() - beganMs) / 1000,
  };
}

/** Everything is submitted once more, what nobody has answered until somebody does, and comes to its end. */
async function finish(load: Load, lab: KillLab, ledger: Ledger): Promise<void> {
  for (const submission of ledger.submissions) {
    do await load.submit(submission);
    while (submission.job === null);
  }
  const { service } = lab;
  for (const { job: id } of ledger.submissions) {
    for (;;) {
      const answer = await fetch(`${service.address}/v1/jobs/${id}?wait=1&revision=0`);
      if (answer.status === 404) break; // said by the check of the store
      const job = (await answer.json()) as { state: string; endedAt: string | null };
      if (job.endedAt !== null) break;
      if (job.state === 'held') await service.post(`/v1/jobs/${id}/actions/release`, {});
      if (job.state === 'paused') await service.post(`/v1/jobs/${id}/actions/resume`, {});
      await delay(20);
    }
  }
}
