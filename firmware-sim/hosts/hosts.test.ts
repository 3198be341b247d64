import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ReadStream } from 'node:tty';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemTimeline } from '../../src/core/index.js';
import { relaxd } from '../../proto/gen/board.js';
import { Firmware } from '../firmware.js';
import { encodeFrame, FRAME, FrameScanner, type Frame } from '../frame.js';
import { TestAnalog } from '../test-analog.test-support.js';
import { openPty } from './pty.js';
import { openTcp } from './tcp.js';

const { Hello, HelloAck } = relaxd.board.v1;

const helloBytes = (nonce: number): Uint8Array =>
  encodeFrame({
    type: FRAME.hello,
    major: 1,
    session: 0,
    seq: 0,
    ack: 0,
    credit: 0,
    payload: Hello.encode({ protoMajor: 1, minMajor: 1, nonce }).finish(),
  });

/** Says HELLO until it is answered. */
async function handshake(
  write: (bytes: Uint8Array) => void,
  onBytes: (listener: (bytes: Uint8Array) => void) => void,
  nonce: number,
): Promise<string> {
  return new Promise((resolve) => {
    const scanner = new FrameScanner(2048, {
      frame: (frame: Frame) => {
        if (frame.type !== FRAME.helloAck) return;
        const ack = HelloAck.decode(frame.payload);
        if (ack.nonce !== nonce) return;
        clearInterval(again);
        resolve(ack.boardSerial);
      },
      bad: () => undefined,
    });
    onBytes((bytes) => scanner.push(bytes));
    const again = setInterval(() => write(helloBytes(nonce)), 100);
    write(helloBytes(nonce));
  });
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'relaxd-board-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function ptyOrReason(link: string) {
  if (!existsSync('/dev/ptmx')) return 'there is no /dev/ptmx';
  try {
    return await openPty({ timeline: systemTimeline, link });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe('A board on a pseudo-terminal', () => {
  it('is found under its link, closed, opened again, unplugged and plugged in', async (context) => {
    const link = join(folder(), 'board');
    const pty = await ptyOrReason(link);
    if (typeof pty === 'string') return context.skip(`no pseudo-terminal here: ${pty}`);
    const board = new Firmware(new TestAnalog(), {
      serial: 'board-1',
      seed: 7,
      timeline: systemTimeline,
    });
    onTestFinished(() => {
      board.close();
      pty.close();
    });
    board.connect(pty.port);
    const flags = constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK;
    const shake = async (nonce: number): Promise<{ serial: string; stream: ReadStream }> => {
      const stream = new ReadStream(openSync(link, flags));
      stream.on('error', () => undefined);
      const serial = await handshake(
        (bytes) => stream.write(bytes),
        (listener) => stream.on('data', listener),
        nonce,
      );
      return { serial, stream };
    };
    for (const nonce of [1, 2]) {
      const { serial, stream } = await shake(nonce);
      expect(serial).toBe('board-1');
      stream.destroy();
    }
    const { stream } = await shake(3);
    const ended = once(stream, 'close');
    pty.unplug();
    await ended;
    expect(existsSync(link)).toBe(false);
    pty.plugIn();
    const again = await shake(4);
    expect(again.serial).toBe('board-1');
    again.stream.destroy();
    pty.close();
    expect(existsSync(link)).toBe(false);
  });

  it('does not put its link where a file is', async (context) => {
    const link = join(folder(), 'file');
    writeFileSync(link, 'mine');
    const pty = await ptyOrReason(link);
    if (typeof pty !== 'string') pty.close();
    else if (!pty.includes(link)) return context.skip(`no pseudo-terminal here: ${pty}`);
    expect(pty).toMatch(/is no symbolic link/);
  });
});

describe('A board behind TCP', () => {
  it('serves one host at a time, and the next when that has gone', async () => {
    const tcp = await openTcp({ port: 0 });
    const board = new Firmware(new TestAnalog(), {
      serial: 'board-1',
      seed: 7,
      timeline: systemTimeline,
    });
    board.connect(tcp.port);
    onTestFinished(async () => {
      board.close();
      await tcp.close();
    });
    const open = async (): Promise<Socket> => {
      const socket = connect(tcp.tcpPort, tcp.host);
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      return socket;
    };
    const shake = (socket: Socket, nonce: number): Promise<string> =>
      handshake(
        (bytes) => socket.write(bytes),
        (listener) => socket.on('data', listener),
        nonce,
      );
    const first = await open();
    expect(await shake(first, 1)).toBe('board-1');
    const second = await open();
    await once(second, 'close');
    first.destroy();
    await once(first, 'close');
    // The board may see it a little later.
    for (let nonce = 2; ; nonce++) {
      const third = await open();
      const won = await Promise.race([shake(third, nonce), once(third, 'close').then(() => null)]);
      third.destroy();
      if (won === null) continue;
      expect(won).toBe('board-1');
      break;
    }
  });
});

describe('A board as a child', () => {
  const module = (name: string): string =>
    pathToFileURL(join(process.cwd(), 'dist', 'firmware-sim', name)).href;
  const script = (link: string): string => `
    const { runBoardSim } = await import('${module('main.js')}');
    const { TestAnalog } = await import('${module('test-analog.test-support.js')}');
    const sim = await runBoardSim({
      ...(process.argv[1] === 'pty' ? { pty: ${JSON.stringify(link)} } : { tcp: '127.0.0.1:0' }),
      control: '0', endsWithParent: true, json: true,
      circuit: () => new TestAnalog(), print: (line) => console.log(line),
    });
    await sim.closed;
  `;
  /** A parent that starts the board, hands its standard output on and waits. */
  const parent = (link: string, kind: string): string => `
    const { spawn } = await import('node:child_process');
    spawn(process.execPath, ['--input-type=module', '-e', ${JSON.stringify(script(link))}, '${kind}'],
      { stdio: ['pipe', 'inherit', 'inherit'] });
    setInterval(() => {}, 1000);
  `;
  const alive = (pid: number): boolean => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  };

  it('ends when its parent is killed, and takes its link along', async () => {
    const link = join(folder(), 'board');
    const kind = typeof (await hasPty(link)) === 'string' ? 'tcp' : 'pty';
    const child = spawn(process.execPath, ['--input-type=module', '-e', parent(link, kind)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const ready = JSON.parse(line) as { pid: number; address: string };
    expect(ready.address).toMatch(kind === 'pty' ? link : /^127\.0\.0\.1:\d+$/);
    expect(alive(ready.pid)).toBe(true);
    child.kill('SIGKILL');
    for (let k = 0; k < 100 && alive(ready.pid); k++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(alive(ready.pid)).toBe(false);
    expect(existsSync(link)).toBe(false);
  });

  async function hasPty(link: string): Promise<string | true> {
    const pty = await ptyOrReason(link);
    if (typeof pty === 'string') return pty;
    pty.close();
    return true;
  }
});
