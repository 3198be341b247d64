import { asRelaxdError, RelaxdError, type Clock, type Timeline } from '../core/index.js';
import type { Device } from '../device/index.js';
import type { Claim, JobRow } from './job.js';
import type { NodeLine } from './node-line.js';
import { NodePass } from './node-pass.js';
import { Pulse } from './pulse.js';
import type { Log } from './log.js';
import type { RunRow } from './run.js';
import type { NodeDevice, NodeRow, Sealed, SharedStore } from './shared-store.js';

/** A lease is over after so long without a sign of life. */
export const LEASE_MS = 10_000;
/** Signs of life in one lease. */
const BEATS = 4;
/** Changes of other nodes are looked for so often; with a line between the nodes at once when there are any. */
const LOOK_MS = 500;

export interface NodeOptions {
  readonly store: SharedStore;
  /** The same for as long as the process lives. */
  readonly id: string;
  readonly name: string;
  readonly leaseMs?: number;
  /** Between the nodes; null: they find out by looking. */
  readonly line?: NodeLine | null;
}

export interface NodePorts {
  readonly clock: Clock;
  readonly setAlarm: Timeline['after'];
  readonly log: Log;
  /** Devices of this process. */
  devices(): readonly Device[];
  /** Another node has changed a job. */
  adopt(row: JobRow): Promise<void>;
  /** A run has changed, or its record has grown, here or elsewhere. */
  runChanged(run: RunRow, sealed: Sealed): void;
  /** Takes over a job whose node has gone. */
  takeOver(row: JobRow): Promise<void>;
  /** What is under way here is not this node's any more. */
  leaseLost(error: RelaxdError): void;
  /** Jobs that are claimed under a token, and that nothing here is doing. */
  abandoned(token: number): readonly JobRow[];
  /** Nodes have come or gone, or their devices have changed. */
  nodesChanged(): void;
  /** The line between the nodes works, and may be empty; comes again and again. */
  lineUp(): void;
}

/** A device that belongs to one node. */
export type AttachedDevice = NodeDevice & { readonly node: NodeRow };

/**
 * This process among the nodes of its lab: keeps its lease, follows what the others change, and takes over what a dead one
 * leaves. Everything that it does it does again and again, so that what fails once is no harm; no clock but the database's
 * decides anything.
 */
export class LabNode {
  private lease: NodeRow | null = null;
  private attached: readonly AttachedDevice[] = [];
  private all: readonly NodeRow[] = [];
  private since = 0;
  private address = '';
  private shown = '';
  /** Signs of life. Nothing else is waited for there: whatever holds up the rest of the node, its lease goes on. */
  private readonly beats: Pulse;
  private readonly tending: Pulse;
  private readonly looks: Pulse;
  /** Jobs that nothing was doing at the last beat, by id. */
  private suspects = new Set<string>();
  private failing = false;
  private readonly passes: NodePass;

  constructor(
    private readonly options: NodeOptions,
    private readonly ports: NodePorts,
  ) {
    this.passes = new NodePass(options.store);
    const { setAlarm } = ports;
    const beatMs = (options.leaseMs ?? LEASE_MS) / BEATS;
    this.beats = new Pulse(() => this.oneBeat(), beatMs, setAlarm);
    this.tending = new Pulse(() => this.oneTending(), beatMs, setAlarm);
    this.looks = new Pulse(() => this.oneLook(), LOOK_MS, setAlarm);
  }

  /** Before the jobs are read: what changes from now on is not missed. */
  async follow(): Promise<void> {
    this.since = await this.options.store.now();
  }

  /** Joins the lab, and goes on doing so until it works. @param address where others reach this node's service */
  async start(address: string): Promise<void> {
    this.address = address;
    this.options.line?.listen(
      () => void this.looks.now(),
      () => this.ports.lineUp(),
    );
    await this.beats.now();
    void this.tending.now();
    void this.looks.now();
  }

  /** Under what this node takes jobs; null: it has no lease now. */
  get claim(): Claim | null {
    const { lease } = this;
    return lease === null ? null : { token: lease.token, node: lease.id };
  }

  get id(): string {
    return this.options.id;
  }

  get name(): string {
    return this.options.name;
  }

  /** Nodes that are here, the oldest first. */
  get nodes(): readonly NodeRow[] {
    return this.all;
  }

  /** True: the others hear of changes at once; false: they will when Redis is back; null: there is none. */
  get lineUp(): boolean | null {
    return this.options.line?.up ?? null;
  }

  /** True while the store answers. */
  get inTouch(): boolean {
    return !this.failing;
  }

  /** The node that has an attached device: where several do, the one that was there first. */
  ownerOf(device: string): AttachedDevice | null {
    return this.attached.find((one) => one.device === device) ?? null;
  }

  /** Attached devices of other nodes, each once. */
  elsewhere(): readonly AttachedDevice[] {
    const own = new Set(this.ports.devices().map(({ id }) => id));
    return this.attached.filter(
      (one, k) =>
        one.node.id !== this.id &&
        !own.has(one.device) &&
        this.attached.findIndex(({ device }) => device === one.device) === k,
    );
  }

  /** True: a run on this device is this node's business. */
  has(device: Device): boolean {
    return device.origin === 'emulator' || this.ownerOf(device.id)?.node.id === this.id;
  }

  /** By what this node shows another that it is one of the lab. @throws RelaxdError `lease-lost`, `store-failed` */
  async pass(): Promise<string> {
    if (this.lease !== null) return this.passes.make(this.lease.token);
    throw new RelaxdError('lease-lost', 'this node has no lease now', { node: this.name });
  }

  /** The node that shows such a pass; null: none that is here. @throws RelaxdError `store-failed` */
  nodeOfPass(pass: string): Promise<NodeRow | null> {
    return this.passes.read(pass);
  }

  get line(): NodeLine | null {
    return this.options.line ?? null;
  }

  /** Something has been changed here that others want to know of. */
  tell(): void {
    this.options.line?.tell();
  }

  async close(): Promise<void> {
    await Promise.all([this.beats.close(), this.tending.close(), this.looks.close()]);
    if (this.lease !== null) {
      // The others need not wait for the lease to run out.
      await this.options.store.leave(this.lease.token).catch(() => undefined);
      this.tell();
    }
    await this.options.line?.[Symbol.asyncDispose]();
  }

  // Signs of life -------------------------------------------------------------------------------------------

  private async oneBeat(): Promise<void> {
    try {
      await this.keepLease();
      if (this.failing) this.ports.log('info', 'the store answers again');
      this.failing = false;
    } catch (error) {
      const known = asRelaxdError(error);
      if (!this.failing) {
        this.ports.log('error', `no sign of life could be given: ${known.message}`, {
          code: known.code,
        });
      }
      this.failing = true;
    }
  }

  private async keepLease(): Promise<void> {
    const { store, id, name, leaseMs = LEASE_MS } = this.options;
    const { lease } = this;
    if (lease !== null && (await store.renew(lease.token, leaseMs))) return;
    if (lease !== null) {
      this.lease = null;
      const error = new RelaxdError(
        'lease-lost',
        `this node was silent for longer than ${leaseMs / 1000} s; others have what it had under way`,
        { value: lease.token, node: name },
      );
      this.ports.log('warn', error.message, { code: error.code, token: lease.token });
      this.ports.leaseLost(error);
    }
    this.lease = await store.join({ id, name, address: this.address }, leaseMs);
    this.shown = '';
    this.suspects.clear();
    this.ports.log('info', `node ${name} has lease ${this.lease.token}`, { node: id });
    this.ports.nodesChanged();
  }

  // The lab as a whole --------------------------------------------------------------------------------------

  private async oneTending(): Promise<void> {
    const { lease } = this;
    if (lease === null) return;
    try {
      await this.showDevices(lease.token);
      await this.buryTheDead(lease.token);
      await this.readNodes();
      this.ports.lineUp();
    } catch (error) {
      const known = asRelaxdError(error);
      this.ports.log('warn', `the nodes cannot be looked after: ${known.message}`, {
        code: known.code,
      });
    }
  }

  private async showDevices(token: number): Promise<void> {
    const devices: NodeDevice[] = [];
    for (const device of this.ports.devices()) {
      if (device.origin === 'emulator') continue;
      devices.push(await nodeDevice(device));
    }
    const shown = JSON.stringify(devices);
    if (shown === this.shown) return;
    await this.options.store.showDevices(token, devices);
    this.shown = shown;
  }

  private async buryTheDead(own: number): Promise<void> {
    const { store } = this.options;
    for (const { name, token } of await store.endLeases()) {
      this.ports.log('warn', `node ${name} has gone: its lease ${token} has run out`, { token });
    }
    for (const row of await store.orphans()) await this.ports.takeOver(row);
    // A claim whose answer was lost on its way: nobody would ever do the job.
    const abandoned = this.ports.abandoned(own);
    for (const row of abandoned) {
      if (this.suspects.has(row.id)) await this.ports.takeOver(row);
    }
    this.suspects = new Set(abandoned.map(({ id }) => id));
  }

  private async readNodes(): Promise<void> {
    const { store } = this.options;
    const before = JSON.stringify([this.all, this.attached]);
    this.all = await store.nodes();
    this.attached = await store.nodeDevices();
    if (JSON.stringify([this.all, this.attached]) !== before) this.ports.nodesChanged();
  }

  // What others change --------------------------------------------------------------------------------------

  private async oneLook(): Promise<void> {
    try {
      const { jobs, runs, upTo } = await this.options.store.changes(this.since);
      for (const row of jobs) await this.ports.adopt(row);
      for (const { run, sealed } of runs) this.ports.runChanged(run, sealed);
      this.since = upTo;
    } catch (error) {
      // The heart beats in the same store, and says so.
      this.ports.log('debug', `changes cannot be read: ${asRelaxdError(error).message}`);
    }
  }
}

async function nodeDevice(device: Device): Promise<NodeDevice> {
  const { id, driver, origin, serial, link, equipment, reason } = device;
  const descriptor = link === 'online' ? await device.describe().catch(() => null) : null;
  return {
    device: id,
    attached: true,
    driver,
    origin,
    serial,
    link,
    equipment,
    reason,
    descriptor,
  };
}

/** What a lab shows of its node. */
export type NodeView = Pick<
  LabNode,
  | 'id'
  | 'name'
  | 'nodes'
  | 'inTouch'
  | 'lineUp'
  | 'ownerOf'
  | 'elsewhere'
  | 'claim'
  | 'pass'
  | 'nodeOfPass'
>;
