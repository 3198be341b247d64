import type { ParameterReading } from '../device/index.js';

/** A parameter that is not what it was when the run began. */
export interface ParameterChange {
  readonly name: string;
  readonly unit: string;
  /** null: it was not there, or could not be read. */
  readonly before: number | null;
  readonly after: number | null;
  /** after − before; null where one of them is. */
  readonly difference: number | null;
}

/** In what the snapshot at a run's end differs from the one at its start; when each was read is no difference. */
export function parameterChanges(
  before: readonly ParameterReading[],
  after: readonly ParameterReading[],
): ParameterChange[] {
  const [was, is] = [byName(before), byName(after)];
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((name) => {
    const [one, two] = [was.get(name), is.get(name)];
    const [x, y] = [one?.value ?? null, two?.value ?? null];
    if (Object.is(x, y) && one?.unit === two?.unit) return [];
    const difference = x === null || y === null ? null : y - x;
    return [{ name, unit: (two ?? one)!.unit, before: x, after: y, difference }];
  });
}

const byName = (readings: readonly ParameterReading[]): Map<string, ParameterReading> =>
  new Map(readings.map((reading) => [reading.name, reading]));
