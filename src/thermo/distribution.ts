import { CompensatedSum } from './statistics.js';

/** Shannon entropy −Σ p ln p, nats. */
export function shannonEntropy(p: ArrayLike<number>): number {
  const sum = new CompensatedSum();
  for (let x = 0; x < p.length; x++) if (p[x]! > 0) sum.add(-p[x]! * Math.log(p[x]!));
  return sum.value;
}

/** Relative entropy D(p‖q) = Σ p ln(p/q), nats; Infinity where p reaches what q does not. */
export function relativeEntropy(p: ArrayLike<number>, q: ArrayLike<number>): number {
  const sum = new CompensatedSum();
  for (let x = 0; x < p.length; x++) {
    if (!(p[x]! > 0)) continue;
    if (!(q[x]! > 0)) return Infinity;
    sum.add(p[x]! * Math.log(p[x]! / q[x]!));
  }
  return sum.value;
}

/** Σ |p − q| */
export function l1Distance(p: ArrayLike<number>, q: ArrayLike<number>): number {
  const sum = new CompensatedSum();
  for (let x = 0; x < p.length; x++) sum.add(Math.abs(p[x]! - q[x]!));
  return sum.value;
}
