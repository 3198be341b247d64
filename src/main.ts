#!/usr/bin/env node
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { given, runCli, type Composition } from './cli/index.js';
import type { Configuration } from './config.js';
import { IdSource, packageRoot, systemClock } from './core/index.js';
import type { Device, DeviceRegistry, DriverContext } from './device/index.js';

/**
 * The composition root: the only place that knows everything. It loads what a command needs when that needs it: `--version` and
 * a run in a service want no devices, and each module that is there costs time and memory.
 */
const root = packageRoot(import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  version: string;
};
const drawSeed = (): number => randomInt(2 ** 48 - 1);

/** A configuration file that says nothing. */
const NOTHING: Configuration = { version: 1 };

function registryOptions(
  configuration: Configuration | null,
  log: DriverContext['log'],
): Parameters<typeof DeviceRegistry.open>[0] {
  return {
    driversRoot: fileURLToPath(new URL('../drivers/', import.meta.url)),
    driverFolders: configuration?.drivers ?? [],
    devices: configuration?.devices ?? [],
    guards: configuration?.guards ?? [],
    context: { clock: systemClock, log, threads: configuration?.threads ?? availableParallelism() },
  };
}
async function openDevices(
  configuration: Configuration | null,
  log: DriverContext['log'],
  only?: string,
): Promise<DeviceRegistry> {
  const { DeviceRegistry } = await import('./device/index.js');
  const options = registryOptions(configuration, log);
  return DeviceRegistry.open({ ...options, ...(only === undefined ? {} : { only }) });
}
/** A device that only the caller has, made anew. */
async function openTwin(configuration: Configuration | null, device: string): Promise<Device> {
  const { findDeviceBench } = await import('./device/index.js');
  const wanted = { device, driverFolder: null };
  return (await findDeviceBench(registryOptions(configuration, tellErrors), wanted)).open();
}
const tellErrors: DriverContext['log'] = (level, message) => {
  if (level === 'error') process.stderr.write(`relaxd: ${message}\n`);
};

const composition: Composition = {
  version,
  clock: systemClock,
  ids: new IdSource(systemClock),
  drawSeed,
  openDevices: (only) => openDevices(null, tellErrors, only),
  async openBench({ configFile, ...wanted }) {
    const { readConfiguration } = await import('./config.js');
    const configuration = configFile === null ? null : await readConfiguration(configFile);
    const { findDeviceBench } = await import('./device/index.js');
    return findDeviceBench(registryOptions(configuration, tellErrors), wanted);
  },
  async useEngine(engine) {
    const { useEngine } = await import('./kernels/index.js');
    useEngine(engine);
  },
  async jobKinds() {
    const { compilerHere, retrieveKind, runKind } = await import('./compile/index.js');
    const { driveKind, plannerHere } = await import('./drive/index.js');
    const { calibrateKind, checkKind, estimatorHere, twinRunner } =
      await import('./calibrate/index.js');
    const { withEngineCheck } = await import('./engine-check.js');
    const calibrate = calibrateKind({
      estimator: estimatorHere,
      twin: twinRunner((id) => openTwin(null, id)),
      mayActivate: false,
      drawSeed,
    });
    return [
      retrieveKind(compilerHere),
      runKind,
      driveKind(plannerHere, drawSeed),
      calibrate,
      checkKind(estimatorHere, drawSeed),
    ].map(withEngineCheck);
  },
  prepareContext: (device) => ({
    descriptor: (id) => device(id).describe(),
    memorySet: async () => null,
    program: async () => null,
  }),
  async serve(options) {
    const { nodeRequest, readConfiguration } = await import('./config.js');
    const configuration =
      options.configFile === null ? null : await readConfiguration(options.configFile);
    const { serve } = await import('./serve.js');
    return serve(
      {
        demo: options.demo,
        node: nodeRequest(options, configuration),
        host: options.host ?? configuration?.host ?? '127.0.0.1',
        port: options.port ?? configuration?.port ?? 7070,
        dataFolder: options.dataFolder ?? configuration?.data ?? './data',
      },
      {
        version,
        clock: systemClock,
        threads: configuration?.threads ?? null,
        access: given(configuration ?? NOTHING, ['anonymous', 'metrics', 'origins', 'limits']),
        tls: configuration?.tls ?? null,
        drawSeed,
        calibration: { activate: false, recalibrate: false, ...configuration?.calibration },
        openTwin: (id) => openTwin(configuration, id),
        openDevices: (log) =>
          openDevices(configuration, (level, message, fields) => log[level](fields ?? {}, message)),
      },
    );
  },
  async boardSim(request) {
    const { runBoardSim } = await import('../firmware-sim/main.js');
    return runBoardSim(request);
  },
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
};

// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await runCli(process.argv, composition);
