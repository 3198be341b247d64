import type { VectorSpins } from './vector-spins.js';

/**
 * Exact motion ds/dt = B×s + α s×(s×B) of unit vectors in a field that stands still: precession about B, and a descent
 * to −B in which tanh⁻¹ of the component along B falls at the rate α|B|. Both keep |s| to rounding.
 */

/** The field 1 along z (ω_z = 1), for a time h. */
export function flowAboutZ({ x, y, z }: VectorSpins, h: number, damping: number): void {
  const cos = Math.cos(h);
  const sin = Math.sin(h);
  const pull = damping === 0 ? 0 : Math.tanh(damping * h);
  const narrow = Math.sqrt(1 - pull * pull);
  for (let i = 0; i < x.length; i++) {
    const shrink = 1 / (1 - z[i]! * pull);
    const across = narrow * shrink;
    const a = across * x[i]!;
    const b = across * y[i]!;
    x[i] = a * cos - b * sin;
    y[i] = a * sin + b * cos;
    z[i] = (z[i]! - pull) * shrink;
  }
}

/**
 * A field along x, one value a spin, for a time h.
 * @param out where the spins end; may be `from`
 */
export function flowAboutX(
  from: VectorSpins,
  field: Float64Array,
  h: number,
  damping: number,
  out: VectorSpins,
): void {
  const { x, y, z } = from;
  for (let i = 0; i < x.length; i++) {
    const angle = field[i]! * h;
    const cos = Math.cos(angle);
    const sin = Math.sin(angle);
    const pull = damping === 0 ? 0 : Math.tanh(damping * angle);
    const shrink = 1 / (1 - x[i]! * pull);
    const across = Math.sqrt(1 - pull * pull) * shrink;
    const b = across * y[i]!;
    const c = across * z[i]!;
    out.x[i] = (x[i]! - pull) * shrink;
    out.y[i] = b * cos - c * sin;
    out.z[i] = b * sin + c * cos;
  }
}
