import { normalizeIP } from '@fastify/rate-limit';
import {
  type AccessSettings,
  CountWindow,
  leastRole,
  mayUse,
  scopesOf,
  type KeyBook,
  type Presented,
  type Scope,
} from '../access/index.js';
import { RelaxdError, type Clock } from '../core/index.js';
import type { Principal } from './principal.js';
import { Tickets, ticketOf } from './stream/tickets.js';
import { isLoopback } from './trusted-origin.js';

/** What of a request tells who makes it. */
export interface Credentials {
  readonly address: string;
  readonly authorization: string | undefined;
  /** `Sec-WebSocket-Protocol` of an upgrade. */
  readonly protocols: string | undefined;
  /** True where the request came through a proxy: it is not from this machine, whatever its address. */
  readonly forwarded: boolean;
}

const WINDOW_MS = 60_000;

/** Tells who makes a request, and whether they may. */
export class Gate {
  readonly tickets: Tickets;
  private readonly failures: CountWindow;
  private anyKey = false;

  /** @param bound the address that the service listens on */
  constructor(
    private readonly keys: KeyBook,
    private readonly settings: AccessSettings,
    private readonly bound: string,
    clock: Clock,
    /** The node of the lab that a pass is of; null: of none. */
    private readonly nodeOfPass: (pass: string) => Promise<{ readonly name: string } | null> = () =>
      Promise.resolve(null),
  ) {
    this.tickets = new Tickets(clock);
    this.failures = new CountWindow(clock, WINDOW_MS);
  }

  /** True where calls without a key have a role. */
  get open(): boolean {
    return this.settings.anonymous !== 'none' && isLoopback(this.bound);
  }

  /**
   * @throws RelaxdError `unauthenticated`, `rate-limited` (an address that has presented too many keys that do not work)
   */
  async admit(credentials: Credentials): Promise<Principal> {
    const { address, authorization, protocols, forwarded } = credentials;
    const [, pass] = /^Node +(\S+) *$/i.exec(authorization ?? '') ?? [];
    if (pass !== undefined) return this.byPass(pass, address);
    if (authorization !== undefined) return this.byKey(authorization, address);
    const ticket = ticketOf(protocols);
    if (ticket !== null) return this.byTicket(ticket, address);
    const { anonymous } = this.settings;
    if (this.open && !forwarded && anonymous !== 'none') {
      return { key: null, name: 'anonymous', role: anonymous, address };
    }
    throw new RelaxdError('unauthenticated', 'the call carries no API key', {
      reason: 'missing',
      hint: await this.howToGetOne(),
    });
  }

  /** @throws RelaxdError `forbidden` */
  require(principal: Principal, scope: Scope): void {
    const { role, name } = principal;
    if (mayUse(role, scope)) return;
    throw new RelaxdError(
      'forbidden',
      `this needs the scope '${scope}', which role '${role}' does not have`,
      {
        scope,
        role,
        limit: scopesOf(role),
        hint: `${name} needs a key with role '${leastRole(scope)}'`,
      },
    );
  }

  private async byKey(authorization: string, address: string): Promise<Principal> {
    const match = /^Bearer +(\S+) *$/i.exec(authorization);
    const presented: Presented =
      match === null ? { state: 'malformed' } : await this.keys.present(match[1]!);
    if (presented.state === 'active') {
      const { row } = presented;
      return { key: row, name: row.name, role: row.role, address };
    }
    throw this.failed(presented, address);
  }

  /** Another node of the lab, for one of its viewers: it sees what every viewer may see. */
  private async byPass(pass: string, address: string): Promise<Principal> {
    const node = await this.nodeOfPass(pass);
    if (node === null) throw this.failed({ state: 'unknown' }, address, MESSAGES.nodeless);
    return { key: null, name: `node ${node.name}`, role: 'observer', address };
  }

  private async byTicket(ticket: string, address: string): Promise<Principal> {
    const principal = this.tickets.redeem(ticket);
    const { key = null } = principal ?? {};
    if (
      principal !== null &&
      (key === null || (await this.keys.ended(key.id, key.hash)) === null)
    ) {
      return { ...principal, address };
    }
    throw this.failed({ state: 'unknown' }, address, 'the ticket is not one that can be used now');
  }

  private failed(
    presented: Exclude<Presented, { state: 'active' }>,
    address: string,
    message = MESSAGES[presented.state],
  ): RelaxdError {
    const { failuresPerMinute } = this.settings.limits;
    const { count, leftMs } = this.failures.add(callerAddress(address));
    const key = 'row' in presented ? { presented: presented.row.id } : {};
    if (count > failuresPerMinute) {
      return new RelaxdError(
        'rate-limited',
        `${address} has presented more than ${failuresPerMinute} keys that do not work within a minute`,
        {
          limit: failuresPerMinute,
          retryAfterS: Math.ceil(leftMs / 1000),
          hint: 'a key that works still does',
        },
      );
    }
    return new RelaxdError('unauthenticated', message, { reason: presented.state, ...key });
  }

  private async howToGetOne(): Promise<string> {
    this.anyKey ||= await this.keys.any();
    if (this.anyKey) return 'send it as `Authorization: Bearer rlx_…`; an admin makes keys';
    return (
      'there is none yet: stop the service, run `relaxd keys create --name NAME --role admin --data DIR` ' +
      'on its machine, start it again, and send the key as `Authorization: Bearer rlx_…`'
    );
  }
}

const MESSAGES: Readonly<Record<Exclude<Presented['state'], 'active'> | 'nodeless', string>> = {
  nodeless: 'the pass is not one of a node of this lab that is here',
  malformed: 'the Authorization is not `Bearer rlx_…`',
  unknown: 'the API key is not known here',
  expired: 'the API key has expired',
  revoked: 'the API key was revoked',
};

/** An address as limits count it: of IPv6 the network of 64 bits, which is what one subscriber has. */
const callerAddress = (address: string): string => normalizeIP(address, 64);

/** A caller as limits count it: the key, or the address of who has none. */
export const countedCaller = (principal: Principal | null, address: string): string =>
  principal?.key?.id ?? callerAddress(address);
