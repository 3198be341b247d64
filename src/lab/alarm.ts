/** Calls `ring` once after a delay; the function that comes back calls it off. Injected, so that tests need not wait. */
export type SetAlarm = (delayMs: number, ring: () => void) => () => void;

/** Node fires at once where a delay does not fit 31 bits. */
const LONGEST_MS = 2 ** 31 - 1;

/** Alarms that do not keep the process alive by themselves. */
export const systemAlarm: SetAlarm = (delayMs, ring) => {
  const timer = setTimeout(ring, Math.min(Math.max(0, delayMs), LONGEST_MS));
  timer.unref();
  return () => clearTimeout(timer);
};
