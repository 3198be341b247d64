import {
  GROUP,
  linearRows,
  multiplyGroups,
  normalRows,
  pack,
  pack64,
  type LinearRows,
  type Panels,
} from '../../../kernels/index.js';
import type { ColumnIntegrator, ColumnSetting } from '../../langevin/columns/column-setting.js';
import { KNOB, type Knobs } from '../../langevin/protocol.js';
import { CoupledSteps } from '../coupled-steps.js';
import type { RlcPlan } from '../rlc-plan.js';

/** Positions and velocities, in turn. */
const HALVES = [0, 1] as const;

/** `CoupledOscillators` for shots side by side: the matrix exponential of (x, v), N × N block by block. */
export class CoupledColumns implements ColumnIntegrator {
  private readonly exact: CoupledSteps;
  /** Blocks [to][from] of x and v. */
  private readonly propagator: readonly (readonly Panels<Float64Array>[])[];
  private readonly factor: readonly (readonly Panels<Float64Array>[])[];
  /** What x and v get of a force. */
  private readonly response: readonly Panels<Float64Array>[];
  /** What all shots get over a step, and what each gets of its clamped sites. */
  private readonly pushes: readonly LinearRows[];
  private readonly owns: readonly Float64Array[] | null;
  private readonly force: Float64Array;
  private readonly noise: readonly Float64Array[];
  private readonly state: readonly Float64Array[];
  private readonly moved: Float64Array;
  private readonly next: readonly Float64Array[];
  private coupling = 1;

  constructor(private readonly setting: ColumnSetting<RlcPlan>) {
    const { engine, plan, groups, potential, state } = setting;
    const { scratch } = engine;
    const { sites } = potential;
    this.exact = new CoupledSteps(plan.setting);
    const block = (): Panels<Float64Array> =>
      pack64(scratch, new Float64Array(sites * sites), sites, sites);
    this.propagator = HALVES.map(() => HALVES.map(block));
    this.factor = HALVES.map(() => HALVES.map(block));
    this.response = HALVES.map(block);
    this.pushes = HALVES.map(() => ({
      decay: scratch.float64(sites),
      push: scratch.float64(sites),
      spread: scratch.float64(sites),
      response: scratch.float64(sites).fill(1),
    }));
    const size = groups * sites * GROUP;
    const array = (): Float64Array => scratch.float64(size);
    this.owns = potential.own === null ? null : HALVES.map(array);
    this.force = new Float64Array(sites);
    this.noise = HALVES.map(array);
    this.state = halvesOf(state);
    this.moved = scratch.float64(2 * size);
    this.next = halvesOf(this.moved);
  }

  begin(): void {
    this.takeOwn();
  }

  prepare(h: number, knobs: Knobs): void {
    const { exact, setting, force, pushes, propagator, factor, response } = this;
    const { sites } = setting.potential;
    this.coupling = knobs[KNOB.coupling]!;
    if (exact.prepare(h, knobs)) {
      for (const to of HALVES) {
        for (const from of HALVES) {
          packBlock(exact.propagator, sites, to, from, propagator[to]![from]!);
          packBlock(exact.factor, sites, to, from, factor[to]![from]!);
        }
        packBlock(exact.response, sites, to, 1, response[to]!);
      }
      this.takeOwn();
    }
    setting.plan.potential.sharedForce(knobs, force);
    for (const to of HALVES) {
      for (let i = 0; i < sites; i++) {
        const row = (to * sites + i) * 2 * sites + sites;
        let sum = 0;
        for (let j = 0; j < sites; j++) sum += exact.response[row + j]! * force[j]!;
        pushes[to]!.push[i] = sum;
      }
    }
  }

  advance(steps: number): null {
    const { setting, propagator, factor, exact, noise, state, moved, next, pushes, owns } = this;
    const { engine, lanes, groups, potential } = setting;
    for (let s = 0; s < steps; s++) {
      for (const xi of noise) normalRows(engine, lanes, xi, potential.sites, groups);
      for (const to of HALVES) {
        const out = next[to]!;
        const own = owns?.[to] ?? null;
        linearRows(engine, out, state[to]!, noise[to]!, pushes[to]!, own, this.coupling, groups);
        for (const from of HALVES) {
          multiplyGroups(engine, propagator[to]![from]!, state[from]!, out, groups, 1, 1);
          // The factor of the noise is a lower triangle.
          if (from > to) continue;
          multiplyGroups(engine, factor[to]![from]!, noise[from]!, out, groups, exact.scale, 1);
        }
      }
      setting.state.set(moved);
    }
    return null;
  }

  /** What the clamped sites give to x and v over a step, but for the coupling factor. */
  private takeOwn(): void {
    const { engine, potential, groups } = this.setting;
    if (this.owns === null) return;
    for (const to of HALVES) {
      multiplyGroups(engine, this.response[to]!, potential.own!, this.owns[to]!, groups);
    }
  }
}

const halvesOf = (state: Float64Array): readonly Float64Array[] => [
  state.subarray(0, state.length / 2),
  state.subarray(state.length / 2),
];

/** Packs the block (to, from) of a 2n × 2n matrix. */
function packBlock(
  matrix: Float64Array,
  n: number,
  to: number,
  from: number,
  into: Panels<Float64Array>,
): void {
  const block = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const start = (to * n + i) * 2 * n + from * n;
    block.set(matrix.subarray(start, start + n), i * n);
  }
  pack(block, n, n, into.data);
}
