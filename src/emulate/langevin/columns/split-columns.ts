import {
  flowRows,
  GROUP,
  linearRows,
  multiplyGroups,
  normalRows,
  pack,
  pack64,
  packTransposed64,
  type LinearRows,
  type Panels,
} from '../../../kernels/index.js';
import { linearStep, splittingOf, type Splitting } from '../integrators.js';
import { LocalFlow } from '../local-flow.js';
import { SitewiseOrnsteinUhlenbeck, UniformOrnsteinUhlenbeck } from '../ornstein-uhlenbeck.js';
import { KNOB, type Knobs } from '../protocol.js';
import type { ColumnIntegrator, ColumnSetting, StiffStep } from './column-setting.js';

/**
 * The splitting for shots side by side: half the single-site flow, the exact linear step in the eigenmodes (two matrix
 * products, decay, push and noise between them), half the flow. What the clamped sites give a shot is pushed column by column.
 */
export class SplitColumns implements ColumnIntegrator {
  private readonly splitting: Splitting;
  private readonly linear: UniformOrnsteinUhlenbeck | SitewiseOrnsteinUhlenbeck;
  private readonly flow: LocalFlow;
  private readonly fullFlow: LocalFlow;
  private readonly force: Float64Array;
  private readonly toModes: Panels<Float64Array>;
  private readonly fromModes: Panels<Float64Array>;
  /** Cholesky factor of the modes' noise, where sites have temperatures of their own. */
  private readonly factor: Panels<Float64Array> | null;
  private readonly modeRows: LinearRows;
  /** Of everything beside the listed modes. */
  private readonly restRows: LinearRows;
  private readonly coefficients: Float64Array;
  private readonly noise: Float64Array;
  private readonly modeNoise: Float64Array;
  /** Fields of the clamped sites in the modes; null: nothing is clamped. */
  private readonly ownModes: Float64Array | null;
  private coupling = 1;
  private local = { h: NaN, quartic: NaN };

  constructor(private readonly setting: ColumnSetting) {
    const { engine, plan, groups, potential } = setting;
    const { scratch } = engine;
    const { temperatures } = plan.setting;
    const fresh = (length: number): Float64Array => scratch.float64(length);
    this.splitting = splittingOf(plan.setting);
    const { modes } = this.splitting;
    const { sites, count, vectors } = modes;
    this.toModes = pack64(scratch, vectors, count, sites);
    this.fromModes = packTransposed64(scratch, vectors, count, sites);
    const spread = fresh(count);
    if (temperatures === null) {
      const linear = new UniformOrnsteinUhlenbeck(modes, fresh);
      this.linear = linear;
      this.factor = null;
      this.modeRows = { ...linear, push: linear.pushed };
    } else {
      const linear = new SitewiseOrnsteinUhlenbeck(modes, temperatures, fresh);
      this.linear = linear;
      this.factor = pack64(scratch, linear.factor, count, count);
      spread.fill(1);
      this.modeRows = {
        decay: linear.decay,
        push: linear.pushed,
        response: linear.response,
        spread,
      };
    }
    this.restRows = {
      decay: fresh(sites),
      push: this.linear instanceof UniformOrnsteinUhlenbeck ? this.linear.pushedRest : fresh(sites),
      spread: fresh(sites),
      response: fresh(sites),
    };
    this.flow = new LocalFlow(sites, fresh);
    this.fullFlow = new LocalFlow(sites, fresh);
    this.force = new Float64Array(sites);
    const columns = groups * GROUP;
    this.coefficients = fresh(count * columns);
    this.noise = fresh(sites * columns);
    this.modeNoise = this.noiseInModes ? this.noise : fresh(count * columns);
    this.ownModes = potential.own === null ? null : fresh(count * columns);
  }

  /** Whether noise is drawn in the modes themselves: all are listed, and each has its own. */
  private get noiseInModes(): boolean {
    return this.splitting.modes.background === null && this.factor === null;
  }

  begin(): void {
    const { engine, potential, groups } = this.setting;
    if (this.ownModes === null || this.splitting.modes.count === 0) return;
    multiplyGroups(engine, this.toModes, potential.own!, this.ownModes, groups);
  }

  prepare(h: number, knobs: Knobs): void {
    const { linear, local, restRows, factor, splitting } = this;
    const { potential } = this.setting.plan;
    const { deviation, flows } = splitting;
    const changed = linear.prepare(linearStep(splitting, h, knobs));
    if (linear instanceof UniformOrnsteinUhlenbeck) {
      if (changed) linear.rest(restRows);
    } else if (changed) {
      pack(linear.factor, factor!.rows, factor!.columns, factor!.data);
    }
    const quartic = knobs[KNOB.quartic]!;
    if (flows && (local.h !== h || local.quartic !== quartic)) {
      this.flow.prepare(h / 2, deviation, potential.quartic, quartic);
      this.fullFlow.prepare(h, deviation, potential.quartic, quartic);
      this.local = { h, quartic };
    }
    this.coupling = knobs[KNOB.coupling]!;
    potential.sharedForce(knobs, this.force);
    linear.push(this.force);
  }

  /** Two halves of the flow that follow each other are one. */
  advance(steps: number): StiffStep | null {
    const { flows } = this.splitting;
    if (flows) this.flowBy(this.flow);
    for (let s = 0; s < steps; s++) {
      this.linearStep();
      if (flows) this.flowBy(s + 1 < steps ? this.fullFlow : this.flow);
    }
    return null;
  }

  private flowBy({ decay, bend }: LocalFlow): void {
    const { engine, z, groups } = this.setting;
    flowRows(engine, z, decay, bend, groups);
  }

  private linearStep(): void {
    const { toModes, fromModes, factor, modeRows, restRows, coefficients, ownModes } = this;
    const { noise, modeNoise, coupling } = this;
    const { engine, z, lanes, groups, potential } = this.setting;
    const { count, sites, background } = this.splitting.modes;
    normalRows(engine, lanes, noise, sites, groups);
    if (count > 0) {
      if (factor !== null) multiplyGroups(engine, factor, noise, modeNoise, groups);
      else if (!this.noiseInModes) multiplyGroups(engine, toModes, noise, modeNoise, groups);
      multiplyGroups(engine, toModes, z, coefficients, groups);
      linearRows(
        engine,
        coefficients,
        coefficients,
        modeNoise,
        modeRows,
        ownModes,
        coupling,
        groups,
      );
    }
    if (background !== null) {
      linearRows(engine, z, z, noise, restRows, potential.own, coupling, groups);
    }
    if (count > 0) {
      multiplyGroups(engine, fromModes, coefficients, z, groups, 1, background === null ? 0 : 1);
    }
  }
}
