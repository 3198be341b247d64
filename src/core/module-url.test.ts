import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { compiledUrl, driverUrl } from './module-url.js';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** A package whose bundle has one worker and one driver, made so many seconds after the compiler last worked. */
function packageBundled(secondsLater: number): string {
  const root = mkdtempSync(join(tmpdir(), 'relaxd-bundle-'));
  folders.push(root);
  mkdirSync(join(root, 'dist/bundle'), { recursive: true });
  const list = join(root, 'dist/bundle/modules.json');
  const compiled = join(root, 'dist/.tsbuildinfo');
  writeFileSync(list, JSON.stringify({ 'src/a/worker.js': 'w.js', 'drivers/d/index.js': 'd.js' }));
  writeFileSync(compiled, '');
  utimesSync(compiled, 1e9, 1e9);
  utimesSync(list, 1e9 + secondsLater, 1e9 + secondsLater);
  return pathToFileURL(root).href;
}

describe('a compiled module', () => {
  it.each([0, 1])('is loaded from a bundle made %d s after the compiler worked', (later) => {
    const root = packageBundled(later);
    const place = `${root}/dist/src/a/b.js`;
    expect(compiledUrl(place, './worker.js').href).toBe(`${root}/dist/bundle/w.js`);
    expect(compiledUrl(place, './other.js').href).toBe(`${root}/dist/src/a/other.js`);
    const driver = new URL(`${root}/dist/drivers/d/index.js`);
    expect(driverUrl(driver).href).toBe(`${root}/dist/bundle/d.js`);
    const outside = new URL('file:///elsewhere/d/index.js');
    expect(driverUrl(outside)).toBe(outside);
  });

  it('is loaded by itself where the compiler has worked since', () => {
    const root = packageBundled(-1);
    const worker = `${root}/dist/src/a/worker.js`;
    expect(compiledUrl(`${root}/dist/src/a/b.js`, './worker.js').href).toBe(worker);
    const driver = new URL(`${root}/dist/drivers/d/index.js`);
    expect(driverUrl(driver)).toBe(driver);
  });
});
