import { describe, expect, it } from 'vitest';
import { nodeRequest } from '../../src/config.js';
import type { RelaxdError } from '../../src/core/index.js';

const nothing = { databaseUrl: null, redisUrl: null, nodeName: null, nodeAddress: null };
const databaseUrl = 'postgres://relaxd@db/relaxd';

describe('nodeRequest', () => {
  it('is nothing for a lab of one process', () => {
    expect(nodeRequest(nothing, null)).toBe(null);
    expect(nodeRequest(nothing, { version: 1, port: 0 })).toBe(null);
  });

  it('takes what was called for before what the file says', () => {
    const file = {
      version: 1 as const,
      databaseUrl: 'postgres://other',
      redisUrl: 'redis://cache',
      node: { name: 'from-file', leaseS: 4 },
    };
    expect(nodeRequest({ ...nothing, databaseUrl, nodeName: 'called' }, file)).toEqual({
      databaseUrl,
      redisUrl: 'redis://cache',
      name: 'called',
      address: null,
      leaseS: 4,
    });
    expect(nodeRequest(nothing, file)?.name).toBe('from-file');
  });

  it('refuses a Redis without a PostgreSQL', () => {
    let code = '';
    try {
      nodeRequest({ ...nothing, redisUrl: 'redis://cache' }, null);
    } catch (error) {
      ({ code } = error as RelaxdError);
    }
    expect(code).toBe('wrong-call');
  });
});
