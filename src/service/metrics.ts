import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { RegistryView } from './device-views.js';
import { addCalibrationMetrics } from './calibration-metrics.js';
import { addLabMetrics } from './lab-metrics.js';
import type { LabView } from './lab-view.js';

export interface MetricsParts {
  readonly lab: LabView;
  readonly registry: RegistryView;
  readonly version: string;
}

/** What `/metrics` shows. Each service has its own registry, so that two in one process do not mix. */
export class Metrics implements Disposable {
  readonly registry = new Registry();
  readonly requests: Histogram<'method' | 'route' | 'status'>;
  readonly denials: Counter<'code'>;
  readonly streamGaps: Counter<'reason'>;
  readonly streamSkipped: Counter<'reason'>;
  readonly subscriptions: Gauge;
  readonly sockets: Gauge;
  private readonly stopCounting: readonly (() => void)[];

  constructor({ lab, registry, version }: MetricsParts) {
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

    this.stopCounting = [
      addLabMetrics(lab, registry, registers),
      addCalibrationMetrics(lab, registers),
    ];
  }

  [Symbol.dispose](): void {
    for (const stop of this.stopCounting) stop();
    this.registry.clear();
  }
}
