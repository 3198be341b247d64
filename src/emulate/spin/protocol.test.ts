import { describe, expect, it } from 'vitest';
import { spinProgram } from '../../../test/support/spin-program.js';
import { curveValue } from '../../device/index.js';
import { isConstant, leastValue, settledAt } from '../curve-course.js';
import { Protocol } from './protocol.js';

const couplings = { kind: 'coo', entries: Float64Array.of(0, 1, 1) } as const;
const curve = Float64Array.of(0, 0, 0, 2, 1, 2, 3, -1, 3, 5, 4, 5);

function protocolOf(amplitude: Float64Array): Protocol {
  const program = spinProgram({
    sites: 2,
    couplings,
    drives: [{ pattern: Float64Array.of(1, 1), amplitude }],
    controls: { coupling: Float64Array.of(0.5, 1, 1.5, 3), temperature: Float64Array.of(2, 7) },
    duration: 6,
  });
  return new Protocol(program, 7);
}

describe('Protocol', () => {
  it('starts at the first listed values and follows curves as time grows, after jumps', () => {
    const protocol = protocolOf(curve);
    expect([protocol.amplitudes[0], protocol.coupling, protocol.temperature]).toEqual([0, 1, 7]);
    for (const t of [0, 0.3, 0.5, 0.9, 1, 1.7, 2.999, 3, 3.5, 4, 5.5, 6]) {
      protocol.advance(t);
      expect(protocol.amplitudes[0]).toBeCloseTo(curveValue(curve, t), 12);
      expect(protocol.coupling).toBeCloseTo(t < 0.5 ? 1 : t > 1.5 ? 3 : 1 + 2 * (t - 0.5), 12);
    }
    protocol.rewind();
    expect([protocol.amplitudes[0], protocol.coupling]).toEqual([0, 1]);
    protocol.advance(0);
    expect(protocol.amplitudes[0]).toBe(2);
  });

  it('gives the same values however coarsely time goes', () => {
    const fine = protocolOf(curve);
    const coarse = protocolOf(curve);
    for (let t = 0; t <= 5; t += 0.01) fine.advance(t);
    fine.advance(5);
    coarse.advance(5);
    expect(coarse.amplitudes).toEqual(fine.amplitudes);
  });

  it('knows when nothing changes any more', () => {
    expect(settledAt(Float64Array.of(0, 1))).toBe(-Infinity);
    expect(settledAt(Float64Array.of(0, 1, 4, 1))).toBe(-Infinity);
    expect(settledAt(curve)).toBe(3);
    expect(settledAt(Float64Array.of(0, 0, 2, 1))).toBe(2);
    expect(protocolOf(curve).settledAt).toBe(3);
  });

  it('judges constancy and the least value within the run only', () => {
    expect(isConstant(Float64Array.of(0, 1, 4, 1, 5, 0), 4)).toBe(true);
    expect(isConstant(Float64Array.of(0, 1, 4, 1, 5, 0), 4.5)).toBe(false);
    expect(isConstant(Float64Array.of(0, 1, 0, 2), 1)).toBe(false);
    expect(isConstant(Float64Array.of(0, 1, 1, 2, 2, 1), 3)).toBe(false);
    expect(leastValue(Float64Array.of(0, 1, 2, 0), 1)).toBeCloseTo(0.5, 12);
    expect(leastValue(Float64Array.of(0, 1, 2, 0), 3)).toBe(0);
  });
});
