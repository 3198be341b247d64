import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  coloursOf,
  faintTexts,
  launchBrowser,
  openDashboard,
  unnamedParts,
} from './support/browser.js';
import { RunningService } from './support/running-service.js';

const DEMO_DEVICES = [
  ['glauber', 'emulator'],
  ['cavity-qed', 'emulator'],
  ['rc-langevin', 'emulator'],
  ['rlc-langevin', 'emulator'],
  ['spiking', 'emulator'],
  ['board-sim', 'firmware sim'],
];
const DEMO_MS = 90_000;

describe('what a newcomer sees first', () => {
  let service: RunningService;
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
    service = await RunningService.start();
  });
  afterAll(async () => {
    await browser?.close();
    await service?.[Symbol.asyncDispose]();
  });

  it.each(DEMO_DEVICES)(
    'is a live retrieval on %s, with its picture and its numbers',
    async (id, origin) => {
      const { page, complaints } = await openDashboard(browser, service.url);
      const card = page.getByRole('article', { name: id, exact: true });
      await card.getByText(/^\d.* %$/).waitFor({ timeout: DEMO_MS });
      await expect.poll(() => card.getByText(origin).count()).toBe(1);
      // State and stored target; more than one colour: they are painted.
      const selector = `article[aria-labelledby="device-${id}"] canvas`;
      await expect
        .poll(async () => (await coloursOf(page, selector)).map((colours) => colours > 1))
        .toEqual([true, true]);

      await card.getByRole('button', { name: `Show the newest run of ${id}` }).click();
      const main = page.getByRole('main');
      await main.getByRole('heading', { name: new RegExp(`^Retrieval of .* on ${id}$`) }).waitFor();
      const table = main.getByRole('table');
      for (const quantity of ['work', 'heat into the bath', 'entropy production', 'first law']) {
        const row = table.getByRole('row').filter({ hasText: quantity });
        await expect.poll(() => row.getByRole('cell').first().textContent()).toMatch(/\d|–/);
      }
      // Where there is no number, the table says why.
      const empty = table.getByRole('row').filter({ has: page.getByRole('cell', { name: '–' }) });
      expect(await empty.filter({ hasText: 'exp(−βW)' }).textContent()).toMatch(
        /equilibrium|infinite/,
      );
      expect(await main.getByText('of shots end at overlap ≥ 0.95').count()).toBe(1);
      // Spiking neurons have no energy: what would stay empty is not drawn, and the page says so.
      const charts = id === 'spiking' ? 1 : 3;
      await expect.poll(async () => (await coloursOf(page, '.uplot canvas')).length).toBe(charts);
      expect(await main.getByText('This run records no energy and no work or heat.').count()).toBe(
        charts === 1 ? 1 : 0,
      );
      expect((await coloursOf(page, '.uplot canvas')).every((colours) => colours > 2)).toBe(true);
      expect(await complaints()).toEqual([]);
      await page.close();
    },
  );

  it('moves, and can be paused, looked through and started by keyboard', async () => {
    const { page, complaints } = await openDashboard(browser, service.url);
    const main = page.getByRole('main');
    const scrubber = main.getByRole('slider', { name: 'Readout of the shot' });
    const step = (): Promise<number> => scrubber.inputValue().then(Number);
    await main.getByRole('button', { name: 'Pause the replay' }).waitFor({ timeout: DEMO_MS });
    const first = await step();
    await expect.poll(step, { timeout: 10_000 }).not.toBe(first);

    await main.getByRole('button', { name: 'Pause the replay' }).press('Space');
    await main.getByRole('button', { name: 'Play the replay' }).waitFor();
    await scrubber.press('Home');
    expect(await step()).toBe(0);
    expect(await main.getByText('t = 0 ', { exact: false }).count()).toBeGreaterThan(0);
    await scrubber.press('End');
    expect(await step()).toBeGreaterThan(10);
    await main.getByRole('combobox', { name: 'shot' }).selectOption('3');
    expect(await step()).toBe(0);
    await main.getByRole('button', { name: 'Play the replay' }).press('Enter');
    await expect.poll(step, { timeout: 10_000 }).toBeGreaterThan(0);
    expect(await complaints()).toEqual([]);
    await page.close();
  });

  it.each(['light', 'dark'] as const)('can be read by everybody, in the %s', async (scheme) => {
    const { page } = await openDashboard(browser, service.url, { scheme });
    await page.getByRole('table').waitFor({ timeout: DEMO_MS });
    expect(await unnamedParts(page)).toEqual([]);
    expect(await faintTexts(page)).toEqual([]);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toContain('Skip to');
    const outline = 'getComputedStyle(document.activeElement).outlineStyle';
    await page.keyboard.press('Tab');
    expect(await page.evaluate(outline)).not.toBe('none');
    await page.close();
  });

  it('stands still where motion is unwelcome, at the end of the shot', async () => {
    const { page } = await openDashboard(browser, service.url, { reducedMotion: true });
    const main = page.getByRole('main');
    await main.getByRole('button', { name: 'Play the replay' }).waitFor({ timeout: DEMO_MS });
    const scrubber = main.getByRole('slider', { name: 'Readout of the shot' });
    await expect
      // The button is there before the run and its samples are.
      .poll(async () => (await scrubber.inputValue()) === (await scrubber.getAttribute('max')), {
        timeout: DEMO_MS,
      })
      .toBe(true);
    await page.close();
  });

  it.each([
    [390, 844],
    [1280, 800],
  ])('fits into %i × %i without scrolling sideways, and nothing jumps', async (width, height) => {
    const { page, complaints } = await openDashboard(browser, service.url, { width, height });
    await page.getByRole('table').waitFor({ timeout: DEMO_MS });
    await page.waitForLoadState('networkidle');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    // "Good" by the Web Vitals: below 0.1.
    expect(await page.evaluate('window.shifted')).toBeLessThan(0.1);
    expect(await complaints()).toEqual([]);
    await page.close();
  });
});
