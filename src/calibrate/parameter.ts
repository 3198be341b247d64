/** One number that a calibration finds, and what it is counted in. */
export interface Parameter {
  /** `capacitance[3]`, `couplingGain[2<-5]`: unique within a calibration. */
  readonly name: string;
  readonly unit: string;
  /** What the device's descriptor says that it is, in the unit. */
  readonly nominal: number;
  /**
   * `log`: the coordinate is ln(value/nominal), for what is above 0 and known by its ratio; `linear`: it is (value − nominal)/scale.
   */
  readonly coordinate: 'log' | 'linear';
  /** Of a linear coordinate: how many units make 1. */
  readonly scale: number;
  /** The least value that is looked for, in the unit: of a part that may be missing 0, or what nothing tells from it. */
  readonly least?: number;
  /** Of a logarithm: data answer to the value's square, so that errors are straight in that. */
  readonly straightIn?: 'square';
}

/** What is above 0 and known by its ratio: a gain, where only its name is given. */
export const logParameter = (name: string, unit = '1', nominal = 1): Parameter => ({
  name,
  unit,
  nominal,
  coordinate: 'log',
  scale: 1,
});

export const linearParameter = (
  name: string,
  unit: string,
  nominal: number,
  scale: number,
): Parameter => ({ name, unit, nominal, coordinate: 'linear', scale });

/** What is 0 or more, and may be 0: a part that may be missing. Its coordinate is value/nominal − 1. */
export const partParameter = (name: string, unit: string, nominal: number): Parameter => ({
  ...linearParameter(name, unit, nominal, nominal),
  least: 0,
});

/** A noise that may be missing: data answer to its variance. Down to `least`, which nothing that is looked at tells from none. */
export const noiseParameter = (
  name: string,
  unit: string,
  nominal: number,
  least: number,
): Parameter => ({ ...logParameter(name, unit, nominal), least, straightIn: 'square' });

/** What is known of a parameter from elsewhere: an instrument's certificate, a reference. */
export interface Reference {
  readonly name: string;
  /** In the parameter's unit. */
  readonly value: number;
  /** 0: it is held there. */
  readonly standardError: number;
}

/** A coordinate's value in its parameter's unit. */
export const valueOf = (parameter: Parameter, coordinate: number): number =>
  parameter.coordinate === 'log'
    ? parameter.nominal * Math.exp(coordinate)
    : parameter.nominal + parameter.scale * coordinate;

/** d value/d coordinate, of the same sign as the value's. */
export const slopeOf = (parameter: Parameter, coordinate: number): number =>
  parameter.coordinate === 'log' ? Math.abs(valueOf(parameter, coordinate)) : parameter.scale;

export const coordinateOf = (parameter: Parameter, value: number): number =>
  parameter.coordinate === 'log'
    ? Math.log(value / parameter.nominal)
    : (value - parameter.nominal) / parameter.scale;

/** Ends of what is so far from a coordinate to either side, in the parameter's unit, from the lower one. */
export function endsOf(
  parameter: Parameter,
  coordinate: number,
  offset: number,
): readonly [number, number] {
  const value = valueOf(parameter, coordinate);
  if (parameter.straightIn === 'square') {
    return [value * Math.sqrt(Math.max(0, 1 - 2 * offset)), value * Math.sqrt(1 + 2 * offset)];
  }
  const ends = [valueOf(parameter, coordinate - offset), valueOf(parameter, coordinate + offset)];
  return [Math.min(...ends), Math.max(...ends)];
}

/** The least coordinate that there is. */
export const leastCoordinate = (parameter: Parameter): number =>
  parameter.least === undefined ? -Infinity : coordinateOf(parameter, parameter.least);

/** A standard error in the parameter's unit as one of its coordinate. */
export const errorOf = (parameter: Parameter, { value, standardError }: Reference): number =>
  parameter.coordinate === 'log'
    ? standardError / Math.abs(value)
    : standardError / parameter.scale;
