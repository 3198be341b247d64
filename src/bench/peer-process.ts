import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { abortedError, packageRoot } from '../core/index.js';

/** Peers of bench/peers, in the order of the tables. */
export const PEERS = ['numpy', 'numba', 'torch'] as const;
export type PeerName = (typeof PEERS)[number];

/** What a peer says when it has started. */
interface PeerHello {
  readonly peer: string;
  /** e.g. `numpy 1.24.2` */
  readonly version: string;
  readonly workloads: readonly string[];
}
/** What a peer says of one run. */
export interface PeerRun {
  readonly seconds: number;
  readonly figure: number;
  /** Number that shows that it did the work: {@link expectedOf} says what it has to be. */
  readonly check: number;
}

/** One core, like ours. */
const ONE_THREAD = Object.fromEntries(
  [
    'OMP_NUM_THREADS',
    'OPENBLAS_NUM_THREADS',
    'MKL_NUM_THREADS',
    'BLIS_NUM_THREADS',
    'NUMBA_NUM_THREADS',
    'VECLIB_MAXIMUM_THREADS',
    'NUMEXPR_NUM_THREADS',
  ].map((name) => [name, '1']),
);
/** Compiling and setting up may take so long. */
const PATIENCE_S = 300;
/** Debian's packages belong to the first. */
const PYTHONS = ['/usr/bin/python3', 'python3'];

/** A peer's process: it is kept alive, gets a workload's name on a line and answers with one line of JSON. */
export class PeerProcess {
  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly lines: Interface,
    private readonly answers: AsyncIterator<string>,
    private readonly trouble: () => string,
    readonly hello: PeerHello,
  ) {}

  /**
   * Starts a peer with the first Python that has what it imports.
   * @returns why it is not here, where it is not
   */
  static async start(name: PeerName, signal: AbortSignal): Promise<PeerProcess | string> {
    const script = fileURLToPath(
      new URL(`bench/peers/${name}_peer.py`, packageRoot(import.meta.url)),
    );
    if (!existsSync(script)) return `there is no bench/peers/${name}_peer.py`;
    let why = 'there is no python3';
    for (const python of PYTHONS) {
      const started = await PeerProcess.startWith(python, script, signal);
      if (started instanceof PeerProcess) return started;
      if (!started.startsWith('spawn')) why = started;
    }
    return why;
  }

  private static async startWith(
    python: string,
    script: string,
    signal: AbortSignal,
  ): Promise<PeerProcess | string> {
    const child = spawn(python, ['-u', script], {
      env: { ...process.env, ...ONE_THREAD },
      stdio: ['pipe', 'pipe', 'pipe'],
      signal,
    });
    let failed = '';
    let complaints = '';
    child.on('error', (error) => (failed = error.message));
    child.stdin.on('error', () => undefined); // its end is seen on stdout
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaints = (complaints + text).slice(-2000);
    });
    const trouble = (): string => failed || complaints.trim().split('\n').at(-1) || 'it ended';
    const lines = createInterface({ input: child.stdout });
    const answers = lines[Symbol.asyncIterator]();
    const first = await answers.next();
    if (first.done === true) {
      lines.close();
      return trouble();
    }
    const hello = JSON.parse(first.value) as PeerHello;
    return new PeerProcess(child, lines, answers, trouble, hello);
  }

  /** Runs a workload once. @throws Error where it cannot, or does not answer */
  async run(workload: string, signal: AbortSignal): Promise<PeerRun> {
    if (signal.aborted) throw abortedError(signal);
    this.child.stdin.write(`run ${workload}\n`);
    const tooLate = setTimeout(() => this.child.kill('SIGKILL'), PATIENCE_S * 1000);
    try {
      const line = await this.answers.next();
      if (signal.aborted) throw abortedError(signal);
      if (line.done === true) throw new Error(this.trouble());
      const answer = JSON.parse(line.value) as PeerRun | { readonly error: string };
      if ('error' in answer) throw new Error(answer.error);
      return answer;
    } finally {
      clearTimeout(tooLate);
    }
  }

  async close(): Promise<void> {
    this.lines.close();
    this.child.stdin.end();
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    const tooLate = setTimeout(() => this.child.kill('SIGKILL'), 2000);
    await gone;
    clearTimeout(tooLate);
  }
}
