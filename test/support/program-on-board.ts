import {
  readoutTimes,
  resolveProgram,
  type Descriptor,
  type Program,
  type SampleChunk,
} from '../../src/device/index.js';
import type { CircuitProfile } from '../../firmware-sim/circuit/circuit-profile.js';
import { ComponentBoard } from '../../firmware-sim/circuit/component-board.js';
import type { Curve } from '../../firmware-sim/program-image.js';

const curveOf = (points: Float64Array): Curve => ({
  times: Float64Array.from({ length: points.length / 2 }, (_, k) => points[2 * k]!),
  values: Float64Array.from({ length: points.length / 2 }, (_, k) => points[2 * k + 1]!),
});

/** What a board calls a start; none of them is an equilibrium. */
const START = {
  pattern: 'values',
  corrupted: 'corrupted',
  random: 'random',
  zero: 'zero',
  equilibrium: 'zero',
} as const;

/** Runs a program on the simulator's board in this process, without firmware, line or clock; each shot is a chunk, with the states of its last row or of all. */
export function runProgramOnBoard(
  profile: CircuitProfile,
  serial: string,
  descriptor: Descriptor,
  asked: Program,
  seed: number,
  onSamples: (chunk: SampleChunk) => void,
  statesOf: 'last' | 'all' = 'last',
): void {
  const program = resolveProgram(asked, descriptor, seed);
  const board = new ComponentBoard(profile, serial, () => 0);
  const { sites: n, couplings, wells, drives, controls, initial, dynamics, references } = program;
  const J = new Float64Array(n * n);
  if (couplings.kind === 'dense') J.set(couplings.data);
  else if (couplings.kind === 'coo') {
    for (let k = 0; k < couplings.entries.length; k += 3) {
      const [i, j, value] = couplings.entries.slice(k, k + 3) as unknown as number[];
      J[i! * n + j!] = J[j! * n + i!] = value!;
    }
  }
  const { temperature } = dynamics;
  board.apply({
    n,
    couplings: J,
    fields: program.fields,
    quadratic: wells!.quadratic,
    quartic: wells!.quartic,
    drives: drives.map(({ pattern, amplitude }, index) => ({
      index,
      pattern,
      amplitude: curveOf(amplitude),
    })),
    controls: Object.fromEntries(
      Object.entries(controls).map(([name, curve]) => [name, curveOf(curve)]),
    ),
    initial: 'values' in initial ? Float64Array.from(initial.values) : null,
    nodeTemperature: temperature instanceof Float64Array ? temperature : null,
  });
  const times = readoutTimes(program);
  const rows = times.length;
  for (let shot = 0; shot < program.shots; shot++) {
    const state = new Float64Array(rows * n);
    const work = new Float64Array(rows);
    const heat = new Float64Array(rows);
    board.beginShot({
      seed,
      shot,
      times,
      duration: program.duration,
      temperature: typeof temperature === 'number' ? temperature : 1,
      initial: START[initial.kind],
      flips: initial.kind === 'corrupted' ? initial.flips : 0,
      run: 1,
    });
    let isOver = false;
    while (!isOver) {
      isOver = board.advance(1e9, (k, readout) => {
        for (let i = 0; i < n; i++) state[k * n + i] = readout.codes[i]! * board.stateScale;
        work[k] = readout.work;
        heat[k] = readout.heat;
      });
    }
    const overlaps = new Float64Array(rows * references.length);
    for (let k = 0; k < rows; k++) {
      references.forEach((reference, mu) => {
        let sum = 0;
        for (let i = 0; i < n; i++) sum += reference[i]! * Math.sign(state[k * n + i]!);
        overlaps[k * references.length + mu] = sum / n;
      });
    }
    onSamples({
      firstRow: shot * rows,
      rows,
      shot: new Int32Array(rows).fill(shot),
      step: Int32Array.from({ length: rows }, (_, k) => k),
      t: times,
      energy: null,
      work,
      heat,
      overlaps,
      stateRows:
        statesOf === 'all'
          ? Int32Array.from({ length: rows }, (_, k) => k)
          : Int32Array.of(rows - 1),
      state: statesOf === 'all' ? state : state.subarray((rows - 1) * n),
    });
  }
}
