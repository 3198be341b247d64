const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/** How long to wait before the next try: doubling from half a second, at most 15 s. */
export function backOffMs(failures: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1));
}
