import { describe, expect, it } from 'vitest';
import { readoutTimes } from '../../device/index.js';
import { circuit } from '../../../test/support/circuit.js';
import { KNOB, makeProtocol } from './protocol.js';

const protocolOf = (document: Record<string, unknown>, dt: number) => {
  const program = circuit({ sites: 1, ...document });
  return makeProtocol(program, readoutTimes(program), dt);
};

describe('protocol of a circuit', () => {
  it('lands on every readout and knot, with equal steps no longer than dt', () => {
    const { segments } = protocolOf(
      {
        duration: 1,
        readout: { every: 0.3 },
        controls: {
          quadratic: [
            [0.25, 1],
            [0.7, 2],
          ],
        },
      },
      0.04,
    );
    expect(segments.map((s) => s.t1)).toEqual([0.25, 0.3, 0.6, 0.7, 0.8999999999999999, 1]);
    expect(segments.map((s) => s.readout)).toEqual([-1, 1, 2, -1, 3, 4]);
    for (const s of segments) {
      expect(s.dt).toBeLessThanOrEqual(0.04);
      expect(s.steps * s.dt).toBeCloseTo(s.t1 - s.t0, 14);
      expect(s.dt).toBeGreaterThan(0.02);
    }
    expect(segments.map((s) => s.constant)).toEqual([true, false, false, false, true, true]);
  });

  it('makes one event of a knot and a readout that differ by rounding', () => {
    // 3 × 0.1 is not 0.3 in floating point.
    const { segments } = protocolOf(
      {
        duration: 1,
        readout: { every: 0.1 },
        drives: [
          {
            pattern: [1],
            amplitude: [
              [0, 0],
              [0.3, 1],
              [0.3, 5],
            ],
          },
        ],
      },
      0.01,
    );
    expect(segments).toHaveLength(10);
    expect(segments[2]!.end[KNOB.drives]).toBe(1);
    expect(segments[2]!.after[KNOB.drives]).toBe(5);
    expect(Math.min(...segments.map((s) => s.dt))).toBeGreaterThan(0.0099);
  });

  it('knows values before and after jumps, at 0⁻ and beyond the last knot', () => {
    const { before, segments } = protocolOf(
      {
        duration: 2,
        controls: {
          temperature: [
            [0, 3],
            [0, 2],
            [1, 1],
            [1, 0.5],
            [4, 3.5],
          ],
        },
      },
      Infinity,
    );
    const T = KNOB.temperature;
    expect(before[T]).toBe(3);
    expect(segments.map((s) => [s.start[T], s.end[T], s.after[T]])).toEqual([
      [2, 1, 0.5],
      [0.5, 1.5, 1.5],
    ]);
  });
});
