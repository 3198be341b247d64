import { getPriority, setPriority } from 'node:os';
import { isMainThread } from 'node:worker_threads';

/** A third of the share that a thread of the usual priority has, where both want all of a core. */
const STEPS = 5;
const LEAST = 19;

/**
 * Called by a thread that only computes, as its first thing: whoever answers requests, records samples or talks to devices in the same
 * process goes first where there are not cores enough for all. Nothing where threads have no priority of their own.
 */
export function giveWay(): void {
  if (isMainThread || process.platform !== 'linux') return;
  try {
    // Of this thread alone: Linux keeps one for each, whatever POSIX says.
    setPriority(0, Math.min(LEAST, getPriority(0) + STEPS));
  } catch {
    // Where a sandbox forbids it all threads are equal.
  }
}
