import { spawn, type ChildProcess } from 'node:child_process';
import { FIRST_BAUD } from '../board-port.js';
import type { PtyHost, PtyOptions } from './pty-host.js';
import { PacedLine } from './paced-line.js';

const AGAIN_MS = 100;

/**
 * A pseudo-terminal by socat, where koffi is not there. It ends each time the host closes it and is opened again; the host's
 * rate is not seen.
 *
 * @param why koffi is not used
 * @throws Error where there is no link, or socat cannot be started
 */
export async function openSocatPty(options: PtyOptions, why: string): Promise<PtyHost> {
  const { timeline, link } = options;
  if (link === undefined) {
    throw new Error(`${why}: with socat the board needs a path of its own (--pty LINK)`);
  }
  const listeners = new Set<(bytes: Uint8Array) => void>();
  let child: ChildProcess | null = null;
  let pluggedIn = true;
  const toHost = new PacedLine(timeline, FIRST_BAUD, (bytes) => {
    if (child?.stdin?.writable === true) child.stdin.write(bytes);
  });
  const toBoard = new PacedLine(timeline, FIRST_BAUD, (bytes) => {
    for (const listener of [...listeners]) listener(bytes);
  });
  const open = (): ChildProcess => {
    const started = spawn('socat', [`PTY,raw,echo=0,link=${link}`, 'STDIO'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    started.stdout.on('data', (bytes: Buffer) => toBoard.write(bytes));
    started.stdin.on('error', () => undefined);
    started.on('exit', () => {
      if (child !== started || !pluggedIn) return;
      timeline.after(AGAIN_MS, () => {
        if (child === started && pluggedIn) child = open();
      });
    });
    return started;
  };
  const first = open();
  child = first;
  await new Promise<void>((resolve, reject) => {
    first.once('spawn', resolve);
    first.once('error', (error) => {
      reject(
        new Error(
          `${why}, and socat cannot be started (${error.message}): install one, or use --tcp`,
        ),
      );
    });
  });
  const unplug = (): void => {
    pluggedIn = false;
    child?.kill();
    child = null;
  };
  return {
    path: link,
    port: {
      write: (bytes) => toHost.write(bytes),
      onBytes: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      setBaud: (baud) => {
        toHost.setBaud(baud);
        toBoard.setBaud(baud);
      },
      backlogMs: () => toHost.backlogMs(),
    },
    unplug,
    plugIn: () => {
      pluggedIn = true;
      child ??= open();
    },
    close: () => {
      unplug();
      toHost.close();
      toBoard.close();
    },
  };
}
