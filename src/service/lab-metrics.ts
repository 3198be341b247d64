import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { ALARMS, isTerminal } from '../lab/index.js';
import type { RegistryView } from './device-views.js';
import type { LabView } from './lab-view.js';
import { endOf } from './stream/run-subscription.js';

const LINKS = ['offline', 'connecting', 'online', 'suspect'] as const;
/** From a fast disk's to one that is as good as away, s. */
const DISK_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** Metrics of queue, runs, devices with their links, kernels, records, store and disk. @returns what stops counting */
export function addLabMetrics(
  lab: LabView,
  registry: RegistryView,
  registers: Registry[],
): () => void {
  const gauge = (name: string, help: string, value: () => number | null): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        const now = value();
        if (now === null) this.remove();
        else this.set(now);
      },
    });
  };
  const removers = [
    ...queueMetrics(lab, registers, gauge),
    ...runMetrics(lab, registers, gauge),
    ...deviceMetrics(lab, registry, registers),
    ...recordMetrics(lab, registers, gauge),
  ];
  addAlarms(lab, registers, gauge);
  if (lab.nodes !== null) addNodeMetrics(lab.nodes, gauge);
  return () => {
    for (const remove of removers) remove();
  };
}

type AddGauge = (name: string, help: string, value: () => number | null) => void;

function queueMetrics(lab: LabView, registers: Registry[], gauge: AddGauge): (() => void)[] {
  const jobs = new Counter({
    name: 'relaxd_jobs_total',
    help: 'Jobs that came into a state since the start; state submitted: jobs made',
    labelNames: ['state'],
    registers,
  });
  // Read once a scrape: it looks at every open job.
  let known: ReturnType<LabView['queue']> | null = null;
  const queue = (): ReturnType<LabView['queue']> => {
    if (known === null) setImmediate(() => (known = null));
    return (known ??= lab.queue());
  };
  gauge('relaxd_queue_depth', 'Jobs that wait', () => queue().depth);
  gauge('relaxd_queue_quiescent', '1 while nothing runs and nothing waits', () =>
    queue().quiescent ? 1 : 0,
  );
  gauge('relaxd_queue_oldest_seconds', 'How long the job has waited that has waited longest', () =>
    queue().items.reduce(
      (longest, { position, waitedS }) =>
        position === null ? longest : Math.max(longest, waitedS),
      0,
    ),
  );
  new Gauge({
    name: 'relaxd_jobs_open',
    help: 'Jobs and points of sweeps that have not ended, by state',
    labelNames: ['state'],
    registers,
    collect() {
      this.reset();
      for (const [state, count] of lab.openJobs()) this.set({ state }, count);
    },
  });
  const states = new Map<string, string>();
  return [
    lab.on('job', ({ id, state }) => {
      if (states.get(id) === state) return;
      jobs.inc({ state });
      if (isTerminal(state)) states.delete(id);
      else states.set(id, state);
    }),
  ];
}

function runMetrics(lab: LabView, registers: Registry[], gauge: AddGauge): (() => void)[] {
  const runs = new Counter({
    name: 'relaxd_runs_total',
    help: 'Runs that ended since the start, by how, on what device and by which kernel engine',
    labelNames: ['state', 'device', 'engine'],
    registers,
  });
  const seconds = new Histogram({
    name: 'relaxd_run_seconds',
    help: 'From the start of a run to its end',
    labelNames: ['device'],
    buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200],
    registers,
  });
  const shots = new Counter({
    name: 'relaxd_shots_total',
    help: 'Shots of runs that ended, by kernel engine; engine none: no kernel ran',
    labelNames: ['device', 'engine'],
    registers,
  });
  gauge('relaxd_runs_under_way', 'Runs that are under way here', () => lab.runsUnderWay.length);
  const ended = new Set<string>();
  return [
    lab.on('run', (run) => {
      const state = endOf(run);
      if (state === null || ended.has(run.id)) return;
      if (ended.size >= MOST_ENDED) ended.clear();
      ended.add(run.id);
      const { device, startedAt, endedAt } = run;
      const engine = run.engine ?? 'none';
      runs.inc({ state, device, engine });
      shots.inc({ device, engine }, run.shots);
      if (startedAt === null || endedAt === null) return;
      seconds.observe({ device }, (Date.parse(endedAt) - Date.parse(startedAt)) / 1000);
    }),
  ];
}

/** Runs that are remembered as counted. */
const MOST_ENDED = 10_000;

type ShownDevice = ReturnType<RegistryView['list']>[number];

/** Of each device that is here; null: it has none. */
const DEVICE_GAUGES: readonly (readonly [
  name: string,
  help: string,
  value: (device: ShownDevice) => number | null,
])[] = [
  [
    'relaxd_device_fault',
    '1 while the device is in fault',
    ({ equipment }) => (equipment === 'fault' ? 1 : 0),
  ],
  [
    'relaxd_device_busy',
    '1 while the device runs something',
    ({ equipment }) => (equipment === 'armed' || equipment === 'acquiring' ? 1 : 0),
  ],
  [
    'relaxd_link_bytes_sent',
    'Bytes sent over the device’s line since it was opened',
    ({ linkCounts }) => linkCounts?.bytesSent ?? null,
  ],
  [
    'relaxd_link_bytes_received',
    'Bytes received over the device’s line since it was opened',
    ({ linkCounts }) => linkCounts?.bytesReceived ?? null,
  ],
  [
    'relaxd_link_bad_frames',
    'Frames since the line was opened that were not what they should be',
    ({ linkCounts }) => linkCounts?.framesBad ?? null,
  ],
  [
    'relaxd_link_retransmissions',
    'Frames that were sent again since the line was opened',
    ({ linkCounts }) => linkCounts?.retransmissions ?? null,
  ],
  [
    'relaxd_link_rows_lost',
    'Rows of samples that were lost since the line was opened',
    ({ linkCounts }) => linkCounts?.rowsLost ?? null,
  ],
  [
    'relaxd_link_round_trip_seconds',
    'Smoothed round trip over the device’s line',
    ({ linkCounts }) => (linkCounts?.roundTripMs == null ? null : linkCounts.roundTripMs / 1000),
  ],
];

function deviceMetrics(
  lab: LabView,
  registry: RegistryView,
  registers: Registry[],
): (() => void)[] {
  const faults = new Counter({
    name: 'relaxd_device_faults_total',
    help: 'Faults that devices have told of since the start',
    labelNames: ['device'],
    registers,
  });
  const changes = new Counter({
    name: 'relaxd_device_link_changes_total',
    help: 'How often a device’s link came into a state since the start',
    labelNames: ['device', 'link'],
    registers,
  });
  for (const [name, help, value] of DEVICE_GAUGES) {
    new Gauge({
      name,
      help,
      labelNames: ['device'],
      registers,
      collect() {
        this.reset();
        for (const device of registry.list()) {
          const now = value(device);
          if (now !== null) this.set({ device: device.id }, now);
        }
      },
    });
  }
  new Gauge({
    name: 'relaxd_device_online',
    help: '1 while the device’s link is online',
    labelNames: ['device'],
    registers,
    collect() {
      this.reset();
      for (const { id, link } of registry.list())
        this.set({ device: id }, link === 'online' ? 1 : 0);
      for (const { id } of registry.absent) this.set({ device: id }, 0);
    },
  });
  for (const { id } of registry.list()) {
    faults.inc({ device: id }, 0);
    for (const link of LINKS) changes.inc({ device: id, link }, 0);
  }
  const last = new Map<string, string>();
  return [
    lab.on('fault', ({ device }) => faults.inc({ device })),
    lab.on('device', ({ device, link }) => {
      if (last.get(device) === link) return;
      last.set(device, link);
      changes.inc({ device, link });
    }),
  ];
}

function recordMetrics(lab: LabView, registers: Registry[], gauge: AddGauge): (() => void)[] {
  const samples = new Counter({
    name: 'relaxd_samples_recorded_total',
    help: 'Rows written to records since the start',
    registers,
  });
  const bytes = new Counter({
    name: 'relaxd_record_bytes_total',
    help: 'Bytes written to records since the start',
    registers,
  });
  const gaps = new Counter({
    name: 'relaxd_record_gap_rows_total',
    help: 'Rows that are missing from records since the start, by device',
    labelNames: ['device'],
    registers,
  });
  const syncs = new Histogram({
    name: 'relaxd_record_sync_seconds',
    help: 'Time until samples that were written are on the disk',
    buckets: DISK_BUCKETS,
    registers,
  });
  const stored = new Histogram({
    name: 'relaxd_store_commit_seconds',
    help: 'Time from the wish to store something until it is durable, waiting for others’ included',
    buckets: DISK_BUCKETS,
    registers,
  });
  const failures = new Counter({
    name: 'relaxd_store_failures_total',
    help: 'Transactions that the store could not make durable, by error code',
    labelNames: ['code'],
    registers,
  });
  for (const code of ['disk-full', 'store-failed']) failures.inc({ code }, 0);
  gauge('relaxd_disk_free_bytes', 'Room on the disk of the data folder', () =>
    lab.disk === null ? null : lab.disk.freeBytes,
  );
  gauge('relaxd_disk_size_bytes', 'Size of the disk of the data folder', () =>
    lab.disk === null ? null : lab.disk.sizeBytes,
  );
  gauge(
    'relaxd_disk_sync_seconds',
    'What the last small write to the data folder took until it was on the disk',
    () => (lab.disk?.syncMs == null ? null : lab.disk.syncMs / 1000),
  );
  return [
    lab.on('run-samples', ({ chunk }) => samples.inc(chunk.rows)),
    lab.on('run-gap', ({ device, gap }) => gaps.inc({ device }, gap.rows)),
    lab.on('recorded', (wrote) => bytes.inc(wrote.bytes)),
    lab.on('synced', ({ seconds }) => syncs.observe(seconds)),
    lab.on('stored', ({ seconds, code }) => {
      if (code === null) stored.observe(seconds);
      else failures.inc({ code });
    }),
  ];
}

function addAlarms(lab: LabView, registers: Registry[], gauge: AddGauge): void {
  new Gauge({
    name: 'relaxd_alarm',
    help: '1 while there is the alarm: something that a person has to see to',
    labelNames: ['alarm'],
    registers,
    collect() {
      const now = new Set(lab.alarms.map(({ name }) => name));
      for (const alarm of ALARMS) this.set({ alarm }, now.has(alarm) ? 1 : 0);
    },
  });
  gauge('relaxd_draining', '1 while the service is being stopped', () => (lab.draining ? 1 : 0));
  gauge(
    'relaxd_audit_unwritten',
    'Entries of the audit log that could not be written yet',
    () => lab.audit.backlog,
  );
}

/** How this process stands among the nodes of its lab. */
function addNodeMetrics(nodes: NonNullable<LabView['nodes']>, gauge: AddGauge): void {
  gauge('relaxd_nodes', 'Nodes of the lab that are here', () => nodes.nodes.length);
  gauge('relaxd_node_lease', '1 while this node has a lease', () => (nodes.claim === null ? 0 : 1));
  gauge('relaxd_store_in_touch', '1 while PostgreSQL answers', () => (nodes.inTouch ? 1 : 0));
  if (nodes.lineUp === null) return;
  gauge('relaxd_redis_up', '1 while Redis answers', () => (nodes.lineUp === true ? 1 : 0));
}
