import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/core/index.js';
import {
  CHIP,
  circuitUnits,
  circuitViolations,
  couplingBiasPowerW,
  ElectricalDissipation,
  imperfectionsOf,
  PathAction,
  shotNoiseDensity,
  ShotNoiseNode,
  type ShotNoiseModel,
} from '../../src/emulate/index.js';
import { RealCircuit } from '../../src/emulate/langevin/imperfect/real-circuit.js';
import { boltzmannLine } from '../support/boltzmann.js';
import { batchMean, board, circuit, watch } from '../support/circuit.js';
import { hold, type HeldQuantity } from '../support/hold.js';
import { FULL_SIZE } from '../support/run-simulation.js';

type Program = ReturnType<typeof circuit>;

function holdMean(
  quantity: string,
  { mean, sem }: { readonly mean: number; readonly sem: number },
  expected: number,
  tolerance: number,
  kind: HeldQuantity['class'] = 'exact',
): void {
  hold({
    quantity,
    expected,
    got: mean,
    standardError: sem,
    tolerance: Math.max(tolerance * Math.abs(expected), 4 * sem),
    class: kind,
  });
}

describe('the mapping to components', () => {
  // §4.3: R = 1 MΩ, C = 1 pF, T = 300 K, J2 = J4 = 1; digits as the page prints them.
  const { timeS, voltageV, energyJ, transconductanceS, currentA, cubicAPerV3, noiseAPerRootHz } =
    circuitUnits(CHIP);
  it.each([
    ['V₀, µV', 91, voltageV * 1e6, 0.05],
    ['t₀, µs', 2, timeS * 1e6, 1e-12],
    ['coupling unit, µS', 0.5, transconductanceS * 1e6, 1e-12],
    ['current unit, pA', 45.5, currentA * 1e12, 0.05],
    ['g₃, A/V³', 241, cubicAPerV3, 0.5],
    ['noise, pA/√Hz', 0.129, noiseAPerRootHz * 1e12, 0.0005],
    ['t_f = 0.2, µs', 0.4, 0.2 * timeS * 1e6, 1e-12],
    ['field of 150, nA', 6.8, 150 * currentA * 1e9, 0.05],
    ['energy unit, zJ', 4.141947, energyJ * 1e21, 1e-6],
  ])('preset chip: %s is %f', (quantity, expected, got, tolerance) => {
    hold({ quantity, expected, got, tolerance, class: 'exact' });
  });

  it('g₃ V_rms³ is the linear current at V_rms, kT/C = V_rms²', () => {
    const rms = Math.sqrt(energyJ / CHIP.capacitanceF);
    hold({
      quantity: 'cubic over linear current at V_rms',
      expected: 1,
      got: (cubicAPerV3 * rms ** 3) / (rms / CHIP.resistanceOhm),
      tolerance: 1e-12,
      class: 'exact',
    });
  });
});

describe('nonlinear capacitors (preset charge)', () => {
  const charge = (others: Record<string, number> = {}) => board({}, { chargeWells: 1, ...others });

  it('keep the Boltzmann law of U(q) whatever the resistors', () => {
    const program = circuit({
      sites: 400,
      initial: { kind: 'equilibrium' },
      dynamics: { dt: 0.005 },
      duration: FULL_SIZE ? 300 : 8,
      readout: { every: 0.1 },
      seed: 51,
    });
    const parameters = charge({ boardSeed: 2, resistorMismatch: 0.5 });
    expect(circuitViolations(program, program, parameters)).toEqual([]); // one temperature: Gibbs is drawn
    // J2 = J4 = kT = 1. The splitting's own bias at dt = 0.005 is 0.009 % (TC-12).
    const sums = [new Float64Array(400), new Float64Array(400)];
    const rows = 1 + program.duration / 0.1;
    watch(
      program,
      (x) => {
        for (let i = 0; i < 400; i++) {
          sums[0]![i]! += x[i]! ** 2 / rows;
          sums[1]![i]! += x[i]! ** 4 / rows;
        }
      },
      parameters,
    );
    // J2 = J4 = kT = 1. The splitting's own bias at dt = 0.005 is 0.009 and 0.046 % (TC-12).
    holdMean('⟨x²⟩, ln R spread by 0.5', batchMean(sums[0]!), 0.23395996, 0.003);
    holdMean('⟨x⁴⟩, ln R spread by 0.5', batchMean(sums[1]!), 0.13302002, 0.004);
  });

  it('with other capacitors has other energies, node by node, at the same temperature', () => {
    const sites = 30;
    const program = circuit({
      sites,
      initial: { kind: 'equilibrium' },
      dynamics: { dt: 0.01 },
      duration: FULL_SIZE ? 4000 : 60,
      readout: { every: 0.5 },
      shots: 10,
      seed: 52,
    });
    const parameters = charge({ boardSeed: 2, capacitorMismatch: 0.3 });
    const { capacitance } = new RealCircuit(program, imperfectionsOf(parameters)).board;
    const sums = Array.from({ length: 10 }, () => new Float64Array(sites));
    const rows = 1 + program.duration / 0.5;
    watch(
      program,
      (x, _, shot) => x.forEach((v, i) => (sums[shot]![i]! += v ** 2 / rows)),
      parameters,
    );
    let chi = 0;
    for (let i = 0; i < sites; i++) {
      const exact = boltzmannLine((x) => (x * x) / capacitance[i]! + x ** 4).average((x) => x * x);
      const { mean, sem } = batchMean(sums.map((s) => s[i]!));
      chi += ((mean - exact) / sem) ** 2 / sites;
    }
    // Student's t of 9 degrees: mean square 9/7, of 30 nodes ± 0.5.
    hold({
      quantity: 'χ²/30 of ⟨q²⟩ against quadrature',
      expected: 9 / 7,
      got: chi,
      tolerance: 4 * 0.5,
      class: 'exact',
    });
  });

  it('give their heat to the resistor as Joule heat: −∫V∘dq is Sekimoto’s', () => {
    const dt = 1e-3;
    const program = circuit({
      sites: 6,
      couplings: {
        kind: 'coo',
        entries: [
          [0, 1, 1],
          [2, 3, -1.5],
          [4, 5, 0.7],
        ],
      },
      fields: [30, -20, 10, 40, -15, 25],
      initial: { kind: 'zero' },
      dynamics: { dt },
      duration: 0.5,
      readout: { every: dt },
      shots: 20,
      seed: 53,
    });
    const parameters = charge({ boardSeed: 3, resistorMismatch: 0.3, capacitorMismatch: 0.1 });
    const real = new RealCircuit(program, imperfectionsOf(parameters));
    const force = new Float64Array(6);
    const [before, earlier] = [new Float64Array(6), new Float64Array(6)];
    let joule = 0;
    const ledgers = watch(
      program,
      (x, step) => {
        // Voltage across resistor i: −∂_i of the energy, sources in series included.
        real.receive(x);
        for (let i = 0; i < 6; i++) {
          force[i] =
            program.fields[i]! +
            real.received[i]! -
            (2 / real.board.capacitance[i]! + 4 * x[i]! ** 2) * x[i]!;
          if (step > 0) joule += 0.5 * (force[i]! + earlier[i]!) * (x[i]! - before[i]!);
        }
        earlier.set(force);
        before.set(x);
      },
      parameters,
    );
    const heat = ledgers.reduce((sum, ledger) => sum + ledger.heat, 0);
    const change = ledgers.reduce((sum, ledger) => sum + ledger.energyChange, 0);
    hold({
      quantity: 'Joule heat over the ledger’s',
      expected: 1,
      got: joule / heat,
      tolerance: 0.005,
      class: 'exact',
    });
    hold({
      quantity: 'ledger’s heat over −ΔU',
      expected: 1,
      got: -heat / change,
      tolerance: 1e-9,
      class: 'exact',
    });
  });

  it('obey Jarzynski’s equality with resistors that differ', () => {
    // J2 ramp 1 → 2 at J4 = 1: ΔF = 0.2007279 (TC-20).
    const shots = FULL_SIZE ? 40_000 : 1500;
    const sites = 4;
    const program = circuit({
      sites,
      initial: { kind: 'equilibrium' },
      controls: {
        quadratic: [
          [0, 1],
          [0.5, 2],
        ],
      },
      dynamics: { dt: 0.01 },
      duration: 0.5,
      shots,
      seed: 54,
    });
    const ledgers = watch(
      program,
      () => undefined,
      charge({ boardSeed: 3, resistorMismatch: 0.4 }),
    );
    const average = batchMean(ledgers.map((ledger) => Math.exp(-ledger.work)));
    holdMean('⟨e^{−W}⟩, 4 nodes', average, Math.exp(-sites * 0.2007279), 0.01);
  });
});

describe('cubic conductances (presets chip and ota)', () => {
  it('settle to exp(−U_eff/T) at the leak’s own noise, node by node', () => {
    // Leak 1/R_i and its noise scale together, the cubic element does not: V = ρx² + x⁴ at T = ρ.
    const program = circuit({
      sites: 30,
      initial: { kind: 'random' },
      dynamics: { dt: 0.01, burnIn: 5 },
      duration: FULL_SIZE ? 4000 : 60,
      readout: { every: 0.5 },
      shots: 10,
      seed: 55,
    });
    const parameters = board({}, { boardSeed: 8, resistorMismatch: 0.5 });
    const { conductance } = new RealCircuit(program, imperfectionsOf(parameters)).board;
    const sums = Array.from({ length: 10 }, () => new Float64Array(30));
    const rows = 1 + program.duration / 0.5;
    watch(
      program,
      (x, _, shot) => x.forEach((v, i) => (sums[shot]![i]! += v ** 2 / rows)),
      parameters,
    );
    let chi = 0;
    for (let i = 0; i < 30; i++) {
      const rho = conductance[i]!;
      const exact = boltzmannLine((x) => rho * x * x + x ** 4, rho).average((x) => x * x);
      const { mean, sem } = batchMean(sums.map((s) => s[i]!));
      chi += ((mean - exact) / sem) ** 2 / 30;
    }
    hold({
      quantity: 'χ²/30 of ⟨V²⟩ against quadrature',
      expected: 9 / 7,
      got: chi,
      tolerance: 2,
      class: 'exact',
    });
  });

  it('dissipate k_B T/(RC) a node in equilibrium, where the heat of U_eff is 0', () => {
    const shots = 20;
    const duration = FULL_SIZE ? 400 : 20;
    const program = circuit({
      sites: 50,
      initial: { kind: 'equilibrium' },
      dynamics: { dt: 0.01 },
      duration,
      readout: { every: 0.02 },
      shots,
      seed: 56,
    });
    let meter = new ElectricalDissipation(program, CHIP, 0.02);
    const powers = new Float64Array(shots);
    const heats = watch(program, (x, step, shot) => {
      if (step === 0) meter = new ElectricalDissipation(program, CHIP, 0.02);
      meter.add(x);
      powers[shot] = meter.joules / (50 * duration * circuitUnits(CHIP).timeS);
    }).map((ledger) => ledger.heat / (50 * duration));
    const { energyJ } = circuitUnits(CHIP);
    const watt = energyJ / (CHIP.resistanceOhm * CHIP.capacitanceF);
    holdMean('∫ΣV I dt a node, W', batchMean(powers), watt, 0.005);
    const heat = batchMean(heats);
    hold({
      quantity: 'heat of U_eff a node and t₀, kT',
      expected: 0,
      got: heat.mean,
      standardError: heat.sem,
      tolerance: 4 * heat.sem,
      class: 'exact',
    });
  });

  it('take bias power for their couplings', () => {
    const program = circuit({
      sites: 3,
      couplings: {
        kind: 'coo',
        entries: [
          [0, 1, 2],
          [1, 2, -4],
        ],
      },
      duration: 1,
    });
    // 2·(2 + 4) units of 0.5 µS at 25/V from 1.8 V.
    const power = couplingBiasPowerW(program, CHIP, { supplyV: 1.8, efficiencyPerV: 25 });
    hold({
      quantity: 'bias power, W',
      expected: (12 * 0.5e-6 * 1.8) / 25,
      got: power,
      tolerance: 1e-18,
      class: 'exact',
    });
  });
});

describe('capacitive couplings', () => {
  // C = [[1.5, −0.5], [−0.5, 2]] in C: x = q, A = 2C⁻¹ = [[2, 0.5], [0.5, 1.5]]·8/11.
  const A = new Matrix([
    [16 / 11, 4 / 11],
    [4 / 11, 12 / 11],
  ]);
  const pair = (options: Record<string, unknown> = {}) =>
    circuit({
      sites: 2,
      couplings: { kind: 'coo', entries: [[0, 1, -A.get(0, 1)]] },
      wells: { quadratic: [A.get(0, 0) / 2, A.get(1, 1) / 2], quartic: 0 },
      initial: { kind: 'equilibrium' },
      dynamics: { integrator: 'exact', dt: 0.5 },
      duration: FULL_SIZE ? 10_000 : 200,
      readout: { every: 0.5 },
      shots: 50,
      seed: 61,
      ...options,
    });
  const capacitors = (others: Record<string, number> = {}) =>
    board({}, { chargeWells: 1, capacitiveCoupling: 1, ...others });
  const moments = (parameters: Record<string, number>) => {
    const program = pair();
    const sums = [0, 1, 2].map(() => new Float64Array(program.shots));
    const rows = 1 + program.duration / 0.5;
    watch(
      program,
      (x, _, shot) =>
        [x[0]! ** 2, x[0]! * x[1]!, x[1]! ** 2].forEach((v, k) => (sums[k]![shot]! += v / rows)),
      parameters,
    );
    return sums.map(batchMean);
  };

  it('have charges of covariance kT·C and voltages of covariance kT·C⁻¹, whatever the resistors', () => {
    const charges = moments(capacitors({ boardSeed: 1, resistorMismatch: 0.5 }));
    // Units: q in C V₀, ⟨q²⟩ = kT C = ½ C (C V₀)²; V in V₀, ⟨V²⟩ = ½ C⁻¹ V₀².
    [0.75, -0.25, 1].forEach((exact, k) =>
      holdMean(`⟨q q⟩ ${k}, (C V₀)²`, charges[k]!, exact, 0.01),
    );
    const voltages = moments(capacitors({ boardSeed: 1, resistorMismatch: 0.5, readsVoltage: 1 }));
    [A.get(0, 0), A.get(0, 1), A.get(1, 1)].forEach((a, k) =>
      holdMean(`⟨V V⟩ ${k}, V₀²`, voltages[k]!, a / 4, 0.01),
    );
  });

  it('that are off by some percent are still capacitors: the built matrix is the inverse of one', () => {
    const parameters = capacitors({ boardSeed: 7, capacitorMismatch: 0.1, couplingMismatch: 0.1 });
    const real = new RealCircuit(pair(), imperfectionsOf(parameters));
    const { quadratic, matrix } = real.board;
    const J = matrix.toDense()[1]!;
    // Back from A to C by hand.
    const det = (4 * quadratic[0]! * quadratic[1]! - J * J) / 2;
    const C = [(2 * quadratic[1]!) / det, J / det, (2 * quadratic[0]!) / det];
    const [ground0, bridge, ground1] = [C[0]! + C[1]!, -C[1]!, C[2]! + C[1]!];
    for (const [name, nominal, built] of [
      ['C₁₀', 1, ground0],
      ['C₁₂', 0.5, bridge],
      ['C₂₀', 1.5, ground1],
    ] as const) {
      expect(built).not.toBeCloseTo(nominal, 6);
      expect(built / nominal, name).toBeGreaterThan(0.5);
      expect(built / nominal, name).toBeLessThan(1.5);
    }
    const found = moments(parameters);
    C.map((c) => c / 2).forEach((exact, k) =>
      holdMean(`⟨q q⟩ ${k} of that board`, found[k]!, exact, 0.01),
    );
  });

  it('refuse what no capacitor is, naming the pair', () => {
    const refused = (options: Record<string, unknown>) => {
      const program = pair(options);
      return circuitViolations(program, program, capacitors());
    };
    const wrongSign = refused({ couplings: { kind: 'coo', entries: [[0, 1, 0.3]] } });
    expect(wrongSign[0]!.path).toBe('couplings');
    expect(wrongSign[0]!.message).toMatch(/between sites 0 and 1 a capacitor of -0\.\d+ C/);
    expect(refused({ couplings: { kind: 'coo', entries: [[0, 1, -1.4]] } })[0]!.message).toMatch(
      /to ground|singular|capacitor of/,
    );
    expect(refused({ controls: { coupling: [[0, 1]] } })[0]).toMatchObject({
      path: 'controls.coupling',
    });
  });
});

describe('the path action of an Euler path', () => {
  const network = (options: Record<string, unknown> = {}) =>
    circuit({
      sites: 5,
      couplings: {
        kind: 'coo',
        entries: [
          [0, 1, 2],
          [1, 2, -1],
          [3, 4, 0.5],
        ],
      },
      fields: [3, -2, 0, 1, 0],
      clamped: [4],
      inputs: [[0.7]],
      initial: { kind: 'zero' },
      dynamics: { integrator: 'euler-maruyama', dt: 0.002, temperature: 1.3 },
      duration: 1,
      readout: { every: 0.002 },
      shots: FULL_SIZE ? 2000 : 100,
      seed: 91,
      ...options,
    });
  const actions = (
    program: Program,
    parameters: Record<string, number>,
  ): { perTerm: Float64Array; terms: number } => {
    const perTerm = new Float64Array(program.shots);
    let action = new PathAction(program, 0.002, parameters);
    watch(
      program,
      (x, step, shot) => {
        if (step === 0) action = new PathAction(program, 0.002, parameters);
        action.add(x);
        perTerm[shot] = action.value / action.terms;
      },
      parameters,
    );
    return { perTerm, terms: action.terms };
  };

  it.each([
    ['an ideal circuit', {}],
    [
      'a board with directed couplings and parts that differ',
      board(
        { offset: 0.5 },
        {
          boardSeed: 4,
          capacitorMismatch: 0.2,
          resistorMismatch: 0.3,
          couplingAsymmetry: 0.4,
          excessNoise: 1,
        },
      ),
    ],
  ])('has ½ a step and site on average, with the variance of ½ξ², for %s', (name, parameters) => {
    const program = network();
    const { perTerm, terms } = actions(program, parameters);
    expect(terms).toBe(500 * 4);
    const { mean, sem } = batchMean(perTerm);
    // S is ½χ² of `terms` degrees: mean terms/2, variance terms/2.
    const exact = Math.sqrt(0.5 / terms / program.shots);
    hold({
      quantity: `S a step and site, ${name}`,
      expected: 0.5,
      got: mean,
      standardError: exact,
      tolerance: 4 * exact,
      class: 'exact',
    });
    hold({
      quantity: `its spread over √(1/2n), ${name}`,
      expected: 1,
      got: sem / exact,
      standardError: 1 / Math.sqrt(2 * program.shots),
      tolerance: 4 / Math.sqrt(2 * program.shots),
      class: 'exact',
    });
  });

  it('is not ½ for another temperature: it sees the noise it was made with', () => {
    const { perTerm } = actions(network(), {});
    const other = network({
      dynamics: { integrator: 'euler-maruyama', dt: 0.002, temperature: 2.6 },
    });
    const action = new PathAction(other, 0.002);
    watch(network({ shots: 1 }), (x) => action.add(x));
    hold({
      quantity: 'S a step and site at twice the temperature',
      expected: 0.25,
      got: action.value / action.terms,
      standardError: 0.25 * Math.sqrt(2 / 2000),
      tolerance: Math.sqrt(2 / 2000),
      class: 'exact',
    });
    expect(batchMean(perTerm).mean).toBeGreaterThan(0.4);
  });

  it('TC-HZ: coloured increments have no path action, nor has a path with hidden states', () => {
    for (const integrator of ['strang', 'heun', null]) {
      expect(() => new PathAction(network({ dynamics: { integrator } }), 0.01)).toThrow(/coloured/);
    }
    expect(() => new PathAction(network(), 0.002, board({ couplingPole: 0.1 }))).toThrow(
      /couplingPole/,
    );
    expect(
      () =>
        new PathAction(
          network({ dynamics: { integrator: 'euler-maruyama', temperature: 0 } }),
          0.002,
        ),
    ).toThrow(/T = 0/);
  });
});

describe('passive nonlinear conductors (shot noise)', () => {
  it('have the density 4kTG at V = 0 and 2qI far from it', () => {
    const [T, G, q] = [300, 1e-6, 1.602176634e-19];
    const kT = 1.380649e-23 * T;
    const thermal = (2 * kT) / q;
    const I = (V: number): number => G * thermal * Math.sinh(V / thermal);
    hold({
      quantity: 'S_I(0)/4kTG',
      expected: 1,
      got: shotNoiseDensity(0, 0, T, G) / (4 * kT * G),
      tolerance: 1e-12,
      class: 'exact',
    });
    hold({
      quantity: 'S_I(1 µV)/4kTG',
      expected: 1,
      got: shotNoiseDensity(I(1e-6), 1e-6, T, G) / (4 * kT * G),
      tolerance: 1e-6,
      class: 'exact',
    });
    hold({
      quantity: 'S_I(0.5 V)/2qI',
      expected: 1,
      got: shotNoiseDensity(I(0.5), 0.5, T, G) / (2 * q * I(0.5)),
      tolerance: 1e-7,
      class: 'recalled',
    });
  });

  it('jumps obey local detailed balance with the charging energy', () => {
    const node = new ShotNoiseNode(0.6, 'jumps');
    node.x = 1.2;
    const { up } = node.rates();
    node.x = 1.8;
    const { down } = node.rates();
    hold({
      quantity: 'ln of the rates’ ratio against −ΔE/kT',
      expected: 1.2 ** 2 - 1.8 ** 2,
      got: Math.log(up / down),
      tolerance: 1e-12,
      class: 'exact',
    });
  });

  it('equilibrate to kT/C by jumps and by Gaussian noise of their own density, but not by constant noise', () => {
    const epsilon = 0.8;
    const stationary = (weight: (x: number) => number): number =>
      boltzmannLine((x) => -Math.log(weight(x)), 1, 5).average((x) => x * x);
    // Stationary laws: exp(−x²) on the lattice; (1/D) exp(−∫I/D) for Ito noise of density D.
    const constant = stationary((x) =>
      Math.exp((-2 * (Math.cosh(epsilon * x) - 1)) / epsilon ** 2),
    );
    const dependent = stationary((x) => Math.cosh(epsilon * x) ** (-2 / epsilon ** 2 - 1));
    let [sum, squares] = [0, 0];
    for (let n = -40; n <= 40; n++) {
      sum += Math.exp(-((epsilon * n) ** 2));
      squares += (epsilon * n) ** 2 * Math.exp(-((epsilon * n) ** 2));
    }
    const expected: [ShotNoiseModel, number][] = [
      ['jumps', squares / sum],
      ['state-dependent', dependent],
      ['constant', constant],
    ];
    // kT/C is ½. To first order: state-dependent ½, constant ½ − ε²/8.
    hold({
      quantity: '⟨x²⟩ of jumps, lattice sum',
      expected: 0.5,
      got: squares / sum,
      tolerance: 1e-5,
      class: 'exact',
    });
    hold({
      quantity: '⟨x²⟩ of state-dependent noise, quadrature',
      expected: 0.5,
      got: dependent,
      tolerance: 0.02,
      class: 'exact',
    });
    hold({
      quantity: '⟨x²⟩ of constant noise, quadrature',
      expected: 0.5 - epsilon ** 2 / 8,
      got: constant,
      tolerance: 0.03,
      class: 'exact',
    });
    expect(constant).toBeLessThan(0.45);
    const batches = 40;
    for (const [model, exact] of expected) {
      const found = Float64Array.from({ length: batches }, (_, b) => {
        const node = new ShotNoiseNode(epsilon, model);
        const stream = RandomStream.of(95, 'dynamics', b);
        node.run(4, 0.005, stream);
        const readings = FULL_SIZE ? 20_000 : 400;
        let square = 0;
        for (let k = 0; k < readings; k++) {
          node.run(0.5, 0.005, stream);
          square += node.x ** 2 / readings;
        }
        return square;
      });
      // Euler steps of 0.005 widen by about 0.5 %.
      holdMean(`⟨x²⟩ simulated, ${model}`, batchMean(found), exact, 0.01);
    }
  });
});
