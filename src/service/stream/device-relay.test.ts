import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { DeviceRelay, DeviceRelays, type RelayOptions } from './device-relay.js';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const fails = (): Promise<string> => Promise.reject(new Error('no pass'));

/** Another node's stream, in the test's hand: what it remembers, how much of that it tells, and what it then tells. */
async function otherNode(remembered: readonly unknown[], oldest: number, telling = Infinity) {
  const http = createServer((_request, response) => response.writeHead(401).end());
  const server = new WebSocketServer({ server: http });
  const sockets: WebSocket[] = [];
  const passes: (string | undefined)[] = [];
  const head = oldest + remembered.length;
  let hasTold = (): void => undefined;
  const told = new Promise<void>((resolve) => (hasTold = resolve));
  server.on('connection', (socket, request) => {
    sockets.push(socket);
    passes.push(request.headers.authorization);
    const send = (message: object): void => socket.send(JSON.stringify(message));
    socket.on('message', (data: Buffer) => {
      const { op, id, from } = JSON.parse(data.toString()) as Record<string, unknown>;
      if (op !== 'subscribe') return;
      send({ op: 'subscribed', id, next: from ?? head, head, stream: 'there' });
      if (from === undefined) {
        const body = { type: 'state', device: { link: 'online' } };
        return send({ op: 'event', id, seq: head - 1, snapshot: true, body });
      }
      if (oldest > 0) send({ op: 'gap', id, from: 0, to: oldest - 1, missing: oldest });
      remembered
        .slice(0, telling)
        .forEach((body, k) => send({ op: 'event', id, seq: oldest + k, body }));
      hasTold();
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  closers.push(() => {
    for (const socket of sockets) socket.terminate();
    server.close();
    http.close();
  });
  const { port } = http.address() as AddressInfo;
  const options: RelayOptions = {
    device: 'board',
    node: { name: 'other', address: `http://127.0.0.1:${port}` },
    pass: async () => '7.seal',
  };
  const tell = (message: object): void => sockets[0]!.send(JSON.stringify(message));
  return { options, sockets, passes, tell, head, told };
}

describe('DeviceRelay', () => {
  it('is the topic as it is there: what is remembered, what comes, and what is lost', async () => {
    const there = await otherNode([{ n: 'a' }, { n: 'b' }], 40);
    const relay = await DeviceRelay.open(there.options);
    closers.push(() => relay.end());
    expect(there.passes).toEqual(['Node 7.seal']);
    const { topic, stream } = relay;
    expect([stream, topic.oldest, topic.head]).toEqual(['there', 40, 42]);
    expect(topic.event(41)).toEqual({ seq: 41, body: { n: 'b' } });
    expect(topic.snapshot!()).toEqual({ type: 'state', device: { link: 'online' } });
    const published = new Promise<void>((resolve) => topic.onPublish(resolve));
    there.tell({
      op: 'event',
      id: 'course',
      seq: 42,
      body: { type: 'state', device: { link: 'offline' } },
    });
    await published;
    expect(topic.snapshot!()).toEqual({ type: 'state', device: { link: 'offline' } });
    const skipped = new Promise<void>((resolve) => topic.onPublish(resolve));
    there.tell({ op: 'gap', id: 'course', from: 43, to: 52, missing: 10 });
    await skipped;
    expect([topic.oldest, topic.head]).toEqual([53, 53]);
  });

  it('is one for all who watch the device, and ends with the last of them or with that node', async () => {
    const there = await otherNode([], 0);
    const relays = new DeviceRelays();
    const [one, two] = await Promise.all([relays.use(there.options), relays.use(there.options)]);
    expect(one.relay).toBe(two.relay);
    expect(there.sockets).toHaveLength(1);
    const reasons: string[] = [];
    one.relay.whenGone((reason) => reasons.push(reason));
    one.release();
    expect(reasons).toEqual([]);
    const ended = new Promise((resolve) => two.relay.whenGone(resolve));
    there.sockets[0]!.terminate();
    expect(await ended).toBe('node-lost');
    expect(reasons).toEqual(['node-lost']);
    const again = await relays.use(there.options);
    expect(again.relay).not.toBe(one.relay);
    again.release();
    expect(there.sockets).toHaveLength(2);
  });

  it('says so where that node goes before it has told what it remembers', async () => {
    const there = await otherNode([{ n: 'a' }, { n: 'b' }], 40, 1);
    const relays = new DeviceRelays();
    const both = Promise.allSettled([relays.use(there.options), relays.use(there.options)]);
    await there.told;
    there.sockets[0]!.terminate();
    for (const one of await both) {
      expect(one).toMatchObject({ status: 'rejected', reason: { code: 'node-lost' } });
    }
    await expect(relays.use({ ...there.options, pass: fails })).rejects.toMatchObject({
      code: 'node-lost',
    });
  });

  it('says so where that node does not answer, or takes no pass', async () => {
    const there = await otherNode([], 0);
    const refused = createServer((_request, response) => response.writeHead(401).end());
    refused.listen(0, '127.0.0.1');
    await once(refused, 'listening');
    closers.push(() => refused.close());
    const { port } = refused.address() as AddressInfo;
    const at = (address: string): RelayOptions => ({
      ...there.options,
      node: { name: 'other', address },
    });
    for (const address of [`http://127.0.0.1:${port}`, 'http://127.0.0.1:1', 'no address']) {
      await expect(DeviceRelay.open(at(address))).rejects.toMatchObject({ code: 'node-lost' });
    }
  });
});
