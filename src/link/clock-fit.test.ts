import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../core/index.js';
import { ClockFitter, type ClockFit } from './clock-fit.js';

interface Truth {
  seed: number;
  ppm: number;
  nominalHz: number;
  startMs: number;
  /** Least time one way, and the mean of what comes on top, ms. */
  leastMs: number;
  jitterMs: number;
}

/** Exchanges about every 0.97 s with a clock that is known exactly. */
function exchanges(
  truth: Truth,
  count: number,
  each: (sent: number, got: number, ticks: number) => void,
) {
  const random = RandomStream.of(truth.seed);
  let now = truth.startMs;
  for (let k = 0; k < count; k++) {
    now += 970 + 5 * random.uniform();
    const there = truth.leastMs + truth.jitterMs * random.exponential();
    const back = truth.leastMs + truth.jitterMs * random.exponential();
    each(now, now + there + back, ticksOf(truth, now + there));
    now += there + back;
  }
  return now;
}

const ticksOf = ({ ppm, nominalHz }: Truth, hostMs: number): number =>
  Math.floor(((hostMs + 12_345.678) * nominalHz * (1 + ppm * 1e-6)) / 1000);

function fitted(truth: Truth, count: number): { fit: ClockFit | null; now: number } {
  const fitter = new ClockFitter(truth.nominalHz);
  const now = exchanges(truth, count, (sent, got, ticks) => fitter.add(sent, got, ticks));
  return { fit: fitter.fit(), now };
}

const usual = { nominalHz: 1e6, startMs: 1e6, leastMs: 1, jitterMs: 0.4 };

/** The board's ticks at a moment of the host's clock, ms, as the fit says. */
const ticksAt = (fit: ClockFit, hostMs: number): number =>
  fit.referenceTicks +
  (hostMs - fit.referenceHostMs) * (fit.nominalHz / 1000) * (1 + fit.ratePpm * 1e-6);

describe('the clock fit', () => {
  it('has the rate within its 95 % interval as often as it says, and the offset always', () => {
    // 400 clocks: 95 % is 380; 4 standard deviations (4.4) below is 362. One false alarm in 30 000.
    for (const count of [8, 40, 200]) {
      let rates = 0;
      let offsets = 0;
      for (let seed = 0; seed < 400; seed++) {
        const truth = { ...usual, seed: seed + 1000 * count, ppm: (seed % 101) - 50 };
        const { fit } = fitted(truth, count);
        if (Math.abs(fit!.ratePpm - truth.ppm) <= fit!.rateUncertaintyPpm) rates++;
        const atReference = (fit!.referenceTicks - ticksOf(truth, fit!.referenceHostMs)) / 1000;
        if (Math.abs(atReference) <= fit!.offsetUncertaintyMs) offsets++;
      }
      expect(rates).toBeGreaterThanOrEqual(362);
      expect(offsets).toBe(400);
    }
  }, 30_000);

  it('is as good as a USB line lets it be: 2 ms and 5 ppm after 2 minutes', () => {
    for (let seed = 0; seed < 20; seed++) {
      const { fit } = fitted({ ...usual, seed, ppm: 37 }, 124);
      expect(fit!.offsetUncertaintyMs).toBeLessThan(2);
      expect(fit!.rateUncertaintyPpm).toBeLessThan(10);
      expect(Math.abs(fit!.ratePpm - 37)).toBeLessThan(12);
    }
  });

  it('is exact where nothing disturbs it, whatever clock and rate', () => {
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.nat(1000),
          ppm: fc.double({ min: -500, max: 500, noNaN: true }),
          nominalHz: fc.constantFrom(1e6, 32_768, 84e6),
          startMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
          leastMs: fc.constant(1),
          jitterMs: fc.constant(0),
        }),
        (truth) => {
          const { fit, now } = fitted(truth, 40);
          // A tick, over the span of the exchanges.
          const tickPpm = (1e9 / truth.nominalHz / 10_000) * 3;
          expect(Math.abs(fit!.ratePpm - truth.ppm)).toBeLessThan(tickPpm + 1e-3);
          const ahead = now + 1000;
          expect(Math.abs(ticksAt(fit!, ahead) - ticksOf(truth, ahead))).toBeLessThan(
            3 + 1e-6 * truth.nominalHz,
          );
          const { offsetMs, referenceHostMs, referenceTicks } = fit!;
          expect(offsetMs).toBeCloseTo(
            referenceHostMs - (1000 * referenceTicks) / truth.nominalHz,
            6,
          );
        },
      ),
      { numRuns: 50 },
    );
  });

  it('is not there before the fifth exchange', () => {
    expect(fitted({ ...usual, seed: 1, ppm: 0 }, 4).fit).toBeNull();
    expect(fitted({ ...usual, seed: 1, ppm: 0 }, 5).fit).not.toBeNull();
  });

  it('leaves out an exchange that lies far off, and tells', () => {
    const truth = { ...usual, seed: 3, ppm: 20 };
    const fitter = new ClockFitter(1e6);
    let k = 0;
    exchanges(truth, 60, (sent, got, ticks) => {
      // A request that stood in a queue for half a second: the middle is a quarter of a second off.
      if (++k % 10 === 0) fitter.add(sent - 500, got, ticks);
      else fitter.add(sent, got, ticks);
    });
    const fit = fitter.fit()!;
    expect(fit.leftOut).toBe(6);
    expect(fit.exchanges).toBe(54);
    expect(Math.abs(fit.ratePpm - 20)).toBeLessThan(30);
  });

  it('begins again where the clock has changed for good', () => {
    const fitter = new ClockFitter(1e6);
    const truth = { ...usual, seed: 4, ppm: 20 };
    const now = exchanges(truth, 30, (sent, got, ticks) => fitter.add(sent, got, ticks));
    const jumped = { ...truth, startMs: now, seed: 5 };
    exchanges(jumped, 20, (sent, got, ticks) => fitter.add(sent, got, ticks + 5_000_000));
    const fit = fitter.fit()!;
    expect(fit.exchanges).toBe(20);
    expect(Math.abs(fit.ratePpm - 20)).toBeLessThan(fit.rateUncertaintyPpm * 3);
    const wrong = fit.referenceTicks - 5_000_000 - ticksOf(truth, fit.referenceHostMs);
    expect(Math.abs(wrong / 1000)).toBeLessThan(fit.offsetUncertaintyMs);
  });
});
