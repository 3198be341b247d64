import { afterAll, beforeAll, describe } from 'vitest';
import { postgresMissing, PostgresServer } from '../../test/support/postgres-server.js';

/** Tests that need a PostgreSQL have one of their own. Where none is installed they are left out, and say so. */
export function describePostgres(
  title: string,
  tests: (server: () => PostgresServer) => void,
): void {
  const why = postgresMissing === null ? '' : `, left out: ${postgresMissing}`;
  describe.skipIf(postgresMissing !== null)(title + why, () => {
    let server: PostgresServer;
    beforeAll(async () => {
      server = await PostgresServer.start();
    });
    afterAll(async () => {
      await server?.[Symbol.asyncDispose]();
    });
    tests(() => server);
  });
}
