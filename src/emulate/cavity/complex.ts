/** A complex number as [real, imaginary]; used when a kernel is set up, never in an inner loop. */
export type Complex = readonly [number, number];

export const plus = (a: Complex, b: Complex): Complex => [a[0] + b[0], a[1] + b[1]];
export const times = (a: Complex, b: Complex): Complex => [
  a[0] * b[0] - a[1] * b[1],
  a[0] * b[1] + a[1] * b[0],
];
export const scaled = (a: Complex, factor: number): Complex => [a[0] * factor, a[1] * factor];
export const over = (a: Complex, b: Complex): Complex => {
  const size = b[0] * b[0] + b[1] * b[1];
  return [(a[0] * b[0] + a[1] * b[1]) / size, (a[1] * b[0] - a[0] * b[1]) / size];
};
export const polar = (radius: number, angle: number): Complex => [
  radius * Math.cos(angle),
  radius * Math.sin(angle),
];
