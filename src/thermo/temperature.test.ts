import { describe, expect, it } from 'vitest';
import { RandomStream } from '../core/index.js';
import {
  equipartitionTemperature,
  inJoules,
  inKelvin,
  thermodynamicAdvantage,
} from './temperature.js';

describe('equipartitionTemperature', () => {
  const stream = RandomStream.of(1, 'bootstrap', 0);
  // κ = 2, T = 3: variance 1.5; shown with gain 10 and noise of variance 4.
  const shown = Array.from(
    { length: 40_000 },
    () => 10 * Math.sqrt(1.5) * stream.normal() + 2 * stream.normal(),
  );

  it('takes the readout’s gain and noise off, 40,000 samples, 4 standard errors', () => {
    const { temperature, standardError } = equipartitionTemperature(shown, 2, {
      gain: 10,
      noiseVariance: 4,
    });
    expect(Math.abs(temperature - 3)).toBeLessThan(4 * standardError);
    expect(standardError).toBeLessThan(0.03);
  });

  it.each([
    ['gain', { gain: null, noiseVariance: 4 }],
    ['noise', { gain: 10, noiseVariance: null }],
  ])('is refused where the readout’s %s is not calibrated', (what, readout) => {
    expect(() => equipartitionTemperature(shown, 2, readout)).toThrowError(
      new RegExp(`no temperature from a readout whose ${what} is not calibrated`),
    );
  });
});

describe('units', () => {
  it('turn into joules and kelvin where the device’s unit has a value', () => {
    const unit = { name: 'kT0', joules: 4e-21 };
    expect(inJoules(2, unit)).toBe(8e-21);
    expect(inKelvin(1, unit)).toBeCloseTo(4e-21 / 1.380649e-23, 9);
  });

  it('are refused where it has none', () => {
    const unit = { name: 'J of the program', joules: null };
    expect(() => inKelvin(1, unit)).toThrowError(/has no value in joules/);
    expect(() => inJoules(1, unit)).toThrowError(
      expect.objectContaining({ code: 'not-calibrated' }) as Error,
    );
  });
});

describe('thermodynamicAdvantage', () => {
  it('comes with its inputs', () => {
    const found = thermodynamicAdvantage({
      macs: 26_432,
      joulesPerMac: 1e-12,
      heat: 1e5,
      temperatureK: 300,
      samples: 1,
    });
    expect(found).toMatchObject({ macs: 26_432, joulesPerMac: 1e-12, samples: 1 });
    expect(found.ratio / 6.4e7).toBeCloseTo(1, 2);
  });
});
