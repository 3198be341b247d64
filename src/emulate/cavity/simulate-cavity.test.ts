import { describe, expect, it } from 'vitest';
import { cavityDescriptor } from '../../../drivers/cavity-qed/index.js';
import { resolveDocument, runSimulation, summarise } from '../../../test/support/run-simulation.js';
import { RandomStream } from '../../core/index.js';
import type { ResolvedProgram } from '../../device/index.js';
import { hebbCouplings } from '../../model/index.js';
import { cavityThermodynamics } from './cavity-violations.js';
import { sherringtonKirkpatrick } from './disorder.js';
import { Quench } from './quench.js';
import { simulate } from './simulate-cavity.js';
import { simulateHere } from '../simulate-here.js';

const N = 12;
const J = sherringtonKirkpatrick(N, RandomStream.of(6, 'disorder'));
const program = (over: object = {}): ResolvedProgram =>
  resolveDocument(
    {
      version: 1,
      sites: N,
      couplings: { kind: 'dense', data: Array.from(J) },
      duration: 3,
      shots: 40,
      seed: 5,
      ...over,
    },
    cavityDescriptor('cavity-qed'),
  );
const plain = (state: ArrayLike<number>): number[] => Array.from(state);
const ones = (sites = N): number[] => new Array<number>(sites).fill(1);

describe('simulate (cavity, discrete)', () => {
  it('takes the path of a plain quench, one flip every 1/N', () => {
    const stream = RandomStream.of(1);
    const start = Float64Array.from({ length: N }, () => stream.sign());
    const quench = new Quench(J, N);
    quench.start(start);
    const flips = quench.run('steepest-descent', stream);
    expect(flips).toBeGreaterThan(2);
    const resolved = program({ initial: { kind: 'pattern', values: plain(start) }, shots: 1 });
    const times = Float64Array.from({ length: 3 * N + 1 }, (_, k) => k / N);
    const states: number[][] = [];
    simulateHere(
      simulate,
      { program: resolved, parameters: {}, firstShot: 0, shots: 1, times },
      {
        readout: (row) => states.push(plain(row.state)),
        shotEnd: () => undefined,
        progress: () => undefined,
      },
    );
    for (let k = 1; k < states.length; k++) {
      const changed = states[k]!.filter((s, i) => s !== states[k - 1]![i]).length;
      expect(changed).toBe(k <= flips ? 1 : 0);
    }
    expect(states.at(-1)).toEqual(plain(quench.state));
  });

  it('shows in a readout between two flips the state after the earlier one', () => {
    const resolved = program({ initial: { kind: 'pattern', values: ones() }, shots: 1 });
    const at = (t: number): number[] =>
      plain(runSimulation(simulate, resolved, { times: Float64Array.of(0, t) }).finalStates[0]!);
    expect(at(1.5 / N)).toEqual(at(1 / N));
    expect(at(0.99 / N)).toEqual(ones());
    expect(at(1 / N)).not.toEqual(ones());
  });

  it.each(['steepest-descent', 'zero-temperature'])(
    'closes the first law with ramps, jumps and clamped sites under %s',
    (rule) => {
      const cue = ones().map((_, i) => (i % 2 === 0 ? 1 : -0.5));
      const resolved = program({
        dynamics: { rule },
        fields: ones().map((_, i) => 0.1 * i - 0.3),
        clamped: [2, 7],
        inputs: [[1, -1]],
        drives: [
          {
            pattern: cue,
            amplitude: [
              [0, 3],
              [0, -2],
              [0.7, 2],
              [1.1, 2],
              [1.1, 0],
            ],
          },
          {
            pattern: ones(),
            amplitude: [
              [0.33, 0],
              [2.9, -4],
            ],
          },
        ],
        readout: { every: 0.013, channels: ['energy', 'work', 'heat'] },
      });
      const seen = runSimulation(simulate, resolved);
      const summary = summarise(seen, cavityThermodynamics(resolved), resolved.duration);
      expect(summary.firstLawResidual).toBeLessThan(1e-10);
      expect(summary.entropyProduction).toBeNull();
      expect(summary.work!.variance).toBeGreaterThan(0);
      for (const state of seen.finalStates) expect([state[2], state[7]]).toEqual([1, -1]);
      // The readouts' energies are those of the ledger, at both ends.
      const last = seen.times.length - 1;
      const change = seen.energy[last]!.mean - seen.energy[0]!.mean + seen.work[0]!.mean;
      expect(change).toBeCloseTo(summary.energyChange!.mean!, 9);
    },
  );

  it('flips only where that lowers the energy, and gives all of it to the bath', () => {
    const seen = runSimulation(simulate, program());
    for (const ledger of seen.ledgers) {
      expect(ledger.heat).toBeGreaterThanOrEqual(0);
      expect(ledger.work).toBe(0);
      expect(ledger.energyChange).toBeCloseTo(-ledger.heat, 10);
    }
    for (let k = 1; k < seen.times.length; k++) {
      expect(seen.energy[k]!.mean).toBeLessThanOrEqual(seen.energy[k - 1]!.mean + 1e-12);
    }
  });

  it('books the work of a jump at t = 0 and starts from the first listed value', () => {
    const resolved = program({
      initial: { kind: 'pattern', values: ones() },
      drives: [
        {
          pattern: ones(),
          amplitude: [
            [0, 1],
            [0, 3],
          ],
        },
      ],
      shots: 1,
    });
    const seen = runSimulation(simulate, resolved);
    expect(seen.work[0]!.mean).toBe(-2 * N);
    expect(seen.heat[0]!.mean).toBe(0);
  });

  it('lets a spin follow a ramp at the first tick at which it has become unstable', () => {
    // one free spin in a field that falls from 1 to −1 over 10 time units: b < 0 after t = 5
    const resolved = program({
      sites: 2,
      couplings: { kind: 'dense', data: [0, 0, 0, 0] },
      clamped: [1],
      initial: { kind: 'pattern', values: [1, 1] },
      drives: [
        {
          pattern: [1, 0],
          amplitude: [
            [0, 1],
            [10, -1],
          ],
        },
      ],
      duration: 10,
      shots: 1,
    });
    const at = (t: number): number =>
      runSimulation(simulate, resolved, { times: Float64Array.of(0, t) }).finalStates[0]![0]!;
    expect(at(5.4)).toBe(1);
    expect(at(5.5)).toBe(-1);
    const ledger = runSimulation(simulate, resolved).ledgers[0]!;
    // heat 2|b| at the flip, b = −0.1
    expect(ledger.heat).toBeCloseTo(0.2, 12);
  });

  it('keeps memories as memories and ends where Hebb’s matrix ends', () => {
    const sites = 60;
    const patterns = [0, 1, 2].map((k) => {
      const stream = RandomStream.of(2, 'disorder', k);
      return Array.from({ length: sites }, () => stream.sign());
    });
    const common = { sites, references: patterns, initial: { kind: 'random' } };
    const memories = runSimulation(
      simulate,
      program({ ...common, couplings: { kind: 'memories', patterns } }),
    );
    const data = Array.from(hebbCouplings(patterns.map((p) => Int8Array.from(p))));
    const dense = runSimulation(
      simulate,
      program({ ...common, couplings: { kind: 'dense', data } }),
    );
    expect(memories.finalStates.map(plain)).toEqual(dense.finalStates.map(plain));
    expect(memories.ledgers[0]!.heat).toBeCloseTo(dense.ledgers[0]!.heat, 9);
    expect(new Set(dense.finalStates.map((s) => plain(s).join())).size).toBeGreaterThan(2);
  });

  it('draws each shot from its own streams, whatever block it is in', () => {
    const resolved = program({
      dynamics: { rule: 'zero-temperature' },
      initial: { kind: 'corrupted', values: ones(), flips: 5 },
    });
    const all = runSimulation(simulate, resolved, { parameters: { readoutBitError: 0.1 } });
    const tail = runSimulation(simulate, resolved, {
      parameters: { readoutBitError: 0.1 },
      firstShot: 30,
      shots: 10,
    });
    expect(tail.finalStates).toEqual(all.finalStates.slice(30));
    expect(tail.ledgers).toEqual(all.ledgers.slice(30));
    const start = runSimulation(simulate, resolved).initialStates;
    for (const state of start) expect(plain(state).filter((s) => s === -1)).toHaveLength(5);
  });

  it('takes couplings of sparse lists and of positions in waists', () => {
    const entries = Array.from({ length: N - 1 }, (_, i) => [i, i + 1, 1]);
    const chain = runSimulation(
      simulate,
      program({ couplings: { kind: 'coo', entries }, fields: ones().map(() => 1e-3) }),
    );
    for (const ledger of chain.ledgers) expect(ledger.heat).toBeGreaterThanOrEqual(0);
    const xy = Array.from({ length: N }, (_, i) => [Math.sin(i), Math.cos(2 * i)]);
    const couplings = { kind: 'positions', geometry: 'four-sevenths', xy };
    const scaled = { ...couplings, xy: xy.map(([x, y]) => [35 * x!, 35 * y!]), waist: 35 };
    const ends = [couplings, scaled].map((c) =>
      runSimulation(simulate, program({ couplings: c })).finalStates.map(plain),
    );
    expect(ends[1]).toEqual(ends[0]);
    const damped = runSimulation(simulate, program({ couplings }), {
      parameters: { modeDamping: 0.3 },
    });
    expect(damped.finalStates.map(plain)).not.toEqual(ends[0]);
  });
});
