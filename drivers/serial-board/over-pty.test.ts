import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { packageRoot, systemClock } from '../../src/core/index.js';
import { programDocument } from '../../src/device/index.js';
import { createDevice } from './index.js';
import type { BoardDevice } from './board-device.js';
import { openSerialLine } from './serial-line.js';
import { SimulatorSource } from './simulator.js';
import { chainProgram } from './virtual-board.test-support.js';

/** Real ports, real processes, real time: few and short. Compiled code is run: `npm test` builds first. */
const dist = fileURLToPath(new URL('dist/', packageRoot(import.meta.url)));
const context = { clock: systemClock, log: () => undefined, threads: 1 };
const long = chainProgram({ shots: 20_000 });
const hasPty = existsSync('/dev/ptmx');

function device(options: Record<string, unknown>): BoardDevice {
  const made = createDevice('board', options, context) as BoardDevice;
  onTestFinished(() => made.close());
  return made;
}

function start(args: string[]): { child: ChildProcess; line: Promise<string> } {
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout });
  return { child, line: new Promise((resolve) => lines.once('line', resolve)) };
}

/** A line to a board's control socket, and its answer. */
function ask(address: string, question: object): Promise<Record<string, unknown>> {
  const [host, port] = address.split(':');
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port) });
    socket.on('error', reject);
    socket.write(`${JSON.stringify(question)}\n`);
    createInterface({ input: socket }).once('line', (line) => {
      socket.destroy();
      resolve(JSON.parse(line) as Record<string, unknown>);
    });
  });
}

async function until(holds: () => boolean | Promise<boolean>, limitMs = 15_000): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error('it did not come to be');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** A host as a process of its own: it says `armed`, and stays. */
const HOST = (options: object): string[] => [
  '--input-type=module',
  '-e',
  `import { createDevice } from ${JSON.stringify(`${dist}drivers/serial-board/index.js`)};
   import { systemClock } from ${JSON.stringify(`${dist}src/core/index.js`)};
   import { readProgram } from ${JSON.stringify(`${dist}src/device/index.js`)};
   const context = { clock: systemClock, log: () => undefined, threads: 1 };
   const device = createDevice('board', ${JSON.stringify(options)}, context);
   await device.connect();
   await device.load(readProgram(${JSON.stringify(programDocument(long))}));
   await device.arm({ run: 'r', seed: 1 });
   console.log(JSON.stringify({ armed: true, pid: device.source.pid ?? null }));
   setInterval(() => undefined, 1000);`,
];

describe.skipIf(!hasPty)('a board on a pseudo-terminal', () => {
  it('is unplugged in the middle of a run, and comes back', async () => {
    const board = device({
      simulator: { serial: 'SIM-0007' },
      reconnect: { delaysMs: [200, 500, 1000, 2000], jitter: 0 },
    });
    await board.connect();
    await board.load(long);
    await board.arm({ run: 'r', seed: 1 });
    let rows = 0;
    board.on('samples', (chunk) => void (rows += chunk.rows));
    await board.start();
    const reading = board.readResult().then(
      () => null,
      (error: unknown) => error as { code: string },
    );
    await until(() => rows > 0);
    await (board.source as SimulatorSource).make({ fault: 'unplug', ms: 800 });
    await until(() => board.link === 'offline');
    expect((await reading)?.code).toBe('device-offline');
    await until(() => board.link === 'online');
    expect(board.serial).toBe('SIM-0007');
    await until(() => board.equipment === 'fault' || board.equipment === 'safe');
    const { pid } = board.source as SimulatorSource;
    await board.close();
    expect(isAlive(pid!)).toBe(false);
    expect(board.link).toBe('offline');
  }, 40_000);

  it('is opened by one process at a time', async () => {
    const source = new SimulatorSource({
      profile: 'ideal',
      serial: 'SIM-0008',
      faults: null,
      transport: 'pty',
      seed: null,
    });
    onTestFinished(() => source.close());
    const line = await source.open(null);
    await expect(openSerialLine(line.where, { rtscts: false, dtrReset: false })).rejects.toThrow(
      /cannot be opened/,
    );
    await line.close();
    await line.close();
    // A pulse on a line that a pseudo-terminal has not is no failure.
    const again = await openSerialLine(line.where, { rtscts: false, dtrReset: true });
    await again.setBaud!(921_600);
    await again.close();
  }, 20_000);

  it('goes to its safe state by itself when its host is killed while it is armed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'relaxd-kill-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'board');
    const sim = start([
      `${dist}src/main.js`,
      'board-sim',
      '--pty',
      path,
      '--control',
      '0',
      '--json',
    ]);
    const { control } = JSON.parse(await sim.line) as { control: string };
    const host = start(HOST({ path, watchdogMs: 1000 }));
    expect(JSON.parse(await host.line)).toMatchObject({ armed: true });
    expect(await ask(control, { status: true })).toMatchObject({ state: 'STATE_ARMED' });
    const killedMs = performance.now();
    host.child.kill('SIGKILL');
    await until(async () => (await ask(control, { status: true }))['state'] === 'STATE_SAFE');
    expect(performance.now() - killedMs).toBeLessThan(2500);
    const next = device({ path });
    await next.connect();
    expect(next.equipment).toBe('fault');
    expect(next.reason).toContain('LINK_WATCHDOG: no heartbeat within 1000 ms');
  }, 40_000);

  it('ends with the process that started it, however that ends', async () => {
    const host = start(HOST({ simulator: { serial: 'SIM-0009' } }));
    const { pid } = JSON.parse(await host.line) as { pid: number };
    expect(isAlive(pid)).toBe(true);
    host.child.kill('SIGKILL');
    await until(() => !isAlive(pid), 5000);
  }, 20_000);
});

describe('a board behind TCP', () => {
  it('runs a program', async () => {
    const board = device({ simulator: { serial: 'SIM-0010', transport: 'tcp' } });
    await board.connect();
    await board.load(chainProgram());
    await board.arm({ run: 'r', seed: 2 });
    await board.start();
    expect((await board.readResult()).shots).toBe(5);
    expect(board.statistics()!.samples.rows).toBe(5 * 9 * 3);
  }, 20_000);

  it('that is not there is offline, with the reason', async () => {
    const board = device({ tcp: '127.0.0.1:1', reconnect: { delaysMs: [] } });
    await expect(board.connect()).rejects.toMatchObject({ code: 'device-offline' });
    expect(board.reason).toMatch(/127.0.0.1:1 does not answer.*given up/s);
  });
});
