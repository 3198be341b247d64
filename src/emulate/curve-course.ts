import { curveStart, type Curve } from '../device/index.js';

/** Reads one piecewise-linear curve at times that only grow; at a jump, the value after it. */
export class CurveReader {
  value: number;
  /** The value stays what it is before this time; −∞ on a slope. */
  quietUntil: number;
  private knot = -1;
  private readonly knots: number;

  constructor(private readonly curve: Curve) {
    this.knots = curve.length / 2;
    this.value = curveStart(curve);
    this.quietUntil = curve[0]!;
  }

  /** Back to t = 0⁻: the first listed value. */
  rewind(): void {
    this.knot = -1;
    this.value = curveStart(this.curve);
    this.quietUntil = this.curve[0]!;
  }

  advance(t: number): void {
    if (t < this.quietUntil) return;
    const { curve, knots } = this;
    while (this.knot + 1 < knots && curve[2 * this.knot + 2]! <= t) this.knot++;
    const k = this.knot;
    if (k < 0) return;
    const before = curve[2 * k + 1]!;
    if (k === knots - 1) {
      this.value = before;
      this.quietUntil = Infinity;
      return;
    }
    const after = curve[2 * k + 3]!;
    if (before === after) {
      this.value = before;
      this.quietUntil = curve[2 * k + 2]!;
      return;
    }
    const start = curve[2 * k]!;
    this.value = before + ((after - before) * (t - start)) / (curve[2 * k + 2]! - start);
    this.quietUntil = -Infinity;
  }
}

/** From this time on a curve keeps its value; −∞ where it always has it. */
export function settledAt(curve: Curve): number {
  let k = curve.length / 2 - 1;
  const end = curve[2 * k + 1]!;
  while (k > 0 && curve[2 * k - 1] === end) k--;
  return k === 0 ? -Infinity : curve[2 * k]!;
}

/** Whether a curve has one value from t = 0⁻ to the end of the run. */
export function isConstant(curve: Curve, duration: number): boolean {
  const start = curveStart(curve);
  const reader = new CurveReader(curve);
  for (let k = 0; k < curve.length / 2 && curve[2 * k]! <= duration; k++) {
    if (curve[2 * k + 1] !== start) return false;
  }
  reader.advance(duration);
  return reader.value === start;
}

/** Smallest value that a curve takes from t = 0⁻ to the end of the run. */
export function leastValue(curve: Curve, duration: number): number {
  let least = curveStart(curve);
  for (let k = 0; k < curve.length / 2 && curve[2 * k]! <= duration; k++) {
    least = Math.min(least, curve[2 * k + 1]!);
  }
  const reader = new CurveReader(curve);
  reader.advance(duration);
  return Math.min(least, reader.value);
}
