import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BoardFault } from '../../firmware-sim/faults.js';
import { compiledUrl } from '../../src/core/index.js';
import type { BoardProcessOptions, FromBoard, ToBoard } from './board-process.js';
import type { ProcessMemory } from './process-memory.js';

/** The process of a board (board-process.ts), and what is asked of it: one thing at a time. */
export class BoardChild {
  private heard: (message: FromBoard) => void = () => undefined;

  private constructor(
    private readonly child: ChildProcess,
    /** What a host opens: a path, or HOST:PORT. */
    readonly address: string,
  ) {
    child.on('message', (message: FromBoard) => this.heard(message));
  }

  /** @param flags of Node */
  static async start(options: BoardProcessOptions, flags: readonly string[]): Promise<BoardChild> {
    const file = fileURLToPath(compiledUrl(import.meta.url, './board-process.js'));
    const child = fork(file, [JSON.stringify(options)], {
      execArgv: [...flags],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const first = await new Promise<FromBoard>((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', (code) => reject(new Error(`the board ended with ${code}`)));
    });
    return new BoardChild(child, (first as Extract<FromBoard, { address: string }>).address);
  }

  async make(fault: BoardFault): Promise<void> {
    await this.ask({ fault });
  }

  async memory(): Promise<ProcessMemory> {
    const answer = await this.ask({ ask: 'memory' });
    return (answer as Extract<FromBoard, { memory: ProcessMemory }>).memory;
  }

  /** On the line so far. */
  async faults(): Promise<number> {
    return ((await this.ask({ ask: 'faults' })) as Extract<FromBoard, { faults: number }>).faults;
  }

  async end(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.disconnect();
    await gone;
  }

  private ask(message: ToBoard): Promise<FromBoard> {
    return new Promise((resolve) => {
      this.heard = resolve;
      this.child.send(message);
    });
  }
}
