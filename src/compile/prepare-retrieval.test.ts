import { describe, expect, it } from 'vitest';
import { checkDocument, RelaxdError } from '../core/index.js';
import type { DeviceResult, SampleChunk } from '../device/index.js';
import { builtinMemories, memorySet } from '../memory/index.js';
import { cavityDescriptor, circuitDescriptor, spinDescriptor } from './descriptors.test-support.js';
import { COMPILE_BODY_SCHEMA, RETRIEVE_BODY_SCHEMA, RUN_BODY_SCHEMA } from './job-bodies.js';
import { prepareRetrieval, type RetrievalRequest } from './prepare-retrieval.js';
import { RetrievalObserver } from './retrieval-observer.js';

const letters = builtinMemories('letters')!;
const eight = builtinMemories('letters-8')!;
const digits = builtinMemories('digits')!;

describe('prepareRetrieval', () => {
  it('has the defaults of the contract on spins: hebb, temperature 0, target 0, 100 shots', () => {
    const { program, rule, target } = prepareRetrieval({ memories: eight }, spinDescriptor());
    expect({ rule, target, shots: program.shots, seed: program.seed }).toEqual({
      rule: 'hebb',
      target: 0,
      shots: 100,
      seed: null,
    });
    expect(program.dynamics).toMatchObject({ rule: 'zero-temperature', temperature: 0 });
    expect(program.initial).toEqual({ kind: 'corrupted', values: eight.patterns[0], flips: 0 });
    expect(program.references).toEqual(eight.patterns);
    expect(program.duration).toBe(20);
    expect(program.readout.channels).toEqual(['energy', 'overlaps', 'work', 'heat', 'state']);
  });

  it('leaves the temperature to a circuit, and runs five of its time units', () => {
    const { program } = prepareRetrieval({ memories: eight, corrupt: 0.1 }, circuitDescriptor());
    expect(program.dynamics.temperature).toBeNull();
    expect(program.duration).toBe(5);
    expect(program.initial).toMatchObject({ kind: 'corrupted', flips: 10 });
  });

  it('runs steepest descent for two times N flips on a cavity', () => {
    const { program } = prepareRetrieval({ memories: eight }, cavityDescriptor());
    expect(program.dynamics.rule).toBe('steepest-descent');
    expect(program.duration).toBe(2);
  });

  it('takes a temperature to Glauber dynamics', () => {
    const { program } = prepareRetrieval({ memories: eight, temperature: 0.2 }, spinDescriptor());
    expect(program.dynamics).toMatchObject({ rule: 'glauber', temperature: 0.2 });
  });

  it('flips exactly round(F·N) sites', () => {
    const { program, certificate } = prepareRetrieval(
      { memories: digits, corrupt: 0.15, rule: 'rectified:8' },
      spinDescriptor(),
    );
    expect(program.initial).toMatchObject({ flips: Math.round(0.15 * 784) });
    expect(certificate.corrupt).toBe(0.15);
  });

  it('finds targets by label first, then by index', () => {
    const at = (target: number | string, memories = letters) =>
      prepareRetrieval({ memories, target, rule: 'rectified:8' }, spinDescriptor()).target;
    expect([at('C'), at(2), at('2')]).toEqual([2, 2, 2]);
    const turned = memorySet({ patterns: eight.patterns.slice(0, 3), labels: ['2', '1', '0'] });
    expect([at('2', turned), at(2, turned)]).toEqual([0, 2]);
  });

  it('starts at a cue, and takes the memory nearest to it as the target', () => {
    const cue = Int8Array.from(eight.patterns[5]!);
    cue[0] = -cue[0]!;
    const { program, target } = prepareRetrieval({ memories: eight, cue }, spinDescriptor());
    expect(target).toBe(5);
    expect(program.initial).toMatchObject({ kind: 'corrupted', values: cue, flips: 0 });
  });

  it('keeps states out of the record where they would be too many', () => {
    const pictures = builtinMemories('pictures')!;
    const of = (request: RetrievalRequest) =>
      prepareRetrieval({ rule: 'rectified:10', ...request }, spinDescriptor()).program.readout
        .channels;
    expect(of({ memories: pictures })).not.toContain('state');
    expect(of({ memories: eight, shots: 1_000_000 })).not.toContain('state');
    expect(of({ memories: digits })).toContain('state');
  });

  it.each([
    ['an unknown rule', { rule: 'hobb' }, 'unknown-rule', 'rule'],
    ['a corruption below 0', { corrupt: -0.1 }, 'invalid-input', 'corrupt'],
    ['a corruption above 1', { corrupt: 1.1 }, 'invalid-input', 'corrupt'],
    ['a corruption that is no number', { corrupt: NaN }, 'not-finite', 'corrupt'],
    ['a target that is not there', { target: 8 }, 'invalid-input', 'target'],
    ['a negative target', { target: -1 }, 'invalid-input', 'target'],
    ['a label that is not there', { target: 'ß' }, 'invalid-input', 'target'],
    ['a cue of another size', { cue: [1, -1, 1] }, 'wrong-size', 'cue'],
    ['a cue with zeros', { cue: new Array<number>(100).fill(0) }, 'pattern-values', 'cue[0]'],
  ] as const)('refuses %s with path, value and limit', (_what, change, code, path) => {
    let thrown: unknown;
    try {
      prepareRetrieval({ memories: eight, ...(change as object) }, spinDescriptor());
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(RelaxdError);
    const { code: got, details } = thrown as RelaxdError;
    expect(got).toBe(code);
    expect(details.path).toBe(path);
    expect(details).toHaveProperty('value');
    expect(details).toHaveProperty('limit');
  });

  it('lists the labels where a target is not among them', () => {
    expect(() => prepareRetrieval({ memories: eight, target: 'ß' }, spinDescriptor())).toThrowError(
      eight.labels.join(', '),
    );
  });
});

/** A chunk of overlaps with two references, rows [shot, time, overlap with reference 1]. */
function chunk(rows: readonly (readonly [number, number, number])[], firstRow = 0): SampleChunk {
  return {
    firstRow,
    rows: rows.length,
    shot: Int32Array.from(rows, (row) => row[0]),
    step: Int32Array.from(rows, (row) => row[1]),
    t: Float64Array.from(rows, (row) => row[1]),
    energy: null,
    work: null,
    heat: null,
    overlaps: Float64Array.from(rows.flatMap((row) => [0.1, row[2]])),
    stateRows: new Int32Array(0),
    state: new Int8Array(0),
  };
}

const nothing = { final: { states: [], overlaps: [] } } as unknown as DeviceResult;
const pattern = new Int8Array(100).fill(1);

describe('RetrievalObserver', () => {
  it('counts successes, exact ends and the first lasting passage of 0.95', () => {
    const observer = new RetrievalObserver(1, 2, pattern, 3);
    // Passes at 1, leaves again, and stays from 3 on; never leaves from 0; never gets there.
    observer.onSamples(
      chunk([
        [0, 0, 0.7],
        [0, 1, 0.96],
        [0, 2, 0.94],
        [0, 3, 0.98],
        [1, 0, 1],
        [1, 1, 1],
      ]),
    );
    observer.onSamples(
      chunk(
        [
          [1, 2, 0.96],
          [1, 3, 1],
          [2, 0, 0.7],
          [2, 3, 0.5],
        ],
        6,
      ),
    );
    const { retrieval } = observer.finish(nothing);
    expect(retrieval.target).toBe(1);
    expect(retrieval.success).toBeCloseTo(2 / 3, 12);
    expect(retrieval.exact).toBeCloseTo(1 / 3, 12);
    expect(retrieval.overlap.mean).toBeCloseTo((0.98 + 1 + 0.5) / 3, 12);
    expect(retrieval.time.mean).toBeCloseTo(1.5, 12);
    expect(retrieval.time.sem).toBeCloseTo(1.5, 12);
  });

  it('gives no standard error for one value, and no time where no shot arrives', () => {
    const observer = new RetrievalObserver(1, 2, pattern, 1);
    observer.onSamples(chunk([[0, 1, 0.9]]));
    const { retrieval, warnings } = observer.finish(nothing);
    expect(retrieval).toEqual({
      target: 1,
      success: 0,
      exact: 0,
      overlap: { mean: 0.9, sem: null },
      time: { mean: null, sem: null },
    });
    expect(warnings).toEqual([
      'retrieval.overlap.sem is null: a standard error needs at least two shots',
      'retrieval.time is null: no shot was seen to reach overlap 0.95 and stay',
    ]);
  });

  it('gives a reason for each null, and none where there is none', () => {
    const finish = (...rows: [number, number, number][]): readonly string[] => {
      const observer = new RetrievalObserver(1, 2, pattern, 1);
      observer.onSamples(chunk(rows));
      return observer.finish(nothing).warnings;
    };
    expect(finish([0, 1, 1], [1, 1, 1])).toEqual([]);
    expect(finish([0, 1, 1], [1, 1, 0])).toEqual([
      'retrieval.time.sem is null: only one shot reached its target and stayed',
    ]);
    expect(finish([0, 1, 1])).toEqual([
      'retrieval.overlap.sem and time.sem are null: a standard error needs at least two shots',
    ]);
    expect(finish([0, 0, 1])).toEqual([
      'retrieval.success, exact, overlap and time are null: no shot came to its end',
    ]);
  });

  it('leaves out shots that were stopped on their way, and shots that never came', () => {
    const observer = new RetrievalObserver(1, 2, pattern, 2);
    observer.onSamples(
      chunk([
        [0, 0, 1],
        [0, 2, 1],
        [5, 0, 0.2],
        [5, 1, 0.3],
      ]),
    );
    expect(observer.finish(nothing).retrieval).toMatchObject({ success: 1, exact: 1 });
  });

  it('takes overlaps 0.95 and 1 as reached in single precision', () => {
    const observer = new RetrievalObserver(1, 2, pattern, 1);
    observer.onSamples(chunk([[0, 1, Math.fround(0.95)]]));
    observer.onSamples(chunk([[1, 1, 0.9999999]], 1));
    expect(observer.finish(nothing).retrieval).toMatchObject({ success: 1, exact: 0.5 });
  });

  it('reads overlaps off states where a device sends no overlaps', () => {
    const observer = new RetrievalObserver(1, 2, Int8Array.of(1, -1), 1);
    observer.onSamples({
      ...chunk([[0, 1, 0]]),
      overlaps: null,
      stateRows: Int32Array.of(0),
      state: Float64Array.of(1.8, -2.1),
    });
    expect(observer.finish(nothing).retrieval).toMatchObject({ success: 1, exact: 1 });
  });

  it('falls back on the final overlaps of a device that streams nothing, or on nulls', () => {
    const observer = new RetrievalObserver(1, 2, pattern, 1);
    const result = { final: { states: [], overlaps: [[0, 1]] } } as unknown as DeviceResult;
    expect(observer.finish(result).retrieval).toMatchObject({ success: 1, exact: 1 });
    expect(observer.finish(nothing).retrieval.success).toBeNull();
  });
});

describe('bodies of jobs', () => {
  it('take the fields of the commands, and name those they do not know', () => {
    const body = {
      memories: 'letters',
      rule: 'rectified:8',
      target: 0,
      corrupt: 0.15,
      shots: 20,
      seed: 1,
    };
    expect(checkDocument(RETRIEVE_BODY_SCHEMA, body)).toEqual([]);
    expect(
      checkDocument(RETRIEVE_BODY_SCHEMA, { memories: { version: 1, patterns: [[1]] } }),
    ).toEqual([]);
    expect(checkDocument(RETRIEVE_BODY_SCHEMA, { ...body, target: 'A', cue: [1, -1] })).toEqual([]);
    expect(checkDocument(RETRIEVE_BODY_SCHEMA, { ...body, corupt: 1 })[0]).toMatchObject({
      code: 'unknown-field',
      path: 'corupt',
    });
    expect(checkDocument(RETRIEVE_BODY_SCHEMA, { ...body, corrupt: 2 })[0]).toMatchObject({
      path: 'corrupt',
      value: 2,
      limit: [0, 1],
    });
    expect(
      checkDocument(RUN_BODY_SCHEMA, { program: `sha256:${'0'.repeat(64)}`, seed: 1 }),
    ).toEqual([]);
    expect(checkDocument(RUN_BODY_SCHEMA, { program: { version: 1 } })).toEqual([]);
    expect(checkDocument(RUN_BODY_SCHEMA, { program: 'other' })).toHaveLength(1);
    expect(checkDocument(COMPILE_BODY_SCHEMA, { device: 'glauber', memories: 'letters' })).toEqual(
      [],
    );
  });
});
