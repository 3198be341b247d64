import { RelaxdError } from '../core/index.js';
import type { Descriptor } from '../device/index.js';

/**
 * Refuses components that put a parameter's own value outside its range: such a device would refuse to be set to what it is.
 * @throws RelaxdError `invalid-input`
 */
export function requireParametersInRange({ device, parameters }: Descriptor): void {
  for (const { name, unit, default: value, range } of parameters) {
    if (value >= range[0] && value <= range[1]) continue;
    throw new RelaxdError(
      'invalid-input',
      `options of ${device}: ${name} = ${value}${unit === '1' ? '' : ` ${unit}`} is outside ${range[0]} … ${range[1]}`,
      { path: name, value, limit: range, hint: 'choose other components' },
    );
  }
}
