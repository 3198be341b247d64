import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** @throws Error that says how to get a browser, where there is none */
export async function launchBrowser(): Promise<Browser> {
  if (!existsSync(CHROMIUM)) {
    throw new Error(
      `the browser tests need Chromium, and there is none at ${CHROMIUM}: ` +
        'apt-get install chromium, or set CHROMIUM to its path',
    );
  }
  // Each launch makes a new and empty profile.
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export interface OpenPage {
  readonly page: Page;
  /** Everything that must not happen: errors in the console, refused by the policy, calls to other hosts. */
  readonly complaints: () => Promise<string[]>;
  /** Forgets what was complained of, after a fault that was meant. */
  readonly forgive: () => Promise<void>;
}

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: 'light' | 'dark';
  readonly reducedMotion?: boolean;
}

/** Opens the dashboard and writes down what goes wrong in it. */
export async function openDashboard(
  browser: Browser,
  url: string,
  options: PageOptions = {},
): Promise<OpenPage> {
  const page = await browser.newPage({
    viewport: { width: options.width ?? 1280, height: options.height ?? 800 },
    colorScheme: options.scheme ?? 'light',
    reducedMotion: options.reducedMotion === true ? 'reduce' : 'no-preference',
  });
  const found: string[] = [];
  const { host } = new URL(url);
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      found.push(`console ${message.type()}: ${message.text()}`);
    }
  });
  page.on('pageerror', (error) => found.push(`uncaught: ${error.message}`));
  page.on('request', (request) => {
    const address = new URL(request.url());
    const own = address.host === host || address.protocol === 'blob:';
    if (!own) found.push(`a request to ${request.url()}`);
  });
  page.on('websocket', (socket) => {
    if (new URL(socket.url()).host !== host) found.push(`a socket to ${socket.url()}`);
  });
  await page.addInitScript(`
    window.refusals = [];
    document.addEventListener('securitypolicyviolation', (event) => {
      window.refusals.push('refused by the policy: ' + event.violatedDirective + ' ' + event.blockedURI);
    });
    window.shifted = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
  `);
  await page.goto(url);
  return {
    page,
    complaints: async () => [...found, ...(await page.evaluate<string[]>('window.refusals'))],
    forgive: async () => {
      found.length = 0;
      await page.evaluate('window.refusals.length = 0');
    },
  };
}

/** How many colours a canvas shows; 1: it is blank. */
export function coloursOf(page: Page, selector: string): Promise<number[]> {
  return page.evaluate<number[]>(`
    [...document.querySelectorAll(${JSON.stringify(selector)})].map((canvas) => {
      if (canvas.width === 0 || canvas.height === 0) return 0;
      // Read from a copy: Chromium warns of reading from the page's own canvases.
      const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
      copy.drawImage(canvas, 0, 0);
      const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
      const seen = new Set();
      for (let i = 0; i < data.length; i += 4) seen.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
      return seen.size;
    })
  `);
}

/** Text whose contrast with what is behind it is below WCAG 2.2's AA: 4.5, or 3 for large text. */
export function faintTexts(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`(() => {
    const rgba = (text) => {
      const parts = (text.match(/[\\d.]+/g) ?? []).map(Number);
      return { rgb: parts.slice(0, 3), alpha: parts[3] ?? 1 };
    };
    const luminance = (rgb) => {
      const [r, g, b] = rgb.map((c) => {
        const s = c / 255;
        return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
      for (let e = element; e !== null; e = e.parentElement) {
        const { rgb, alpha } = rgba(getComputedStyle(e).backgroundColor);
        if (alpha > 0.99) return rgb;
      }
      return [255, 255, 255];
    };
    const faint = [];
    for (const element of document.querySelectorAll('body *')) {
      const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim() !== '');
      if (!own || !element.checkVisibility({ visibilityProperty: true }) || element.closest(':disabled')) continue;
      const style = getComputedStyle(element);
      const size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      const [light, dark] = [luminance(rgba(style.color).rgb), luminance(behind(element))].sort((a, b) => b - a);
      const contrast = (light + 0.05) / (dark + 0.05);
      if (contrast < (large ? 3 : 4.5)) {
        faint.push(element.textContent.trim().slice(0, 40) + ': ' + contrast.toFixed(2));
      }
    }
    return faint;
  })()`);
}

/** What a reader without sight would miss: fields and pictures without a name, headings that skip a level. */
export function unnamedParts(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`(() => {
    const named = (element) => {
      const by = (element.getAttribute('aria-labelledby') ?? '').split(' ').filter(Boolean);
      const text = [
        element.getAttribute('aria-label'),
        ...by.map((id) => document.getElementById(id)?.textContent),
        ...[...(element.labels ?? [])].flatMap((label) => [
          label.textContent,
          ...[...label.querySelectorAll('[aria-label]')].map((part) => part.getAttribute('aria-label')),
        ]),
        element.matches('button, a, [role=status]') ? element.textContent : null,
      ].join(' ').trim();
      return text !== '';
    };
    const missing = [];
    for (const element of document.querySelectorAll('input, select, button, a[href], [role=img], [role=progressbar], form')) {
      if (!named(element)) missing.push('without a name: ' + element.outerHTML.slice(0, 120));
    }
    let level = 0;
    for (const heading of document.querySelectorAll('h1, h2, h3, h4')) {
      const own = Number(heading.tagName[1]);
      if (own > level + 1) missing.push('heading skips a level: ' + heading.textContent);
      level = own;
    }
    for (const landmark of ['header', 'main', 'nav', 'aside']) {
      if (document.querySelector(landmark) === null) missing.push('no landmark ' + landmark);
    }
    const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
    for (const id of ids) if (ids.filter((other) => other === id).length > 1) missing.push('id twice: ' + id);
    if (document.documentElement.lang === '') missing.push('no language');
    return missing;
  })()`);
}
