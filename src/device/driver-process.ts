/**
 * The process of one device of a driver that is not trusted to leave the others alone (docs/decisions/0045). Started by
 * `DriverChild`; ends when the channel to relaxd does, however relaxd died, with the device in its safe state where the
 * driver can still be reached.
 */
import { createRequire, register } from 'node:module';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { packageRoot, RelaxdError, systemClock } from '../core/index.js';
import type { FaultInjector } from './conformance/bench.js';
import type { Device, DeviceEventName } from './device.js';
import type { DriverContext } from './driver.js';
import {
  errorJson,
  thrownError,
  type DriverState,
  type ErrorJson,
  type FromDriver,
  type ToDriver,
} from './driver-channel.js';
import { createDevice, loadDriverModule } from './load-drivers.js';
import type { SampleChunk } from './samples.js';

/** The device has so long to reach its safe state before the process ends. */
const SAFE_MS = 1000;
/** A process whose driver does not even let it end is ended so long after relaxd is gone. */
const ORPHAN_MS = 3000;
const EVENTS: readonly DeviceEventName[] = [
  'link',
  'equipment',
  'samples',
  'shot',
  'parameter',
  'fault',
  'progress',
  'gap',
];

let device: Device | null = null;
let injector: FaultInjector | null = null;
let ending = false;
let events = 0;
/** Bytes of rows that were told and not heard yet, and how many may be. */
let waitingBytes = 0;
let mostWaitingBytes = Infinity;
const heard = new Map<number, (error: ErrorJson | null) => void>();
const signals = new Map<number, AbortController>();

function send(message: FromDriver, sent?: () => void): void {
  if (!process.connected) return;
  process.send!(message, undefined, undefined, () => sent?.());
}

function state(): DriverState {
  const { link, equipment, reason, origin, serial, clockFit, fault } = device!;
  return {
    ...{ link, equipment, reason, origin, serial },
    ...(clockFit === undefined ? {} : { clockFit }),
    ...(fault === undefined ? {} : { fault }),
  };
}

async function open(request: Extract<ToDriver, { kind: 'open' }>): Promise<void> {
  const context: DriverContext = {
    clock: systemClock,
    threads: request.threads,
    log: (level, message, fields = {}) => send({ kind: 'log', level, message, fields }),
  };
  try {
    const { folder, manifest, id, options } = request;
    mostWaitingBytes = request.waitingBytes;
    provideRelaxd(folder);
    device = await createDevice(folder, manifest, id, options, context);
    injector = (await loadDriverModule(folder, manifest)).faultInjector?.(device) ?? null;
    for (const name of EVENTS) {
      device.on(name, (value) =>
        name === 'samples' ? tellRows(value as SampleChunk) : tell(name, value),
      );
    }
    const faults = injector === null ? null : [...injector.faults];
    send({ kind: 'ready', driver: device.driver, faults, state: state() });
  } catch (error) {
    send({ kind: 'refused', error: errorJson(error) });
  }
}

/**
 * `relaxd/…` is this relaxd for a driver that has not installed one: a folder that was copied a minute ago works. Its worker
 * threads do not see this, and it costs a thread.
 */
function provideRelaxd(folder: string): void {
  try {
    createRequire(join(folder, 'driver.json')).resolve('relaxd/package.json');
  } catch {
    const root = packageRoot(import.meta.url).href;
    register(new URL('./relaxd-imports.js', import.meta.url), { data: { root } });
  }
}

/** Resolves once everyone who listens is done: whoever waits for the recorder here waits for it there. */
function tell(name: DeviceEventName, value: unknown): Promise<void> {
  if (!process.connected) return Promise.resolve();
  const event = ++events;
  const done = new Promise<void>((resolve, reject) => {
    heard.set(event, (error) => (error === null ? resolve() : reject(thrownError(error, null))));
  });
  send({ kind: 'event', event, name, value, state: state() });
  return done;
}

/** A driver that does not wait for whoever listens would fill the memory of two processes: what is too much is a gap. */
async function tellRows(chunk: SampleChunk): Promise<void> {
  const bytes = Object.values(chunk as object).reduce<number>(
    (sum, of) => sum + (ArrayBuffer.isView(of) ? of.byteLength : 0),
    0,
  );
  if (waitingBytes > 0 && waitingBytes + bytes > mostWaitingBytes) {
    const { firstRow, rows } = chunk;
    return tell('gap', { firstRow, rows, reason: 'whoever records is too slow' });
  }
  waitingBytes += bytes;
  try {
    await tell('samples', chunk);
  } finally {
    waitingBytes -= bytes;
  }
}

async function answer({ call, name, args, fired }: Extract<ToDriver, { kind: 'call' }>) {
  const controller = new AbortController();
  signals.set(call, controller);
  if (fired !== undefined) controller.abort(thrownError(fired, null));
  try {
    const value: unknown = await ask(name, args, controller.signal);
    try {
      send({ kind: 'answer', call, value, state: state() });
    } catch (error) {
      throw new RelaxdError(
        'driver-failed',
        `what '${name}' gave is no plain value: ${(error as Error).message}`,
      );
    }
  } catch (error) {
    send({ kind: 'answer', call, error: errorJson(error), state: state() });
  } finally {
    signals.delete(call);
  }
}

function ask(
  name: Extract<ToDriver, { kind: 'call' }>['name'],
  args: readonly unknown[],
  signal: AbortSignal,
): unknown {
  if (name === 'inject' || name === 'remove') {
    const fault = args[0] as string;
    return name === 'inject' ? injector!.inject(fault, device!) : injector!.remove(fault, device!);
  }
  const calls = device as unknown as Record<typeof name, (...all: unknown[]) => unknown>;
  return calls[name](...args, signal);
}

/** Ends the process; first the device's outputs go where they do no harm, if the driver still can. */
async function end(cause: string, exitCode: number): Promise<void> {
  if (ending) return;
  ending = true;
  setTimeout(() => process.exit(exitCode), SAFE_MS);
  for (const done of heard.values()) done(null);
  if (device !== null && device.link !== 'offline') {
    await (async () => device.toSafeState(cause))().catch(() => undefined);
  }
  process.exit(exitCode);
}

process.on('message', (message: ToDriver) => {
  switch (message.kind) {
    case 'open':
      return void open(message);
    case 'call':
      return void answer(message);
    case 'fire':
      return signals.get(message.call)?.abort(thrownError(message.reason, null));
    case 'heard':
      heard.get(message.event)?.(message.error);
      return void heard.delete(message.event);
    case 'ping':
      return send({ kind: 'pong' });
  }
});
process.on('disconnect', () => void end('relaxd ended', 0));
process.on('uncaughtException', (error) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  // What is told before the end says more than an exit code.
  send({ kind: 'threw', error: errorJson(error) }, () => void end('the driver threw', 1));
});
// Ctrl-C goes to every process of a terminal: relaxd decides in which order things end.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);

// A driver in an endless loop does not hear that relaxd has gone; a thread beside it does.
const watchdog = new Worker(
  `const { workerData } = require('node:worker_threads');
   let lost = 0;
   setInterval(() => {
     lost = process.ppid === workerData.parent ? 0 : lost + 1000;
     if (lost >= workerData.orphanMs) process.kill(process.pid, 'SIGKILL');
   }, 1000);`,
  {
    eval: true,
    workerData: { parent: process.ppid, orphanMs: ORPHAN_MS },
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2 },
  },
);
watchdog.unref();
