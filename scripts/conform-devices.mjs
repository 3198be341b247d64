/** Holds every device that is always there to what a device must do: `relaxd conform` of each. Exit code 1 where one fails. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

process.chdir(resolve(import.meta.dirname, '..'));
for (const name of readdirSync('dist/drivers')) {
  const manifest = join('dist/drivers', name, 'driver.json');
  if (!existsSync(manifest)) continue;
  for (const { id } of JSON.parse(readFileSync(manifest, 'utf8')).devices) {
    console.log(`\n${id}`);
    const call = ['dist/src/main.js', 'conform', '--device', id];
    const { status } = spawnSync(process.execPath, call, { stdio: 'inherit' });
    if (status !== 0) process.exitCode = 1;
  }
}
