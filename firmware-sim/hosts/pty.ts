import {
  constants,
  closeSync,
  lstatSync,
  openSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { ReadStream } from 'node:tty';
import { RandomStream } from '../../src/core/index.js';
import { FIRST_BAUD, type BoardPort } from '../board-port.js';
import { PacedLine } from './paced-line.js';
import type { PtyHost, PtyOptions } from './pty-host.js';
import { openSocatPty } from './socat-pty.js';

/** Functions of the C library that Node has not. */
interface Terminal {
  grantpt(fd: number): number;
  unlockpt(fd: number): number;
  ptsname(fd: number): string | null;
  tcgetattr(fd: number, termios: Buffer): number;
  tcsetattr(fd: number, when: number, termios: Buffer): number;
  cfmakeraw(termios: Buffer): void;
  cfgetospeed(termios: Buffer): number;
  cfsetspeed(termios: Buffer, speed: number): number;
}

/** More than a termios has on any system. */
const TERMIOS_BYTES = 512;
/** Linux writes rates as codes, other systems as numbers. */
const SPEED_CODES: Record<number, number> = {
  0o10002: 115_200,
  0o10003: 230_400,
  0o10004: 460_800,
  0o10007: 921_600,
  0o10013: 2_000_000,
  0o10015: 3_000_000,
};
const FIRST_SPEED = process.platform === 'linux' ? 0o10002 : FIRST_BAUD;
/** Longer than this bytes do not wait between the tty and the board: the kernel holds them. */
const BACKLOG_MS = 20;
const RETRY_MS = 2;
/** Bytes that nobody has read for so long are lost, as in a port that nobody has open. */
const PATIENCE_MS = 200;

/**
 * Opens a pseudo-terminal. The board keeps its other end open too, so that a host may close and open it at will (a master
 * whose slave is closed by all only fails) and the rate that it set stays.
 *
 * @throws Error where neither koffi nor socat is to be had
 */
export async function openPty(options: PtyOptions): Promise<PtyHost> {
  const terminal = await loadTerminal();
  if (typeof terminal === 'string') return openSocatPty(options, terminal);
  return new KoffiPty(terminal, options);
}

async function loadTerminal(): Promise<Terminal | string> {
  let koffi;
  try {
    ({ default: koffi } = await import('koffi'));
  } catch (error) {
    return `koffi is not there (${error instanceof Error ? error.message : String(error)})`;
  }
  try {
    // What the process has loaded already: its C library.
    const library = koffi.load(null);
    return {
      grantpt: library.func('int grantpt(int)'),
      unlockpt: library.func('int unlockpt(int)'),
      ptsname: library.func('const char *ptsname(int)'),
      tcgetattr: library.func('int tcgetattr(int, void *)'),
      tcsetattr: library.func('int tcsetattr(int, int, void *)'),
      cfmakeraw: library.func('void cfmakeraw(void *)'),
      cfgetospeed: library.func('unsigned int cfgetospeed(void *)'),
      cfsetspeed: library.func('int cfsetspeed(void *, unsigned int)'),
    };
  } catch (error) {
    return `this system has no pseudo-terminals (${String(error)})`;
  }
}

/** A master and the slave that keeps it alive. */
interface Pair {
  readonly master: number;
  readonly slave: number;
  readonly path: string;
  readonly stream: ReadStream;
}

class KoffiPty implements PtyHost {
  readonly port: BoardPort;
  private pair: Pair | null;
  private readonly toHost: PacedLine;
  private readonly toBoard: PacedLine;
  private readonly listeners = new Set<(bytes: Uint8Array) => void>();
  private readonly noise = RandomStream.of(1, 'disorder');
  private readonly termios = Buffer.alloc(TERMIOS_BYTES);
  private unread: Uint8Array[] = [];
  private unreadSinceMs = 0;

  constructor(
    private readonly terminal: Terminal,
    private readonly options: PtyOptions,
  ) {
    const { timeline } = options;
    this.toHost = new PacedLine(timeline, FIRST_BAUD, (bytes) => this.give(this.heard(bytes)));
    this.toBoard = new PacedLine(timeline, FIRST_BAUD, (bytes) => {
      const heard = this.heard(bytes);
      for (const listener of [...this.listeners]) listener(heard);
    });
    this.port = {
      write: (bytes) => this.toHost.write(bytes),
      onBytes: (listener) => {
        this.listeners.add(listener);
        return () => this.listeners.delete(listener);
      },
      setBaud: (baud) => {
        this.toHost.setBaud(baud);
        this.toBoard.setBaud(baud);
      },
      backlogMs: () => this.toHost.backlogMs(),
    };
    this.pair = this.open();
  }

  get path(): string {
    return this.options.link ?? this.pair?.path ?? '(unplugged)';
  }

  unplug(): void {
    const { pair } = this;
    if (pair === null) return;
    this.pair = null;
    if (this.options.link !== undefined) removeLink(this.options.link, pair.path);
    pair.stream.destroy();
    closeSync(pair.slave);
    this.unread = [];
  }

  plugIn(): void {
    this.pair ??= this.open();
  }

  close(): void {
    this.unplug();
    this.toHost.close();
    this.toBoard.close();
  }

  private open(): Pair {
    const { terminal } = this;
    const flags = constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK;
    const master = openSync('/dev/ptmx', flags);
    if (terminal.grantpt(master) !== 0 || terminal.unlockpt(master) !== 0) {
      throw new Error('a pseudo-terminal was refused');
    }
    const path = terminal.ptsname(master)!;
    const slave = openSync(path, flags);
    terminal.tcgetattr(slave, this.termios);
    terminal.cfmakeraw(this.termios);
    terminal.cfsetspeed(this.termios, FIRST_SPEED);
    terminal.tcsetattr(slave, 0, this.termios);
    // libuv polls a master like any other descriptor.
    const stream = new ReadStream(master);
    stream.on('data', (bytes: Buffer) => this.took(bytes, stream));
    stream.on('error', () => undefined);
    if (this.options.link !== undefined) placeLink(this.options.link, path);
    return { master, slave, path, stream };
  }

  private took(bytes: Uint8Array, stream: ReadStream): void {
    this.toBoard.write(bytes);
    const backlogMs = this.toBoard.backlogMs();
    if (backlogMs < BACKLOG_MS) return;
    stream.pause();
    this.options.timeline.after(backlogMs - BACKLOG_MS / 2, () => stream.resume());
  }

  /** What a receiver at another rate makes of the bytes. */
  private heard(bytes: Uint8Array): Uint8Array {
    const { pair } = this;
    if (pair === null || this.terminal.tcgetattr(pair.master, this.termios) !== 0) return bytes;
    const speed = this.terminal.cfgetospeed(this.termios);
    const baud = SPEED_CODES[speed] ?? speed;
    return baud === this.toHost.baud ? bytes : bytes.map(() => this.noise.integer(256));
  }

  private give(bytes: Uint8Array): void {
    if (this.pair === null) return;
    if (this.unread.length === 0) this.unreadSinceMs = this.options.timeline.monotonicMs();
    this.unread.push(bytes);
    if (this.unread.length === 1) this.writeOut();
  }

  private writeOut(): void {
    for (;;) {
      const first = this.unread[0];
      if (first === undefined || this.pair === null) return;
      let written = 0;
      try {
        written = writeSync(this.pair.master, first);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') {
          this.unread = [];
          return;
        }
      }
      const nowMs = this.options.timeline.monotonicMs();
      if (written > 0) this.unreadSinceMs = nowMs;
      if (written === first.length) {
        this.unread.shift();
        continue;
      }
      this.unread[0] = first.subarray(written);
      if (nowMs - this.unreadSinceMs > PATIENCE_MS) {
        this.unread = [];
        return;
      }
      this.options.timeline.after(RETRY_MS, () => this.writeOut());
      return;
    }
  }
}

/** Puts the link in its place in one step. @throws Error where something else than a link is there */
function placeLink(link: string, path: string): void {
  const there = lstatSync(link, { throwIfNoEntry: false });
  if (there !== undefined && !there.isSymbolicLink()) {
    throw new Error(`${link} is there and is no symbolic link: name another path for the board`);
  }
  const fresh = `${link}.${process.pid}`;
  rmSync(fresh, { force: true });
  symlinkSync(path, fresh);
  renameSync(fresh, link);
}

/** Takes the link away, unless another board has put its own there. */
function removeLink(link: string, path: string): void {
  try {
    if (readlinkSync(link) === path) rmSync(link);
  } catch {
    // It is not there any more.
  }
}
