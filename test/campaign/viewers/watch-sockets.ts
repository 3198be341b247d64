/**
 * For `node --import`: looks over the shoulder of every WebSocket of a service, at what waits in it for its network, and writes what it
 * has seen into the file that its own address names (`?out=…`).
 */
import { renameSync, writeFileSync } from 'node:fs';
import { WebSocket } from 'ws';

export interface WatchedSocket {
  /** Most that waited when one more batch was sent. */
  beforeBatch: number;
  /** Most that waited after anything was sent. */
  after: number;
  largest: number;
  batches: number;
}
export interface WatchedSockets {
  readonly sockets: readonly WatchedSocket[];
  /** Most that waited in all sockets together. */
  readonly together: number;
}

const out = new URL(import.meta.url).searchParams.get('out')!;
const seen = new Map<WebSocket, WatchedSocket>();
let together = 0;

type Send = (this: WebSocket, data: string | Uint8Array, ...rest: unknown[]) => void;
// eslint-disable-next-line @typescript-eslint/unbound-method -- called with its own `this` below
const send = WebSocket.prototype.send as unknown as Send;
(WebSocket.prototype as unknown as { send: Send }).send = function (data, ...rest): void {
  let one = seen.get(this);
  if (one === undefined) {
    one = { beforeBatch: 0, after: 0, largest: 0, batches: 0 };
    seen.set(this, one);
  }
  if (typeof data !== 'string') {
    one.beforeBatch = Math.max(one.beforeBatch, this.bufferedAmount);
    one.batches++;
  }
  one.largest = Math.max(one.largest, data.length);
  send.call(this, data, ...rest);
  one.after = Math.max(one.after, this.bufferedAmount);
};

setInterval(() => {
  let waiting = 0;
  for (const socket of seen.keys()) waiting += socket.bufferedAmount;
  together = Math.max(together, waiting);
  const said: WatchedSockets = { sockets: [...seen.values()], together };
  writeFileSync(`${out}.new`, JSON.stringify(said));
  renameSync(`${out}.new`, out);
}, 100).unref();
