import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../core/index.js';

const PAGE_BYTES = 4096;

/** How often a second this disk makes a page durable that is appended to a file: the yardstick for what waits for it. */
export function syncRate(folder: string, seconds: number, clock: Clock): number {
  const path = join(folder, 'sync-rate');
  const file = openSync(path, 'w');
  try {
    const page = Buffer.alloc(PAGE_BYTES, 1);
    const beganMs = clock.monotonicMs();
    let count = 0;
    let tookMs: number;
    do {
      writeSync(file, page);
      fdatasyncSync(file);
      count++;
      tookMs = clock.monotonicMs() - beganMs;
    } while (tookMs < 1000 * seconds);
    return (1000 * count) / tookMs;
  } finally {
    closeSync(file);
    rmSync(path);
  }
}
