import type { EventTopic } from './event-topic.js';
import type { Policy } from './messages.js';
import { Subscription, type ViewerLink } from './subscription.js';

/** A subscription to a topic of events. */
export class EventSubscription extends Subscription {
  /** The present state is still to be sent, before the first event. */
  private owesSnapshot: boolean;

  constructor(
    id: string,
    topicName: string,
    policy: Policy,
    credit: number,
    from: number | null,
    private readonly source: EventTopic,
    link: ViewerLink,
    onEnd: () => void,
  ) {
    super(id, topicName, policy, credit, from ?? source.head, link, onEnd);
    this.owesSnapshot = from === null && source.snapshot !== null;
    this.whenOver(source.onPublish(() => this.pump()));
  }

  protected override step(): 'sent' | 'idle' {
    if (!this.maySend) return 'idle';
    const { source } = this;
    if (this.owesSnapshot) {
      this.owesSnapshot = false;
      // What happened while there was no credit is in the snapshot; it is announced all the same.
      if (source.head > this.next) this.gapTo(source.head, 'skipped');
      this.send(source.head - 1, source.snapshot?.(), true);
      return 'sent';
    }
    if (this.next >= source.head) return 'idle';
    if (this.next < source.oldest) this.gapTo(source.oldest, 'expired');
    if (this.policy === 'latest' && source.head - this.next > 1) {
      this.gapTo(source.head - 1, 'skipped');
    }
    if (this.policy === 'decimate') {
      const behind = source.head - this.next;
      const every = Math.ceil(behind / this.credit);
      if (every > 1) this.gapTo(this.next + every - 1, 'decimated');
    }
    const { seq, body } = source.event(this.next);
    this.next = seq + 1;
    this.send(seq, body, false);
    return 'sent';
  }

  private send(seq: number, body: unknown, snapshot: boolean): void {
    this.credit--;
    const { id, topic } = this;
    this.link.sendMessage({
      op: 'event',
      id,
      topic,
      seq,
      ...(snapshot ? { snapshot } : {}),
      body,
    });
  }
}
