/** Splits nets 0 … count − 1 into ranges of at most `size`, so that worker threads share them. */
export function netRanges(count: number, size: number): { from: number; to: number }[] {
  return Array.from({ length: Math.ceil(count / size) }, (_, k) => ({
    from: k * size,
    to: Math.min(count, (k + 1) * size),
  }));
}

/** Sums a member over answers. */
export function total<T>(answers: readonly T[], member: (answer: T) => number): number {
  return answers.reduce((sum, answer) => sum + member(answer), 0);
}
