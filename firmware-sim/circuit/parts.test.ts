import { describe, expect, it } from 'vitest';
import { each, imageOf } from './board-bench.test-support.js';
import { BoardWarmth } from './board-warmth.js';
import { PROFILES } from './circuit-profile.js';
import { drawComponents } from './components.js';
import { adcCode, dacOutput, stepsOf } from './converters.js';
import { CouplingArray } from './coupling-array.js';
import { buildNetlist } from './netlist.js';
import { nodeLawOfProgram, programUnits } from './program-units.js';
import { Waveform } from './waveform.js';

const NO_TRIMS = { coupling: 1, noise: 1, readoutGain: 1, readoutOffset: 0 };

describe('program units', () => {
  it('are those of the circuit page’s worked preset: 1 Mohm, 1 pF, 300 K', () => {
    const unitV = Math.sqrt((2 * 1.380649e-23 * 300) / 1e-12);
    const units = programUnits({ capacitanceF: 1e-12, resistanceOhm: 1e6, unitV });
    expect(unitV * 1e6).toBeCloseTo(91.0, 1);
    expect(units.timeS).toBeCloseTo(2e-6, 12);
    expect(units.transconductanceS * 1e6).toBeCloseTo(0.5, 9);
    expect(units.currentA * 1e12).toBeCloseTo(45.5, 1);
    expect(units.cubicAV3).toBeCloseTo(241.4, 0);
    expect(units.energyJ).toBeCloseTo(1.380649e-23 * 300, 30);
  });

  it('turn the program’s signs into currents: I = −∂E/∂x in units of C V0 / t0', () => {
    const units = programUnits(PROFILES['bench']!);
    const x = [0.7, -1.3];
    const program = { coupling: 0.8, field: -0.4, quadratic: -1.5, quartic: 0.6 };
    const energy = (a: number, b: number): number =>
      // E = −½ Σ_{i≠j} J x x − Σ h x + Σ (q x² + r x⁴), of the node a
      -program.coupling * a * b -
      program.field * a +
      program.quadratic * a ** 2 +
      program.quartic * a ** 4;
    const step = 1e-6;
    const force = -(energy(x[0]! + step, x[1]!) - energy(x[0]! - step, x[1]!)) / (2 * step);
    const law = nodeLawOfProgram(program, units);
    const [v, w] = x.map((value) => value * units.voltageV);
    const current = law.constantA + law.couplingS * w! - law.leakS * v! - law.cubicAV3 * v! ** 3;
    expect(current / units.currentA).toBeCloseTo(force, 6);
  });
});

describe('converters', () => {
  it('give the nearest step, bent by at most their nonlinearity', () => {
    const straight = { first: 0, second: 0 };
    const bent = { first: 0.3, second: -0.2 };
    const lsb = 8 / stepsOf(10);
    for (let k = 0; k <= 1000; k++) {
      const value = -8 + (16 * k) / 1000;
      const ideal = dacOutput(value, 8, 10, straight);
      expect(Math.abs(ideal - value)).toBeLessThanOrEqual(lsb / 2 + 1e-12);
      expect(Math.abs(dacOutput(value, 8, 10, bent) - ideal)).toBeLessThanOrEqual(lsb / 2 + 1e-12);
    }
    expect(dacOutput(8, 8, 10, bent)).toBeCloseTo(8, 9);
    expect(dacOutput(0, 8, 10, bent)).toBe(0);
    expect(
      Math.abs(dacOutput(4, 8, 10, bent) - dacOutput(4, 8, 10, straight)) / lsb,
    ).toBeGreaterThan(0.25);
  });

  it('hold codes at their limits', () => {
    expect(adcCode(3, 0.8, 12)).toBe(2047);
    expect(adcCode(-3, 0.8, 12)).toBe(-2047);
    expect(adcCode(0.4, 0.8, 12)).toBe(1024);
  });
});

describe('waveforms', () => {
  it('are linear between points, constant outside, and have two values where they jump', () => {
    const wave = new Waveform({
      times: Float64Array.of(1, 2, 2, 4),
      values: Float64Array.of(0, 3, -1, 1),
    });
    expect([wave.before(0), wave.after(0.5), wave.before(1.5)]).toEqual([0, 0, 1.5]);
    expect([wave.before(2), wave.after(2)]).toEqual([3, -1]);
    expect([wave.before(3), wave.after(4), wave.before(9)]).toEqual([0, 1, 1]);
    expect(wave.nextPoint(9)).toBe(Infinity);
    wave.rewind();
    expect([wave.nextPoint(0), wave.nextPoint(1), wave.nextPoint(2)]).toEqual([1, 2, 4]);
    expect(wave.before(1.5)).toBe(1.5);
  });
});

describe('the coupling array', () => {
  it('multiplies alike whether dense or sparse', () => {
    for (const n of [5, 8, 31]) {
      for (const density of [0.1, 1]) {
        const matrix = Float64Array.from({ length: n * n }, (_, k) =>
          Math.abs(Math.sin(k * k)) < density ? Math.sin(k) : 0,
        );
        const v = Float64Array.from({ length: n }, (_, i) => Math.cos(i));
        const out = new Float64Array(n);
        const array = new CouplingArray(n, matrix);
        array.currents(v, out);
        for (let i = 0; i < n; i++) {
          let sum = 0;
          let size = 0;
          for (let j = 0; j < n; j++) {
            sum += matrix[i * n + j]! * v[j]!;
            size += Math.abs(matrix[i * n + j]!);
          }
          expect(out[i]).toBeCloseTo(sum, 12);
          expect(array.rowSum(i)).toBeCloseTo(size, 12);
        }
      }
    }
  });

  it('knows about how strong it is', () => {
    const n = 40;
    const rank1 = Float64Array.from(
      { length: n * n },
      (_, k) => 3 * ((k % 3) - 1) * ((((k / n) | 0) % 3) - 1),
    );
    // 3 u uᵀ has the norm 3 |u|².
    const length = Array.from({ length: n }, (_, i) => ((i % 3) - 1) ** 2).reduce((a, b) => a + b);
    const uut = Float64Array.from(
      { length: n * n },
      (_, k) => 3 * (((k % n) % 3) - 1) * ((((k / n) | 0) % 3) - 1),
    );
    expect(new CouplingArray(n, uut).norm()).toBeCloseTo(3 * length, 6);
    expect(new CouplingArray(n, rank1).norm()).toBeGreaterThan(0);
    expect(new CouplingArray(n, new Float64Array(n * n)).norm()).toBe(0);
  });
});

describe('parts', () => {
  const SERIALS = 200;
  const boards = Array.from({ length: SERIALS }, (_, k) =>
    drawComponents({ ...PROFILES['chip']!, sites: 12 }, `CH-${k}`),
  );
  const spreadOf = (values: number[]): number => {
    const mean = values.reduce((a, b) => a + b) / values.length;
    return Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
  };
  const all = (list: (board: (typeof boards)[number]) => Iterable<number>): number[] =>
    boards.flatMap((board) => [...list(board)]);

  it('of 200 boards are spread as the profile says', () => {
    const profile = PROFILES['chip']!;
    const cases: [string, number[], number][] = [
      ['capacitor', all((b) => b.capacitanceF.map((c) => c / 1e-12)), profile.capacitorSpread],
      [
        'resistor',
        all((b) => b.resistanceOhm.map((r) => Math.log(r / 1e6))),
        profile.resistorSpread,
      ],
      ['well', all((b) => b.quadraticGain), profile.wellSpread],
      ['readout', all((b) => b.readoutGain), profile.readoutGainSpread],
      ['offset', all((b) => b.offsetA.map((a) => a / (1e-3 / 2e6))), profile.offset],
      ['monitor', all((b) => b.monitorGain), profile.monitorSpread],
    ];
    for (const [name, values, expected] of cases) {
      const tolerance = (4 * expected) / Math.sqrt(2 * values.length);
      expect(Math.abs(spreadOf(values) - expected), name).toBeLessThan(tolerance);
      const mean = values.reduce((a, b) => a + b) / values.length;
      const centre = name === 'capacitor' ? 1 : 0;
      expect(Math.abs(mean - centre), name).toBeLessThan((4 * expected) / Math.sqrt(values.length));
    }
    const both: number[] = [];
    const opposite: number[] = [];
    for (const { couplingGain } of boards) {
      for (let i = 0; i < 12; i++) {
        for (let j = 0; j < i; j++) {
          const [a, b] = [couplingGain[i * 12 + j]!, couplingGain[j * 12 + i]!];
          both.push((a + b) / 2);
          opposite.push((a - b) / 2);
        }
      }
    }
    const within = (values: number[]): number => 4 / Math.sqrt(2 * values.length);
    expect(Math.abs(spreadOf(both) / 0.03 - 1)).toBeLessThan(within(both));
    expect(Math.abs(spreadOf(opposite) / 0.01 - 1)).toBeLessThan(within(opposite));
    expect(
      all((b) =>
        b.couplingInl.map(({ first, second }) => Math.abs(first) + Math.abs(second)),
      ).every((x) => x <= 0.5 + 1e-12),
    ).toBe(true);
  });

  it('are a serial number’s own, and the same each time', () => {
    const [a, again, b] = ['X-1', 'X-1', 'X-2'].map((serial) =>
      drawComponents(PROFILES['bench']!, serial),
    );
    expect([...again!.couplingGain]).toEqual([...a!.couplingGain]);
    expect([...b!.capacitanceF]).not.toEqual([...a!.capacitanceF]);
  });

  it('make couplings of converters, gains and trims', () => {
    const profile = PROFILES['chip']!;
    const parts = drawComponents(profile, 'CH-1');
    const units = programUnits(profile);
    const couplings = new Float64Array(9);
    couplings[1] = couplings[3] = 1.1;
    const image = imageOf(3, { couplings, fields: each(3, 0) });
    const net = buildNetlist(image, profile, parts, units, { ...NO_TRIMS, coupling: 1.05 });
    const out = new Float64Array(3);
    net.couplings.currents(Float64Array.of(0, 1, 0), out);
    const set = dacOutput(1.1, 8, 6, parts.couplingInl[0]!);
    expect(Math.abs(set - 1.1)).toBeLessThan(8 / 31);
    expect(out[0]! / units.transconductanceS).toBeCloseTo(
      1.05 * set * (1 + parts.couplingGain[1]!),
      9,
    );
    net.couplings.currents(Float64Array.of(1, 0, 0), out);
    expect(out[1]! / units.transconductanceS).toBeCloseTo(
      1.05 * set * (1 + parts.couplingGain[profile.sites]!),
      9,
    );
    expect(net.rounding.couplings).toBeCloseTo(Math.abs((4 * 8) / 31 - 1.1), 12);
  });

  it('drift with the board’s warmth as much as the profile says', () => {
    const profile = PROFILES['chip']!;
    const warmth = new BoardWarmth(profile, drawComponents(profile, 'CH-1'));
    const above = Array.from({ length: 40_000 }, (_, k) => warmth.aboveK(11.3 * k));
    expect(spreadOf(above) / profile.driftK).toBeCloseTo(1, 1);
    const { resistance, gain, capacitance } = warmth.drift(500);
    const k = warmth.aboveK(500);
    expect(resistance).toBeCloseTo(1 + 1e-3 * k, 12);
    expect(gain).toBeCloseTo(1 + 3e-4 * k, 12);
    expect(capacitance).toBeCloseTo(1 + 3e-5 * k, 12);
  });
});
