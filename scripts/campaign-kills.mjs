/**
 * The kill campaign (test/campaign/kills): `npm run campaign -- kills [--store sqlite|postgres|postgres-killed] [--kills N] [--seed S]
 * [--damage all|NAME,…]`, 200 kills on each store without. relaxd works under load and is ended by `kill -9` at moments that the seed
 * decides; exit code 1 where anything that was promised does not hold, with what and the seed. With `--damage` the lab is harmed behind
 * its back, and the exit code is 1 where the campaign does not find it.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    store: { type: 'string' },
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    damage: { type: 'string' },
  },
});
// What was started ends with this process, also where that is interrupted.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
const folder = resolve(import.meta.dirname, '../dist/test/campaign/kills');
const load = (name) => import(pathToFileURL(resolve(folder, name)).href);
const [{ campaignKills }, { DAMAGES, FINDINGS }, { STORES }] = await Promise.all([
  load('campaign-kills.js'),
  load('damage.js'),
  load('kill-lab.js'),
]);
const damages = values.damage === 'all' ? DAMAGES : (values.damage?.split(',') ?? []);
const stores = values.store === undefined ? STORES : values.store.split(',');
const seed = Number(values.seed);
for (const store of stores) {
  const kills = Number(values.kills);
  const outcome = await campaignKills({ store, kills, seed, damages, again: 6 }, console.log);
  const { broken, undone, seconds, ...counts } = outcome;
  console.log(`${store}, seed ${seed}, ${seconds.toFixed(0)} s:`);
  for (const [name, count] of Object.entries(counts)) console.log(`  ${name.padEnd(14)} ${count}`);
  for (const what of broken.slice(0, 50)) console.log(`  ${what}`);
  if (damages.length === 0) {
    if (broken.length > 0) process.exitCode = 1;
    continue;
  }
  for (const name of damages) {
    const found = broken.filter((what) => FINDINGS[name].test(what)).length;
    const said = undone.includes(name) ? 'could not be done' : found > 0 ? 'found' : 'NOT FOUND';
    console.log(`  damage ${name}: ${said}`);
    if (found === 0) process.exitCode = 1;
  }
}
