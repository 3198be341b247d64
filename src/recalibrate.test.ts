import { expect, it, vi } from 'vitest';
import { RelaxdError } from './core/index.js';
import { recalibrateOnDrift } from './recalibrate.js';
import type { DriftReading, Lab } from './lab/index.js';

/** A lab of which nothing is there but what a drift needs. */
function labOf(record: object, asked: Readonly<Record<string, unknown>> | null = null) {
  const listeners: ((reading: DriftReading) => void)[] = [];
  const bodies: Record<string, unknown>[] = [];
  const lab = {
    jobs: async () => ({ items: bodies.map(() => ({ kind: 'calibrate', state: 'queued' })) }),
    calibrations: { whole: async () => ({ record }) },
    audit: { note: () => ({}) },
    jobBody: async () => {
      if (asked === null) throw new RelaxdError('unknown-job', 'there is no such job');
      return asked;
    },
    submit: async (body: Record<string, unknown>) => {
      bodies.push(body);
      return { id: 'J' };
    },
    on: (_: string, listener: (reading: DriftReading) => void) => {
      listeners.push(listener);
      return () => undefined;
    },
  } as unknown as Lab;
  const tell = (alarms: readonly string[]): void =>
    listeners.forEach((hear) =>
      hear({ device: 'one', calibration: 'c', alarms } as unknown as DriftReading),
    );
  return { lab, bodies, tell };
}
const named = (...names: readonly string[]) => names.map((name) => ({ name }));

it.each([
  [
    'spins by the same law and at the same temperature',
    {
      model: 'spin-kernel',
      dynamics: { rule: 'glauber', kernel: { kind: 'power', p: 2 }, temperature: 0 },
      job: null,
      parameters: named('rate', 'exponent', 'readoutError[0]', 'readoutError[1]'),
    },
    { sites: 2, kernel: { kind: 'power', p: 2 }, temperature: 0 },
  ],
  [
    'circuits with the same sites',
    {
      model: 'linear-circuit',
      job: 'J of elsewhere',
      parameters: named('capacitance[0]', 'capacitance[1]', 'capacitance[2]', 'readoutNoise[0]'),
    },
    { sites: 3 },
  ],
])('a drift has %s calibrated anew, once', async (_, record, expected) => {
  const { lab, bodies, tell } = labOf(record);
  recalibrateOnDrift(lab, { activate: true, recalibrate: true }, () => undefined);
  tell([]);
  tell(['rate']);
  tell(['rate']);
  await vi.waitFor(() => expect(bodies).toHaveLength(1));
  expect(bodies[0]).toEqual({
    ...{ kind: 'calibrate', device: 'one', reason: 'drift of rate', activate: true },
    ...expected,
  });
});

it.each([
  ['the references, probes and effort that it had been asked for with', 'calibrate'],
  ['nothing of a job of another kind', 'run'],
])('a calibration that has drifted is measured anew with %s', async (_, kind) => {
  const references = [{ parameter: 'fieldGain', value: 1, standardError: 0.001 }];
  const asked = { against: 'rc-langevin', effort: 4, references, validForHours: 24 };
  const { lab, bodies, tell } = labOf(
    { model: 'linear-circuit', parameters: named('capacitance[0]'), job: 'J0' },
    { kind, device: 'one', sites: 9, seed: 5, activate: true, reason: 'first light', ...asked },
  );
  recalibrateOnDrift(lab, { activate: false, recalibrate: true }, () => undefined);
  tell(['capacitance[0]']);
  await vi.waitFor(() => expect(bodies).toHaveLength(1));
  expect(bodies[0]).toEqual({
    ...{ kind: 'calibrate', device: 'one', reason: 'drift of capacitance[0]', sites: 1 },
    ...(kind === 'calibrate' ? asked : {}),
  });
});

it('nothing is calibrated anew where the operator does not allow it', () => {
  const { lab, bodies, tell } = labOf({ model: 'spin-kernel', parameters: [] });
  recalibrateOnDrift(lab, { activate: true, recalibrate: false }, () => undefined);
  tell(['rate']);
  expect(bodies).toEqual([]);
});
