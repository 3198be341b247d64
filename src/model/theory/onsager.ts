import { checkTemperature } from './check-parameter.js';

/** Critical temperature of the square-lattice Ising model, J = 1: 2/ln(1 + √2) (Onsager 1944). */
export function isingCriticalTemperature(): number {
  return 2 / Math.log(1 + Math.SQRT2);
}

/** Spontaneous magnetisation, (1 − sinh(2/T)^{−4})^{1/8} below T_c, 0 above (Yang 1952). */
export function isingMagnetisation(temperature: number): number {
  checkTemperature(temperature);
  if (temperature >= isingCriticalTemperature()) return 0;
  return (1 - Math.sinh(2 / temperature) ** -4) ** 0.125;
}

/**
 * Energy per site: −coth(2β)[1 + (2/π)(2 tanh²(2β) − 1) K(k)], k' = |2 tanh²(2β) − 1| (Onsager 1944). At T_c, where
 * K diverges and its factor vanishes, −√2.
 */
export function isingEnergy(temperature: number): number {
  checkTemperature(temperature);
  const tanh = Math.tanh(2 / temperature);
  const factor = 2 * tanh * tanh - 1;
  if (factor === 0) return -1 / tanh;
  return -(1 + (2 / Math.PI) * factor * completeElliptic(Math.abs(factor))) / tanh;
}

/** K of the first kind from the complementary modulus k': π/(2 agm(1, k')). */
function completeElliptic(complement: number): number {
  let a = 1;
  let b = complement;
  while (Math.abs(a - b) > 1e-15 * a) {
    const mean = (a + b) / 2;
    b = Math.sqrt(a * b);
    a = mean;
  }
  return Math.PI / (2 * a);
}
