import { describe, expect, it } from 'vitest';
import { RandomStream, RelaxdError } from '../core/index.js';
import {
  programDocument,
  readProgram,
  validateProgram,
  type DenseCouplings,
  type Program,
} from '../device/index.js';
import { builtinMemories, corruptPattern, memorySet, type MemorySet } from '../memory/index.js';
import { createSpinModel, hebbCouplings, type SpinCouplings } from '../model/index.js';
import { readCertificate } from './certificate.js';
import { compileProgram } from './compile-program.js';
import { cavityDescriptor, circuitDescriptor, spinDescriptor } from './descriptors.test-support.js';

const letters = builtinMemories('letters')!;
const eight = builtinMemories('letters-8')!;

function randomMemories(P: number, N: number, seed = 3): MemorySet {
  const stream = RandomStream.of(seed, 'disorder', P);
  const patterns = Array.from({ length: P }, () =>
    Int8Array.from({ length: N }, () => stream.sign()),
  );
  return memorySet({ name: `random ${P}`, patterns });
}

/** Zero-temperature runs from corrupted cues, sites in random order: share that ends at ≥ 0.95. */
function simulatedSuccess(
  couplings: SpinCouplings,
  memory: Int8Array,
  corrupt: number,
  shots: number,
  seed: number,
): number {
  const N = memory.length;
  const model = createSpinModel(couplings, N);
  let good = 0;
  for (let shot = 0; shot < shots; shot++) {
    const random = RandomStream.of(seed, 'dynamics', shot);
    model.reset(corruptPattern(memory, corrupt, random));
    for (let moved = true, sweep = 0; moved && sweep < 50; sweep++) {
      moved = false;
      for (const i of random.sample(N, N)) {
        if (model.field(i) * model.state[i]! < 0) {
          model.flip(i);
          moved = true;
        }
      }
    }
    let sum = 0;
    for (let i = 0; i < N; i++) sum += memory[i]! * model.state[i]!;
    if (sum / N >= 0.95 - 1e-12) good++;
  }
  return good / shots;
}

/** Overlap of sign(x) with the target after 10 t₀ of dx = −∂E dt + √2 dW. */
function langevinOverlap(
  program: Program,
  target: Int8Array,
  start: Int8Array,
  random: RandomStream,
): number {
  const { data } = program.couplings as DenseCouplings;
  const N = target.length;
  const dt = 0.008;
  const x = Float64Array.from(start);
  const force = new Float64Array(N);
  for (let step = 0; step < 10 / dt; step++) {
    for (let i = 0; i < N; i++) {
      let b = 0;
      for (let j = 0; j < N; j++) b += data[i * N + j]! * x[j]!;
      const { quadratic, quartic } = program.wells!;
      force[i] = b - 2 * quadratic[i]! * x[i]! - 4 * quartic[i]! * x[i]! ** 3;
    }
    for (let i = 0; i < N; i++) {
      x[i] = x[i]! + dt * force[i]! + Math.sqrt(2 * dt) * random.normal();
    }
  }
  let overlap = 0;
  for (let i = 0; i < N; i++) overlap += ((x[i]! < 0 ? -1 : 1) * target[i]!) / N;
  return overlap;
}

function refusal(run: () => unknown): RelaxdError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(RelaxdError);
    return error as RelaxdError;
  }
  throw new Error('nothing was thrown');
}

describe('compileProgram on spins', () => {
  it('gives Hebb couplings unchanged to a device without limits', () => {
    const { program, certificate } = compileProgram({
      memories: eight,
      rule: 'hebb',
      descriptor: spinDescriptor(),
    });
    expect((program.couplings as DenseCouplings).data).toEqual(hebbCouplings(eight.patterns));
    expect(program.dynamics).toMatchObject({ rule: 'zero-temperature', temperature: 0 });
    expect(certificate).toMatchObject({ scale: 1, clipped: 0, load: 0.08, losses: [] });
    expect(certificate.quantisation).toMatchObject({ rms: 0, max: 0, excessNoise: 0 });
    expect(validateProgram(program, spinDescriptor())).toEqual([]);
    expect(readProgram(programDocument(program))).toEqual(program);
  });

  it('shows that rectified:8 holds all 26 letters, every margin positive', () => {
    const { program, certificate } = compileProgram({
      memories: letters,
      rule: 'rectified:8',
      descriptor: spinDescriptor(),
      corrupt: 0.15,
    });
    expect(program.couplings.kind).toBe('memories');
    expect(certificate.predictions).toHaveLength(26);
    for (const row of certificate.predictions) {
      expect(row.after.min).toBeGreaterThan(0);
      expect(row.after.unstable).toBe(0);
      expect(row.overlap).toEqual({ value: 1, method: 'relaxation' });
      expect(row.success!.value).toBeGreaterThan(0.5);
    }
    expect(certificate.warnings).toEqual([]);
  });

  it('shows honestly that Hebb couplings do not hold 26 letters', () => {
    const { certificate } = compileProgram({
      memories: letters,
      rule: 'hebb',
      descriptor: spinDescriptor(),
      corrupt: 0.1,
    });
    expect(certificate.warnings).toContain(
      '26 memories with N = 100: load 0.26 is over the Hebb limit 0.138',
    );
    expect(certificate.warnings.some((text) => text.includes('not fixed points'))).toBe(true);
    const unstable = certificate.predictions.filter((row) => row.after.unstable > 0);
    expect(unstable.length).toBeGreaterThan(20);
    for (const row of certificate.predictions) expect(row.success!.value).toBeLessThan(0.1);
    expect(readCertificate(JSON.parse(JSON.stringify(certificate)))).toEqual(certificate);
  });

  it('predicts the overlap that a zero-temperature run from the memory ends at', () => {
    // Deterministic on both sides; the runs visit sites in random order, which may end elsewhere where a memory is
    // unstable, so only fixed points and the mean of the others (within 0.05) are compared.
    const memories = randomMemories(20, 100);
    const { program, certificate } = compileProgram({
      memories,
      rule: 'hebb',
      descriptor: spinDescriptor(),
    });
    const couplings = program.couplings as SpinCouplings;
    const model = createSpinModel(couplings, 100);
    let predicted = 0;
    let measured = 0;
    for (const row of certificate.predictions) {
      const memory = memories.patterns[row.index]!;
      const random = RandomStream.of(9, 'dynamics', row.index);
      model.reset(memory);
      for (let sweep = 0; sweep < 30; sweep++) {
        for (const i of random.sample(100, 100)) {
          if (model.field(i) * model.state[i]! < 0) model.flip(i);
        }
      }
      let sum = 0;
      for (let i = 0; i < 100; i++) sum += memory[i]! * model.state[i]!;
      if (row.after.unstable === 0) expect(row.overlap.value).toBe(1);
      predicted += row.overlap.value / 20;
      measured += sum / 100 / 20;
    }
    expect(Math.abs(predicted - measured)).toBeLessThan(0.05);
  });

  it('predicts the success of cues that runs then have, below capacity', () => {
    // 200 cues a memory: the mean over 8 or 12 memories has a standard error below 0.01; the estimate itself is good to 0.06.
    for (const [memories, rule, corrupt] of [
      [eight, 'hebb', 0.15],
      [eight, 'hebb', 0.2],
      [randomMemories(12, 100), 'hebb', 0.15],
      [randomMemories(14, 100), 'storkey', 0.15],
      [letters, 'projection', 0.05],
      [letters, 'rectified:8', 0.15],
    ] as const) {
      const { program, certificate } = compileProgram({
        memories,
        rule,
        descriptor: spinDescriptor(),
        corrupt,
      });
      let predicted = 0;
      let measured = 0;
      for (const row of certificate.predictions) {
        predicted += row.success!.value / certificate.certified;
        measured +=
          simulatedSuccess(
            program.couplings as SpinCouplings,
            memories.patterns[row.index]!,
            corrupt,
            rule === 'rectified:8' ? 40 : 200,
            100 + row.index,
          ) / certificate.certified;
      }
      expect(Math.abs(predicted - measured), `${memories.name} ${rule}`).toBeLessThan(0.06);
    }
  });

  it('tells cues inside the basin from cues outside it', () => {
    const memories = randomMemories(8, 200);
    const value = (corrupt: number): number =>
      compileProgram({ memories, rule: 'hebb', descriptor: spinDescriptor(), corrupt }).certificate
        .predictions[0]!.success!.value;
    expect(value(0.05)).toBeGreaterThan(0.99);
    expect(value(0.5)).toBeLessThan(0.01);
  });

  it('takes the overlap at a temperature from AGS where memories look random', () => {
    const { program, certificate } = compileProgram({
      memories: randomMemories(50, 1000),
      rule: 'hebb',
      descriptor: spinDescriptor(),
      temperature: 0.3,
    });
    expect(program.dynamics).toMatchObject({ rule: 'glauber', temperature: 0.3 });
    const { overlap } = certificate.predictions[0]!;
    expect(overlap.method).toBe('ags');
    expect(overlap.value).toBeCloseTo(0.991165, 5); // physics page §5.1
  });

  it('uses mean field at a temperature for correlated memories, and one step for dense ones', () => {
    const at = (rule: string) =>
      compileProgram({
        memories: eight,
        rule,
        descriptor: spinDescriptor(),
        temperature: 0.2,
      }).certificate.predictions[0]!.overlap;
    expect(at('projection').method).toBe('mean-field');
    expect(at('projection').value).toBeGreaterThan(0.99);
    expect(at('rectified:4').method).toBe('one-step');
    expect(at('rectified:4').value).toBeGreaterThan(0.99);
  });

  it('scales couplings into the range, and the temperature with them', () => {
    const descriptor = spinDescriptor({ couplings: { range: [-0.01, 0.01] } });
    const { program, certificate } = compileProgram({
      memories: eight,
      rule: 'hebb',
      descriptor,
      temperature: 0.5,
    });
    const { data } = program.couplings as DenseCouplings;
    expect(Math.max(...data)).toBeCloseTo(0.01, 12);
    expect(validateProgram(program, descriptor)).toEqual([]);
    expect(certificate.scale).toBeCloseTo(0.125, 12); // largest J is 8/100
    expect(program.dynamics.temperature).toBeCloseTo(0.0625, 12);
    expect(certificate.temperature.ideal).toBeCloseTo(0.5, 12);
    expect(certificate.losses.map((loss) => loss.kind)).toEqual(['scale', 'temperature']);
    expect(certificate.predictions[0]!.after.mean).toBeCloseTo(
      certificate.predictions[0]!.before.mean,
      10,
    );
  });

  it('keeps the sum of a site within its limit, after rounding too', () => {
    const descriptor = spinDescriptor({
      couplings: { range: [-1, 1], resolution: 1 / 16, perSiteSum: 7 },
    });
    const { program } = compileProgram({
      memories: randomMemories(30, 60),
      rule: 'hebb',
      descriptor,
    });
    expect(validateProgram(program, descriptor)).toEqual([]);
  });

  it('loses nothing of Hebb couplings on a device with enough steps', () => {
    // N·J takes the values −8 … 8: nine steps each way are enough.
    const descriptor = spinDescriptor({ couplings: { range: [-1, 1], resolution: 0.1 } });
    const { certificate } = compileProgram({ memories: eight, rule: 'hebb', descriptor });
    expect(certificate.quantisation.max).toBeLessThan(1e-12);
    expect(certificate.scale).toBeCloseTo(10, 10);
  });

  it('names the rounding and the clipping of a coarse device, and what they cost', () => {
    const descriptor = spinDescriptor({ couplings: { range: [-1, 1], resolution: 1 } });
    const memories = randomMemories(70, 400);
    const { program, certificate } = compileProgram({ memories, rule: 'hebb', descriptor });
    const { data } = program.couplings as DenseCouplings;
    expect(new Set(data)).toEqual(new Set([-1, 0, 1]));
    expect(certificate.clipped).toBeGreaterThan(0);
    expect(certificate.losses.map((loss) => loss.kind)).toEqual([
      'scale',
      'clipping',
      'quantisation',
    ]);
    // Ternary couplings at the best threshold add κ = .2348 (physics page §5.9); the best of seven scales comes close.
    expect(certificate.quantisation.excessNoise).toBeGreaterThan(0.2);
    expect(certificate.quantisation.excessNoise).toBeLessThan(0.3);
    const worse = certificate.predictions.filter((row) => row.after.unstable > row.before.unstable);
    expect(worse.length).toBeGreaterThan(0);
  });

  it('runs steepest descent where that is what the device does first', () => {
    const { program } = compileProgram({
      memories: eight,
      rule: 'hebb',
      descriptor: cavityDescriptor(),
    });
    expect(program.dynamics.rule).toBe('steepest-descent');
    expect(program.duration).toBe(2);
  });

  it('certifies sequences by the memory that follows, without a success', () => {
    const { certificate } = compileProgram({
      memories: randomMemories(6, 200),
      rule: 'sequence',
      descriptor: spinDescriptor(),
    });
    for (const row of certificate.predictions) {
      expect(row.after.unstable).toBe(0);
      expect(row.success).toBeNull();
      expect(row.overlap).toEqual({ value: 1, method: 'one-step' });
    }
    expect(certificate.warnings[0]).toContain('sequence moves on');
  });

  it('writes exponential memories with margins that are finite numbers', () => {
    const { certificate } = compileProgram({
      memories: letters,
      rule: 'exponential',
      descriptor: spinDescriptor(),
      corrupt: 0.1,
    });
    expect(readCertificate(JSON.parse(JSON.stringify(certificate)))).toEqual(certificate);
    expect(certificate.predictions.every((row) => row.after.min > 0)).toBe(true);
    expect(certificate.predictions[0]!.success!.value).toBeGreaterThan(0.99);
  });

  it('covers the target and says so where certifying every memory would take too long', () => {
    const { certificate } = compileProgram({
      memories: randomMemories(3000, 64),
      rule: 'rectified:8',
      descriptor: spinDescriptor(),
      target: 2999,
    });
    expect(certificate.certified).toBeLessThan(3000);
    expect(certificate.predictions.at(-1)!.index).toBe(2999);
    expect(certificate.warnings.at(-1)).toBe(
      `the certificate covers ${certificate.certified} of 3000 memories`,
    );
  });
});

describe('compileProgram on circuits', () => {
  it('lifts every memory over its wells, to x² = 5 at T = 1', () => {
    const descriptor = circuitDescriptor();
    const { program, certificate } = compileProgram({
      memories: randomMemories(4, 100),
      rule: 'hebb',
      descriptor,
      corrupt: 0.1,
    });
    expect(program.siteKinds).toBe('continuous');
    expect(program.wells!.quadratic[0]).toBeCloseTo(-6, 9);
    expect(program.wells!.quartic[0]).toBe(1);
    expect(program.dynamics.temperature).toBeNull();
    const wells = certificate.wells!;
    expect(wells.largestEigenvalue).toBeGreaterThan(2 * wells.quadratic);
    expect(wells.memoryEigenvalue.min).toBeCloseTo(8, 9);
    expect(wells.amplitude ** 2).toBeGreaterThanOrEqual(5 - 1e-9);
    expect(wells.amplitude ** 2).toBeLessThan(5.5);
    for (const row of certificate.predictions) {
      expect(row.overlap.method).toBe('single-site mean-field');
      expect(row.overlap.value).toBeGreaterThan(0.99);
      expect(row.success!.value).toBeGreaterThan(0.95);
    }
    expect(validateProgram(program, descriptor)).toEqual([]);
  });

  it('scales wells and couplings with the temperature, so that T/λ and x²/√T stay', () => {
    const of = (temperature: number) =>
      compileProgram({
        memories: eight,
        rule: 'projection',
        descriptor: circuitDescriptor(),
        temperature,
      });
    const [cold, warm] = [of(0.5), of(2)];
    expect(warm.certificate.scale / cold.certificate.scale).toBeCloseTo(2, 9);
    expect(warm.certificate.wells!.quadratic).toBeCloseTo(2 * cold.certificate.wells!.quadratic, 9);
    expect(warm.certificate.temperature.device).toBe(2);
    expect(warm.program.dynamics.temperature).toBe(2);
  });

  it('has predictions that Langevin runs agree with', () => {
    // 24 runs of Euler–Maruyama at dt = 0.008 for 10 t₀ a case. From the memory: overlap within 0.03 of the prediction
    // (standard error below 0.01). From cues with 15 % flips: success within 0.3, which is three standard errors (0.1).
    for (const [memories, rule] of [
      [randomMemories(4, 64), 'hebb'],
      [builtinMemories('letters:A,E,H')!, 'projection'],
      [randomMemories(16, 64), 'hebb'],
    ] as const) {
      const { program, certificate } = compileProgram({
        memories,
        rule,
        descriptor: circuitDescriptor(),
        corrupt: 0.15,
      });
      const runs = 24;
      let success = 0;
      let overlap = 0;
      for (let shot = 0; shot < runs; shot++) {
        const random = RandomStream.of(11, 'dynamics', shot);
        const target = memories.patterns[shot % memories.patterns.length]!;
        overlap += langevinOverlap(program, target, target, random) / runs;
        const cue = corruptPattern(target, 0.15, random);
        if (langevinOverlap(program, target, cue, random) >= 0.95) success += 1 / runs;
      }
      const rows = certificate.predictions;
      const mean = (of: (row: (typeof rows)[number]) => number): number =>
        rows.reduce((sum, row) => sum + of(row) / rows.length, 0);
      const name = `${memories.name} ${rule}`;
      expect(Math.abs(mean((row) => row.overlap.value) - overlap), name).toBeLessThan(0.03);
      expect(Math.abs(mean((row) => row.success!.value) - success), name).toBeLessThan(0.3);
    }
  });

  it('keeps the wells convex where the device has no others, and lifts memories over them', () => {
    const { program, certificate } = compileProgram({
      memories: eight,
      rule: 'projection',
      descriptor: circuitDescriptor({
        wells: { quadratic: [0.5, 1], quartic: [0, 1], default: { quadratic: 1, quartic: 1 } },
      }),
    });
    expect(program.wells!.quadratic[0]).toBe(0.5);
    expect(certificate.wells!.memoryEigenvalue.min).toBeCloseTo(1 + 20, 9);
    expect(certificate.predictions[0]!.overlap.value).toBeGreaterThan(0.99);
  });

  it('makes the wells as shallow as couplings of a small range allow, and says so', () => {
    const { program, certificate } = compileProgram({
      memories: eight,
      rule: 'hebb',
      descriptor: circuitDescriptor({ couplings: { range: [-0.1, 0.1] } }),
    });
    const wells = certificate.wells!;
    expect(wells.memoryEigenvalue.min).toBeLessThan(4);
    expect(wells.quadratic / wells.memoryEigenvalue.min).toBeCloseTo(-6 / 8, 9);
    expect(program.wells!.quadratic[0]).toBe(wells.quadratic);
    expect(certificate.losses.map((loss) => loss.kind)).toContain('wells');
    expect(certificate.warnings.some((text) => text.includes('temperature asks for'))).toBe(true);
  });

  it('refuses couplings that cannot be lifted over the wells', () => {
    const error = refusal(() =>
      compileProgram({
        memories: eight,
        rule: 'hebb',
        descriptor: circuitDescriptor({
          couplings: { range: [-1e-3, 1e-3] },
          wells: { quadratic: [1, 1], quartic: [1, 1], default: { quadratic: 1, quartic: 1 } },
        }),
      }),
    );
    expect(error.code).toBe('cannot-compile');
    expect(error.message).toContain('2·quadratic = 2');
    expect(error.details).toMatchObject({ path: 'couplings.range', limit: 2 });
  });

  it('keeps stored sites inside the range of the sites', () => {
    const { certificate } = compileProgram({
      memories: eight,
      rule: 'hebb',
      descriptor: circuitDescriptor({
        sites: { max: 256, kinds: ['continuous'], hidden: false, range: [-1, 1], clamping: true },
      }),
    });
    expect(certificate.wells!.amplitude).toBeLessThanOrEqual(0.8 + 1e-9);
    expect(certificate.warnings.some((text) => text.includes('temperature asks for'))).toBe(true);
  });

  it('multiplies memories of degree 2 out to pairs, which are the Hebb couplings', () => {
    const of = (rule: string) =>
      compileProgram({ memories: eight, rule, descriptor: circuitDescriptor() });
    const expanded = of('polynomial:2');
    expect(expanded.certificate.couplings).toEqual({ kind: 'dense', expanded: true });
    const a = (expanded.program.couplings as DenseCouplings).data;
    const b = (of('hebb').program.couplings as DenseCouplings).data;
    expect(a.length).toBe(b.length);
    a.forEach((J, k) => expect(J).toBeCloseTo(b[k]!, 9));
  });
});

describe('compileProgram refuses', () => {
  it('k-body interactions on a device with pairs only, saying why', () => {
    const error = refusal(() =>
      compileProgram({ memories: letters, rule: 'rectified:8', descriptor: circuitDescriptor() }),
    );
    expect(error.code).toBe('cannot-compile');
    expect(error.message).toContain(
      'device has pairs only; k-body interactions would have to be split into hidden sites (not available on this device)',
    );
    expect(error.details).toMatchObject({ path: 'rule', value: 'rectified:8' });
  });

  it.each([
    ['rules that are not there', { rule: 'hebbian' }, 'unknown-rule', 'rule'],
    ['more sites than the device has', { max: 50 }, 'cannot-compile', 'sites'],
    [
      'a degree above the highest',
      { rule: 'polynomial:9', maxDegree: 4 },
      'cannot-compile',
      'rule',
    ],
    [
      'an interaction that is not listed',
      { rule: 'exponential', interactions: [] },
      'cannot-compile',
      'rule',
    ],
    [
      'sequences on symmetric couplings',
      { rule: 'sequence', kinds: ['dense'], asymmetric: false },
      'cannot-compile',
      'rule',
    ],
    [
      'couplings of both signs where the range has one',
      { range: [0, 1] },
      'cannot-compile',
      'couplings.range',
    ],
    ['a corruption above 1', { corrupt: 1.5 }, 'invalid-input', 'corrupt'],
    ['more shots than the device does', { shots: 2e6 }, 'program-refused', 'shots'],
    ['a temperature above the range', { temperature: 1e9 }, 'cannot-compile', 'temperature'],
  ] as const)('%s', (_what, change: Record<string, unknown>, code, path) => {
    const { rule, max, corrupt, shots, temperature, ...couplings } = change;
    const base = spinDescriptor({ couplings });
    const descriptor =
      max === undefined ? base : { ...base, sites: { ...base.sites, max: max as number } };
    const error = refusal(() =>
      compileProgram({
        memories: eight,
        rule: (rule as string | undefined) ?? 'hebb',
        descriptor,
        ...(corrupt === undefined ? {} : { corrupt: corrupt as number }),
        ...(shots === undefined ? {} : { shots: shots as number }),
        ...(temperature === undefined ? {} : { temperature: temperature as number }),
      }),
    );
    expect(error.code).toBe(code);
    expect(error.details.path).toBe(path);
    expect(error.details).toHaveProperty('value');
    expect(error.details).toHaveProperty('limit');
  });

  it('thermal runs on a device that has none', () => {
    const error = refusal(() =>
      compileProgram({
        memories: eight,
        rule: 'hebb',
        descriptor: cavityDescriptor(),
        temperature: 0.5,
      }),
    );
    expect(error.code).toBe('cannot-compile');
    expect(error.details).toMatchObject({ path: 'temperature', value: 0.5 });
  });
});
