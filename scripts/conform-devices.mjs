/** Holds every device that is always there to what a device must do: `relaxd conform` of each. Exit code 1 where one fails. */
import { execFileSync, spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

process.chdir(resolve(import.meta.dirname, '..'));
const relaxd = 'dist/src/main.js';
const listed = execFileSync(process.execPath, [relaxd, 'devices', '--json'], { encoding: 'utf8' });
for (const { id } of JSON.parse(listed).items) {
  console.log(`\n${id}`);
  const call = [relaxd, 'conform', '--device', id];
  const { status } = spawnSync(process.execPath, call, { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
