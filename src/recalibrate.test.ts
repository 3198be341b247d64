import { expect, it, vi } from 'vitest';
import { recalibrateOnDrift } from './recalibrate.js';
import type { DriftReading, Lab } from './lab/index.js';

/** A lab of which nothing is there but what a drift needs. */
function labOf(record: object) {
  const listeners: ((reading: DriftReading) => void)[] = [];
  const bodies: Record<string, unknown>[] = [];
  const lab = {
    jobs: async () => ({ items: bodies.map(() => ({ kind: 'calibrate', state: 'queued' })) }),
    calibrations: { whole: async () => ({ record }) },
    audit: { note: () => ({}) },
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
      parameters: named('rate', 'exponent', 'readoutError[0]', 'readoutError[1]'),
    },
    { sites: 2, kernel: { kind: 'power', p: 2 }, temperature: 0 },
  ],
  [
    'circuits with the same sites',
    {
      model: 'linear-circuit',
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

it('nothing is calibrated anew where the operator does not allow it', () => {
  const { lab, bodies, tell } = labOf({ model: 'spin-kernel', parameters: [] });
  recalibrateOnDrift(lab, { activate: true, recalibrate: false }, () => undefined);
  tell(['rate']);
  expect(bodies).toEqual([]);
});
