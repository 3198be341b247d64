import { Hello, HelloAck } from './messages.js';
import type { relaxd } from '../proto/gen/board.js';

/** Who the board is, in every HELLO_ACK: proto/board.proto, message HelloAck. */
export type Identity = Required<
  Omit<relaxd.board.v1.HelloAck.$Properties, 'nonce' | 'uptimeTicks' | '$unknowns'>
>;

export type HelloAnswer =
  /** Another handshake: the session that it opens, and what is said. */
  | { readonly kind: 'open'; readonly session: number; readonly payload: Uint8Array }
  | { readonly kind: 'again'; readonly session: number; readonly payload: Uint8Array }
  | { readonly kind: 'refused'; readonly text: string }
  /** Not a HELLO that can be read. */
  | { readonly kind: 'bad' };

/** Opens sessions: docs/link-protocol.md, section Handshake. */
export class Handshake {
  private nonce = 0;
  private last: { session: number; payload: Uint8Array } | null = null;

  /** @param draw an integer of 0 … below − 1 */
  constructor(
    private readonly identity: Identity,
    private readonly uptimeTicks: () => number,
    private readonly draw: (below: number) => number,
  ) {}

  /** What a board says that has started: nonce 0. */
  announcement(): Uint8Array {
    return this.payload(0);
  }

  answer(payload: Uint8Array): HelloAnswer {
    let hello: InstanceType<typeof Hello>;
    try {
      hello = Hello.decode(payload);
    } catch {
      return { kind: 'bad' };
    }
    if (hello.nonce === 0) return { kind: 'bad' };
    const major = this.identity.protoMajor!;
    if (hello.minMajor > major || hello.protoMajor < this.identity.minMajor!) {
      return {
        kind: 'refused',
        text:
          `this board speaks version ${major} of the board link, ` +
          `the host ${hello.minMajor} to ${hello.protoMajor}`,
      };
    }
    if (this.last !== null && hello.nonce === this.nonce) return { kind: 'again', ...this.last };
    this.nonce = hello.nonce;
    const before = this.last?.session ?? 0;
    // 1 to 65 535, not the one before.
    let session = 1 + this.draw(before === 0 ? 65_535 : 65_534);
    if (before !== 0 && session >= before) session++;
    this.last = { session, payload: this.payload(hello.nonce) };
    return { kind: 'open', ...this.last };
  }

  private payload(nonce: number): Uint8Array {
    return HelloAck.encode({
      ...this.identity,
      nonce,
      uptimeTicks: this.uptimeTicks(),
    }).finish();
  }
}
