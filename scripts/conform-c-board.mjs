/**
 * Builds the board in C (firmware-sim/reference-c), starts it on a pseudo-terminal, and holds it to what a device must do:
 * `relaxd conform` through the driver serial-board. The exit code is that of the command. Needs make, a C compiler and nanopb.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'relaxd-c-board-'));
const port = join(folder, 'tty');
const configuration = join(folder, 'lab.json');
const device = { id: 'c-board', driver: 'serial-board', options: { path: port } };
writeFileSync(configuration, JSON.stringify({ version: 1, devices: [device] }));
execFileSync('make', ['-s', '-C', 'firmware-sim/reference-c', `BUILD=${folder}/build`], {
  cwd: ROOT,
  stdio: 'inherit',
});
// It ends with its standard input, however this process ends.
const board = spawn(join(folder, 'build/board'), ['--pty', port, '--ends-with-stdin'], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
try {
  const [line] = await once(board.stdout, 'data');
  process.stdout.write(line);
  const { status } = spawnSync(
    process.execPath,
    ['dist/src/main.js', 'conform', '--device', device.id, '--config', configuration],
    { cwd: ROOT, stdio: 'inherit' },
  );
  process.exitCode = status ?? 1;
} finally {
  board.stdin.end();
  await once(board, 'exit');
  rmSync(folder, { recursive: true, force: true });
}
