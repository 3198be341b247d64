import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, openDashboard } from './support/browser.js';
import { RunningService } from './support/running-service.js';

describe('a lab whose disk is filling', () => {
  let service: RunningService;
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
    // More than any disk has.
    service = await RunningService.start({ disk: { warnFreeMiB: 2 ** 30 } });
  });
  afterAll(async () => {
    await browser?.close();
    await service?.[Symbol.asyncDispose]();
  });

  it('says so on the first screen, and to a screen reader', async () => {
    const { page, complaints } = await openDashboard(browser, service.url);
    const alert = page.getByRole('alert').filter({ hasText: 'The disk is filling' });
    await alert.waitFor();
    expect(await alert.textContent()).toMatch(/MiB are free at .*, 1073741824 are wanted\./);
    expect(await complaints()).toEqual([]);
    await page.close();
  });
});
