import { readFileSync } from 'node:fs';
import { inverse, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { BOLTZMANN_J_PER_K, RandomStream } from '../../src/core/index.js';
import {
  CHIP,
  circuitDescriptor,
  cellNetwork,
  ciliberto2013,
  LinearNetwork,
  networkProgram,
  NetworkSampler,
  spu8Network,
  twoCircuits,
  type CellNetwork,
  type Netlist,
} from '../../src/emulate/index.js';
import { readProgram } from '../../src/device/index.js';
import { createDevice } from '../../drivers/rc-langevin/index.js';
import { batchMean, circuit, watch } from '../support/circuit.js';
import { hold, holdBound } from '../support/hold.js';
import { stationaryCovariance } from '../../src/emulate/langevin/lyapunov.js';
import { lyapunov, relativeDistance } from '../support/linear-oracles.js';
import { driverContext, runOnDevice } from '../support/run-device.js';
import { FULL_SIZE } from '../support/run-simulation.js';

const k = BOLTZMANN_J_PER_K;

/** The stationary covariance by N² linear equations, in natural units: the oracle of the sign-function solver. */
function oracleCovariance(network: LinearNetwork): Matrix {
  const { A, D } = network.scaled();
  return lyapunov(A, D);
}
function inNaturalUnits(network: LinearNetwork, S: Matrix): Matrix {
  const out = S.clone();
  for (let i = 0; i < network.size; i++) {
    for (let j = 0; j < network.size; j++) {
      out.set(i, j, S.get(i, j) / network.scales[i]! / network.scales[j]!);
    }
  }
  return out;
}

describe('the Lyapunov equation', () => {
  it('is solved to 1e−12 for stable matrices of every kind, stiff ones too', () => {
    const stream = RandomStream.of(71, 'disorder');
    for (const n of [1, 2, 3, 5, 8, 12]) {
      for (const stiffness of [1, 1e3, 1e6]) {
        const B = new Matrix(
          Array.from({ length: n }, () => Array.from({ length: n }, () => stream.normal())),
        );
        const A = Matrix.add(Matrix.sub(B, B.transpose()), Matrix.mul(B.mmul(B.transpose()), 0.3));
        for (let i = 0; i < n; i++) {
          const rate = stiffness ** (i / Math.max(1, n - 1));
          A.set(i, i, A.get(i, i) + rate);
        }
        const C = new Matrix(
          Array.from({ length: n }, () => Array.from({ length: n }, () => stream.normal())),
        );
        const D = C.mmul(C.transpose());
        const S = stationaryCovariance(A, D)!;
        const residual = Matrix.sub(D, Matrix.add(A.mmul(S), S.mmul(A.transpose())));
        const scale = A.norm('frobenius') * S.norm('frobenius');
        expect(residual.norm('frobenius') / scale).toBeLessThan(1e-13);
        if (stiffness === 1) expect(relativeDistance(S, lyapunov(A, D))).toBeLessThan(1e-12);
      }
    }
  });
});

describe('RLC cells coupled by capacitors', () => {
  const parts = (d: number, resistances?: readonly number[]): CellNetwork => {
    const stream = RandomStream.of(72, 'disorder', d);
    const couplings: [number, number, number][] = [];
    for (let i = 0; i < d; i++) {
      for (let j = i + 1; j < d; j++) couplings.push([i, j, 100e-12 * stream.uniform()]);
    }
    return {
      inductanceH: 1e-4,
      capacitanceF: 1e-9,
      resistanceOhm: resistances ?? Array<number>(d).fill(2e3),
      kappaA2PerHz: 1.25e-15,
      couplings,
    };
  };
  /** κ₀RC⁻¹ and κ₀R L⁻¹ in one matrix. */
  const expected = (network: LinearNetwork, kT: number, d: number): Matrix => {
    const out = Matrix.zeros(2 * d, 2 * d);
    out.setSubMatrix(Matrix.mul(inverse(network.capacitance), kT), 0, 0);
    for (let i = 0; i < d; i++) out.set(d + i, d + i, kT / 1e-4);
    return out;
  };

  it.each([3, 8])(
    'TC-06 have the covariances κ₀RC⁻¹ of voltages, κ₀RL⁻¹ of currents and none between them, d = %i',
    (d) => {
      const network = new LinearNetwork(cellNetwork(parts(d)));
      const exact = inNaturalUnits(network, expected(network, 1.25e-15 * 2e3, d));
      const found = inNaturalUnits(network, network.covariance());
      hold({
        quantity: `covariance of (v, i) by the Lyapunov equation, d = ${d}: relative distance`,
        expected: 0,
        got: relativeDistance(found, exact),
        tolerance: 1e-10,
        class: 'exact',
      });
      if (d === 3) {
        expect(relativeDistance(oracleCovariance(network), exact)).toBeLessThan(1e-10);
      }

      // One sample in 5 µs: a cell rings down in 2RC = 4 µs.
      const samples = FULL_SIZE ? 400_000 : 20_000;
      const sampler = new NetworkSampler(network, 5e-6);
      const stream = RandomStream.of(6);
      sampler.place(stream);
      const sum = Matrix.zeros(2 * d, 2 * d);
      for (let n = 0; n < samples; n++) {
        sampler.advance(stream);
        for (let a = 0; a < 2 * d; a++) {
          for (let b = 0; b <= a; b++) {
            sum.set(a, b, sum.get(a, b) + (sampler.state[a]! * sampler.state[b]!) / samples);
          }
        }
      }
      for (let a = 0; a < 2 * d; a++) for (let b = 0; b < a; b++) sum.set(b, a, sum.get(a, b));
      const measured = inNaturalUnits(network, sum);
      // Entries scatter by √(2/n) at most (samples are almost independent); the matrix of them by √((2d)² + 2d)·√(1/n).
      const scatter = Math.sqrt((4 * d * d + 2 * d) / samples) / exact.norm('frobenius');
      hold({
        quantity: `covariance of (v, i) from ${samples} samples, d = ${d}: relative distance`,
        expected: 0,
        got: relativeDistance(measured, exact),
        standardError: scatter,
        tolerance: Math.max(0.02, 2 * scatter),
        class: 'exact',
      });
      const largest = Array.from({ length: 2 * d }, (_, a) => a).reduce(
        (most, a) => Math.max(most, Math.abs(measured.get(a, a) / exact.get(a, a) - 1)),
        0,
      );
      holdBound({
        quantity: `largest relative error of a variance, d = ${d}`,
        got: largest,
        most: Math.max(0.02, 5 * Math.sqrt(2 / samples)),
        class: 'exact',
      });
    },
  );

  it('TC-06 unequal resistors under the same noise source break the product form: ratios spread (negative test of §4.4)', () => {
    const R = [2, 2.5, 1.5];
    const network = new LinearNetwork(
      cellNetwork({
        inductanceH: 1,
        capacitanceF: 1,
        resistanceOhm: R,
        kappaA2PerHz: 1,
        couplings: [
          [0, 1, 0.1],
          [0, 2, 0.1],
          [1, 2, 0.1],
        ],
      }),
    );
    const S = network.covariance();
    const P = inverse(network.capacitance);
    const ratios = R.map((_, i) => S.get(i, i) / P.get(i, i));
    // Equal R would give R for every one; here each lies between the cells' own values.
    expect(Math.min(...ratios)).toBeGreaterThan(1.5);
    expect(Math.max(...ratios)).toBeLessThan(2.5);
    holdBound({
      quantity: 'spread of cov(v)_ii/(κ₀ C⁻¹)_ii for R = 2, 2.5, 1.5, C_c = C/10',
      got: Math.max(...ratios) - Math.min(...ratios),
      least: 0.5,
      class: 'exact',
    });
    // Independent: N² linear equations.
    const oracle = oracleCovariance(network);
    expect(relativeDistance(inNaturalUnits(network, S), oracle)).toBeLessThan(1e-12);
    // And heat flows from the hot resistors to the cold one, adding up to nothing.
    const heat = network.heatCurrents();
    const hottest = R.indexOf(2.5);
    const coldest = R.indexOf(1.5);
    expect(heat[hottest]).toBeLessThan(0);
    expect(heat[coldest]).toBeGreaterThan(0);
    const total = heat.reduce((a, b) => a + b, 0);
    expect(Math.abs(total)).toBeLessThan(1e-13 * Math.abs(heat[coldest]!));
  });

  it('the preset spu8 has 50 mV rms in a cell without couplers, and less with them', () => {
    const rms = (codes: readonly number[]): number =>
      Math.sqrt(new LinearNetwork(spu8Network(codes)).covariance().get(0, 0));
    expect(rms([])).toBeCloseTo(0.05, 12);
    expect(rms(Array<number>(28).fill(15))).toBeLessThan(0.045);
  });
});

describe('two RC circuits at two temperatures, coupled by a capacitor', () => {
  const [C1, C2, C, R] = [680e-12, 420e-12, 100e-12, 10e6];
  const closed = (T1: number, T2: number, R1 = R, R2 = R) => {
    const X = C1 * C2 + C * (C1 + C2);
    const Y = (C1 + C) * R1 + (C2 + C) * R2;
    const current = (C * C * k * (T2 - T1)) / (X * Y);
    return {
      current,
      first: (k * T1 * (C + C2)) / X + current * R1,
      second: (k * T2 * (C + C1)) / X - current * R2,
    };
  };

  it('TC-16 carry the heat current of the closed form, and have its variances', () => {
    const cases = [
      [88, 296, R, R],
      [140, 296, R, R],
      [300, 100, 3e6, 25e6],
    ] as const;
    for (const [T1, T2, R1, R2] of cases) {
      const network = new LinearNetwork(
        twoCircuits({
          firstF: C1,
          secondF: C2,
          couplingF: C,
          resistanceOhm: [R1, R2],
          temperatureK: [T1, T2],
        }),
      );
      const exact = closed(T1, T2, R1, R2);
      const S = network.covariance();
      const [intoFirst, intoSecond] = network.heatCurrents();
      const rows = [
        ['Q̇ into circuit 1', exact.current, intoFirst!],
        ['Q̇ into circuit 2', -exact.current, intoSecond!],
        ['⟨V₁²⟩', exact.first, S.get(0, 0)],
        ['⟨V₂²⟩', exact.second, S.get(1, 1)],
      ] as const;
      for (const [quantity, expected, got] of rows) {
        hold({
          quantity: `${quantity}, T = (${T1}, ${T2}) K, R = (${R1 / 1e6}, ${R2 / 1e6}) MΩ, relative`,
          expected: 1,
          got: got / expected,
          tolerance: quantity.startsWith('Q') ? 1e-10 : 1e-12,
          class: 'exact',
        });
      }
      // Against the linear equations of the Lyapunov equation, entry by entry.
      const distance = relativeDistance(inNaturalUnits(network, S), oracleCovariance(network));
      hold({
        quantity: `covariance against N² linear equations, T = (${T1}, ${T2}) K: relative distance`,
        expected: 0,
        got: distance,
        tolerance: 1e-12,
        class: 'exact',
      });
    }
  });

  it.each([
    [88, 5.584e-21, 1.366],
    [140, 4.188e-21, 1.025],
  ])('TC-16 ciliberto2013 with T₁ = %d K: %d W', (T1, watts, inUnits) => {
    const network = new LinearNetwork(ciliberto2013(T1));
    const [found] = network.heatCurrents();
    hold({
      quantity: `Q̇ from 296 K to ${T1} K, W`,
      expected: watts,
      got: found!,
      tolerance: 0.5e-24 * 1.001,
      class: 'exact',
    });
    expect(found! / (k * 296)).toBeCloseTo(inUnits, 3);
  });

  // The current of one run fluctuates: 1.4 % over 3000 s. Full size: ten such runs; `npm test`: 400 s, 4 standard errors are 15 %.
  it('TC-16 ciliberto2013 sampled: the heat through the resistors is that current', () => {
    const T1 = 88;
    const network = new LinearNetwork(ciliberto2013(T1));
    const interval = 5e-4;
    const runs = 20;
    const samples = (FULL_SIZE ? 30_000 : 400) / runs / interval;
    const sampler = new NetworkSampler(network, interval);
    const first: number[] = [];
    const second: number[] = [];
    for (let run = 0; run < runs; run++) {
      const stream = RandomStream.of(16, 'dynamics', run);
      sampler.place(stream);
      const before = sampler.storedEnergy;
      for (let n = 0; n < samples; n++) sampler.advance(stream);
      const [a, b] = [sampler.heat[0]!, sampler.heat[1]!];
      // First law: what the resistors get is what the capacitors lose.
      expect(Math.abs(a + b + sampler.storedEnergy - before)).toBeLessThan(
        1e-5 * (Math.abs(a) + k * T1),
      );
      first.push(a / samples / interval);
      second.push(b / samples / interval);
    }
    // Equal resistors: the sum over samples reads low by the factor of §7.2 (physics page) for the rates l of C⁻¹/R.
    const P = network.inverseCapacitance;
    const trace = (P.get(0, 0) + P.get(1, 1)) / R;
    const det = (P.get(0, 0) * P.get(1, 1) - P.get(0, 1) ** 2) / R / R;
    const [l1, l2] = [-1, 1].map((s) => (trace + s * Math.sqrt(trace * trace - 4 * det)) / 2) as [
      number,
      number,
    ];
    const reading = (Math.exp(-l1 * interval) - Math.exp(-l2 * interval)) / ((l2 - l1) * interval);
    const exact = closed(T1, 296).current;
    for (const [name, values, sign] of [
      ['into circuit 1', first, 1],
      ['into circuit 2', second, -1],
    ] as const) {
      const { mean, sem } = batchMean(values);
      hold({
        quantity: `Q̇ ${name} from samples, corrected for their interval, over the exact one`,
        expected: sign,
        got: mean / reading / exact,
        standardError: sem / exact,
        tolerance: Math.max(0.03, (4 * sem) / exact),
        class: 'exact',
      });
      expect((4 * sem) / exact).toBeLessThan(FULL_SIZE ? 0.04 : 0.3);
    }
  });

  it('TC-16 run on rc-langevin as a program: charges as positions, the same current in watts', () => {
    const T1 = 88;
    const network = new LinearNetwork(ciliberto2013(T1));
    const descriptor = circuitDescriptor('rc-langevin', 'rc-langevin', CHIP);
    const { members, timeS, energyJ, chargeC } = networkProgram(network, descriptor);
    // The potential is the stored energy: V(x) k_B T₀ = ½ qᵀC⁻¹q.
    const q = [3e-15, -2e-15];
    const x = q.map((charge, i) => charge / chargeC[i]!);
    const [J] = members.couplings.entries.map(([, , value]) => value!);
    const V =
      members.wells.quadratic[0]! * x[0]! ** 2 +
      members.wells.quadratic[1]! * x[1]! ** 2 -
      J! * x[0]! * x[1]!;
    const P = network.inverseCapacitance;
    const stored =
      0.5 * (P.get(0, 0) * q[0]! ** 2 + 2 * P.get(0, 1) * q[0]! * q[1]! + P.get(1, 1) * q[1]! ** 2);
    expect(Math.abs((V * energyJ) / stored - 1)).toBeLessThan(1e-13);
    const shots = 20;
    const duration = Math.round((FULL_SIZE ? 12_000 : 200) / shots / timeS);
    const ledgers = watch(
      circuit({
        ...members,
        initial: { kind: 'equilibrium' },
        dynamics: { ...members.dynamics, burnIn: 10, dt: 0.02 },
        duration,
        readout: { every: duration },
        shots,
        seed: 16,
      }),
      () => undefined,
    );
    const watts = batchMean(
      ledgers.map((ledger) => (ledger.bathHeat[0]! * energyJ) / (duration * timeS)),
    );
    const exact = closed(T1, 296).current;
    // The sum over steps of 0.02 reads low by (l₁ + l₂)·dt/2, l₁ + l₂ = tr A = 2Σq.
    const low = 0.02 * (members.wells.quadratic[0]! + members.wells.quadratic[1]!);
    hold({
      quantity: 'Q̇ into the cold circuit over the exact one, on rc-langevin',
      expected: 1 - low,
      got: watts.mean / exact,
      standardError: watts.sem / exact,
      tolerance: Math.max(0.03, (4 * watts.sem) / exact),
      class: 'exact',
    });
    expect((4 * watts.sem) / exact).toBeLessThan(FULL_SIZE ? 0.08 : 0.5);
  });
});

describe('the example of the documentation', () => {
  it('two-circuits.json is ciliberto2013(88) on rc-langevin, and carries its current', async () => {
    const document = JSON.parse(
      readFileSync(new URL('../../docs/examples/two-circuits.json', import.meta.url), 'utf8'),
    ) as Record<string, unknown>;
    const network = new LinearNetwork(ciliberto2013(88));
    const descriptor = circuitDescriptor('rc-langevin', 'rc-langevin', CHIP);
    const { members, timeS, energyJ } = networkProgram(network, descriptor);
    expect(document).toMatchObject({
      ...(JSON.parse(JSON.stringify(members)) as object),
      dynamics: { ...members.dynamics, burnIn: 10 },
    });
    const device = createDevice('rc-langevin', {}, driverContext(1));
    const { result } = await runOnDevice(device, readProgram(document), { seed: 1 });
    await device.close();
    const [cold] = result.thermodynamics.heat!.baths;
    const unit = energyJ / timeS / result.deviceTime;
    const [watts] = network.heatCurrents();
    expect(Math.abs(cold!.mean! * unit - watts!)).toBeLessThan(4 * cold!.sem! * unit);
    expect(4 * cold!.sem! * unit).toBeLessThan(0.5 * watts!);
    // The numbers of docs/networks.md.
    expect(timeS).toBeCloseTo(10.14e-3, 5);
    expect((energyJ / timeS) * 1e19).toBeCloseTo(4.03, 2);
    expect((watts! * timeS) / energyJ).toBeCloseTo(0.0139, 4);
  });
});

describe('networks with resistors between nodes', () => {
  const netlist = (T: readonly [number, number, number]): Netlist => [
    { kind: 'capacitor', between: ['a', 'ground'], capacitanceF: 1e-9 },
    { kind: 'capacitor', between: ['b', 'ground'], capacitanceF: 2e-9 },
    { kind: 'resistor', between: ['a', 'ground'], resistanceOhm: 1e6, temperatureK: T[0] },
    { kind: 'resistor', between: ['a', 'b'], resistanceOhm: 1e6, temperatureK: T[1] },
    { kind: 'resistor', between: ['b', 'ground'], resistanceOhm: 0.5e6, temperatureK: T[2] },
  ];

  it('TC-05 at one temperature have k_B T C⁻¹: resistors make no correlation', () => {
    const S = new LinearNetwork(netlist([300, 300, 300])).covariance();
    expect(S.get(0, 0) / ((k * 300) / 1e-9)).toBeCloseTo(1, 12);
    expect(S.get(1, 1) / ((k * 300) / 2e-9)).toBeCloseTo(1, 12);
    expect(Math.abs(S.get(0, 1)) / S.get(0, 0)).toBeLessThan(1e-13);
  });

  it('TC-04 a node of 1 pF at 300 K has 64.358 µV rms, of 1 nF 2.035 µV', () => {
    const rms = (capacitanceF: number): number =>
      Math.sqrt(
        new LinearNetwork([
          { kind: 'capacitor', between: ['a', 'ground'], capacitanceF },
          { kind: 'resistor', between: ['a', 'ground'], resistanceOhm: 1e6, temperatureK: 300 },
        ])
          .covariance()
          .get(0, 0),
      );
    expect(rms(1e-12) * 1e6).toBeCloseTo(64.358, 3);
    expect(rms(1e-9) * 1e6).toBeCloseTo(2.035, 3);
  });

  it('with three temperatures share their heat out as the samples say, with an inductor as well', () => {
    for (const inductors of [
      [],
      [{ kind: 'inductor', between: ['a', 'b'], inductanceH: 500 } as const],
    ]) {
      const network = new LinearNetwork([...netlist([100, 300, 500]), ...inductors]);
      const exact = network.heatCurrents();
      expect(Math.abs(exact.reduce((a, b) => a + b, 0))).toBeLessThan(1e-12 * Math.abs(exact[0]!));
      expect(network.entropyProductionRate()).toBeGreaterThan(0);
      const interval = 5e-6;
      const runs = 20;
      const samples = FULL_SIZE ? 400_000 : 20_000;
      const sampler = new NetworkSampler(network, interval);
      const batches: number[][] = Array.from(exact, () => []);
      for (let run = 0; run < runs; run++) {
        const stream = RandomStream.of(17, 'dynamics', run);
        sampler.place(stream);
        for (let n = 0; n < samples; n++) sampler.advance(stream);
        sampler.heat.forEach((heat, r) => batches[r]!.push(heat / samples / interval));
      }
      batches.forEach((values, r) => {
        const { mean, sem } = batchMean(values);
        hold({
          quantity: `Q̇ into resistor ${r}${inductors.length > 0 ? ' beside an inductor' : ''}, over the largest`,
          expected: exact[r]! / exact[0]!,
          got: mean / exact[0]!,
          standardError: sem / exact[0]!,
          tolerance: (4 * sem) / exact[0]! + 0.015,
          class: 'exact',
        });
        expect((4 * sem) / exact[0]!).toBeLessThan(FULL_SIZE ? 0.12 : 0.5);
      });
    }
  });
});

describe('networks that are refused', () => {
  const resistor = (a: string, b: string) =>
    ({ kind: 'resistor', between: [a, b], resistanceOhm: 1e3, temperatureK: 300 }) as const;
  const capacitor = (a: string, b: string) =>
    ({ kind: 'capacitor', between: [a, b], capacitanceF: 1e-9 }) as const;
  const inductor = (a: string, b: string) =>
    ({ kind: 'inductor', between: [a, b], inductanceH: 1e-3 }) as const;
  const refused: [string, Netlist, RegExp][] = [
    [
      'a massless node that a resistor touches',
      [capacitor('a', 'ground'), resistor('a', 'b'), resistor('b', 'ground')],
      /a resistor touches b without capacitance.*dissipate without bound/,
    ],
    [
      'a massless node between inductors',
      [capacitor('a', 'ground'), inductor('a', 'b'), inductor('b', 'ground')],
      /b has no capacitance to ground: no equation of motion/,
    ],
    [
      'two nodes that only a capacitor between them holds, under a resistor',
      [capacitor('a', 'b'), resistor('a', 'ground')],
      /a resistor touches a \+ b without capacitance/,
    ],
    [
      'a floating pair',
      [capacitor('a', 'b'), capacitor('c', 'ground'), resistor('a', 'b')],
      /a \+ b has no capacitance to ground/,
    ],
    ['an element on one node', [capacitor('a', 'a')], /both ends/],
    [
      'a value that is not positive',
      [{ kind: 'capacitor', between: ['a', 'ground'], capacitanceF: 0 }],
      /not a positive number/,
    ],
    ['nothing', [], /no elements/],
  ];
  it.each(refused)('%s (massless nodes: physics page §4.1)', (_, netlist, message) => {
    expect(() => new LinearNetwork(netlist)).toThrow(message);
  });

  it('a mode without loss has no stationary state', () => {
    const network = new LinearNetwork([capacitor('a', 'ground'), inductor('a', 'ground')]);
    expect(() => network.covariance()).toThrow(/does not decay/);
  });

  it('networks of another form are no program for rc-langevin', () => {
    const descriptor = circuitDescriptor('rc-langevin', 'rc-langevin', CHIP);
    const program = (netlist: Netlist) => () =>
      networkProgram(new LinearNetwork(netlist), descriptor);
    const base = [capacitor('a', 'ground'), resistor('a', 'ground')];
    expect(program([...base, inductor('a', 'ground')])).toThrow(/has inductors/);
    expect(program([...base, capacitor('b', 'ground'), resistor('a', 'b')])).toThrow(
      /between two nodes/,
    );
    expect(program([...base, capacitor('b', 'ground')])).toThrow(/node b has 0 resistors/);
    expect(() => networkProgram(new LinearNetwork(base), descriptor, { timeS: 1 })).toThrow(
      /outside/,
    );
  });
});
