import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiledUrl, RelaxdError, throwIfAborted } from '../../src/core/index.js';
import type { BoardLine, LineSource } from './board-line.js';
import type { SimulatorOptions } from './options.js';
import { openSerialLine } from './serial-line.js';
import { openTcpLine } from './tcp-line.js';

/** How long a simulator may take to start, and to end when it is asked to. */
const START_MS = 20_000;
const END_MS = 2000;
const LONGEST_TEXT = 4096;

/** What the simulator says first. */
interface Ready {
  readonly address: string;
  /** Where faults are made: 127.0.0.1:PORT. */
  readonly control: string;
}

interface Running {
  readonly child: ChildProcess;
  readonly ready: Ready;
  readonly transport: 'pty' | 'tcp';
  readonly folder: string;
  readonly exited: Promise<void>;
}

/**
 * A simulated board as a process of its own, which ends with this one, however that ends. It is started when a line is asked for and
 * there is none, on a pseudo-terminal where the system has them, else behind TCP.
 */
export class SimulatorSource implements LineSource {
  readonly where = 'the simulator';
  private running: Running | null = null;
  private closed = false;

  constructor(private readonly options: SimulatorOptions) {}

  /** Of the process; null: there is none. */
  get pid(): number | null {
    return this.running?.child.pid ?? null;
  }

  async open(_serial: string | null, signal?: AbortSignal): Promise<BoardLine> {
    this.closed = false;
    this.running ??= await this.start(signal);
    const { ready, transport } = this.running;
    if (transport === 'pty') {
      return openSerialLine(ready.address, { rtscts: false, dtrReset: false });
    }
    const at = ready.address.lastIndexOf(':');
    return openTcpLine(ready.address.slice(0, at), Number(ready.address.slice(at + 1)), signal);
  }

  /** Makes a fault: firmware-sim/README.md, section Faults. @throws RelaxdError `not-supported` */
  async make(fault: Readonly<Record<string, unknown>>): Promise<void> {
    const control = this.running?.ready.control;
    if (control === undefined) {
      throw new RelaxdError('device-offline', 'the simulator is not running');
    }
    const answer = await askOnce(control, JSON.stringify(fault));
    const { ok, error } = JSON.parse(answer) as { ok: boolean; error?: string };
    if (!ok) throw new RelaxdError('not-supported', `the simulator: ${error}`, { value: fault });
  }

  /** Ends the process. */
  async close(): Promise<void> {
    this.closed = true;
    const { running } = this;
    this.running = null;
    if (running === null) return;
    const { child, exited } = running;
    child.stdin?.end();
    const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
    await exited;
    clearTimeout(timer);
  }

  private async start(signal?: AbortSignal): Promise<Running> {
    const { transport } = this.options;
    try {
      return await this.spawn(transport, signal);
    } catch (error) {
      throwIfAborted(signal);
      if (transport === 'tcp') throw error;
      // Neither koffi nor socat.
      return this.spawn('tcp', signal);
    }
  }

  private async spawn(transport: 'pty' | 'tcp', signal?: AbortSignal): Promise<Running> {
    throwIfAborted(signal);
    const { profile, serial, faults, seed } = this.options;
    const folder = mkdtempSync(join(tmpdir(), 'relaxd-board-'));
    const options = {
      profile,
      serial,
      control: '0',
      ...(faults === null ? {} : { faults }),
      ...(seed === null ? {} : { seed }),
      ...(transport === 'pty' ? { pty: join(folder, 'tty') } : { tcp: '127.0.0.1:0' }),
    };
    const file = fileURLToPath(compiledUrl(import.meta.url, '../../firmware-sim/child.js'));
    const child = spawn(process.execPath, [file, JSON.stringify(options)], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const exited = new Promise<void>((resolve) => {
      const done = (): void => {
        rmSync(folder, { recursive: true, force: true });
        if (this.running?.child === child) this.running = null;
        resolve();
      };
      child.once('exit', done);
      child.once('error', done);
    });
    child.stdin.on('error', () => undefined);
    try {
      const ready = await firstLine(child, signal);
      const running = { child, ready, transport, folder, exited };
      if (this.closed) throw new RelaxdError('aborted', 'the device was closed');
      return running;
    } catch (error) {
      child.kill('SIGKILL');
      await exited;
      throw error;
    }
  }
}

function firstLine(child: ChildProcess, signal?: AbortSignal): Promise<Ready> {
  return new Promise((resolve, reject) => {
    let out = '';
    let errors = '';
    const leave = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      child.off('exit', ended);
      child.off('error', failed);
    };
    const failed = (error: Error): void => {
      leave();
      reject(
        new RelaxdError(
          'device-offline',
          `the simulator did not start: ${error.message}`,
          {},
          error,
        ),
      );
    };
    const ended = (): void => failed(new Error(errors.trim() || 'it ended at once'));
    const stop = (): void => {
      leave();
      reject(new RelaxdError('aborted', 'the work was aborted'));
    };
    const timer = setTimeout(() => failed(new Error('it said nothing')), START_MS);
    signal?.addEventListener('abort', stop, { once: true });
    child.once('exit', ended);
    child.once('error', failed);
    child.stderr!.on('data', (text: Buffer) => {
      errors = (errors + text.toString('utf8')).slice(-LONGEST_TEXT);
    });
    child.stdout!.on('data', (text: Buffer) => {
      if (out.includes('\n')) return;
      out += text.toString('utf8');
      if (!out.includes('\n')) return;
      leave();
      try {
        resolve(JSON.parse(out.slice(0, out.indexOf('\n'))) as Ready);
      } catch (error) {
        failed(error as Error);
      }
    });
  });
}

/** Sends a line and waits for the one that answers it. */
function askOnce(address: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const at = address.lastIndexOf(':');
    const socket = connect({
      host: address.slice(0, at),
      port: Number(address.slice(at + 1)),
    });
    let answer = '';
    socket.on('connect', () => socket.write(`${line}\n`));
    socket.on('data', (text: Buffer) => {
      answer += text.toString('utf8');
      if (!answer.includes('\n')) return;
      socket.destroy();
      resolve(answer.slice(0, answer.indexOf('\n')));
    });
    socket.on('error', (error) =>
      reject(new RelaxdError('device-offline', `the simulator: ${error.message}`, {}, error)),
    );
    socket.on('close', () => reject(new RelaxdError('device-offline', 'the simulator is gone')));
  });
}
