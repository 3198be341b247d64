import { randomBytes } from 'node:crypto';
import type { Clock } from './clock.js';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * ULIDs (26 characters, Crockford base 32): 48 bits of milliseconds and 80 random bits, strictly increasing
 * within one source, so that sorting by id is sorting by creation.
 */
export class IdSource {
  private lastMs = -1;
  private random = new Uint8Array(10);

  constructor(
    private readonly clock: Clock,
    private readonly bytes: (n: number) => Uint8Array = (n) => randomBytes(n),
  ) {}

  next(): string {
    const now = Math.max(this.clock.wallMs(), this.lastMs);
    if (now === this.lastMs) {
      for (let i = 9; i >= 0; i--) {
        const value = this.random[i]! + 1;
        this.random[i] = value & 0xff;
        if (value <= 0xff) break;
      }
    } else {
      this.random = Uint8Array.from(this.bytes(10));
      this.random[0]! &= 0x7f; // room to count up
      this.lastMs = now;
    }
    let text = '';
    let ms = now;
    for (let i = 0; i < 10; i++) {
      text = ALPHABET[ms % 32]! + text;
      ms = Math.floor(ms / 32);
    }
    let bits = 0;
    let count = 0;
    for (const byte of this.random) {
      bits = (bits << 8) | byte;
      count += 8;
      while (count >= 5) {
        count -= 5;
        text += ALPHABET[(bits >>> count) & 31]!;
        bits &= (1 << count) - 1;
      }
    }
    return text;
  }
}
