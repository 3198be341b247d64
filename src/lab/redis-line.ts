import type * as BullMq from 'bullmq';
import type { Redis, RedisOptions } from 'ioredis';
import { RelaxdError } from '../core/index.js';
import type { LivePart, NodeLine, OfferedJob } from './node-line.js';
import type { Log } from './log.js';

/** News of several changes at once are one message. */
const TELL_AFTER_MS = 5;
/** What is not answered by then is not waited for. */
const ANSWER_MS = 1000;
/** A run that nobody has asked for any more is not sent after so long. */
const WATCH_MS = 15_000;
/** Parts of a run under way that are kept for those who are slow; the others they get from the store. */
const MOST_PARTS = 256;
const PARTS_AT_ONCE = 64;
const PARTS_KEPT_S = 60;
/** BullMQ's own: 1 goes first. Ours go from −1000 to 1000, and further up with waiting. */
const queuePriority = (priority: number): number => Math.max(1, 1001 - priority);

interface Watched {
  readonly got: (part: LivePart) => void;
  askedAtMs: number;
  /** The last part that was read. */
  last: string;
  reading: boolean;
  more: boolean;
}

/**
 * The line between nodes on Redis: BullMQ's queues deal out jobs, one a device; channels carry news; Redis Streams of bounded
 * length carry samples. It needs nothing that Redis keeps, and works again as soon as Redis does.
 */
export class RedisLine implements NodeLine {
  private readonly queues = new Map<string, BullMq.Queue>();
  private readonly workers = new Map<string, BullMq.Worker>();
  private readonly watched = new Map<string, Watched>();
  /** Runs that other nodes watch → until when. */
  private readonly watchers = new Map<string, number>();
  private heard: () => void = () => undefined;
  private onUp: () => void = () => undefined;
  private telling: NodeJS.Timeout | null = null;
  private works = false;
  private closed = false;

  private constructor(
    private readonly redis: Redis,
    private readonly ear: Redis,
    private readonly bullmq: typeof BullMq,
    private readonly prefix: string,
    private readonly node: string,
    private readonly log: Log,
    private readonly nowMs: () => number,
  ) {
    for (const one of [redis, ear]) {
      one.on('error', (error: Error) => this.down(error));
      one.on('close', () => this.down(null));
    }
    redis.on('ready', () => this.ready());
    ear.on('ready', () => void this.subscribe());
    ear.on('message', (channel: string, message: string) => this.hear(channel, message));
  }

  /**
   * A Redis that is away now may come later: then the line is down until it does.
   *
   * @param lab what sets this lab's keys apart from those of others
   * @throws RelaxdError `invalid-input` (no such URL)
   */
  static async open(options: {
    readonly url: string;
    readonly lab: string;
    readonly node: string;
    readonly log: Log;
    readonly nowMs: () => number;
  }): Promise<RedisLine> {
    const { url, lab, node, log, nowMs } = options;
    if (!/^rediss?:\/\//.test(url) || !URL.canParse(url)) {
      throw new RelaxdError('invalid-input', 'the Redis URL is not one', {
        path: 'redis-url',
        limit: 'redis://host:6379',
      });
    }
    const [{ Redis }, bullmq] = await Promise.all([import('ioredis'), import('bullmq')]);
    const how: RedisOptions = {
      lazyConnect: true,
      enableOfflineQueue: false,
      maxRetriesPerRequest: null,
      autoResendUnfulfilledCommands: false,
      connectTimeout: 2000,
      commandTimeout: ANSWER_MS,
      retryStrategy: (tries) => Math.min(100 * tries, 1000),
    };
    const line = new RedisLine(
      new Redis(url, how),
      new Redis(url, how),
      bullmq,
      `relaxd-${lab}`,
      node,
      log,
      nowMs,
    );
    for (const one of [line.redis, line.ear]) one.connect().catch(() => undefined); // it goes on trying
    return line;
  }

  get up(): boolean {
    return this.works;
  }

  listen(heard: () => void, onUp: () => void): void {
    this.heard = heard;
    this.onUp = onUp;
    if (this.works) onUp();
  }

  tell(): void {
    if (!this.works || this.telling !== null) return;
    this.telling = setTimeout(() => {
      this.telling = null;
      void this.attempt(() => this.redis.publish(this.channel('told'), this.node));
    }, TELL_AFTER_MS);
  }

  async offer(device: string, jobs: readonly OfferedJob[]): Promise<void> {
    await this.attempt(() =>
      this.queue(device).addBulk(
        jobs.map(({ job, revision, priority }) => ({
          name: 'job',
          data: { job, revision },
          opts: {
            jobId: `${job}-${revision}`,
            priority: queuePriority(priority),
            removeOnComplete: true,
            removeOnFail: true,
          },
        })),
      ),
    );
  }

  async offered(device: string): Promise<number> {
    return (await this.attempt(() => this.queue(device).count())) ?? 0;
  }

  async next(device: string): Promise<{ readonly job: string; readonly revision: number } | null> {
    const taken = await this.attempt(async () => {
      const worker = this.worker(device);
      const job = await worker.getNextJob(this.node, { block: false });
      // What was taken is the store's business from here on, whatever becomes of this node.
      await job?.moveToCompleted(null, this.node, false);
      return job;
    });
    return (taken?.data as { job: string; revision: number } | undefined) ?? null;
  }

  send(run: string, { offset, bytes, rows, shots }: LivePart): void {
    const until = this.watchers.get(run);
    if (until === undefined) return;
    if (until < this.nowMs()) {
      this.watchers.delete(run);
      return;
    }
    const key = this.channel(`run-${run}`);
    void this.attempt(() =>
      this.redis
        .multi()
        .xadd(
          key,
          'MAXLEN',
          '~',
          MOST_PARTS,
          '*',
          'offset',
          offset,
          'rows',
          rows,
          'shots',
          shots,
          'bytes',
          Buffer.from(bytes),
        )
        .expire(key, PARTS_KEPT_S)
        .publish(this.channel('grown'), run)
        .exec(),
    );
  }

  watch(run: string, got: (part: LivePart) => void): void {
    const nowMs = this.nowMs();
    const known = this.watched.get(run);
    if (known !== undefined && nowMs - known.askedAtMs < WATCH_MS / 3) return;
    for (const [other, { askedAtMs }] of this.watched) {
      if (nowMs - askedAtMs > WATCH_MS) this.watched.delete(other);
    }
    this.watched.set(run, {
      got,
      askedAtMs: nowMs,
      last: known?.last ?? '0',
      reading: known?.reading ?? false,
      more: false,
    });
    void this.attempt(() => this.redis.publish(this.channel('watch'), run));
    void this.read(run);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closed = true;
    this.works = false;
    if (this.telling !== null) clearTimeout(this.telling);
    for (const worker of this.workers.values()) await worker.close(true).catch(() => undefined);
    for (const queue of this.queues.values()) await queue.close().catch(() => undefined);
    this.redis.disconnect();
    this.ear.disconnect();
  }

  private async read(run: string): Promise<void> {
    const watched = this.watched.get(run);
    if (watched === undefined) return;
    if (watched.reading) {
      watched.more = true;
      return;
    }
    watched.reading = true;
    do {
      watched.more = false;
      const read = await this.attempt(() =>
        this.redis.xreadBuffer(
          'COUNT',
          PARTS_AT_ONCE,
          'STREAMS',
          this.channel(`run-${run}`),
          watched.last,
        ),
      );
      for (const [id, fields] of read?.[0]?.[1] ?? []) {
        watched.last = id.toString();
        watched.got(partOf(fields));
        watched.more = true;
      }
    } while (watched.more && this.watched.get(run) === watched);
    watched.reading = false;
  }

  private hear(channel: string, message: string): void {
    switch (channel) {
      case this.channel('told'):
        if (message !== this.node) this.heard();
        return;
      case this.channel('watch'):
        this.watchers.set(message, this.nowMs() + WATCH_MS);
        return;
      case this.channel('grown'):
        if (this.watched.has(message)) void this.read(message);
    }
  }

  private async subscribe(): Promise<void> {
    try {
      await this.ear.subscribe(this.channel('told'), this.channel('watch'), this.channel('grown'));
      this.ready();
    } catch (error) {
      this.down(error as Error);
    }
  }

  private ready(): void {
    if (this.works || this.closed) return;
    if (this.redis.status !== 'ready' || this.ear.status !== 'ready') return;
    this.works = true;
    this.log('info', 'Redis answers: jobs are dealt out at once');
    this.onUp();
  }

  private down(error: Error | null): void {
    if (!this.works || this.closed) return;
    this.works = false;
    this.log(
      'warn',
      `Redis does not answer${error === null ? '' : ` (${error.message})`}: the nodes look into the store instead`,
    );
    this.heard();
  }

  /** null: it could not be done. A Redis that is silent is as good as none until it answers again. */
  private async attempt<T>(work: () => Promise<T>): Promise<T | null> {
    if (!this.works) return null;
    try {
      return await inTime(work());
    } catch (error) {
      if (!this.closed) {
        this.down(error as Error);
        void this.comeBack();
      }
      return null;
    }
  }

  /** After a failure without a lost connection: until a question is answered. */
  private async comeBack(): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, ANSWER_MS));
      if (this.closed || this.works) return;
      try {
        await this.redis.ping();
        this.ready();
      } catch {
        // later, perhaps
      }
    }
  }

  private channel(name: string): string {
    return `${this.prefix}:${name}`;
  }

  private queue(device: string): BullMq.Queue {
    let queue = this.queues.get(device);
    if (queue === undefined) {
      queue = new this.bullmq.Queue(device, { connection: this.redis, prefix: this.prefix });
      queue.on('error', () => undefined); // whoever asked it for something has been told
      this.queues.set(device, queue);
    }
    return queue;
  }

  private worker(device: string): BullMq.Worker {
    let worker = this.workers.get(device);
    if (worker === undefined) {
      worker = new this.bullmq.Worker(device, null, {
        connection: this.redis,
        prefix: this.prefix,
        autorun: false,
      });
      worker.on('error', () => undefined);
      this.workers.set(device, worker);
    }
    return worker;
  }
}

/** Some of what BullMQ waits for has no end of its own. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), 2 * ANSWER_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function partOf(fields: readonly Buffer[]): LivePart {
  const of = new Map<string, Buffer>();
  for (let k = 0; k + 1 < fields.length; k += 2) of.set(fields[k]!.toString(), fields[k + 1]!);
  const number = (name: string): number => Number(of.get(name)?.toString() ?? NaN);
  return {
    offset: number('offset'),
    rows: number('rows'),
    shots: number('shots'),
    bytes: of.get('bytes') ?? new Uint8Array(),
  };
}
