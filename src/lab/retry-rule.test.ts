import { describe, expect, it } from 'vitest';
import { isTriedAgain, retryRule, retryViolations } from './retry-rule.js';

const failed = { attempt: 1, code: 'device-offline', armed: false, origin: 'emulator' } as const;

describe('isTriedAgain', () => {
  it('is never without a rule, nor more often than the rule says', () => {
    expect(isTriedAgain(null, failed)).toBe(false);
    const rule = retryRule({ attempts: 3 });
    expect([1, 2, 3, 4].map((attempt) => isTriedAgain(rule, { ...failed, attempt }))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('is for errors of the classes and codes that the rule names', () => {
    const transient = retryRule({ attempts: 2 });
    const named = retryRule({ attempts: 2, on: ['driver-failed'] });
    const both = retryRule({ attempts: 2, on: ['transient', 'driver-failed'] });
    const of = (code: string) =>
      [transient, named, both].map((rule) => isTriedAgain(rule, { ...failed, code }));
    expect(of('device-offline')).toEqual([true, false, true]);
    expect(of('driver-failed')).toEqual([false, true, true]);
    expect(of('program-refused')).toEqual([false, false, false]);
    expect(of('a code of another version')).toEqual([false, false, false]);
  });

  it('never repeats a run on hardware, nor on a device that is not known', () => {
    const rule = retryRule({ attempts: 5 });
    const of = (origin: 'emulator' | 'firmware-sim' | 'hardware' | null) =>
      [false, true].map((armed) => isTriedAgain(rule, { ...failed, origin, armed }));
    expect(of('emulator')).toEqual([true, true]);
    expect(of('firmware-sim')).toEqual([true, true]);
    expect(of('hardware')).toEqual([true, false]);
    expect(of(null)).toEqual([true, false]);
  });
});

describe('retryViolations', () => {
  it('names codes that there are not', () => {
    const rule = retryRule({ attempts: 2, on: ['transient', 'device-fault', 'cosmic-rays'] });
    expect(retryViolations(rule, 'retry')).toMatchObject([
      { path: 'retry.on[2]', value: 'cosmic-rays' },
    ]);
  });
});
