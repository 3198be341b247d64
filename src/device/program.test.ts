import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RelaxdError, type ErrorCode } from '../core/index.js';
import type { Descriptor } from './descriptor.js';
import { curveStart, curveValue, programDocument, programHash } from './program.js';
import { parseProgram, readProgram } from './read-program.js';
import { sampleDescriptor } from './sample-descriptor.test-support.js';
import { readoutTimes, resolveProgram, validateProgram } from './validate-program.js';

const dense4 = { kind: 'dense', data: new Array(16).fill(0) };
const good = { version: 1, sites: 4, couplings: dense4, duration: 10 };

function refusal(document: unknown): {
  code: ErrorCode;
  path: string | undefined;
  violations: string[];
} {
  try {
    readProgram(document);
  } catch (error) {
    if (!(error instanceof RelaxdError)) throw error;
    return {
      code: error.code,
      path: error.details.path,
      violations: (error.details.violations ?? []).map((v) => `${v.code} ${v.path}`),
    };
  }
  throw new Error('it was accepted');
}

describe('reading a program', () => {
  it('fills in what is left out, and takes null for left out', () => {
    const program = readProgram({ ...good, fields: null, seed: null, drives: null });
    expect(program).toMatchObject({
      siteKinds: 'ising',
      initial: { kind: 'random' },
      drives: [],
      shots: 1,
      seed: null,
      readout: { every: null, channels: ['energy', 'overlaps'] },
    });
    expect(Array.from(program.fields)).toEqual([0, 0, 0, 0]);
    expect(programHash(program)).toBe(programHash(readProgram(good)));
  });

  it('takes its memories as references where none are given', () => {
    const patterns = [
      [1, -1, 1, 1],
      [1, 1, -1, 1],
    ];
    const program = readProgram({ ...good, couplings: { kind: 'memories', patterns } });
    expect(program.references.map((p) => Array.from(p))).toEqual(patterns);
    expect(program.couplings).toMatchObject({
      interaction: { kind: 'polynomial', degree: 2, rectified: false },
    });
  });

  it.each<[string, unknown, string, string]>([
    [
      'a matrix of the wrong size',
      { ...good, couplings: { kind: 'dense', data: [0, 1, 0] } },
      'wrong-size',
      'couplings.data',
    ],
    [
      'NaN in the matrix',
      { ...good, couplings: { kind: 'dense', data: [NaN, ...new Array<number>(15).fill(0)] } },
      'not-finite',
      'couplings.data[0]',
    ],
    ['an unknown field', { ...good, coupling: 1 }, 'unknown-field', 'coupling'],
    [
      'an unknown field deep inside',
      { ...good, dynamics: { rule: 'glauber', temp: 1 } },
      'unknown-field',
      'dynamics.temp',
    ],
    ['another version', { ...good, version: 2 }, 'unsupported-version', 'version'],
    ['text for a number', { ...good, sites: '4' }, 'invalid-input', 'sites'],
    [
      'a pattern of zeros',
      { ...good, couplings: { kind: 'memories', patterns: [[0, 0, 0, 0]] } },
      'pattern-values',
      'couplings.patterns[0][0]',
    ],
    [
      'a value that would fold into a spin',
      { ...good, references: [[257, 1, 1, 1]] },
      'pattern-values',
      'references[0][0]',
    ],
    [
      'a diagonal of ±1 sites',
      { ...good, couplings: { kind: 'dense', data: [1, ...new Array<number>(15).fill(0)] } },
      'invalid-input',
      'couplings.data[0]',
    ],
    [
      'a pair named twice',
      {
        ...good,
        couplings: {
          kind: 'coo',
          entries: [
            [0, 1, 1],
            [1, 0, 1],
          ],
        },
      },
      'invalid-input',
      'couplings.entries[1]',
    ],
    [
      'a site coupled to itself',
      { ...good, couplings: { kind: 'coo', entries: [[1, 1, 1]] } },
      'invalid-input',
      'couplings.entries[0]',
    ],
    [
      'a coupling to no site',
      { ...good, couplings: { kind: 'coo', entries: [[0, 4, 1]] } },
      'invalid-input',
      'couplings.entries[0]',
    ],
    [
      'weights of a cubic memory',
      {
        ...good,
        couplings: {
          kind: 'memories',
          patterns: [[1, 1, 1, 1]],
          weights: [[1]],
          interaction: { kind: 'polynomial', degree: 3 },
        },
      },
      'invalid-input',
      'couplings.weights',
    ],
    ['fields of the wrong size', { ...good, fields: [1, 2] }, 'wrong-size', 'fields'],
    [
      'more flips than sites',
      { ...good, initial: { kind: 'corrupted', values: [1, 1, 1, 1], flips: 5 } },
      'invalid-input',
      'initial.flips',
    ],
    [
      'a spin that starts at 0.5',
      { ...good, initial: { kind: 'pattern', values: [1, 1, 0.5, 1] } },
      'invalid-input',
      'initial.values[2]',
    ],
    [
      'a spin that starts at zero',
      { ...good, initial: { kind: 'zero' } },
      'invalid-input',
      'initial.kind',
    ],
    [
      'time that goes back',
      {
        ...good,
        drives: [
          {
            pattern: [1, 1, 1, 1],
            amplitude: [
              [1, 0],
              [0, 1],
            ],
          },
        ],
      },
      'invalid-input',
      'drives[0].amplitude[1][0]',
    ],
    ['a clamped site that is none', { ...good, clamped: [7] }, 'invalid-input', 'clamped[0]'],
    ['inputs without clamped sites', { ...good, inputs: [[1]] }, 'invalid-input', 'inputs'],
    ['wells on spins', { ...good, wells: { quadratic: 1 } }, 'invalid-input', 'wells'],
    [
      'a well that opens downwards',
      { ...good, siteKinds: 'continuous', wells: { quartic: [1, -1, 1, 1] } },
      'invalid-input',
      'wells.quartic[1]',
    ],
    [
      'a negative temperature',
      { ...good, dynamics: { temperature: [-1, 1, 1, 1] } },
      'invalid-input',
      'dynamics.temperature[0]',
    ],
    [
      'a kind of couplings that is none',
      { ...good, couplings: { kind: 'sparse' } },
      'invalid-input',
      'couplings.kind',
    ],
    ['no duration', { version: 1, sites: 4, couplings: dense4 }, 'invalid-input', 'duration'],
    ['a list for a program', [], 'invalid-input', ''],
  ])('refuses %s, saying where', (_name, document, code, path) => {
    expect(refusal(document)).toMatchObject({ code, path });
  });

  it('lists every violation at once', () => {
    const found = refusal({
      ...good,
      sites: 4,
      fields: [1],
      clamped: [9],
      nonsense: true,
      duration: 10,
    });
    expect(found.violations).toEqual(['unknown-field nonsense']);
    const both = refusal({ ...good, fields: [1], clamped: [9] });
    expect(both.code).toBe('program-invalid');
    expect(both.violations).toEqual(['wrong-size fields', 'invalid-input clamped[0]']);
  });

  it('says that a text is not JSON', () => {
    expect(() => parseProgram('{"version": NaN}')).toThrow(RelaxdError);
  });

  it('comes back the same from its own document', () => {
    const spin = fc.constantFrom(-1, 1);
    const pattern = fc.array(spin, { minLength: 4, maxLength: 4 });
    const curve = fc
      .array(
        fc.tuple(
          fc.double({ min: 0, max: 9, noNaN: true }),
          fc.double({ min: 0, max: 3, noNaN: true }),
        ),
        { minLength: 1, maxLength: 4 },
      )
      .map((points) => points.sort((a, b) => a[0] - b[0]));
    const document = fc.record({
      version: fc.constant(1),
      sites: fc.constant(4),
      couplings: fc.oneof(
        fc.record({
          kind: fc.constant('memories'),
          patterns: fc.array(pattern, { minLength: 1, maxLength: 3 }),
        }),
        fc.constant({
          kind: 'coo',
          entries: [
            [0, 1, 0.5],
            [2, 3, -0.25],
          ],
        }),
        fc.constant(dense4),
      ),
      duration: fc.double({ min: 0.5, max: 50, noNaN: true }),
      fields: fc.option(
        fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 4, maxLength: 4 }),
      ),
      initial: fc.option(pattern.map((values) => ({ kind: 'corrupted', values, flips: 1 }))),
      drives: fc.option(fc.array(fc.record({ pattern, amplitude: curve }), { maxLength: 2 })),
      controls: fc.option(fc.record({ temperature: curve })),
      seed: fc.option(fc.nat()),
    });
    fc.assert(
      fc.property(document, (doc) => {
        const program = readProgram(doc);
        const again = readProgram(JSON.parse(JSON.stringify(programDocument(program))));
        expect(programHash(again)).toBe(programHash(program));
        expect(JSON.stringify(programDocument(again))).toBe(
          JSON.stringify(programDocument(program)),
        );
      }),
      { numRuns: 200 },
    );
  });
});

describe('a piecewise-linear curve', () => {
  const curve = Float64Array.of(1, 0, 3, 4, 3, 10, 5, 10);
  it('is constant before and after, linear between, and takes the later value at a jump', () => {
    expect([0, 1, 2, 2.999, 3, 4, 9].map((t) => curveValue(curve, t))).toEqual([
      0, 0, 2, 3.998, 10, 10, 10,
    ]);
    expect(curveStart(Float64Array.of(0, 0, 0, 1))).toBe(0);
    expect(curveValue(Float64Array.of(0, 0, 0, 1), 0)).toBe(1);
  });
});

describe('judging a program by a descriptor', () => {
  const refused = (document: unknown, descriptor = sampleDescriptor()): string[] =>
    validateProgram(readProgram(document), descriptor).map((v) => v.path);

  it('finds nothing in a program that the device can do', () => {
    expect(refused({ ...good, dynamics: { rule: 'glauber', temperature: 2 } })).toEqual([]);
  });

  it('says at which fidelity there is what another one lacks', () => {
    const base = sampleDescriptor();
    const dynamics = { ...base.dynamics, fidelities: ['discrete', 'kinetic'] as const };
    const descriptor: Descriptor = {
      ...base,
      dynamics,
      controls: {},
      byFidelity: {
        kinetic: { controls: { pump: [0, 9] }, dynamics: { ...dynamics, kernels: ['ohmic'] } },
      },
    };
    const messages = (over: object): string[] =>
      validateProgram(readProgram({ ...good, ...over }), descriptor).map((v) => v.message);
    const [kernel, ...others] = messages({ dynamics: { kernel: 'ohmic' } });
    expect(others).toEqual([]);
    expect(kernel).toMatch(
      /has no kernel 'ohmic' at fidelity 'discrete'; it has: none; dynamics.fidelity 'kinetic' has it$/,
    );
    expect(messages({ controls: { pump: [[0, 2]] } })[0]).toMatch(/'kinetic' has it$/);
    // What no fidelity has is not promised.
    expect(messages({ dynamics: { kernel: 'lif' } })[0]).toMatch(
      /has no kernel 'lif'; it has: none$/,
    );
  });

  it.each<[string, object, string]>([
    ['a site', { couplings: { kind: 'coo', entries: [[0, 9, 1]] } }, '9 is no site of 0 … 3'],
    ['a pump', { controls: { pump: [[0, -1]] } }, '-1 is below 0'],
    ['flips', { initial: { kind: 'corrupted', values: [1, 1, 1, 1], flips: 5 } }, '5 flips are'],
    [
      'a time',
      {
        controls: {
          pump: [
            [3, 1],
            [2, 1],
          ],
        },
      },
      'time goes back to 2',
    ],
  ])('names the value that is wrong: %s', (_, over, message) => {
    expect(() => readProgram({ ...good, ...over })).toThrow(message);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['too many sites', { sites: 5, couplings: { kind: 'coo', entries: [] } }, 'sites'],
    [
      'a coupling out of range',
      { couplings: { kind: 'coo', entries: [[0, 1, 1.5]] } },
      'couplings.entries[0]',
    ],
    [
      'asymmetric couplings',
      { couplings: { kind: 'dense', data: [0, 1, ...new Array<number>(14).fill(0)] } },
      'couplings.data[4]',
    ],
    [
      'a degree that it cannot do',
      {
        couplings: {
          kind: 'memories',
          patterns: [[1, 1, 1, 1]],
          interaction: { kind: 'polynomial', degree: 3 },
        },
      },
      'couplings.interaction.degree',
    ],
    [
      'positions',
      {
        couplings: {
          kind: 'positions',
          geometry: 'confocal',
          xy: [
            [0, 0],
            [1, 0],
            [0, 1],
            [1, 1],
          ],
        },
      },
      'couplings.kind',
    ],
    ['continuous sites', { siteKinds: 'continuous' }, 'siteKinds'],
    ['a field out of range', { fields: [0, 0, 3, 0] }, 'fields[2]'],
    ['clamped sites', { clamped: [0] }, 'clamped'],
    ['a rule', { dynamics: { rule: 'langevin' } }, 'dynamics.rule'],
    [
      'an order',
      { dynamics: { rule: 'zero-temperature', order: 'synchronous' } },
      'dynamics.order',
    ],
    ['a fidelity', { dynamics: { fidelity: 'quantum' } }, 'dynamics.fidelity'],
    ['a temperature', { dynamics: { temperature: 6 } }, 'dynamics.temperature'],
    [
      'a temperature for each site',
      { dynamics: { temperature: [1, 1, 1, 1] } },
      'dynamics.temperature',
    ],
    ['an initial state', { initial: { kind: 'equilibrium' } }, 'initial.kind'],
    [
      'a drive too strong',
      { drives: [{ pattern: [1, 1, 1, 1], amplitude: [[0, 4]] }] },
      'drives[0].amplitude[0]',
    ],
    ['a control', { controls: { pump: [[0, 1]] } }, 'controls.pump'],
    ['a run too long', { duration: 101 }, 'duration'],
    ['too many shots', { shots: 11 }, 'shots'],
    ['a channel', { readout: { channels: ['heat'] } }, 'readout.channels[0]'],
    ['a readout too fast', { readout: { every: 0.01 } }, 'readout.every'],
    [
      'hidden sites',
      {
        siteKinds: [
          { kind: 'ising' },
          { kind: 'ising', hidden: true },
          { kind: 'ising' },
          { kind: 'ising' },
        ],
      },
      'siteKinds[1].hidden',
    ],
    [
      'synapses',
      { dynamics: { synapse: { kernel: 'delay', tau: 1, lambda: 2 } } },
      'dynamics.synapse',
    ],
    ['spikes', { dynamics: { spiking: { tau: 8 } } }, 'dynamics.spiking'],
  ])('refuses %s by name', (_name, changes, path) => {
    const found = validateProgram(readProgram({ ...good, ...changes }), sampleDescriptor());
    expect(found.map((v) => v.path)).toContain(path);
    const violation = found.find((v) => v.path === path)!;
    expect(violation.code).toBe('program-refused');
    expect('limit' in violation).toBe(true);
  });
});

describe('readout times', () => {
  const times = (duration: number, every?: number): number[] => {
    const program = readProgram({
      ...good,
      duration,
      ...(every === undefined ? {} : { readout: { every } }),
    });
    return Array.from(readoutTimes(resolveProgram(program, sampleDescriptor(), 1)));
  };
  it('start at 0 and end at the end, whatever the step', () => {
    expect(times(1, 0.25)).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(times(1, 0.4)).toEqual([0, 0.4, 0.8, 1]);
    expect(times(1, 5)).toEqual([0, 1]);
    expect(times(0.3, 0.1)).toEqual([0, 0.1, 0.2, 0.3]);
    expect(times(10)).toHaveLength(51);
  });
});
