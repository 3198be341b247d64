import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProgram } from '../../test/support/own-server.js';
import type { LabView } from './lab-view.js';
import { Metrics } from './metrics.js';
import { smallProgram, startTestService, until, type TestService } from './service.test-support.js';

const deployed = (path: string): URL => new URL(`../../deploy/${path}`, import.meta.url);
const promtool = findProgram('promtool');

let test: TestService;
let names: ReadonlySet<string>;
beforeAll(async () => {
  test = await startTestService();
  // As a node of a lab of several has them.
  const nodes = { nodes: [], claim: null, inTouch: true, lineUp: true } as unknown;
  const { lab, registry } = test;
  const view = new Proxy(lab, {
    get(of, name) {
      if (name === 'nodes') return nodes;
      const member: unknown = Reflect.get(of, name, of);
      return typeof member === 'function' ? (member.bind(of) as unknown) : member;
    },
  }) as unknown as LabView;
  using metrics = new Metrics({ lab: view, registry, version: '0' });
  names = new Set(metrics.registry.getMetricsAsArray().map(({ name }) => name));
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

/** Of an expression of Prometheus, without what a histogram adds to its name. */
const metricsIn = (expression: string): string[] =>
  (expression.match(/\b(?:relaxd|nodejs|process)_\w+/g) ?? []).map((name) =>
    name.replace(/_(bucket|sum|count)$/, ''),
  );

describe('What is deployed beside relaxd', () => {
  it('has a dashboard of metrics that are exported', () => {
    const { panels } = JSON.parse(
      readFileSync(deployed('grafana/dashboards/relaxd.json'), 'utf8'),
    ) as { panels: readonly { readonly targets: readonly { readonly expr: string }[] }[] };
    const shown = panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => metricsIn(expr)));
    expect(shown.length).toBeGreaterThan(20);
    for (const name of shown) expect(names, name).toContain(name);
  });

  it('has alert rules on metrics that are exported', () => {
    const lines = readFileSync(deployed('alerts.yml'), 'utf8').match(/^ +expr: .*$/gm)!;
    const asked = lines.flatMap(metricsIn);
    expect(asked.length).toBeGreaterThan(15);
    for (const name of asked) expect(names, name).toContain(name);
    expect(readFileSync(deployed('prometheus.yml'), 'utf8')).toContain('alerts.yml');
  });

  it.skipIf(promtool === null)(
    `has rules that Prometheus reads${promtool === null ? ', left out: promtool (prometheus) is not installed' : ''}`,
    () => {
      const said = execFileSync(promtool!, ['check', 'rules', deployed('alerts.yml').pathname]);
      expect(said.toString()).toContain('SUCCESS');
    },
  );
});

const analyze = findProgram('systemd-analyze');
describe('deploy/relaxd.service', () => {
  it.skipIf(analyze === null)(
    `is a unit that systemd takes${analyze === null ? ', left out: systemd is not installed' : ''}`,
    () => {
      const { stdout, stderr } = spawnSync(
        analyze!,
        ['verify', deployed('relaxd.service').pathname],
        {
          encoding: 'utf8',
        },
      );
      expect([stdout, stderr]).toEqual(['', '']);
    },
  );
});

describe('/metrics', () => {
  it('counts a run, its shots, its bytes and what the store did', async () => {
    const before = await scraped();
    const { id } = await test.lab.submit({ kind: 'run', device: 'one', program: smallProgram() });
    await until(async () => (await test.lab.job(id)).state === 'completed');
    const after = await scraped();
    const gained = (name: string): number => (after.get(name) ?? 0) - (before.get(name) ?? 0);
    expect(gained('relaxd_jobs_total{state="completed"}')).toBe(1);
    expect(gained('relaxd_shots_total{device="one",engine="test"}')).toBe(3);
    expect(gained('relaxd_run_seconds_count{device="one"}')).toBe(1);
    expect(gained('relaxd_samples_recorded_total')).toBe(15);
    expect(gained('relaxd_record_bytes_total')).toBeGreaterThan(500);
    expect(gained('relaxd_record_sync_seconds_count')).toBeGreaterThanOrEqual(2);
    expect(gained('relaxd_store_commit_seconds_count')).toBeGreaterThan(4);
    expect(after.get('relaxd_store_failures_total{code="disk-full"}')).toBe(0);
    expect(after.get('relaxd_device_online{device="one"}')).toBe(1);
    expect(after.get('relaxd_device_online{device="gone"}')).toBe(0);
    expect(after.get('relaxd_alarm{alarm="disk-full"}')).toBe(0);
    expect(after.get('relaxd_runs_under_way')).toBe(0);
  });
});

async function scraped(): Promise<ReadonlyMap<string, number>> {
  const text = await (await test.fetch('/metrics')).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}
