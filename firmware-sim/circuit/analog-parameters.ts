import { BOLTZMANN_J_PER_K } from '../../src/core/index.js';
import type { ParameterBank } from '../analog-part.js';
import type { CircuitProfile } from './circuit-profile.js';
import type { Trims } from './netlist.js';
import type { ProgramUnits } from './program-units.js';

/** A parameter as the descriptor lists it (docs/formats/descriptor.md). */
export interface ListedParameter {
  readonly name: string;
  readonly unit: string;
  readonly default: number;
  readonly range: readonly [number, number];
  readonly writable: boolean;
  readonly meaning: string;
}

/** What an operator may know of the board, and may set. The values of single parts are not among it. */
export class AnalogParameters implements ParameterBank {
  readonly list: readonly ListedParameter[];
  readonly names: readonly string[];
  private readonly values = new Map<string, number>();

  constructor(profile: CircuitProfile, units: ProgramUnits, readoutScale: number) {
    this.list = listed(profile, units, readoutScale);
    this.names = this.list.map(({ name }) => name);
    this.reset();
  }

  get trims(): Trims {
    return {
      coupling: this.read('couplingTrim'),
      noise: this.read('noiseTrim'),
      readoutGain: this.read('readoutGainTrim'),
      readoutOffset: this.read('readoutOffsetTrim'),
    };
  }

  read(name: string): number {
    return this.values.get(name) ?? NaN;
  }

  write(name: string, value: number): string | null {
    const parameter = this.list.find((one) => one.name === name);
    if (parameter === undefined) return 'there is no such parameter';
    if (!parameter.writable) return 'it is read-only';
    const [least, most] = parameter.range;
    if (!(value >= least && value <= most)) return `from ${least} to ${most}`;
    this.values.set(name, value);
    return null;
  }

  reset(): void {
    for (const parameter of this.list) this.values.set(parameter.name, parameter.default);
  }
}

function listed(
  profile: CircuitProfile,
  units: ProgramUnits,
  readoutScale: number,
): ListedParameter[] {
  const known = (name: string, unit: string, value: number, meaning: string): ListedParameter => ({
    name,
    unit,
    default: value,
    range: [value, value],
    writable: false,
    meaning,
  });
  const trim = (
    name: string,
    unit: string,
    value: number,
    range: readonly [number, number],
    meaning: string,
  ): ListedParameter => ({ name, unit, default: value, range, writable: true, meaning });
  const { couplingElement, couplingPoleHz } = profile;
  const lags = couplingElement === 'transconductor' && couplingPoleHz < Infinity;
  const floor = (BOLTZMANN_J_PER_K * profile.ambientK) / units.energyJ;
  return [
    known('readoutScale', 'V0', readoutScale, 'program units of one code of the readout'),
    known(
      'temperatureK',
      'K',
      units.energyJ / BOLTZMANN_J_PER_K,
      'temperature of the noise source at program temperature 1',
    ),
    known('floorTemperature', '1', floor, 'program temperature of the resistors by themselves'),
    known('capacitanceF', 'F', profile.capacitanceF, 'nominal capacitance of a node'),
    known('resistanceOhm', 'ohm', profile.resistanceOhm, 'nominal leak resistor of a node'),
    known('unitV', 'V', profile.unitV, 'V0: volts of one program unit of x'),
    known('couplingBits', 'bit', profile.couplingBits, 'signed converters of the couplings'),
    known('fieldBits', 'bit', profile.fieldBits, 'signed converters of fields and patterns'),
    known('adcBits', 'bit', profile.adcBits, 'converters of the readout'),
    known('adcFullScaleV', 'V', profile.adcFullScaleV, 'limit of the readout’s converters'),
    known('readoutGain', '1', profile.readoutGain, 'nominal gain before the converters'),
    trim('readoutGainTrim', '1', 1, [0.8, 1.2], 'multiplies the gain of the readout'),
    trim('readoutOffsetTrim', 'V0', 0, [-0.5, 0.5], 'is taken from what is read'),
    trim('couplingTrim', '1', 1, [0.8, 1.2], 'multiplies the couplings, from the next image on'),
    trim(
      'noiseTrim',
      '1',
      1,
      [0.5, 2],
      'multiplies the noise source’s power, from the next image on',
    ),
    ...(lags
      ? [
          known(
            'couplingPoleS',
            's',
            1 / (2 * Math.PI * couplingPoleHz),
            'time constant of the one-pole in each coupling path',
          ),
        ]
      : []),
  ];
}
