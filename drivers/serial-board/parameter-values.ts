import type { BoardClient } from '../../src/link/index.js';

/** Every parameter that the board gives, by its name: as many calls as they need. */
export async function parameterValues(
  client: BoardClient,
  signal?: AbortSignal,
): Promise<Map<string, number>> {
  const values = new Map<string, number>();
  for (let first = 0; ;) {
    const part = await client.call('readParameters', { first }, { signal });
    for (const { name, value } of part.parameters) values.set(name!, value ?? 0);
    first += part.parameters.length;
    if (first >= part.total || part.parameters.length === 0) return values;
  }
}
