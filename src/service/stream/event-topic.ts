import type { Scope } from '../../access/index.js';

/** How many events a topic remembers for those who come late or read slowly. */
export const REMEMBERED_EVENTS = 1000;

/** One event, with its number in the topic. */
export interface TopicEvent {
  readonly seq: number;
  readonly body: unknown;
}

/**
 * A topic of events: numbered from 0 since the service's start, the last {@link REMEMBERED_EVENTS} kept. What
 * viewers do, or do not do, changes nothing here.
 */
export class EventTopic {
  private readonly events: unknown[] = [];
  /** Numbers of events before this one are not here. */
  private from = 0;
  private readonly listeners = new Set<() => void>();
  private published = 0;

  /**
   * @param scope what a viewer needs
   * @param snapshot the present state, for viewers that start now; null where a topic has none
   */
  constructor(
    readonly scope: Scope,
    readonly snapshot: (() => unknown) | null,
  ) {}

  /** Number that the next event will get. */
  get head(): number {
    return this.published;
  }

  /** Number of the oldest event that is remembered; {@link head} where there is none. */
  get oldest(): number {
    return Math.max(this.from, this.published - REMEMBERED_EVENTS);
  }

  /** So many events have happened that are not known here, nor those before them any more. */
  skip(count: number): void {
    this.published += count;
    this.from = this.published;
    for (const listener of [...this.listeners]) listener();
  }

  /** @param body the event's body, or what makes it when it is sent */
  publish(body: unknown): void {
    this.events[this.published % REMEMBERED_EVENTS] = body;
    this.published++;
    for (const listener of [...this.listeners]) listener();
  }

  /** @param seq oldest … head − 1 */
  event(seq: number): TopicEvent {
    const body = this.events[seq % REMEMBERED_EVENTS];
    return { seq, body: typeof body === 'function' ? (body as () => unknown)() : body };
  }

  /** Calls the listener after each event, until the function that comes back is called. */
  onPublish(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
