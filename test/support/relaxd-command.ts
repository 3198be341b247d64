import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../src/core/index.js';

const ROOT = packageRoot(import.meta.url);
const MAIN = fileURLToPath(new URL('dist/src/main.js', ROOT));
const TOGETHER = fileURLToPath(new URL('test/support/command-lines.mjs', ROOT));
const MOST_OUTPUT = 256 * 1024 * 1024;

export interface Answer {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}
export interface CalledTogether extends Answer {
  /** Names in the working folder before and after the call. */
  readonly before: string[];
  readonly after: string[];
}

/** The compiled command line, run in a folder, with nothing of this process's environment but the path. */
export class RelaxdCommand {
  constructor(private readonly folder: string) {}

  /** In a process of its own. */
  call(...args: readonly string[]): Promise<Answer> {
    return new Promise((resolve) => {
      execFile(process.execPath, [MAIN, ...args], this.options, (error, out, err) =>
        resolve({ exit: error === null ? 0 : Number(error.code), out, err }),
      );
    });
  }

  /** Several calls in one process, after each other; what of the folder changed is told with each. */
  together(calls: readonly (readonly string[])[]): Promise<CalledTogether[]> {
    return new Promise((resolve, reject) => {
      const child = execFile(
        process.execPath,
        [TOGETHER, MAIN],
        this.options,
        (error, out, err) => {
          if (error === null) resolve(JSON.parse(out) as CalledTogether[]);
          else reject(new Error(`${error.message}: ${err}`));
        },
      );
      child.stdin!.end(JSON.stringify(calls));
    });
  }

  private get options() {
    return {
      cwd: this.folder,
      maxBuffer: MOST_OUTPUT,
      env: { PATH: process.env['PATH'] },
    };
  }
}
