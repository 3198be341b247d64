import { RelaxdError } from '../core/index.js';
import type { Descriptor, ParameterDescriptor } from './descriptor.js';

/**
 * The parameter of that name, which may be set to the value.
 *
 * @throws RelaxdError `unknown-parameter`; `parameter-out-of-range`, also where it cannot be written at all
 */
export function writableParameter(
  { device, parameters }: Pick<Descriptor, 'device' | 'parameters'>,
  name: string,
  value: number,
): ParameterDescriptor {
  const parameter = parameters.find((candidate) => candidate.name === name);
  if (parameter === undefined) {
    throw new RelaxdError('unknown-parameter', `${device} has no parameter '${name}'`, {
      value: name,
      limit: parameters.map((candidate) => candidate.name),
    });
  }
  const [least, most] = parameter.range;
  if (!parameter.writable || !(value >= least && value <= most)) {
    throw new RelaxdError(
      'parameter-out-of-range',
      parameter.writable
        ? `${name} = ${value} ${parameter.unit} is outside ${least} … ${most}`
        : `${name} cannot be written`,
      { path: name, value, limit: parameter.range },
    );
  }
  return parameter;
}
