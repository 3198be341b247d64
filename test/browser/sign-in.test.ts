import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faintTexts, launchBrowser, openDashboard, unnamedParts } from './support/browser.js';
import { RunningService } from './support/running-service.js';

interface Key {
  readonly key: { readonly id: string };
  readonly secret: string;
}

describe('a lab that asks who one is', () => {
  let service: RunningService;
  let browser: Browser;
  let admin: string;
  beforeAll(async () => {
    browser = await launchBrowser();
    service = await RunningService.start({ anonymous: 'none' });
    admin = service.key!;
  });
  afterAll(async () => {
    await browser?.close();
    await service?.[Symbol.asyncDispose]();
  });

  const make = (name: string, role: string): Promise<Key> =>
    service.post<Key>('v1/keys', { name, role });
  const shot = async (page: Page, name: string): Promise<void> => {
    const folder = process.env['SCREENSHOTS'];
    if (folder !== undefined) await writeFile(join(folder, `${name}.png`), await page.screenshot());
  };
  const signIn = async (page: Page, key: string): Promise<void> => {
    await page.getByLabel('API key').fill(key);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };

  it.each(['light', 'dark'] as const)(
    'shows a plain sign-in and nothing else (%s)',
    async (scheme) => {
      const { page } = await openDashboard(browser, service.url, { scheme });
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
      expect(await page.getByRole('heading', { name: 'Devices' }).count()).toBe(0);
      expect(await page.getByText('not signed in').count()).toBe(1);
      expect(await page.getByLabel('API key').getAttribute('type')).toBe('password');
      expect(await faintTexts(page)).toEqual([]);
      expect((await unnamedParts(page)).filter((part) => part !== 'no landmark aside')).toEqual([]);
      await shot(page, `sign-in-${scheme}`);
      await page.close();
    },
  );

  it('fits a telephone', async () => {
    const { page } = await openDashboard(browser, service.url, { width: 360, height: 740 });
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
    expect(wide).toBeLessThanOrEqual(360);
    await shot(page, 'sign-in-phone');
    await page.close();
  });

  it('says what is wrong with a key, next to the field', async () => {
    const { page } = await openDashboard(browser, service.url);
    await signIn(page, `rlx_${'a'.repeat(12)}_${'A'.repeat(43)}`);
    const alert = page.getByRole('alert');
    await alert.getByText('the API key is not known here').waitFor();
    expect(await page.getByLabel('API key').getAttribute('aria-invalid')).toBe('true');
    await shot(page, 'sign-in-wrong');
    await page.close();
  });

  it('lets an operator work, keeps the key in the tab and out of addresses, and forgets it', async () => {
    const { secret } = await make('Ann Operator', 'operator');
    const { page, complaints, forgive } = await openDashboard(browser, service.url);
    const addresses: string[] = [];
    page.on('request', (request) => addresses.push(request.url()));
    page.on('websocket', (socket) => addresses.push(socket.url()));
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await forgive();
    // With what is often copied along.
    await signIn(page, `  RELAXD_KEY="${secret}"\n`);
    await page.getByRole('heading', { name: 'Devices' }).waitFor();
    await page.getByRole('status').getByText('live').waitFor();
    const who = page.getByRole('group', { name: 'Signed in' });
    expect(await who.textContent()).toMatch(/Ann Operator\s*operator/);
    expect(await page.getByRole('form', { name: 'Queue a retrieval' }).count()).toBe(1);
    await shot(page, 'signed-in-operator');
    const stored = await page.evaluate<Record<string, string>>(
      'Object.assign({}, ...[localStorage, sessionStorage].map((s) => Object.fromEntries(Object.entries(s))))',
    );
    expect(Object.values(stored)).toEqual([secret]);
    expect(await page.evaluate<number>('localStorage.length')).toBe(0);
    expect(await page.evaluate<string>('document.cookie')).toBe('');
    await page.reload();
    await page.getByRole('heading', { name: 'Devices' }).waitFor();
    expect(
      addresses.filter((address) => address.includes('rlx_') || address.includes('ticket.')),
    ).toEqual([]);
    expect(await complaints()).toEqual([]);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await page.evaluate<number>('sessionStorage.length')).toBe(0);
    await page.close();
  });

  it('shows an observer everything and offers nothing that only others may do', async () => {
    const { secret } = await make('Olga', 'observer');
    const job = await service.post<{ id: string }>('v1/jobs', {
      kind: 'retrieve',
      device: 'glauber',
      memories: 'letters-8',
      notBefore: '2100-01-01T00:00:00Z',
    });
    const { page } = await openDashboard(browser, service.url);
    await signIn(page, secret);
    await page.getByText('looks on').waitFor();
    await page.getByText('queued').first().waitFor();
    expect(await page.getByRole('form', { name: 'Queue a retrieval' }).count()).toBe(0);
    expect(await page.getByRole('button', { name: /^Cancel/ }).count()).toBe(0);
    expect(await faintTexts(page)).toEqual([]);
    expect(await unnamedParts(page)).toEqual([]);
    await shot(page, 'signed-in-observer');
    await service.post(`v1/jobs/${job.id}/actions/cancel`, {});
    await page.close();
  });

  it('asks again within a second or two once the key is revoked', async () => {
    const { secret, key } = await make('Brief', 'observer');
    const { page } = await openDashboard(browser, service.url);
    await signIn(page, secret);
    await page.getByRole('status').getByText('live').waitFor();
    await service.post(`v1/keys/${key.id}/actions/revoke`, {});
    await page.getByText('The API key was revoked.').waitFor({ timeout: 3000 });
    expect(await page.getByRole('heading', { name: 'Devices' }).count()).toBe(0);
    await shot(page, 'revoked');
    // And lets the next one in.
    await signIn(page, admin);
    await page.getByRole('heading', { name: 'Devices' }).waitFor();
    await page.close();
  });
});
