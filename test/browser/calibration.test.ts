import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { launchBrowser, openDashboard, unnamedParts } from './support/browser.js';
import { RunningService } from './support/running-service.js';

interface Job {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly by: string;
  readonly error: unknown;
}
interface Listed<T> {
  readonly items: readonly T[];
}

/** Two sites, and briefly: what is looked at is the way, not the numbers. */
const CALIBRATE = { kind: 'calibrate', device: 'board-sim', sites: 2, effort: 0.5, seed: 3 };
/** The couplings' gain goes up by this after the calibration; within so many checks that has to be found. */
const DRIFTED = 1.2;
const MOST_CHECKS = 12;

describe('a board that drifts', () => {
  let service: RunningService;
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
    service = await RunningService.start({ calibration: { recalibrate: true } });
  });
  afterAll(async () => {
    await browser?.close();
    await service?.[Symbol.asyncDispose]();
  });

  async function ended(body: object): Promise<Job> {
    const { id } = await service.post<Job>('v1/jobs', body);
    return vi.waitUntil(
      async () => {
        const job = await service.get<Job>(`v1/jobs/${id}`);
        return /completed|failed|cancelled|aborted/.test(job.state) ? job : null;
      },
      { timeout: 180_000, interval: 200 },
    );
  }
  const alarms = async (): Promise<number> => {
    const text = await (await fetch(new URL('metrics', service.url))).text();
    return Number(/^relaxd_drift_alarms\{device="board-sim"\} (\d+)/m.exec(text)?.[1] ?? 0);
  };

  it('is calibrated, checked, found out, and calibrated anew by itself: on the panel as in the metrics', async () => {
    expect(await ended(CALIBRATE)).toMatchObject({ state: 'completed' });
    const { page, complaints } = await openDashboard(browser, service.url, { height: 1400 });
    await page
      .getByRole('button', { name: /board-sim/ })
      .first()
      .click();
    const panel = page.getByRole('region', { name: 'Calibration of board-sim' });
    await panel.getByText('None is in force').waitFor();
    await panel.getByRole('button', { name: 'Activate' }).click();
    const form = panel.getByRole('form', { name: /^Activate/ });
    await form.getByLabel(/why/i).fill('held-out heat agrees');
    expect(await unnamedParts(page)).toEqual([]);
    await form.getByRole('button', { name: 'Activate' }).click();
    await panel.getByText('in force for').waitFor();
    await panel
      .getByText(/parameters identified/)
      .first()
      .waitFor();
    expect(await unnamedParts(page)).toEqual([]);

    // Before anything drifts a check finds nothing.
    expect(await ended({ kind: 'check', device: 'board-sim', seed: 11 })).toMatchObject({
      state: 'completed',
    });
    expect(await alarms()).toBe(0);

    const url = new URL('v1/devices/board-sim/parameters/couplingTrim', service.url);
    const set = await fetch(url, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ value: DRIFTED }),
    });
    expect(set.status).toBe(200);
    let checks = 0;
    while ((await alarms()) === 0 && checks < MOST_CHECKS) {
      checks++;
      await ended({ kind: 'check', device: 'board-sim', seed: 100 + checks });
    }
    expect(await alarms()).toBeGreaterThan(0);
    const drift = await service.get<{ alarms: string[] }>('v1/devices/board-sim/drift');
    expect(drift.alarms.some((name) => name.startsWith('couplingGain'))).toBe(true);
    await panel
      .getByText(/couplingGain/)
      .first()
      .waitFor();

    // The operator allows it in the configuration: a calibration is queued, by the lab.
    const again = await vi.waitUntil(
      async () => {
        const { items } = await service.get<Listed<Job>>('v1/jobs?device=board-sim&limit=50');
        return items.filter(({ kind }) => kind === 'calibrate')[0] ?? null;
      },
      { timeout: 30_000, interval: 200 },
    );
    const done = await vi.waitUntil(
      async () => {
        const { items } = await service.get<Listed<{ job: string; state: string; id: string }>>(
          'v1/calibrations?device=board-sim&state=proposed',
        );
        return items.find(({ job }) => job === again.id) ?? null;
      },
      { timeout: 180_000, interval: 300 },
    );
    // What it found is the gain that the couplings have now.
    const { record } = await service.get<{
      record: { parameters: { name: string; value: number; standardError: number }[] };
    }>(`v1/calibrations/${done.id}`);
    const [gain] = record.parameters.filter(({ name }) => name.startsWith('couplingGain'));
    expect(Math.abs(gain!.value - DRIFTED)).toBeLessThan(0.2);
    expect(gain!.value).toBeGreaterThan(1.05);
    await panel.getByRole('button', { name: 'Activate' }).first().waitFor();
    const folder = process.env['SCREENSHOTS'];
    if (folder !== undefined) {
      await page.screenshot({ path: `${folder}/calibration-panel.png`, fullPage: true });
    }
    expect(await complaints()).toEqual([]);
    await page.close();
  }, 600_000);
});
