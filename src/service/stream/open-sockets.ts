import type { KeyBook } from '../../access/index.js';
import type { Principal } from '../principal.js';
import { CLOSE } from './messages.js';
import type { StreamSocket } from './stream-socket.js';

/** How often the keys of open sockets are looked at: one that has ended closes its sockets within a second. */
export const LOOK_EVERY_MS = 500;

/** The sockets that are open, each with whose it is. */
export class OpenSockets {
  private readonly sockets = new Map<StreamSocket, Principal>();
  private timer: NodeJS.Timeout | null = null;
  private looking = false;
  private readonly stopListening: () => void;

  constructor(
    private readonly keys: KeyBook,
    private readonly mostOfKey: number,
  ) {
    this.stopListening = keys.onChange((id) => void this.look(id));
  }

  /** False where the key has as many sockets as it may have. Who needs no key is not counted. */
  hasRoom({ key }: Principal): boolean {
    if (key === null) return true;
    let count = 0;
    for (const other of this.sockets.values()) if (other.key?.id === key.id) count++;
    return count < this.mostOfKey;
  }

  add(socket: StreamSocket, principal: Principal): void {
    this.sockets.set(socket, principal);
    if (principal.key === null || this.timer !== null) return;
    this.timer = setInterval(() => void this.look(null), LOOK_EVERY_MS);
    this.timer.unref();
  }

  delete(socket: StreamSocket): void {
    this.sockets.delete(socket);
    if (this.timer === null || [...this.sockets.values()].some(({ key }) => key !== null)) return;
    clearInterval(this.timer);
    this.timer = null;
  }

  /** Closes all, and looks no more. */
  close(code: number, reason: string): void {
    this.stopListening();
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    for (const socket of [...this.sockets.keys()]) socket.close(code, reason);
  }

  /** Closes sockets whose keys have ended. @param only the key that was changed; null: all */
  private async look(only: string | null): Promise<void> {
    if (this.looking && only === null) return;
    this.looking = true;
    try {
      for (const [socket, { key }] of [...this.sockets]) {
        if (key === null || (only !== null && key.id !== only)) continue;
        const ended = await this.keys.ended(key.id, key.hash).catch(() => null);
        if (ended !== null) socket.close(CLOSE.keyEnded, ENDED[ended]);
      }
    } finally {
      this.looking = false;
    }
  }
}

const ENDED = {
  revoked: 'the API key was revoked',
  expired: 'the API key has expired',
  rotated: 'the API key was given a new secret',
} as const;
