import { calibrationId, type Calibration } from '../device/index.js';

const AT = '2026-01-01T00:00:00.000Z';

/** A small calibration of device `a`. @param value of its only capacitance, F */
export function calibrationOf(value = 1.02e-9, members: Partial<Calibration> = {}): Calibration {
  const rest: Omit<Calibration, 'id'> = {
    version: 1,
    device: 'a',
    serial: 'a-1',
    origin: 'emulator',
    descriptor: `sha256:${'d'.repeat(64)}`,
    model: 'rc-linear',
    parameters: [
      {
        name: 'capacitance[0]',
        value,
        standardError: 1e-12,
        unit: 'F',
        identified: true,
        nominal: 1e-9,
      },
      { name: 'gain[0]', value: 1, standardError: null, unit: '1', identified: false, nominal: 1 },
    ],
    covariance: [{ parameters: ['capacitance[0]'], lower: [1e-24] }],
    unidentified: [
      { combination: [{ name: 'gain[0]', weight: 1 }], reason: 'no power was measured' },
    ],
    fit: {
      method: 'exact likelihood',
      samples: 1000,
      logLikelihood: -1417.2,
      chiSquare: 990,
      degreesOfFreedom: 998,
      pValue: 0.57,
    },
    residuals: [],
    probes: [
      {
        name: 'rest',
        role: 'fit',
        program: `sha256:${'a'.repeat(64)}`,
        run: null,
        shots: 10,
        deviceTimeS: 0.2,
      },
    ],
    heldOut: [],
    against: null,
    validity: { from: AT, until: null, temperatureK: null },
    job: null,
    createdAt: AT,
    warnings: [],
    ...members,
  };
  return {
    ...rest,
    id: calibrationId(rest),
    ...(members.id === undefined ? {} : { id: members.id }),
  };
}
