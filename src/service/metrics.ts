import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { isTerminal } from '../lab/index.js';
import type { LabView } from './lab-view.js';
import { endOf } from './stream/run-subscription.js';

/** What `/metrics` shows. Each service has its own registry, so that two in one process do not mix. */
export class Metrics implements Disposable {
  readonly registry = new Registry();
  readonly requests: Histogram<'method' | 'route' | 'status'>;
  readonly denials: Counter<'code'>;
  readonly streamGaps: Counter<'reason'>;
  readonly streamSkipped: Counter<'reason'>;
  readonly subscriptions: Gauge;
  readonly sockets: Gauge;
  private readonly removers: (() => void)[] = [];

  constructor(lab: LabView, version: string) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    new Gauge({
      name: 'relaxd_build_info',
      help: 'Always 1; the version is a label',
      labelNames: ['version'],
      registers,
    }).set({ version }, 1);
    this.requests = new Histogram({
      name: 'relaxd_http_request_duration_seconds',
      help: 'Time from the request to the end of the answer, long polls included',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60],
      registers,
    });
    this.denials = new Counter({
      name: 'relaxd_denials_total',
      help: 'Calls that were denied, for want of a key or a role or for where they came from',
      labelNames: ['code'],
      registers,
    });
    const jobs = new Counter({
      name: 'relaxd_jobs_total',
      help: 'Jobs that came into a state since the start; state submitted: jobs made',
      labelNames: ['state'],
      registers,
    });
    const runs = new Counter({
      name: 'relaxd_runs_total',
      help: 'Runs that ended since the start, by how and on what',
      labelNames: ['state', 'device'],
      registers,
    });
    const samples = new Counter({
      name: 'relaxd_samples_recorded_total',
      help: 'Rows written to records since the start',
      registers,
    });
    new Gauge({
      name: 'relaxd_queue_depth',
      help: 'Jobs that wait',
      registers,
      collect() {
        this.set(lab.queue().depth);
      },
    });
    new Gauge({
      name: 'relaxd_queue_quiescent',
      help: '1 while nothing runs and nothing waits',
      registers,
      collect() {
        this.set(lab.queue().quiescent ? 1 : 0);
      },
    });
    addCalibrationMetrics(lab, registers);
    if (lab.nodes !== null) addNodeMetrics(lab.nodes, registers);
    this.streamGaps = new Counter({
      name: 'relaxd_stream_gaps_total',
      help: 'Gaps that viewers were told of',
      labelNames: ['reason'],
      registers,
    });
    this.streamSkipped = new Counter({
      name: 'relaxd_stream_skipped_total',
      help: 'Rows and events in those gaps',
      labelNames: ['reason'],
      registers,
    });
    this.subscriptions = new Gauge({
      name: 'relaxd_stream_subscriptions',
      help: 'Live subscriptions',
      registers,
    });
    this.sockets = new Gauge({ name: 'relaxd_stream_sockets', help: 'Open sockets', registers });

    const states = new Map<string, string>();
    this.removers.push(
      lab.on('job', ({ id, state }) => {
        if (states.get(id) === state) return;
        jobs.inc({ state });
        if (isTerminal(state)) states.delete(id);
        else states.set(id, state);
      }),
      lab.on('run-samples', ({ chunk }) => samples.inc(chunk.rows)),
      lab.on('run', (run) => {
        const end = endOf(run);
        if (end === null) return;
        runs.inc({ state: end, device: run.device });
      }),
    );
  }

  [Symbol.dispose](): void {
    for (const remove of this.removers.splice(0)) remove();
    this.registry.clear();
  }
}

/** Which devices are calibrated, whether that holds, and whether checks have found a drift. */
function addCalibrationMetrics(lab: LabView, registers: Registry[]): void {
  const labelNames = ['device'];
  new Gauge({
    name: 'relaxd_calibration_expired',
    help: '1 where the calibration in force is over: no job runs there; 0 where it holds',
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const { device, expired } of lab.activeCalibrations())
        this.set({ device }, expired ? 1 : 0);
    },
  });
  const drift = new Gauge({
    name: 'relaxd_drift_alarms',
    help: 'Quantities whose control chart has passed its limit since the calibration is in force',
    labelNames,
    registers,
  });
  lab.on('drift', ({ device, alarms }) => drift.set({ device }, alarms.length));
  lab.on('calibration', ({ device, state }) => {
    if (state === 'active') drift.set({ device }, 0);
  });
}

/** How this process stands among the nodes of its lab. */
function addNodeMetrics(nodes: NonNullable<LabView['nodes']>, registers: Registry[]): void {
  const gauge = (name: string, help: string, value: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  };
  gauge('relaxd_nodes', 'Nodes of the lab that are here', () => nodes.nodes.length);
  gauge('relaxd_node_lease', '1 while this node has a lease', () => (nodes.claim === null ? 0 : 1));
  gauge('relaxd_store_in_touch', '1 while PostgreSQL answers', () => (nodes.inTouch ? 1 : 0));
  if (nodes.lineUp === null) return;
  gauge('relaxd_redis_up', '1 while Redis answers', () => (nodes.lineUp === true ? 1 : 0));
}
