import { describe, expect, it } from 'vitest';
import { LogFields } from './log-fields.js';

describe('LogFields', () => {
  it('gives a line about a job its run, device and node, whichever of them was said', () => {
    const open = new Map([['j1', { run: 'r1', device: 'd1' }]]);
    const { complete } = new LogFields('n1', (job) => open.get(job) ?? null);
    const whole = { node: 'n1', jobId: 'j1', runId: 'r1', deviceId: 'd1' };
    expect(complete({ job: 'j1', code: 'x' })).toEqual({ ...whole, code: 'x' });
    // What is said after the job's end, too, by its run's id alone.
    open.clear();
    expect(complete({ job: 'j1' })).toEqual(whole);
    expect(complete({ run: 'r1' })).toEqual(whole);
  });

  it('says null for what is not known, and leaves a line about nothing alone', () => {
    const { complete } = new LogFields('n1', () => null);
    expect(complete({ job: 'j2' })).toEqual({
      node: 'n1',
      jobId: 'j2',
      runId: null,
      deviceId: null,
    });
    expect(complete({ device: 'd2' })).toEqual({ node: 'n1', deviceId: 'd2' });
    expect(complete({ waiting: 3 })).toEqual({ node: 'n1', waiting: 3 });
  });

  it('forgets the oldest of many jobs', () => {
    const { complete } = new LogFields('n1', () => null);
    for (let k = 0; k <= 1000; k++) complete({ job: `j${k}`, run: `r${k}`, device: 'd' });
    expect(complete({ run: 'r0' })).toEqual({ node: 'n1', runId: 'r0' });
    expect(complete({ run: 'r1000' })).toMatchObject({ jobId: 'j1000', deviceId: 'd' });
  });
});
