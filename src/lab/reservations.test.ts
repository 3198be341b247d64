import { expect, it } from 'vitest';
import { IdSource, ManualClock } from '../core/index.js';
import { openEmbeddedStore } from './open-store.js';
import { Reservations } from './reservations.js';
import { NOBODY } from './asking.js';

const clock = new ManualClock(Date.parse('2026-01-01T00:00:00.000Z'));

it('Reservations keep what is reserved and locked here while they are read from the store', async () => {
  await using store = await openEmbeddedStore(':memory:', clock);
  const reservations = new Reservations({
    store,
    clock,
    ids: new IdSource(clock),
    requireDevice: () => undefined,
    requireHere: () => undefined,
    changed: () => undefined,
  });
  const read = store.locks.bind(store);
  let release: () => void = () => undefined;
  store.locks = async () => {
    const locks = await read();
    store.locks = read;
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    return locks;
  };
  const loading = reservations.load();
  const until = '2026-01-01T01:00:00.000Z';
  await reservations.reserve({ device: 'a', until, note: 'alignment', holder: 'ada' }, NOBODY);
  await reservations.lock('b', 'ada', 'a new laser');
  release();
  await loading;
  expect(reservations.active('a')).toMatchObject({ holder: 'ada' });
  expect(reservations.lockOf('b')).toMatchObject({ holder: 'ada' });
});
