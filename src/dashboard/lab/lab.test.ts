import { describe, expect, it } from 'vitest';
import type { MemorySet } from '../api/documents.js';
import { MemoryShelf } from './memory-shelf.js';
import { factsOf, referencesOf, startOf, timeUnitOf } from './run-facts.js';

const A = [1, 1, -1, -1];
const B = [1, -1, 1, -1];
const C = [-1, -1, -1, 1];

function shelfOf(...sets: MemorySet[]): { shelf: MemoryShelf; read: string[] } {
  const read: string[] = [];
  const shelf = new MemoryShelf({
    memorySets: async () => ({
      items: sets.map((set) => ({
        ...set,
        builtin: true,
        patterns: set.patterns.length,
        description: null,
      })),
      next: null,
    }),
    memorySet: async (id) => {
      read.push(id);
      return sets.find((set) => set.id === id)!;
    },
  });
  return { shelf, read };
}
const set = (id: string, patterns: number[][], labels: string[], shape = [2, 2]): MemorySet => ({
  id,
  name: id,
  shape,
  labels,
  patterns,
});

describe('the memory shelf', () => {
  it('names references by the smallest set that has them all', async () => {
    const { shelf, read } = shelfOf(
      set('all', [A, B, C], ['a', 'b', 'c']),
      set('some', [B, A], ['b', 'a']),
      set('wide', [[1, 1, 1, 1, 1]], ['w'], [5]),
    );
    expect(await shelf.find([A, B])).toEqual({
      set: 'some',
      shape: [2, 2],
      labels: ['a', 'b'],
      ink: 1,
    });
    expect((await shelf.find([C]))?.set).toBe('all');
    expect(await shelf.find([[1, 1, 1, 1]])).toBeNull();
    expect(read.sort()).toEqual(['all', 'some']);
  });
});

describe('the facts of a run', () => {
  const program = {
    sites: 4,
    duration: 1,
    shots: 9,
    couplings: { kind: 'memories', patterns: [A, B] },
    initial: { kind: 'corrupted', values: B, flips: 1 },
  };

  it('come out of its start document', () => {
    const documents = [
      { kind: 'descriptor', document: {} },
      {
        kind: 'start',
        document: { program: { hash: 'sha256:0', rule: 'hebb', document: program } },
      },
    ];
    expect(startOf(documents)).toEqual({ rule: 'hebb', document: program });
    expect(startOf([])).toBeNull();
  });

  it('tell target, flips and names, numbers where there are no names', () => {
    const facts = factsOf({ rule: 'hebb', document: program }, null);
    expect(facts).toMatchObject({ target: 1, flips: 1, shots: 9, labels: ['0', '1'], shape: null });
    const known = { set: 'x', shape: [2, 2], labels: ['p', 'q'], ink: -1 as const };
    expect(factsOf({ rule: null, document: program }, known)).toMatchObject({
      labels: ['p', 'q'],
      ink: -1,
      set: 'x',
    });
  });

  it('take the references that the program names before its memories', () => {
    expect(referencesOf({ ...program, references: [C] })).toEqual([C]);
    expect(
      factsOf({ rule: null, document: { ...program, references: [C] } }, null).target,
    ).toBeNull();
  });
});

describe('the unit of time', () => {
  const named = (name: string) => ({ time: { name } });
  const descriptor = {
    model: '',
    units: named('N flips'),
    byFidelity: { kinetic: { units: named('1/Γ0') }, other: {} },
  };
  it('is that of the fidelity that the program names', () => {
    const program = { sites: 1, duration: 1, dynamics: { fidelity: 'kinetic' } };
    const { fidelity } = factsOf({ document: program, rule: null }, null);
    expect(timeUnitOf(descriptor, fidelity)).toBe('1/Γ0');
    expect(timeUnitOf(descriptor, 'other')).toBe('N flips');
    expect(timeUnitOf(descriptor, null)).toBe('N flips');
    expect(timeUnitOf(null, null)).toBe('');
  });
});
