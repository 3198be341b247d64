import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AuditLog, LAB_ACTOR } from '../access/index.js';
import { ManualClock } from '../core/index.js';
import { openAccessStore } from './open-store.js';
import { databaseClass } from './sqlite-driver.js';
import { temporaryFolder } from './temporary-folder.test-support.js';

const clock = new ManualClock(0);

/** A log of 20 entries in a file, altered by somebody who has the file; what the next one to open it finds. */
async function alter(sql: string) {
  const folder = join(temporaryFolder(), 'data');
  const store = await openAccessStore(folder, clock);
  const log = new AuditLog(store, clock);
  for (let k = 0; k < 20; k++) {
    await log.record({
      who: LAB_ACTOR,
      action: `a${k}`,
      target: 't',
      outcome: 'done',
      details: { k },
    });
  }
  expect(await log.verify()).toMatchObject({ whole: true, entries: 20 });
  await store[Symbol.asyncDispose]();
  const database = new (await databaseClass())(join(folder, 'lab.sqlite'));
  database.exec(sql);
  database.close();
  const again = await openAccessStore(folder, clock);
  try {
    return await new AuditLog(again, clock).verify();
  } finally {
    await again[Symbol.asyncDispose]();
  }
}

describe('an audit log in a file that somebody alters', () => {
  it.each([
    ["UPDATE audit SET who_name = 'somebody else' WHERE seq = 7", 7],
    ["UPDATE audit SET outcome = 'refused' WHERE seq = 1", 1],
    [`UPDATE audit SET details = '{"k":99}' WHERE seq = 20`, 20],
    ["UPDATE audit SET details = 'torn' WHERE seq = 4", 4],
    ["UPDATE audit SET at = '2026-01-01T00:00:00.000Z' WHERE seq = 12", 12],
    ['DELETE FROM audit WHERE seq = 9', 9],
    ['DELETE FROM audit WHERE seq > 15', 16],
    ['DELETE FROM audit', 1],
    ["UPDATE audit SET hash = 'sha256:0' WHERE seq = 3", 3],
    ['UPDATE audit SET seq = seq + 100 WHERE seq = 5', 5],
  ])('%s: the first broken link is %i', async (sql, seq) => {
    expect(await alter(sql)).toMatchObject({ whole: false, broken: { seq } });
  });

  it('and one that nobody has altered is whole', async () => {
    expect(await alter('SELECT 1')).toMatchObject({ whole: true, entries: 20, broken: null });
  });
});
