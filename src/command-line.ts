import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { runCli, type Composition } from './cli/index.js';
import type { Settings } from './settings.js';
import { IdSource, packageRoot, systemClock } from './core/index.js';
import type { Device, DeviceRegistry, DriverContext, RegistryOptions } from './device/index.js';

/**
 * The composition root: the only place that knows everything. It loads what a command needs when that needs it: `--version` and
 * a run in a service want no devices, and each module that is there costs time and memory.
 */
const root = packageRoot(import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  version: string;
};
const drawSeed = (): number => randomInt(2 ** 48 - 1);

/** What settings say of devices. */
type DeviceSettings = Partial<Pick<Settings, 'drivers' | 'devices' | 'guards' | 'threads'>>;

function registryOptions(
  configuration: DeviceSettings | null,
  log: DriverContext['log'],
): RegistryOptions {
  return {
    driversRoot: fileURLToPath(new URL('../drivers/', import.meta.url)),
    driverFolders: configuration?.drivers ?? [],
    devices: configuration?.devices ?? [],
    guards: configuration?.guards ?? [],
    context: { clock: systemClock, log, threads: configuration?.threads ?? availableParallelism() },
  };
}
async function openDevices(
  configuration: DeviceSettings | null,
  log: DriverContext['log'],
  only?: string,
): Promise<DeviceRegistry> {
  const { DeviceRegistry } = await import('./device/index.js');
  const options = registryOptions(configuration, log);
  return DeviceRegistry.open({ ...options, ...(only === undefined ? {} : { only }) });
}
/** A device that only the caller has, made anew. */
async function openTwin(configuration: DeviceSettings | null, device: string): Promise<Device> {
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
    const { compilerHere } = await import('./compile/index.js');
    const { plannerHere } = await import('./drive/index.js');
    const { estimatorAside } = await import('./calibrate/index.js');
    const { allJobKinds } = await import('./job-kinds.js');
    return allJobKinds({
      compiler: compilerHere,
      planner: plannerHere,
      estimator: estimatorAside,
      openTwin: (id) => openTwin(null, id),
      mayActivate: false,
      drawSeed,
      nowMs: () => systemClock.wallMs(),
    });
  },
  prepareContext: (device) => ({
    descriptor: (id) => device(id).describe(),
    memorySet: async () => null,
    program: async () => null,
  }),
  async serve(request) {
    const { settingsFor } = await import('./settings.js');
    const read = await settingsFor(request, process.env);
    const { serve } = await import('./serve.js');
    return serve(read, {
      version,
      clock: systemClock,
      demo: request.demo,
      drawSeed,
      openTwin: (id) => openTwin(read.settings, id),
      openDevices: (log) =>
        openDevices(read.settings, (level, message, fields) => log[level](fields ?? {}, message)),
    });
  },
  async checkConfiguration(request) {
    const { checkConfiguration } = await import('./check-configuration.js');
    return checkConfiguration(request, process.env, (settings) =>
      registryOptions(settings, () => undefined),
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

/** The command line of this process; answers with its exit code. */
export function commandLine(): Promise<number> {
  // A reader that has seen enough (`| head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return runCli(process.argv, composition);
}
