import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { GivenAccess } from './access/index.js';
import { calibrateKind, checkKind, EstimatorThread, twinRunner } from './calibrate/index.js';
import type { NodeRequest, ServeOptions, ServingProcess } from './cli/index.js';
import { CompilerThreads, retrieveKind, runKind } from './compile/index.js';
import { Disposer, IdSource, packageRoot, type Clock } from './core/index.js';
import type { Device, DeviceRegistry } from './device/index.js';
import { driveKind, PlannerThread } from './drive/index.js';
import { withEngineCheck } from './engine-check.js';
import { Lab, openNodeLine, openSharedStore, type NodeOptions } from './lab/index.js';
import { recalibrateOnDrift, type CalibrationSettings } from './recalibrate.js';
import { readTls, renewOnHangUp, type TlsPaths } from './serve-tls.js';
import { createLogger, startService, type Logger } from './service/index.js';

export interface ServeParts {
  readonly version: string;
  readonly clock: Clock;
  readonly threads: number | null;
  readonly access: GivenAccess;
  /** Files of a certificate and its key; null: plain HTTP. */
  readonly tls: TlsPaths | null;
  readonly openDevices: (log: Logger) => Promise<DeviceRegistry>;
  readonly drawSeed: () => number;
  readonly calibration: CalibrationSettings;
  /** A device that only the caller has, made anew. */
  readonly openTwin: (id: string) => Promise<Device>;
}

/** Starts lab and service on a data folder; ends both in order on SIGINT or SIGTERM. */
export async function serve(options: ServeOptions, parts: ServeParts): Promise<ServingProcess> {
  const { clock, version } = parts;
  const log = createLogger({ clock });
  const open = new Disposer();
  try {
    // Before devices are opened and a store is recovered for nothing.
    const tls = parts.tls === null ? null : await readTls(parts.tls);
    const registry = await parts.openDevices(log);
    open.add(() => registry[Symbol.asyncDispose]());
    const compiler = new CompilerThreads(Math.max(1, availableParallelism() - 1));
    open.add(() => compiler[Symbol.asyncDispose]());
    const planner = new PlannerThread();
    open.add(() => planner[Symbol.asyncDispose]());
    const estimator = new EstimatorThread();
    open.add(() => estimator[Symbol.asyncDispose]());
    const calibrate = calibrateKind({
      estimator,
      twin: twinRunner(parts.openTwin),
      mayActivate: parts.calibration.activate,
      drawSeed: parts.drawSeed,
    });
    const node = options.node === null ? null : await openNode(options.node, clock, log);
    const lab = await Lab.open({
      ...(node === null ? {} : { node }),
      folder: options.dataFolder,
      devices: registry,
      kinds: [
        retrieveKind(compiler),
        runKind,
        driveKind(planner, parts.drawSeed),
        calibrate,
        checkKind(estimator, parts.drawSeed),
      ].map(withEngineCheck),
      clock,
      version,
      threads: parts.threads,
      drawSeed: parts.drawSeed,
      log: (level, message, fields) => log[level](fields ?? {}, message),
      // A port that is taken must not cost the runs of jobs that wait.
      begin: false,
    });
    open.add(() => lab.close());
    const service = await startService({
      lab,
      registry,
      compile: (input) => compiler.compile(input),
      host: options.host,
      port: options.port,
      clock,
      log,
      dashboardFolder: dashboardFolder(),
      version,
      access: parts.access,
      tls,
    });
    open.add(() => service.close());
    if (parts.tls !== null) open.add(renewOnHangUp(service, parts.tls, log));
    lab.begin(options.node?.address ?? service.address);
    open.add(
      recalibrateOnDrift(lab, parts.calibration, (level, text, fields) => log[level](fields, text)),
    );
    if (options.demo) await queueDemo(lab, registry, log);
    return { address: service.address, ended: endOnSignal(open, log) };
  } catch (error) {
    await open[Symbol.asyncDispose]().catch(() => undefined);
    throw error;
  }
}

/** The store that the nodes of a lab share, and what this one is called in it. */
async function openNode(request: NodeRequest, clock: Clock, log: Logger): Promise<NodeOptions> {
  const { databaseUrl, redisUrl, name, leaseS } = request;
  const store = await openSharedStore(databaseUrl, clock);
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
            log: (level, message, fields) => log[level](fields ?? {}, message),
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

function endOnSignal(open: Disposer, log: Logger): Promise<void> {
  return new Promise((resolve, reject) => {
    let ending = false;
    const end = (signal: NodeJS.Signals): void => {
      if (ending) return;
      ending = true;
      log.info({ signal }, 'ending');
      open[Symbol.asyncDispose]().then(resolve, reject);
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
