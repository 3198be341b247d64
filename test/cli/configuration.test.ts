import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../src/config.js';
import { temporaryFolder } from '../../src/lab/temporary-folder.test-support.js';

const folder = temporaryFolder();
const file = join(folder, 'relaxd.json');

describe('readConfiguration', () => {
  it('takes members that are null as left out, and paths from the folder of the file', async () => {
    const nothing = { data: null, tls: null, drivers: null, devices: null, guards: null };
    const access = {
      anonymous: null,
      origins: null,
      limits: { readsPerMinute: 9, socketsPerKey: null },
    };
    writeFileSync(file, JSON.stringify({ version: 1, ...nothing, ...access }));
    expect(await readConfiguration(file)).toEqual({ version: 1, limits: { readsPerMinute: 9 } });
    const tls = { cert: 'lab.crt', key: '/keys/lab.key' };
    writeFileSync(file, JSON.stringify({ version: 1, data: 'here', tls }));
    expect(await readConfiguration(file)).toEqual({
      version: 1,
      data: join(folder, 'here'),
      tls: { cert: join(folder, 'lab.crt'), key: '/keys/lab.key' },
    });
  });

  it('says where the text is no JSON', async () => {
    writeFileSync(file, '{"version":1,');
    await expect(readConfiguration(file)).rejects.toMatchObject({
      code: 'invalid-json',
      message: expect.stringMatching(/relaxd\.json is not JSON: .*position 13/) as string,
    });
  });
});
