import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

export interface RawFrame {
  readonly fin: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
}

/** A WebSocket client made of bytes, which can do everything wrong that one can do wrong. */
export class RawSocket {
  /** Of the answer to the handshake. */
  status = 0;
  received = Buffer.alloc(0);
  /** True once the other side has hung up. */
  ended = false;
  private waiting: (() => void)[] = [];

  private constructor(readonly socket: Socket) {
    socket.on('data', (bytes) => {
      this.received = Buffer.concat([this.received, bytes]);
      this.wake();
    });
    const end = (): void => {
      this.ended = true;
      this.wake();
    };
    socket.on('close', end);
    socket.on('error', end);
  }

  /** Connects and shakes hands; `headers` replace or add lines, an empty value leaves one out. */
  static async open(
    port: number,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<RawSocket> {
    const raw = new RawSocket(connect(port, '127.0.0.1'));
    await new Promise<void>((resolve) => raw.socket.once('connect', resolve));
    const lines: Record<string, string> = {
      Host: `127.0.0.1:${port}`,
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Protocol': 'relaxd.v1',
      ...headers,
    };
    const head = Object.entries(lines)
      .filter(([, value]) => value !== '')
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('');
    raw.socket.write(`GET /v1/stream HTTP/1.1\r\n${head}\r\n`);
    await raw.until(() => raw.received.includes('\r\n\r\n') || raw.ended);
    const at = raw.received.indexOf('\r\n\r\n');
    raw.status = Number(/^HTTP\/1.1 (\d+)/.exec(raw.received.toString('latin1'))?.[1] ?? 0);
    if (raw.status === 101) raw.received = raw.received.subarray(at + 4);
    return raw;
  }

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      if (this.socket.destroyed) resolve();
      else this.socket.write(bytes, () => resolve());
    });
  }

  /** Resolves with the code of the close frame, or null where the other side hung up without one. */
  async closeCode(): Promise<number | null> {
    for (;;) {
      const close = this.frames().find(({ opcode }) => opcode === 8);
      if (close !== undefined)
        return close.payload.length < 2 ? 1005 : close.payload.readUInt16BE();
      if (this.ended) return null;
      await this.change();
    }
  }

  /** Whole frames that have come. */
  frames(): RawFrame[] {
    const frames: RawFrame[] = [];
    for (let at = 0; at + 2 <= this.received.length;) {
      const [first, second] = [this.received[at]!, this.received[at + 1]!];
      let length = second & 0x7f;
      let head = 2;
      if (length === 126) {
        if (at + 4 > this.received.length) break;
        length = this.received.readUInt16BE(at + 2);
        head = 4;
      } else if (length === 127) {
        if (at + 10 > this.received.length) break;
        length = Number(this.received.readBigUInt64BE(at + 2));
        head = 10;
      }
      if (at + head + length > this.received.length) break;
      const payload = this.received.subarray(at + head, at + head + length);
      frames.push({ fin: (first & 0x80) !== 0, opcode: first & 0x0f, payload });
      at += head + length;
    }
    return frames;
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await this.change();
  }

  destroy(): void {
    this.socket.destroy();
  }

  private change(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }
  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

/** One frame's bytes. `length` claims another length than the payload has. */
export function frameOf(
  opcode: number,
  payload: Uint8Array | string,
  options: {
    readonly fin?: boolean;
    readonly masked?: boolean;
    readonly reserved?: number;
    readonly length?: bigint;
  } = {},
): Buffer {
  const { fin = true, masked = true, reserved = 0 } = options;
  const body = Buffer.from(payload as Uint8Array);
  const length = options.length ?? BigInt(body.length);
  const head = Buffer.alloc(length < 126n ? 2 : length < 65_536n ? 4 : 10);
  head[0] = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  head[1] = masked ? 0x80 : 0;
  if (head.length === 2) head[1] |= Number(length);
  else if (head.length === 4) {
    head[1] |= 126;
    head.writeUInt16BE(Number(length), 2);
  } else {
    head[1] |= 127;
    head.writeBigUInt64BE(length, 2);
  }
  if (!masked) return Buffer.concat([head, body]);
  const mask = Buffer.from([0x11, 0x22, 0x33, 0x44]);
  const hidden = Buffer.from(body.map((byte, k) => byte ^ mask[k % 4]!));
  return Buffer.concat([head, mask, hidden]);
}
