import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readCalibration } from './calibration-document.js';
import { calibrationId, covarianceOf, type Calibration } from './calibration.js';

const page = readFileSync(new URL('../../docs/formats/calibration.md', import.meta.url), 'utf8');
const example = JSON.parse(/```json\n([\s\S]*?)```/.exec(page)![1]!) as Calibration;

describe('docs/formats/calibration.md', () => {
  it('has an example that is a calibration, with the id that it says', () => {
    expect(calibrationId(example)).toBe(example.id);
    expect(readCalibration(example)).toEqual(example);
  });

  it('is of the same id in whatever order its parameters stand, and of another one with another value', () => {
    const parameters = [...example.parameters].reverse();
    expect(calibrationId({ ...example, parameters })).toBe(example.id);
    const other = example.parameters.map((one) => ({ ...one, value: one.value * 1.000001 }));
    expect(calibrationId({ ...example, parameters: other })).not.toBe(example.id);
  });

  it('refuses members that it does not know, by name', () => {
    expect(() => readCalibration({ ...example, colour: 'red' })).toThrowError(/colour/);
  });

  it('refuses what does not fit together: covariances, names, plots, times', () => {
    const refused = (members: object): string => {
      try {
        readCalibration({ ...example, ...members });
        return 'taken';
      } catch (error) {
        return (error as { details: { path: string } }).details.path;
      }
    };
    const [block] = example.covariance;
    const twice = [...example.parameters, example.parameters[0]!];
    expect(refused({ parameters: twice })).toBe('parameters[3].name');
    expect(refused({ covariance: [{ ...block!, lower: [1] }] })).toBe('covariance[0].lower');
    expect(refused({ covariance: [{ ...block!, lower: [1, 0, -1] }] })).toBe('covariance[0].lower');
    expect(refused({ covariance: [{ parameters: ['x'], lower: [1] }] })).toBe(
      'covariance[0].parameters',
    );
    const across = { parameters: ['x'], rows: block!.parameters.map(() => 0) };
    expect(refused({ covariance: [{ ...block!, across }] })).toBe(
      'covariance[0].across.parameters',
    );
    const short = { parameters: [example.parameters[2]!.name], rows: [0] };
    expect(refused({ covariance: [{ ...block!, across: short }] })).toBe(
      'covariance[0].across.rows',
    );
    const [first, ...rest] = example.parameters;
    const beside = { ...first!, profile: [2 * first!.value, null] };
    expect(refused({ parameters: [beside, ...rest] })).toBe('parameters[0].profile');
    expect(refused({ residuals: [{ ...example.residuals[0]!, measured: [1] }] })).toBe(
      'residuals[0]',
    );
    const validity = { ...example.validity, until: example.validity.from };
    expect(refused({ validity })).toBe('validity.until');
  });

  it('gives its covariances back as a symmetric matrix', () => {
    expect(covarianceOf({ parameters: ['a', 'b'], lower: [1, 2, 5] })).toEqual([
      [1, 2],
      [2, 5],
    ]);
  });
});
