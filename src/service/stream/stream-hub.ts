import type { Scope } from '../../access/index.js';
import { RelaxdError } from '../../core/index.js';
import { recordDeleted, type AttachedDevice, type RunRow } from '../../lab/index.js';
import type { DeviceViews, DeviceView, RegistryView } from '../device-views.js';
import type { LabView } from '../lab-view.js';
import { DeviceRelays } from './device-relay.js';
import { EventSubscription } from './event-subscription.js';
import { EventTopic } from './event-topic.js';
import type { Policy, Subscribe } from './messages.js';
import { RunRows } from './run-rows.js';
import { endOf, RunSubscription, type RunProgress } from './run-subscription.js';
import { batchRows } from './sample-batch.js';
import { SendingTurns } from './sending-turns.js';
import type { Subscription, ViewerLink } from './subscription.js';

export interface HubOptions {
  readonly lab: LabView;
  readonly registry: RegistryView;
  readonly views: DeviceViews;
  /** Names this run of the service: numbers of another one mean nothing here. */
  readonly streamId: string;
  /** Where a device's state could not be read. */
  readonly onError: (error: unknown) => void;
}

/** Topics of which nothing is left out unless a viewer says so. */
const LOSSLESS: ReadonlySet<string> = new Set(['jobs', 'calibrations', 'audit']);
/** What viewers of a run, or of a device, need. */
const RUN_SCOPE: Scope = 'read';
const DEVICE_SCOPE: Scope = 'read';
const DEVICES = 'devices/';

/** A topic, or a pattern of topics, with what a viewer needs. */
export interface DeclaredTopic {
  /** `jobs`, or `runs/{id}` */
  readonly topic: string;
  readonly scope: Scope;
}

/** A subscription that has begun. */
export interface Begun {
  readonly subscription: Subscription;
  readonly head: number;
  readonly policy: Policy;
  /** Names the run of the service that the numbers are of. */
  readonly stream: string;
}

interface FollowedRun {
  readonly progress: RunProgress;
  readonly subscriptions: Set<Subscription>;
  /** Subscriptions that there are or will be. */
  holders: number;
}

/** The topics of `/v1/stream`, fed by the lab and the devices. */
export class StreamHub implements Disposable {
  private readonly topics = new Map<string, EventTopic>();
  /** Runs that somebody watches. */
  private readonly runs = new Map<string, FollowedRun>();
  private readonly removers: (() => void)[] = [];
  private readonly rows: RunRows;
  private readonly turns = new SendingTurns();
  private readonly relays = new DeviceRelays();

  constructor(private readonly options: HubOptions) {
    const { lab, registry } = options;
    this.rows = new RunRows(lab.archive);
    const jobs = new EventTopic('read', null);
    const queue = new EventTopic('read', () => lab.queue());
    const calibrations = new EventTopic('read', null);
    const audit = new EventTopic('audit', null);
    this.topics.set('jobs', jobs);
    this.topics.set('queue', queue);
    this.topics.set('calibrations', calibrations);
    this.topics.set('audit', audit);
    this.removers.push(
      lab.on('job', (job) => jobs.publish(job)),
      lab.on('calibration', (calibration) => calibrations.publish({ type: 'state', calibration })),
      lab.on('drift', (reading) => calibrations.publish({ type: 'drift', reading })),
      lab.audit.onEntry((entry) => audit.publish(entry)),
      // Made when it is sent: a long queue is a long document, and most of the time nobody looks.
      lab.on('queue', () => queue.publish(() => lab.queue())),
      lab.on('run', (run) => this.moveOn(run.id, run.rows, endOf(run))),
      lab.on('run-samples', ({ run, firstRow, chunk }) =>
        this.moveOn(run, firstRow + chunk.rows, null),
      ),
    );
    for (const device of registry.list()) this.addDevice(device.id);
  }

  get streamId(): string {
    return this.options.streamId;
  }

  /** Every topic that there is. */
  get declared(): DeclaredTopic[] {
    const topics = [...this.topics].map(([topic, { scope }]) => ({ topic, scope }));
    return [...topics, { topic: 'runs/{id}', scope: RUN_SCOPE }];
  }

  /** What a viewer of a topic needs; null: there is no such topic. */
  scopeOf(topic: string): Scope | null {
    if (topic.startsWith('runs/')) return RUN_SCOPE;
    if (topic.startsWith(DEVICES)) return DEVICE_SCOPE;
    return this.topics.get(topic)?.scope ?? null;
  }

  /**
   * @param onEnd called once the subscription is over
   * @throws RelaxdError `unknown-topic`, `unknown-run`, `unknown-device`, `invalid-input`, `node-lost`
   */
  async subscribe(request: Subscribe, link: ViewerLink, onEnd: () => void): Promise<Begun> {
    const { id, topic, credit, from } = request;
    if (topic.startsWith('runs/')) return this.subscribeRun(request, link, onEnd);
    const elsewhere = topic.startsWith(DEVICES) ? this.elsewhere(topic) : null;
    if (elsewhere !== null) return this.subscribeElsewhere(request, elsewhere, link, onEnd);
    const source = this.topics.get(topic);
    if (source === undefined) {
      // An unknown device is told as such.
      if (topic.startsWith(DEVICES)) this.options.registry.get(topic.slice(DEVICES.length));
      throw unknownTopic(topic);
    }
    checkFrom(from, source.head);
    const policy = request.policy ?? (LOSSLESS.has(topic) ? 'lossless' : 'latest');
    return {
      subscription: new EventSubscription(id, topic, policy, credit, from, source, link, onEnd),
      head: source.head,
      policy,
      stream: this.streamId,
    };
  }

  /** The device of a topic where another node of the lab has it; null: it is here, or nowhere. */
  private elsewhere(topic: string): AttachedDevice | null {
    const { nodes } = this.options.lab;
    const owner = nodes?.ownerOf(topic.slice(DEVICES.length)) ?? null;
    return owner === null || owner.node.id === nodes!.id ? null : owner;
  }

  private async subscribeElsewhere(
    { id, topic, credit, from, policy: asked }: Subscribe,
    { device, node }: AttachedDevice,
    link: ViewerLink,
    onEnd: () => void,
  ): Promise<Begun> {
    const policy = asked ?? 'latest';
    const pass = (): Promise<string> => this.options.lab.nodes!.pass();
    const { relay, release } = await this.relays.use({ device, node, pass });
    try {
      checkFrom(from, relay.topic.head);
    } catch (error) {
      release();
      throw error;
    }
    const { topic: source, stream } = relay;
    const subscription: Subscription = new EventSubscription(
      id,
      topic,
      policy,
      credit,
      from,
      source,
      link,
      () => {
        stopListening();
        release();
        onEnd();
      },
    );
    // Told in a turn of its own: the viewer has to know of the subscription first.
    const stopListening = relay.whenGone((reason) => setImmediate(() => subscription.end(reason)));
    return { subscription, head: source.head, policy, stream };
  }

  [Symbol.dispose](): void {
    for (const remove of this.removers.splice(0)) remove();
    this.runs.clear();
    this.relays[Symbol.dispose]();
  }

  private async subscribeRun(
    request: Subscribe,
    link: ViewerLink,
    onEnd: () => void,
  ): Promise<Begun> {
    const { lab } = this.options;
    const { id, topic, credit, from } = request;
    const policy = request.policy ?? 'latest';
    const runId = topic.slice('runs/'.length);
    // Followed before it is asked for, so that nothing that happens in between is missed.
    const followed = this.follow(runId);
    try {
      const run = await lab.archive.run(runId);
      this.moveOn(runId, run.rows, endOf(run));
      checkFrom(from, followed.progress.head);
      // Who asks for none of its rows has nothing to be refused.
      if (from !== null && from < run.rows && run.record === 'deleted') throw recordDeleted(run);
      const subscription: Subscription = new RunSubscription(
        id,
        topic,
        policy,
        credit,
        from,
        {
          run,
          progress: followed.progress,
          rowsPerBatch: await this.rowsPerBatch(run),
          rows: this.rows,
          turns: this.turns,
        },
        link,
        () => {
          followed.subscriptions.delete(subscription);
          this.unfollow(runId, followed);
          onEnd();
        },
      );
      followed.subscriptions.add(subscription);
      return { subscription, head: followed.progress.head, policy, stream: this.streamId };
    } catch (error) {
      this.unfollow(runId, followed);
      throw error;
    }
  }

  private async rowsPerBatch(run: RunRow): Promise<number> {
    const shape = await this.options.lab.library.shape(run.program.hash);
    return shape === null ? 1 : batchRows(shape.references, shape.sites, shape.ising ? 1 : 8);
  }

  private follow(run: string): FollowedRun {
    let followed = this.runs.get(run);
    if (followed === undefined) {
      followed = {
        progress: { head: 0, ended: null, changes: 0 },
        subscriptions: new Set(),
        holders: 0,
      };
      this.runs.set(run, followed);
    }
    followed.holders++;
    return followed;
  }

  private unfollow(run: string, followed: FollowedRun): void {
    followed.holders--;
    if (followed.holders === 0) this.runs.delete(run);
  }

  private moveOn(run: string, rows: number, ended: string | null): void {
    const followed = this.runs.get(run);
    if (followed === undefined) return;
    const { progress } = followed;
    progress.head = Math.max(progress.head, rows);
    progress.ended = ended ?? progress.ended;
    progress.changes++;
    for (const subscription of [...followed.subscriptions]) subscription.pump();
  }

  private addDevice(id: string): void {
    const { lab, registry, views, onError } = this.options;
    const device = registry.get(id);
    let latest: DeviceView | null = null;
    const topic = new EventTopic('read', () => ({ type: 'state', device: latest }));
    this.topics.set(`devices/${id}`, topic);
    // Views are made one after the other, so that states are published in the order in which they came.
    let last: Promise<void> = Promise.resolve();
    const publishState = (announce: boolean): void => {
      last = last
        .then(() => views.one(id))
        .then((view) => {
          latest = view;
          if (announce) topic.publish({ type: 'state', device: view });
        })
        .catch(onError);
    };
    publishState(false);
    // The device is never held back: nothing here returns a promise.
    this.removers.push(
      device.on('link', () => publishState(true)),
      device.on('equipment', () => publishState(true)),
      lab.on('reservation', (changed) => {
        if (changed.device === id) publishState(true);
      }),
      lab.on('calibration', (changed) => {
        if (changed.device === id) publishState(true);
      }),
      device.on('parameter', (reading) => topic.publish({ type: 'parameter', reading })),
      device.on('fault', (fault) => topic.publish({ type: 'fault', fault })),
      device.on('progress', ({ fraction, shots }) =>
        topic.publish({ type: 'progress', fraction, shots }),
      ),
    );
  }
}

function checkFrom(from: number | null, head: number): void {
  if (from !== null && from > head) {
    throw new RelaxdError(
      'invalid-input',
      `from: ${from} has not happened yet; the next is ${head}`,
      {
        path: 'from',
        value: from,
        limit: [0, head],
      },
    );
  }
}

function unknownTopic(topic: string): RelaxdError {
  return new RelaxdError('unknown-topic', `there is no topic '${topic}'`, {
    path: 'topic',
    value: topic,
    limit: ['jobs', 'queue', 'calibrations', 'devices/{id}', 'runs/{id}', 'audit'],
  });
}
