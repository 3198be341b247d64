import { describe, expect, it } from 'vitest';
import type { ParameterReading } from '../device/index.js';
import { parameterChanges } from './parameter-changes.js';

const reading = (name: string, value: number | null, readAt = '1'): ParameterReading => ({
  name,
  value,
  unit: 'K',
  readAt,
});

describe('parameterChanges', () => {
  it('lists what has changed, come or gone, and nothing for having been read later', () => {
    const before = [reading('same', 1), reading('up', 1), reading('gone', 2), reading('lost', 3)];
    const after = [
      reading('same', 1, '2'),
      reading('up', 1.5),
      reading('new', 4),
      reading('lost', null),
    ];
    expect(parameterChanges(before, after)).toEqual([
      { name: 'up', unit: 'K', before: 1, after: 1.5, difference: 0.5 },
      { name: 'gone', unit: 'K', before: 2, after: null, difference: null },
      { name: 'lost', unit: 'K', before: 3, after: null, difference: null },
      { name: 'new', unit: 'K', before: null, after: 4, difference: null },
    ]);
  });
});
