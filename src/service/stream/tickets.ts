import { createHash, randomBytes } from 'node:crypto';
import { isoTime, type Clock } from '../../core/index.js';
import type { Principal } from '../principal.js';

export const TICKET_LIFE_MS = 30_000;
const MOST_TICKETS = 1000;
const PREFIX = 'ticket.';

/**
 * Tickets for pages: a browser cannot send `Authorization` with a WebSocket, and a key has no business in an address. A ticket is
 * good once, for half a minute, and goes as a second subprotocol: `new WebSocket(url, ['relaxd.v1', 'ticket.…'])`.
 */
export class Tickets {
  /** By hash: what is in memory opens nothing. */
  private readonly issued = new Map<
    string,
    { readonly principal: Principal; readonly endsAtMs: number }
  >();

  constructor(private readonly clock: Clock) {}

  issue(principal: Principal): { readonly ticket: string; readonly expiresAt: string } {
    const nowMs = this.clock.monotonicMs();
    for (const [hash, { endsAtMs }] of this.issued) {
      if (endsAtMs > nowMs && this.issued.size < MOST_TICKETS) break;
      this.issued.delete(hash);
    }
    const ticket = `${PREFIX}${randomBytes(32).toString('base64url')}`;
    this.issued.set(hashOf(ticket), { principal, endsAtMs: nowMs + TICKET_LIFE_MS });
    return { ticket, expiresAt: isoTime(this.clock.wallMs() + TICKET_LIFE_MS) };
  }

  /** Whom the ticket was given to; null: it was used before, is too old, or never was. */
  redeem(ticket: string): Principal | null {
    const hash = hashOf(ticket);
    const found = this.issued.get(hash);
    this.issued.delete(hash);
    return found === undefined || found.endsAtMs <= this.clock.monotonicMs()
      ? null
      : found.principal;
  }
}

const hashOf = (ticket: string): string => createHash('sha256').update(ticket).digest('hex');

/** The ticket among the subprotocols that an upgrade asks for. */
export function ticketOf(protocols: string | undefined): string | null {
  const all = (protocols ?? '').split(',').map((name) => name.trim());
  return all.find((name) => name.startsWith(PREFIX)) ?? null;
}
