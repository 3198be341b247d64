import { createHmac, timingSafeEqual } from 'node:crypto';
import type { NodeRow, SharedStore } from './shared-store.js';

/**
 * By what a node shows another that it is one of the same lab: its lease, under a seal that only those can make who share the
 * lab's store. Good for as long as the lease is.
 */
export class NodePass {
  constructor(private readonly store: Pick<SharedStore, 'labId' | 'nodes'>) {}

  async make(token: number): Promise<string> {
    return `${token}.${(await this.seal(token)).toString('base64url')}`;
  }

  /** Whose it is; null: nobody's who is here. */
  async read(pass: string): Promise<NodeRow | null> {
    const [, digits, seal] = /^(\d{1,15})\.([\w-]{43})$/.exec(pass) ?? [];
    if (digits === undefined || seal === undefined) return null;
    const token = Number(digits);
    if (!timingSafeEqual(Buffer.from(seal, 'base64url'), await this.seal(token))) return null;
    return (await this.store.nodes()).find((node) => node.token === token) ?? null;
  }

  private async seal(token: number): Promise<Buffer> {
    return createHmac('sha256', await this.store.labId())
      .update(`node ${token}`)
      .digest();
  }
}
