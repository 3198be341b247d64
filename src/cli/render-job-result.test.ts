import { describe, expect, it } from 'vitest';
import type { DriftReading } from '../lab/index.js';
import { Output } from './output.js';
import { renderJobResult } from './render-job-result.js';
import type { JobView } from './service-client.js';

function shown(kind: string, result: unknown): string {
  let text = '';
  const stream = { write: (part: string) => (text += part), isTTY: false } as unknown;
  const output = new Output(stream as NodeJS.WriteStream, stream as NodeJS.WriteStream, false);
  renderJobResult(output, { kind, result } as JobView);
  return text;
}
const estimate = (mean: number): object => ({ mean, sem: 0.1 });
const both = (z: number): object => ({ measured: estimate(1), predicted: estimate(1 - z / 7), z });
const quantity = (name: string, z: number | null, upper: number): object => ({
  name,
  z,
  perUnit: 30,
  upper,
  lower: 0,
});
const reading = (alarms: readonly string[]): Partial<DriftReading> =>
  ({
    device: 'board-sim',
    calibration: `sha256:${'39d7103b8265'.padEnd(64, '0')}`,
    run: '01R',
    chart: {
      ...{ kind: 'cusum', reference: 1.625, limit: 5, falseAlarmEvery: 1000 },
      ...{ shift: 3.25, delay: 2.6214, effort: 2, checks: 4 },
    },
    quantities: [
      quantity('wellGain[9]', null, 0.1),
      ...Array.from({ length: 8 }, (_, k) => quantity(`wellGain[${k}]`, 0.5, 0)),
      quantity('couplingGain[0<-1]', 4.1, 6),
    ],
    alarms,
  }) as unknown as Partial<DriftReading>;

describe('a job that has ended, for people', () => {
  it('is shown by its kind: a check with the charts that are furthest on', () => {
    const alarmed = shown('check', reading(['couplingGain[0<-1]']));
    expect(alarmed).toMatch(
      /quantity +standard errors off +chart, of its limit\ncouplingGain\[0<-1\] +4\.10 +120 %/,
    );
    expect(alarmed).toMatch(/wellGain\[9\] +– +2 %/);
    expect(alarmed).toContain('and 4 more, none further on');
    expect(alarmed).toContain('charts of effort 2, check 4 of theirs');
    expect(alarmed).toContain('a drift of 3.25 standard errors is found after 2.62 checks');
    expect(alarmed).toContain('drift: couplingGain[0<-1]\n');
    expect(shown('check', reading([]))).toContain('no drift\n');
  });

  it('a calibration of spins with its recalls, in lines that a terminal does not break', () => {
    const text = shown('calibrate', {
      calibration: { id: `sha256:${'0'.repeat(64)}`, state: 'proposed', parameters: [] },
      heldOut: [
        {
          program: `sha256:${'1'.repeat(64)}`,
          heat: both(0.5),
          recall: { name: 'recall of a memory', overlap: both(1), success: both(-2) },
        },
      ],
      unidentified: [],
      fit: {
        method: 'exact',
        samples: 116261,
        logLikelihood: 115387.7,
        chiSquare: 53.231,
        degreesOfFreedom: 52,
        pValue: 0.42658,
      },
      probes: [],
      against: null,
      warnings: [],
    });
    expect(text).toMatch(
      /recall of a memory\n +measured +predicted +standard errors apart\n {2}overlap .* 1\.00\n {2}success .* -2\.00/,
    );
    expect(text).toContain(
      'fit: χ² 53.231 for 52 degrees of freedom, p = 0.42658, 116261 numbers\n' +
        '  p: whether one model explains all probes; below 0.001 it does not\n',
    );
    expect(text).not.toContain('it is proposed');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('a dissipation with the current of each site, and the monitor’s gain', () => {
    const measured = (mean: number, sem: number) => ({ mean, sem });
    const text = shown('dissipation', {
      device: 'board-sim',
      run: '01R',
      calibration: `sha256:${'0'.repeat(64)}`,
      interval: 0.1,
      lag: 2,
      shots: 40,
      responses: { field: 8, shots: 400 },
      units: { energyJ: 5e-12, timeS: 2e-4 },
      sites: [
        {
          site: 0,
          reading: measured(0.12, 0.01),
          predicted: 0.16,
          z: -4,
          current: measured(0.14, 0.01),
        },
      ],
      total: measured(0.14, 0.01),
      comparison: {
        direct: measured(0.15, 0.002),
        violation: measured(0.14, 0.01),
        z: -1,
        heatGain: measured(1.07, 0.08),
      },
      pValue: 6e-5,
      agrees: false,
      warnings: ['so'],
    });
    expect(text).toMatch(/^0 +0\.140 ± 0\.010 +0\.120 ± 0\.010 +0\.16 +-4\.00$/m);
    expect(text).toContain('over 0.2 t0; 40 shots, 400 of responses');
    expect(text).toContain('all sites  0.140 ± 0.010 program energy a t0, 3.50e-9 W');
    expect(text).toContain('gain of the monitor that makes them equal: 1.070 ± 0.080');
    expect(text).toContain('the device does not do what its calibration says (p = 0.00006)');
    expect(text).toContain('note: so');
  });

  it('a twin with its verdict, and what has no result not at all', () => {
    const report = {
      device: 'board-sim',
      run: '01R',
      base: 'retrieve',
      calibration: `sha256:${'0'.repeat(64)}`,
      target: 0,
      shots: { device: 10, twin: 10, draws: 16 },
      quantities: [],
      fit: null,
      agrees: false,
      warnings: [],
    };
    expect(shown('twin', report)).toContain('the device does not do what its calibration says');
    expect(shown('calibrate', null)).toBe('');
  });
});
