import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { launchBrowser, openDashboard } from './support/browser.js';
import { RunningService } from './support/running-service.js';

interface Job {
  readonly id: string;
  readonly state: string;
}
const ENDED = /completed|failed|cancelled|aborted/;
/** Longer than any of these tests, if nobody cancels it. */
const LONG = {
  kind: 'retrieve',
  device: 'glauber',
  memories: 'letters',
  rule: 'rectified:8',
  corrupt: 0.3,
  temperature: 1,
  shots: 2_000_000,
  seed: 5,
};

describe('working with the lab', () => {
  let service: RunningService;
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
    service = await RunningService.start();
    await vi.waitUntil(
      async () => (await service.get<{ quiescent: boolean }>('v1/queue')).quiescent,
      { timeout: 90_000, interval: 200 },
    );
  });
  afterAll(async () => {
    await browser?.close();
    await service?.[Symbol.asyncDispose]();
  });

  it('queues a retrieval through the form and shows how it ended', async () => {
    const { page, complaints } = await openDashboard(browser, service.url);
    const form = page.getByRole('form', { name: 'Queue a retrieval' });
    await form.getByLabel('Device').selectOption('glauber');
    await form.getByLabel('Memories').selectOption('letters-8');
    await form.getByRole('radio', { name: 'K' }).check({ force: true });
    await form.getByLabel('Rule').fill('projection');
    await form.getByLabel('Corrupt the cue').fill('20');
    expect(await form.getByText('20 %, 20 of 100 sites').count()).toBe(1);
    await form.getByLabel('Shots').fill('7');
    await form.getByLabel('Seed').fill('11');
    await form.getByRole('button', { name: 'Queue the retrieval' }).click();

    const main = page.getByRole('main');
    await main.getByRole('heading', { name: 'Retrieval of ‘K’ on glauber' }).waitFor();
    await main.getByText('completed').waitFor();
    await main
      .getByText(
        'projection · letters-8 · 8 memories · cue with 20 of 100 sites flipped · 7 shots · seed 11',
        { exact: false },
      )
      .waitFor();
    expect(await page.getByText('The retrieve job on glauber has completed.').count()).toBe(1);
    const [job] = (await service.get<{ items: Job[] }>('v1/jobs?limit=1')).items;
    const { result } = await service.get<{
      result: { retrieval: { success: number; target: number }; seed: number };
    }>(`v1/jobs/${job!.id}`);
    expect(result).toMatchObject({ seed: 11, retrieval: { target: 2 } });
    const shown = await main
      .locator('dl > div')
      .filter({ hasText: 'success' })
      .locator('dd')
      .first()
      .textContent();
    expect(Number.parseFloat(shown!)).toBeCloseTo(100 * result.retrieval.success, 0);
    expect(await complaints()).toEqual([]);
    await page.close();
  });

  it('says next to the form what is wrong with it: the code, the place and what to do', async () => {
    const { page, complaints, forgive } = await openDashboard(browser, service.url);
    const form = page.getByRole('form', { name: 'Queue a retrieval' });
    await form.getByRole('radio').first().waitFor({ state: 'attached' });
    await form.getByLabel('Rule').fill('hebbb');
    await form.getByRole('button', { name: 'Queue the retrieval' }).click();
    const alert = form.getByRole('alert');
    await alert.getByText('unknown-rule').waitFor();
    const said = await alert.textContent();
    expect(said).toContain('at rule');
    expect(said).toContain('hebbb');
    expect(said).toContain('Hint');
    expect(await form.getByLabel('Rule').getAttribute('aria-invalid')).toBe('true');

    await form.getByLabel('Rule').fill('hebb');
    await form.getByLabel('Shots').fill('-3');
    await form.getByRole('button', { name: 'Queue the retrieval' }).click();
    await alert.getByText('at shots').waitFor();
    expect(await form.getByLabel('Shots').getAttribute('aria-invalid')).toBe('true');
    expect(await form.getByLabel('Rule').getAttribute('aria-invalid')).toBe('false');

    // Chromium itself notes each 400 in its console; nothing else may be there.
    const other = (await complaints()).filter((text) => !text.includes('status of 400'));
    expect(other).toEqual([]);
    await forgive();
    await form.getByLabel('Shots').fill('3');
    await form.getByRole('button', { name: 'Queue the retrieval' }).click();
    await form.getByText('Queued on', { exact: false }).waitFor();
    expect(await alert.textContent()).toBe('');
    expect(await complaints()).toEqual([]);
    await page.close();
  });

  it('cancels a job that waits and one that runs', async () => {
    const { page, complaints } = await openDashboard(browser, service.url);
    const running = await service.post<Job>('v1/jobs', LONG);
    const waiting = await service.post<Job>('v1/jobs', { ...LONG, priority: -1 });
    const state = async (job: Job): Promise<string> =>
      (await service.get<Job>(`v1/jobs/${job.id}`)).state;
    const queue = page.getByRole('region', { name: 'Queue' });
    const row = (text: RegExp) =>
      queue
        .getByRole('listitem')
        .filter({ hasText: text })
        .filter({ has: page.getByRole('button', { name: /^Cancel/ }) });
    await row(/running/).waitFor();
    expect(await queue.getByRole('progressbar').count()).toBe(2);

    await row(/queued/)
      .getByRole('button', { name: /^Cancel/ })
      .click();
    await expect.poll(() => state(waiting)).toBe('cancelled');
    await row(/running/)
      .getByRole('button', { name: /^Cancel/ })
      .click();
    await expect.poll(() => state(running), { timeout: 20_000 }).toMatch(ENDED);
    expect(await state(running)).toBe('cancelled');
    await expect.poll(() => queue.getByRole('button', { name: /^Cancel/ }).count()).toBe(0);
    expect(await queue.getByText('cancelled').count()).toBeGreaterThanOrEqual(2);
    expect(await complaints()).toEqual([]);
    await page.close();
  });

  it('shows a device that is offline, and why', async () => {
    const { page } = await openDashboard(browser, service.url);
    const card = page.getByRole('article', { name: 'cavity-qed', exact: true });
    await card.getByText('online', { exact: true }).waitFor();
    await service.post('v1/devices/cavity-qed/actions/disconnect', {});
    await card.getByText('offline', { exact: true }).waitFor();
    await card.getByText(/^offline: \w/).waitFor();
    const form = page.getByRole('form', { name: 'Queue a retrieval' });
    await expect
      .poll(() => form.getByLabel('Device').locator('option').allTextContents())
      .not.toContain('cavity-qed');
    await service.post('v1/devices/cavity-qed/actions/connect', {});
    await card.getByText('online', { exact: true }).waitFor();
    await page.close();
  });

  it('says that the service is away, tries again and goes on where it was', async () => {
    const { page, forgive, complaints } = await openDashboard(browser, service.url);
    await page.getByText('live', { exact: true }).waitFor();
    // Not even the memory sets had been read before the service went.
    await page.route('**/v1/memory-sets*', (route) => route.abort());
    await page.reload();
    await page.getByText('live', { exact: true }).waitFor();
    await page.getByRole('article').first().waitFor();
    await service.stop();
    await page.unroute('**/v1/memory-sets*');
    await page.getByText('service away').waitFor();
    await page.getByText('goes on by itself', { exact: false }).waitFor();
    // What was known stays on the screen.
    expect(await page.getByRole('article').count()).toBeGreaterThanOrEqual(4);
    const tryNow = page.getByRole('button', { name: 'try now' });
    await tryNow.click();
    await page.getByText('service away').waitFor();
    await service.startAgain();
    // Its own next try may come before ours, and takes the button away.
    const back = page.getByText('live', { exact: true }).waitFor();
    await Promise.race([tryNow.click().catch(() => back), back]);
    await back;
    await forgive();

    const form = page.getByRole('form', { name: 'Queue a retrieval' });
    await form.getByLabel('Device').selectOption('glauber');
    await form.getByLabel('Shots').fill('5');
    await form.getByRole('button', { name: 'Queue the retrieval' }).click();
    await page
      .getByText('The retrieve job on glauber has completed.')
      .waitFor({ state: 'attached' });
    expect(await complaints()).toEqual([]);
    await page.close();
  });
});
