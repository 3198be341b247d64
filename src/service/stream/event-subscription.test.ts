import { describe, expect, it } from 'vitest';
import { EventSubscription } from './event-subscription.js';
import { EventTopic, REMEMBERED_EVENTS } from './event-topic.js';
import { MOST_CREDIT, type Policy, type ServerMessage } from './messages.js';
import type { ViewerLink } from './subscription.js';

class TestLink implements ViewerLink {
  readonly sent: ServerMessage[] = [];
  full = false;
  readonly busy = false;
  gaps = 0;
  sendMessage(message: ServerMessage): void {
    this.sent.push(message);
  }
  sendBatch(): void {
    throw new Error('events are no batches');
  }
  noteGap(count: number): void {
    this.gaps += count;
  }
  fail(error: unknown): void {
    throw error;
  }
}

/** Numbers that came and numbers that were announced as missing. */
function account(link: TestLink): { seen: number[]; missing: number } {
  const seen = link.sent.flatMap((message) =>
    message.op === 'event' && message.snapshot === undefined ? [message.seq] : [],
  );
  const missing = link.sent.reduce(
    (sum, message) => (message.op === 'gap' ? sum + message.to - message.from + 1 : sum),
    0,
  );
  return { seen, missing };
}

function subscribe(topic: EventTopic, policy: Policy, credit: number, from: number | null = null) {
  const link = new TestLink();
  const subscription = new EventSubscription(
    's',
    't',
    policy,
    credit,
    from,
    topic,
    link,
    () => undefined,
  );
  subscription.begin();
  return { link, subscription };
}
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('EventSubscription', () => {
  it('lossless: what a topic no longer remembers is a gap, and the numbers add up', async () => {
    const topic = new EventTopic('read', null);
    const { link, subscription } = subscribe(topic, 'lossless', 1);
    const all = REMEMBERED_EVENTS + 50;
    topic.publish('first');
    await settle();
    for (let k = 1; k < all; k++) topic.publish(k);
    for (let k = 0; k < 2; k++) {
      subscription.grant(MOST_CREDIT);
      await settle();
    }
    const { seen, missing } = account(link);
    expect(link.sent.find(({ op }) => op === 'gap')).toMatchObject({
      from: 1,
      to: 49,
      reason: 'expired',
    });
    expect(seen.length + missing).toBe(all);
    expect(link.gaps).toBe(missing);
  });

  it('never holds more credit than the most there is', async () => {
    const topic = new EventTopic('read', null);
    const { link, subscription } = subscribe(topic, 'lossless', 10 * MOST_CREDIT, 0);
    subscription.grant(10 * MOST_CREDIT);
    for (let k = 0; k < MOST_CREDIT + 5; k++) {
      topic.publish(k);
      await settle();
    }
    expect(account(link).seen).toHaveLength(MOST_CREDIT);
  });

  it('sends nothing while the network is full, and goes on when it is not', async () => {
    const topic = new EventTopic('read', null);
    const { link, subscription } = subscribe(topic, 'lossless', 10);
    link.full = true;
    topic.publish('a');
    topic.publish('b');
    await settle();
    expect(link.sent).toEqual([]);
    link.full = false;
    subscription.pump();
    await settle();
    expect(account(link).seen).toEqual([0, 1]);
  });

  it('latest: what happened before the snapshot could be sent is announced', async () => {
    const topic = new EventTopic('read', () => 'now');
    const { link, subscription } = subscribe(topic, 'latest', 0);
    topic.publish('a');
    topic.publish('b');
    subscription.grant(1);
    await settle();
    expect(link.sent).toMatchObject([
      { op: 'gap', from: 0, to: 1, reason: 'skipped' },
      { op: 'event', seq: 1, snapshot: true, body: 'now' },
    ]);
  });

  it('decimate: as many as there is credit for, evenly spread, the newest among them', async () => {
    const topic = new EventTopic('read', null);
    const { link, subscription } = subscribe(topic, 'decimate', 0);
    for (let k = 0; k < 100; k++) topic.publish(k);
    subscription.grant(4);
    await settle();
    const { seen, missing } = account(link);
    expect(seen).toEqual([24, 49, 74, 99]);
    expect(missing).toBe(96);
    subscription.grant(4);
    topic.publish(100);
    await settle();
    expect(account(link).seen.at(-1)).toBe(100);
    expect(account(link).missing).toBe(96);
  });

  it('says nothing after its end, and ends once', async () => {
    const topic = new EventTopic('read', null);
    const { link, subscription } = subscribe(topic, 'lossless', 10);
    subscription.end('unsubscribed');
    subscription.end('unsubscribed');
    topic.publish('late');
    await settle();
    expect(link.sent).toMatchObject([{ op: 'end', reason: 'unsubscribed', next: 0 }]);
  });
});
