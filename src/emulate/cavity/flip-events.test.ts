import { describe, expect, it } from 'vitest';
import { cavityDescriptor } from '../../../drivers/cavity-qed/index.js';
import { resolveDocument } from '../../../test/support/run-simulation.js';
import { ENGINES, RandomStream, type EngineKind } from '../../core/index.js';
import { readoutTimes, type ResolvedProgram } from '../../device/index.js';
import { engineMissing } from '../../kernels/index.js';
import { createSpinModel } from '../../model/index.js';
import type { ShotLedger } from '../../thermo/index.js';
import { simulateHere } from '../simulate-here.js';
import { sherringtonKirkpatrick } from './disorder.js';
import { simulate } from './simulate-cavity.js';

const N = 37;
const here = ENGINES.filter((kind) => engineMissing(kind) === null);
const stream = RandomStream.of(4, 'disorder');
const signs = (): number[] => Array.from({ length: N }, () => stream.sign());
const glass = { kind: 'dense', data: Array.from(sherringtonKirkpatrick(N, stream)) };
const memories = { kind: 'memories', patterns: [signs(), signs(), signs()] };
const drives = [
  {
    pattern: signs(),
    amplitude: [
      [0, 0],
      [0.4, 0],
      [0.4, 0.3],
      [0.9, 0.3],
      [1.3, 0],
    ],
  },
];

function course(
  document: object,
  engine: EngineKind,
  algorithm: string | null = null,
): {
  states: number[][];
  rows: object[];
  ledgers: ShotLedger[];
  ran: string;
  program: ResolvedProgram;
} {
  const program = resolveDocument(
    { version: 1, sites: N, duration: 2, shots: 3, seed: 7, readout: { every: 0.23 }, ...document },
    cavityDescriptor('cavity-qed'),
  );
  const rows: object[] = [];
  const states: number[][] = [];
  const ledgers: ShotLedger[] = [];
  let ran = '';
  const { shots } = program;
  const times = readoutTimes(program);
  simulateHere(
    simulate,
    { program, parameters: {}, firstShot: 0, shots, times, algorithm },
    {
      readout: ({ energy, work, heat, step, state }) => {
        rows.push({ energy, work, heat });
        if (step === times.length - 1) states.push(Array.from(state));
      },
      shotEnd: (ledger) => ledgers.push(ledger),
      progress: () => undefined,
      algorithm: (name) => (ran = name),
    },
    engine,
  );
  return { states, rows, ledgers, ran, program };
}

const kinetic = (kernel: object, temperature = 0): object => ({
  dynamics: { fidelity: 'kinetic', kernel, temperature },
});
const DOCUMENTS: [string, object][] = [
  [
    'ohmic, T = 0.4, a drive that jumps and ramps',
    { couplings: glass, drives, ...kinetic({ kind: 'ohmic' }, 0.4) },
  ],
  ['ohmic at T = 0', { couplings: memories, ...kinetic({ kind: 'ohmic' }) }],
  ['dephased', { couplings: memories, drives, ...kinetic({ kind: 'dephased', width: 0.5 }) }],
  ['cavity', { couplings: glass, ...kinetic({ kind: 'cavity' }) }],
  ['power, p = 0', { couplings: glass, ...kinetic({ kind: 'power', p: 0 }) }],
  [
    'discrete, a drive that jumps and ramps',
    { couplings: glass, drives, dynamics: { rule: 'zero-temperature' } },
  ],
  ['discrete, memories', { couplings: memories, dynamics: { rule: 'zero-temperature' } }],
];

describe('flips of the cavity by events of a kernel', () => {
  it.each(DOCUMENTS)(
    'are the same on every engine, and close the first law: %s',
    (_name, document) => {
      const reference = course(document, 'reference');
      expect(reference.ran).toBe('events');
      for (const engine of here.slice(1)) {
        const { rows, states, ledgers } = course(document, engine);
        expect({ rows, states, ledgers }).toEqual({
          rows: reference.rows,
          states: reference.states,
          ledgers: reference.ledgers,
        });
      }
      for (const { work, heat, energyChange } of reference.ledgers) {
        expect(Math.abs(energyChange - work + heat)).toBeLessThan(1e-10 * N);
      }
    },
  );

  it('end where no flip lowers the energy, as a scan of all sites does', () => {
    for (const algorithm of [null, 'scan-of-sites']) {
      const { states, program } = course(
        { ...DOCUMENTS[6]![1], duration: 30, shots: 40 },
        here.at(-1)!,
        algorithm,
      );
      const model = createSpinModel(program.couplings as Parameters<typeof createSpinModel>[0], N);
      for (const state of states) {
        model.reset(Int8Array.from(state));
        for (let i = 0; i < N; i++) expect(state[i]! * model.field(i)).toBeGreaterThanOrEqual(0);
      }
    }
  });

  it('find the energies that a scan of all sites finds, in the mean', () => {
    const mean = (algorithm: string | null): [number, number] => {
      const { rows, program } = course(
        {
          couplings: glass,
          dynamics: { rule: 'zero-temperature' },
          shots: 400,
          duration: 0.4,
          readout: { every: 0.4 },
        },
        here.at(-1)!,
        algorithm,
      );
      const energies = rows
        .filter((_, k) => k % 2 === 1)
        .map((row) => (row as { energy: number }).energy);
      expect(energies.length).toBe(program.shots);
      const average = energies.reduce((a, b) => a + b, 0) / energies.length;
      const square = energies.reduce((a, b) => a + (b - average) ** 2, 0) / (energies.length - 1);
      return [average, square / energies.length];
    };
    const [a, va] = mean(null);
    const [b, vb] = mean('scan-of-sites');
    expect(Math.abs(a - b)).toBeLessThan(4 * Math.sqrt(va + vb));
  });
});
