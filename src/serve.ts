import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { EstimatorThread } from './calibrate/index.js';
import type { NodeRequest, ServingProcess } from './cli/index.js';
import { CompilerThreads } from './compile/index.js';
import { Disposer, IdSource, packageRoot, type Clock } from './core/index.js';
import type { Device, DeviceRegistry } from './device/index.js';
import { PlannerThread } from './drive/index.js';
import { allJobKinds } from './job-kinds.js';
import { Lab, openNodeLine, openSharedStore, type Log, type NodeOptions } from './lab/index.js';
import { recalibrateOnDrift } from './recalibrate.js';
import { readTls, renewOnHangUp } from './serve-tls.js';
import type { ReadSettings } from './settings.js';
import { createLogger, startService, type Logger } from './service/index.js';

export interface ServeParts {
  readonly version: string;
  readonly clock: Clock;
  /** On an empty store, queue one retrieval on every device. */
  readonly demo: boolean;
  readonly openDevices: (log: Logger) => Promise<DeviceRegistry>;
  readonly drawSeed: () => number;
  /** A device that only the caller has, made anew. */
  readonly openTwin: (id: string) => Promise<Device>;
}

/**
 * Starts lab and service. The first SIGINT or SIGTERM drains the lab and then ends both in order, a second one ends them at once.
 */
export async function serve(
  { settings, shown, warnings }: ReadSettings,
  parts: ServeParts,
): Promise<ServingProcess> {
  const { clock, version } = parts;
  let running: Lab | null = null;
  const log = createLogger({
    clock,
    level: settings.logLevel,
    node: settings.nodeName,
    whereabouts: (job) => running?.whereabouts(job) ?? null,
  });
  const open = new Disposer();
  const said = shown.filter(({ source }) => source !== 'default');
  log.info(
    { settings: Object.fromEntries(said.map(({ name, source, from }) => [name, from ?? source])) },
    `relaxd ${version} starts`,
  );
  for (const warning of warnings) log.warn(warning);
  try {
    // Before devices are opened and a store is recovered for nothing.
    const tls = settings.tls === null ? null : await readTls(settings.tls);
    const registry = await parts.openDevices(log);
    open.add(() => registry[Symbol.asyncDispose]());
    const compiler = new CompilerThreads(Math.max(1, availableParallelism() - 1));
    open.add(() => compiler[Symbol.asyncDispose]());
    const planner = new PlannerThread();
    open.add(() => planner[Symbol.asyncDispose]());
    const estimator = new EstimatorThread();
    open.add(() => estimator[Symbol.asyncDispose]());
    const node = settings.node === null ? null : await openNode(settings.node, clock, log);
    const lab = await Lab.open({
      ...(node === null ? {} : { node }),
      folder: settings.data,
      disk: settings.disk,
      devices: registry,
      kinds: allJobKinds({
        compiler,
        planner,
        estimator,
        openTwin: parts.openTwin,
        mayActivate: settings.calibration.activate,
        drawSeed: parts.drawSeed,
        nowMs: () => clock.wallMs(),
      }),
      clock,
      version,
      threads: settings.threads,
      drawSeed: parts.drawSeed,
      retention: settings.retention,
      log: (level, message, fields) => log[level](fields ?? {}, message),
      // A port that is taken must not cost the runs of jobs that wait.
      begin: false,
    });
    running = lab;
    open.add(() => lab.close());
    const service = await startService({
      lab,
      registry,
      compile: (input) => compiler.compile(input),
      host: settings.host,
      port: settings.port,
      clock,
      log,
      dashboardFolder: dashboardFolder(),
      version,
      access: settings.access,
      tls,
    });
    open.add(() => service.close());
    if (settings.tls !== null) open.add(renewOnHangUp(service, settings.tls, log));
    // `systemctl reload` must not be the end; a terminal that closes is.
    else if (!process.stderr.isTTY) process.on('SIGHUP', () => log.info('nothing to read anew'));
    lab.begin(settings.node?.address ?? service.address);
    open.add(
      recalibrateOnDrift(lab, settings.calibration, (level, text, fields) =>
        log[level](fields, text),
      ),
    );
    if (parts.demo) await queueDemo(lab, registry, log);
    return { address: service.address, ended: endOnSignal(open, lab, settings.drainS, log) };
  } catch (error) {
    await open[Symbol.asyncDispose]().catch(() => undefined);
    throw error;
  }
}

/** For an end at once to be one in order. */
const LAST_GRACE_MS = 10_000;

/** The store that the nodes of a lab share, and what this one is called in it. */
async function openNode(request: NodeRequest, clock: Clock, log: Logger): Promise<NodeOptions> {
  const { databaseUrl, redisUrl, name, leaseS } = request;
  const labLog: Log = (level, message, fields) => log[level](fields ?? {}, message);
  const store = await openSharedStore(databaseUrl, clock, labLog);
  const id = new IdSource(clock).next();
  try {
    const line =
      redisUrl === null
        ? null
        : await openNodeLine({
            url: redisUrl,
            lab: await store.labId(),
            node: id,
            clock,
            log: labLog,
          });
    return { store, id, line, name, ...(leaseS === null ? {} : { leaseMs: leaseS * 1000 }) };
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

/** The built dashboard, whether this file runs compiled or not. */
function dashboardFolder(): string | null {
  const folder = fileURLToPath(new URL('dist/dashboard/', packageRoot(import.meta.url)));
  return existsSync(folder) ? folder : null;
}

function endOnSignal(open: Disposer, lab: Lab, drainS: number, log: Logger): Promise<void> {
  return new Promise((resolve, reject) => {
    const atOnce = new AbortController();
    let signals = 0;
    const end = (signal: NodeJS.Signals): void => {
      signals++;
      if (signals === 1) {
        log.info({ signal, drainS }, 'ending: another signal ends at once');
        lab
          .drain(1000 * drainS, atOnce.signal)
          .catch((error: unknown) => log.error({ err: error }, 'the lab could not be drained'))
          .then(() => open[Symbol.asyncDispose]())
          .then(() => log.info('ended'))
          .then(resolve, reject);
      } else if (signals === 2) {
        log.warn({ signal }, 'ending at once: what is under way is stopped');
        atOnce.abort();
        // Whatever then still holds it up: recovery finds at the next start what was under way.
        setTimeout(() => process.exit(1), LAST_GRACE_MS).unref();
      }
    };
    process.on('SIGINT', end);
    process.on('SIGTERM', end);
  });
}

/**
 * What the first screen of a newcomer shows: one retrieval on every device but `null`, on an empty store only. The dashboard shows the
 * newest job, so the last one here is the one that is seen in full: an ideal device with all its energies.
 */
const DEMO: Readonly<Record<string, Record<string, unknown>>> = {
  'board-sim': {
    memories: 'letters:A,B,C',
    rule: 'projection',
    target: 1,
    corrupt: 0.2,
    shots: 20,
  },
  spiking: { memories: 'letters:A,B,C', rule: 'projection', target: 1, corrupt: 0.2, shots: 20 },
  'rlc-langevin': {
    memories: 'letters:A,B,C',
    rule: 'projection',
    target: 1,
    corrupt: 0.2,
    shots: 20,
  },
  'rc-langevin': {
    memories: 'letters:A,B,C',
    rule: 'projection',
    target: 2,
    corrupt: 0.2,
    shots: 20,
  },
  'cavity-qed': {
    memories: 'letters:A,B,C',
    rule: 'projection',
    target: 0,
    corrupt: 0.2,
    shots: 20,
  },
  glauber: { memories: 'letters', rule: 'rectified:8', target: 17, corrupt: 0.2, shots: 20 },
};

async function queueDemo(lab: Lab, registry: DeviceRegistry, log: Logger): Promise<void> {
  if ((await lab.jobs({ limit: 1 })).items.length > 0) return;
  for (const [device, body] of Object.entries(DEMO)) {
    if (!registry.list().some(({ id }) => id === device)) continue;
    const job = await lab.submit({ kind: 'retrieve', device, seed: 1, ...body }, {});
    log.info({ job: job.id, device }, 'queued a first retrieval');
  }
}
