import { describe, expect, it } from 'vitest';
import { apart, percent, seconds, shown, withError, withErrorAndPower } from './numbers.js';
import { reasonFor } from './reasons.js';

describe('numbers for people', () => {
  it('have as many digits as their standard error justifies', () => {
    expect(withError({ mean: 1809.36185, sem: 1.48783 })).toBe('1809.4 ± 1.5');
    expect(withError({ mean: -0.123456, sem: 0.00217 })).toBe('−0.1235 ± 0.0022');
    expect(withError({ mean: 12.5, sem: null })).toBe('12.5');
  });

  it('share a power of ten with their error where they are very small or very large', () => {
    expect(withErrorAndPower({ mean: 9.8962e-10, sem: 1.47e-11 })).toBe('(9.90 ± 0.15)·10⁻¹⁰');
    expect(withErrorAndPower({ mean: -1.2e-9, sem: 4.8e-8 })).toBe('(−0.1 ± 4.8)·10⁻⁸');
    expect(withErrorAndPower({ mean: 99507, sem: 1457 })).toBe('99507 ± 1457');
    expect(withErrorAndPower({ mean: 0, sem: null })).toBe('0');
    expect(withErrorAndPower({ mean: 1.9921872e-4, sem: 3.4e-13 })).toBe('1.992187·10⁻⁴');
    expect(apart(-0.294)).toBe('−0.29');
  });

  it('leave out an error that is rounding, since all shots were alike', () => {
    expect(withError({ mean: 0.16, sem: 6.4e-18 })).toBe('0.16');
    expect(withError({ mean: 1, sem: 0 })).toBe('1');
  });

  it('show a dash where there is none', () => {
    expect(withError(null)).toBe('–');
    expect(withError({ mean: null, sem: null })).toBe('–');
    expect(shown(NaN)).toBe('–');
    expect(percent(null)).toBe('–');
  });

  it('write very small and very large ones with a power of ten', () => {
    expect(shown(1.0913936421275139e-11, 3)).toBe('1.1·10⁻¹¹');
    expect(shown(-2.5e7)).toBe('−2.50·10⁷');
    expect(shown(1234.567)).toBe('1235');
    expect(shown(0)).toBe('0');
  });

  it('are shares and spans of time', () => {
    expect(percent(1)).toBe('100 %');
    expect(percent(0.125)).toBe('12.5 %');
    expect(seconds(0.0521)).toBe('52 ms');
    expect(seconds(2.89)).toBe('2.9 s');
    expect(seconds(75)).toBe('1 min 15 s');
  });
});

describe('the reason of a missing number', () => {
  const warnings = [
    'work, energyChange and firstLawResidual are null: the couplings are asymmetric',
    'jarzynski is null: it needs an equilibrium start',
    'hebb is over its limit',
  ];
  it('is what the warning about the quantity says', () => {
    expect(reasonFor(['jarzynski'], warnings)).toBe('it needs an equilibrium start');
    expect(reasonFor(['firstLawResidual'], warnings)).toBe('the couplings are asymmetric');
  });

  it('is unknown where no warning speaks of it', () => {
    expect(reasonFor(['heat'], warnings)).toBeNull();
    expect(reasonFor(['hebb'], warnings)).toBeNull();
  });
});
