import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  abortedError,
  asRelaxdError,
  compiledUrl,
  RelaxdError,
  throwIfAborted,
  type Timeline,
  WORKER_FLAGS,
} from '../core/index.js';
import type { DeviceEventName } from './device.js';
import type { DriverContext, DriverManifest } from './driver.js';
import {
  errorJson,
  thrownError,
  type DriverCall,
  type DriverState,
  type ErrorJson,
  type FromDriver,
  type ToDriver,
} from './driver-channel.js';

/** How long a driver may take, in ms, and what may wait. */
export interface DriverLimits {
  /** From the start of its process until the device is made. */
  readonly startMs: number;
  /** Without any sign of life. A driver that computes for longer than this has to do it in a thread. */
  readonly silenceMs: number;
  /** For a call that waits for nothing but the device. */
  readonly callMs: number;
  /** For the process to end by itself. */
  readonly endMs: number;
  /** Bytes of rows that wait for listeners; what is beyond is lost, and said to be. A driver that waits for them never gets there. */
  readonly waitingBytes: number;
}
export const DRIVER_LIMITS: DriverLimits = {
  startMs: 30_000,
  silenceMs: 30_000,
  callMs: 60_000,
  endMs: 3000,
  waitingBytes: 64 << 20,
};
/** These take as long as a shot, or a run, does: the heartbeat alone watches over them. */
const ENDLESS: ReadonlySet<DriverCall> = new Set(['readResult', 'stop', 'pauseAtShot', 'inject']);
const PINGS_A_SILENCE = 5;
const LAST_WORDS_MS = 500;
const KEPT_LINES = 20;
const TOLD_LINES = 3;
const LONGEST_LINE = 400;

export interface DriverDevice {
  readonly folder: string;
  readonly manifest: DriverManifest;
  readonly id: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly context: DriverContext;
}

export interface ChildListener {
  state(state: DriverState): void;
  /** The device goes on once this has resolved. */
  event(name: DeviceEventName, value: unknown): Promise<void>;
  /** Once, where the process ended without having been asked to. Calls under way are refused afterwards. */
  died(failure: RelaxdError): void;
}

interface Pending {
  readonly name: DriverCall;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** One process of a driver, and the calls on their way to it. */
export class DriverChild {
  /** Faults that the driver can make happen; null: none. */
  faults: readonly string[] | null = null;
  driver = '';
  /** Why it ended, where it was not asked to. */
  death: RelaxdError | null = null;
  private readonly child: ChildProcess;
  private readonly pending = new Map<number, Pending>();
  private readonly lines: string[] = [];
  private readonly gone: Promise<void>;
  private calls = 0;
  /** Events whose listeners are busy: the driver waits for us, not we for it. */
  private listening = 0;
  private lastHeardMs: number;
  private stopWatch: () => void = () => undefined;
  private ready: ((error: Error | null) => void) | null = null;
  private ended = false;

  /**
   * Starts a process and makes the device in it.
   *
   * @throws RelaxdError what the driver refused with, or `driver-failed` where it died or did not answer
   */
  static async start(
    what: DriverDevice,
    limits: DriverLimits,
    timeline: Timeline,
    listener: ChildListener,
  ): Promise<DriverChild> {
    const child = new DriverChild(what, limits, timeline, listener);
    try {
      await child.opened();
      return child;
    } catch (error) {
      await child.end();
      throw error;
    }
  }

  private constructor(
    private readonly what: DriverDevice,
    private readonly limits: DriverLimits,
    private readonly timeline: Timeline,
    private readonly listener: ChildListener,
  ) {
    this.lastHeardMs = timeline.monotonicMs();
    this.child = fork(fileURLToPath(compiledUrl(import.meta.url, './driver-process.js')), [], {
      serialization: 'advanced',
      execArgv: WORKER_FLAGS,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.listen('stdout', 'debug');
    this.listen('stderr', 'warn');
    this.child.on('message', (message: FromDriver) => this.received(message));
    this.child.on('error', (error) => this.die(`the driver’s process: ${error.message}`));
    this.gone = this.over();
  }

  /** Resolves once the process has ended, and says how where nobody asked it to. */
  private async over(): Promise<void> {
    const { child } = this;
    const closed = [child.stdout!, child.stderr!].map(
      (stream) => new Promise((resolve) => stream.once('close', resolve)),
    );
    await new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.on('error', () => {
        if (child.pid === undefined) resolve(); // it never came to be
      });
    });
    // Its last words may come after its end; where it has left something running they never end.
    let enough: () => void = () => undefined;
    const late = new Promise<void>((resolve) => {
      enough = this.timeline.after(LAST_WORDS_MS, resolve);
    });
    await Promise.race([Promise.all(closed), late]);
    enough();
    const { exitCode, signalCode } = child;
    this.die(
      signalCode === null
        ? `the driver’s process ended with exit code ${exitCode}`
        : `the driver’s process was ended by ${signalCode}`,
    );
  }

  private async opened(): Promise<void> {
    const { folder, manifest, id, options, context } = this.what;
    const { startMs, waitingBytes } = this.limits;
    const answer = new Promise<void>((resolve, reject) => {
      this.ready = (error) => (error === null ? resolve() : reject(error));
    });
    answer.catch(() => undefined);
    const { threads } = context;
    this.post({ kind: 'open', folder, manifest, id, options, threads, waitingBytes });
    const late = this.timeline.after(startMs, () =>
      this.kill(`the driver did not make its device within ${startMs / 1000} s`),
    );
    try {
      await answer;
    } finally {
      late();
      this.ready = null;
    }
    this.lastHeardMs = this.timeline.monotonicMs();
    this.watch();
  }

  /** @throws RelaxdError what the device threw, or `driver-failed` where its driver is no more */
  async call(name: DriverCall, args: readonly unknown[], signal?: AbortSignal): Promise<unknown> {
    if (this.death !== null) throw this.death;
    const call = ++this.calls;
    const answer = new Promise((resolve, reject) => {
      this.pending.set(call, { name, resolve, reject });
    });
    answer.catch(() => undefined);
    let stopLimit = ENDLESS.has(name) ? null : this.limit(name);
    const fire = (): void => {
      this.post({ kind: 'fire', call, reason: errorJson(signal!.reason) });
      stopLimit ??= this.limit(name);
    };
    const fired = signal?.aborted === true ? errorJson(abortedError(signal)) : undefined;
    if (fired === undefined) signal?.addEventListener('abort', fire, { once: true });
    try {
      this.post({ kind: 'call', call, name, args, fired });
      return await answer;
    } finally {
      this.pending.delete(call);
      stopLimit?.();
      signal?.removeEventListener('abort', fire);
    }
  }

  /** Ends the process: it may bring its device to the safe state first. */
  async end(): Promise<void> {
    this.ended = true;
    this.stopWatch();
    if (this.child.connected) this.child.disconnect();
    const kill = this.timeline.after(this.limits.endMs, () => this.child.kill('SIGKILL'));
    await this.gone;
    kill();
    this.refuseAll(new RelaxdError('aborted', `${this.what.id} was closed`));
  }

  private limit(name: DriverCall): () => void {
    const { callMs } = this.limits;
    const over = (): void => {
      if (this.listening > 0) stop = this.timeline.after(callMs, over);
      else this.kill(`the driver did not answer '${name}' within ${callMs / 1000} s`);
    };
    let stop = this.timeline.after(callMs, over);
    return () => stop();
  }

  /** Asks for a sign of life again and again. */
  private watch(): void {
    const { silenceMs } = this.limits;
    const everyMs = silenceMs / PINGS_A_SILENCE;
    let dueMs = this.timeline.monotonicMs() + everyMs;
    const beat = (): void => {
      const nowMs = this.timeline.monotonicMs();
      // Where this process itself stood still, what the driver said meanwhile has not been read yet.
      if (nowMs > dueMs + everyMs) this.lastHeardMs = nowMs;
      if (nowMs - this.lastHeardMs > silenceMs) {
        return this.kill(`the driver gave no sign of life for ${silenceMs / 1000} s`);
      }
      this.post({ kind: 'ping' });
      dueMs = nowMs + everyMs;
      this.stopWatch = this.timeline.after(everyMs, beat);
    };
    this.stopWatch = this.timeline.after(everyMs, beat);
  }

  private post(message: ToDriver): void {
    if (!this.child.connected) return; // its end tells
    this.child.send(message, (error) => {
      if (error !== null) this.lines.push(`relaxd could not send: ${error.message}`);
    });
  }

  private received(message: FromDriver): void {
    this.lastHeardMs = this.timeline.monotonicMs();
    if (this.death !== null) return;
    if ('state' in message) this.listener.state(message.state);
    switch (message.kind) {
      case 'ready':
        this.driver = message.driver;
        this.faults = message.faults;
        return this.ready?.(null);
      case 'refused':
        return this.ready?.(thrownError(message.error, 'driver-failed'));
      case 'answer': {
        const { call, value, error } = message;
        const pending = this.pending.get(call);
        if (error === undefined) pending?.resolve(value);
        else pending?.reject(thrownError(error, 'driver-failed'));
        return;
      }
      case 'event':
        return void this.hear(message.event, message.name, message.value);
      case 'log':
        return this.what.context.log(message.level, message.message, message.fields);
      case 'threw':
        this.die(`the driver threw outside a call: ${message.error.message}`);
        return void this.timeline.after(this.limits.endMs, () => this.child.kill('SIGKILL'));
      case 'pong':
        return;
    }
  }

  private async hear(event: number, name: DeviceEventName, value: unknown): Promise<void> {
    let error: ErrorJson | null = null;
    this.listening++;
    try {
      await this.listener.event(name, value);
    } catch (thrown) {
      error = errorJson(thrown);
    }
    this.listening--;
    this.post({ kind: 'heard', event, error });
  }

  private kill(why: string): void {
    this.die(`${why}, and was ended`);
    this.child.kill('SIGKILL');
  }

  private die(why: string): void {
    if (this.death !== null || this.ended) return;
    this.stopWatch();
    const { id, manifest } = this.what;
    const { exitCode, signalCode, pid } = this.child;
    const said = this.lines.slice(-TOLD_LINES).join(' | ');
    const last = said === '' || why.includes('threw outside') ? '' : `; its last words: ${said}`;
    const failure = new RelaxdError('driver-failed', `driver ${manifest.name}: ${why}${last}`, {
      device: id,
      pid,
      exitCode,
      signal: signalCode,
      stderr: [...this.lines],
      hint: 'connect starts it anew',
    });
    this.death = failure;
    if (this.ready !== null) this.ready(failure);
    else this.listener.died(failure);
    this.refuseAll(failure);
  }

  private refuseAll(error: RelaxdError): void {
    for (const pending of [...this.pending.values()]) pending.reject(error);
    this.pending.clear();
  }

  /** What the driver writes goes to the log line by line, never to our own output. */
  private listen(stream: 'stdout' | 'stderr', level: 'debug' | 'warn'): void {
    let rest = '';
    this.child[stream]!.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!.slice(0, LONGEST_LINE);
      for (const line of lines.map((l) => l.trim().slice(0, LONGEST_LINE))) {
        if (line === '') continue;
        if (stream === 'stderr') {
          this.lines.push(line);
          if (this.lines.length > KEPT_LINES) this.lines.shift();
        }
        this.what.context.log(level, `${this.what.id}: ${line}`, { stream });
      }
    });
  }
}

/** Waits, unless the signal fires first. */
export async function waitFor(
  timeline: Timeline,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  throwIfAborted(signal);
  if (ms === 0) return;
  await new Promise<void>((resolve, reject) => {
    const stop = timeline.after(ms, () => {
      signal?.removeEventListener('abort', fired);
      resolve();
    });
    const fired = (): void => {
      stop();
      reject(asRelaxdError(abortedError(signal!)));
    };
    signal?.addEventListener('abort', fired, { once: true });
  });
}
