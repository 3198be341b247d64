import { mount } from 'svelte';
import App from './parts/app.svelte';
import './theme.css';
import { Lab } from './lab/lab.svelte.js';

const base = new URL('.', document.baseURI);
const stream = new URL('v1/stream', base);
stream.protocol = base.protocol === 'https:' ? 'wss:' : 'ws:';
/** null where the browser has been told to keep nothing. */
function tabStorage(): Storage | null {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}

const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;

const lab = new Lab({ base: base.href, stream: stream.href, storage: tabStorage() }, !still);
mount(App, { target: document.getElementById('app')!, props: { lab } });
lab.open();

// A laptop that wakes up, or a network that is back, is worth a try at once.
window.addEventListener('online', () => lab.tryNow());
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) lab.tryNow();
});

/** A page that was hidden does not catch up. */
const LONGEST_FRAME_MS = 100;
let lastMs = performance.now();
const frame = (nowMs: number): void => {
  lab.advance(Math.min(LONGEST_FRAME_MS, nowMs - lastMs));
  lastMs = nowMs;
  requestAnimationFrame(frame);
};
requestAnimationFrame(frame);
