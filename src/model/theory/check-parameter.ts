import { RelaxdError } from '../../core/index.js';

/**
 * Refuses a parameter of a formula that is outside the formula's range.
 * @throws RelaxdError `invalid-input`
 */
export function checkParameter(
  name: string,
  value: number,
  allowed: (value: number) => boolean,
  limit: string,
): void {
  if (!Number.isFinite(value) || !allowed(value)) {
    throw new RelaxdError('invalid-input', `${name} is ${value}, allowed is ${limit}`, {
      path: name,
      value: String(value),
      limit,
    });
  }
}

export function checkTemperature(temperature: number): void {
  checkParameter('temperature', temperature, (t) => t > 0, '> 0');
}

export function checkLoad(alpha: number): void {
  checkParameter('alpha', alpha, (a) => a > 0, '> 0');
}

export function checkOrder(degree: number): void {
  checkParameter('degree', degree, (n) => Number.isInteger(n) && n >= 2, 'an integer ≥ 2');
}
