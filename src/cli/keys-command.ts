import { isoTime, RelaxdError } from '../core/index.js';
import type { ShownKey } from '../access/index.js';
import type { AccessDesk, KeyRequest, ShownSecret } from './access-desk.js';
import type { Output } from './output.js';

/** `relaxd keys create`: the secret is shown once, alone on standard output, so that a script can take it. */
export async function createKey(
  output: Output,
  desk: AccessDesk,
  request: KeyRequest,
): Promise<void> {
  showSecret(output, await desk.create(request));
}

export async function rotateKey(output: Output, desk: AccessDesk, id: string): Promise<void> {
  showSecret(output, await desk.rotate(keyId(id)));
}

function showSecret(output: Output, { key, secret }: ShownSecret): void {
  if (output.json) return output.printJson({ key, secret });
  const until = key.expiresAt === null ? 'until it is revoked' : `until ${key.expiresAt}`;
  output.note(`key ${key.id} of ${key.name}, role ${key.role}, works ${until}.`);
  output.note('This is its secret. It is shown this once and stored nowhere:');
  output.print(secret);
  output.note('Use it with --key or RELAXD_KEY, or as Authorization: Bearer …');
}

export async function listKeys(output: Output, desk: AccessDesk): Promise<void> {
  const items = await desk.list();
  if (output.json) return output.printJson({ items });
  if (items.length === 0) return output.print('no keys');
  output.table(
    ['id', 'name', 'role', 'state', 'expires', 'last used', 'made by'],
    items.map((key) => [
      key.id,
      key.name,
      key.role,
      key.state,
      day(key.expiresAt) ?? 'never',
      key.lastUsedAt?.slice(0, 16).replace('T', ' ') ?? 'never',
      key.createdBy,
    ]),
  );
}

export async function revokeKey(output: Output, desk: AccessDesk, id: string): Promise<void> {
  const key: ShownKey = await desk.revoke(keyId(id));
  if (output.json) return output.printJson(key);
  output.print(`key ${key.id} of ${key.name} is ${key.state}`);
}

const day = (time: string | null): string | undefined => time?.slice(0, 10);

/** An id, also where somebody pastes the whole key. */
const keyId = (text: string): string => /^rlx_([a-z0-9]+)_/.exec(text)?.[1] ?? text;

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * When a key is to expire: ISO 8601, or a time from now (`12h`, `90d`).
 *
 * @throws RelaxdError `wrong-call`
 */
export function expiryOf(text: string | undefined, nowMs: number): string | null {
  return text === undefined ? null : timeOf(text, '--expires', nowMs);
}

/**
 * A time of the command line: ISO 8601, or from now on (`30m`, `12h`, `90d`).
 *
 * @throws RelaxdError `wrong-call`
 */
export function timeOf(text: string, option: string, nowMs: number): string {
  const match = /^(\d{1,5})([mhd])$/.exec(text);
  if (match !== null) return isoTime(nowMs + Number(match[1]) * UNIT_MS[match[2]!]!);
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(Date.parse(text))) {
    return isoTime(Date.parse(text));
  }
  throw new RelaxdError('wrong-call', `${option}: '${text}' is no time`, {
    path: option,
    value: text,
    limit: '90d, 12h, 30m, or ISO 8601',
  });
}
