import {
  explicitCircuit,
  explicitSteps,
  fillNormal,
  GROUP,
  LANE_STATE,
  type ExplicitCircuit,
  type Scheme,
} from '../../../kernels/index.js';
import { KNOB, type Knobs } from '../protocol.js';
import type { ColumnIntegrator, ColumnSetting, StiffStep } from './column-setting.js';
import { placeOf } from './layout.js';

/** Euler–Maruyama, Heun or Leimkuhler–Matthews for shots side by side. */
export class ExplicitColumns implements ColumnIntegrator {
  private circuit: ExplicitCircuit<Float64Array>;
  private h = 0;
  private coupling = 1;

  constructor(
    private readonly setting: ColumnSetting,
    private readonly scheme: Scheme,
  ) {
    const { engine, potential, groups, z, lanes } = setting;
    const { scratch } = engine;
    const { sites, J, own } = potential;
    this.circuit = explicitCircuit(scratch, {
      ...{ sites, groups, columns: groups * GROUP, J, own, z, lanes },
      constant: scratch.float64(sites),
      quadratic: scratch.float64(sites),
      quartic: scratch.float64(sites),
      amplitude: scratch.float64(sites),
      earlier: scheme === 'leimkuhler-matthews' ? scratch.float32(groups * sites * GROUP) : null,
    });
  }

  begin(shots: number): void {
    this.circuit = { ...this.circuit, columns: shots };
    const { earlier, lanes, sites, groups } = this.circuit;
    if (earlier === null) return;
    const size = sites * GROUP;
    for (let g = 0; g < groups; g++) {
      fillNormal(
        this.setting.engine,
        lanes.subarray(g * LANE_STATE, (g + 1) * LANE_STATE),
        earlier.subarray(g * size, (g + 1) * size),
      );
    }
  }

  prepare(h: number, knobs: Knobs): void {
    const { potential, setting } = this.setting.plan;
    const { constant, quadratic, quartic, amplitude, sites } = this.circuit;
    this.h = h;
    this.coupling = knobs[KNOB.coupling]!;
    constant.set(potential.fields);
    potential.drives.forEach((pattern, d) => {
      const A = knobs[KNOB.drives + d]!;
      for (let i = 0; i < sites; i++) constant[i]! += A * pattern[i]!;
    });
    for (let i = 0; i < sites; i++) {
      quadratic[i] = 2 * (potential.quadratic[i]! + knobs[KNOB.quadratic]!);
      quartic[i] = 4 * (potential.quartic[i]! + knobs[KNOB.quartic]!);
      const T = setting.temperatures === null ? knobs[KNOB.temperature]! : setting.temperatures[i]!;
      amplitude[i] = Math.sqrt(2 * T * h);
    }
  }

  advance(steps: number): StiffStep | null {
    const { circuit, h, coupling, scheme } = this;
    const { engine, plan } = this.setting;
    const limit = plan.setting.stiffestStep;
    const failed = explicitSteps(engine, circuit, scheme, h, coupling, steps, limit);
    return failed < 0 ? null : this.locate(failed);
  }

  private locate(failed: number): StiffStep {
    const { sites, groups, columns, z, quartic } = this.circuit;
    const step = Math.floor(failed / groups);
    const first = (failed % groups) * GROUP;
    const worst = { column: first, site: 0, stiffness: -1 };
    for (let c = first; c < Math.min(first + GROUP, columns); c++) {
      for (let i = 0; i < sites; i++) {
        const stiffness = quartic[i]! * z[placeOf(sites, i, c)]! ** 2;
        if (stiffness > worst.stiffness) Object.assign(worst, { column: c, site: i, stiffness });
      }
    }
    return { step, column: worst.column, site: worst.site };
  }
}
