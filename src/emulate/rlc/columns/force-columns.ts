import {
  GROUP,
  oscillators,
  oscillatorSteps,
  pack64,
  packTransposed64,
  type Allocator,
  type Oscillators,
  type OscillatorScheme,
} from '../../../kernels/index.js';
import type {
  ColumnIntegrator,
  ColumnSetting,
  StiffStep,
} from '../../langevin/columns/column-setting.js';
import type { ColumnPotential } from '../../langevin/columns/column-potential.js';
import { placeOf } from '../../langevin/columns/layout.js';
import type { CouplingMatrix } from '../../langevin/coupling-matrix.js';
import { KNOB, type Knobs } from '../../langevin/protocol.js';
import { couplingForm } from '../coupling-form.js';
import type { RlcPlan } from '../rlc-plan.js';

/** BAOAB or Euler–Maruyama for shots side by side: what `Baoab` and `EulerMaruyama` are to one. */
export class ForceColumns implements ColumnIntegrator {
  private all: Oscillators;
  private readonly limit: number;
  /** What is left out of J x, as a well of that much more; see {@link couplingForm}. */
  private readonly background: number;
  /** Whether J x is taken for the ledger as well. */
  private readonly sharesField: boolean;
  private h = NaN;
  private temperature = NaN;
  private coupling = 1;
  private stale = true;

  constructor(
    private readonly setting: ColumnSetting<RlcPlan>,
    private readonly scheme: OscillatorScheme,
  ) {
    const { engine, potential, groups, state, z, lanes } = setting;
    const { scratch } = engine;
    const { sites, own } = potential;
    const { coupling, quartic, quarticControlled } = setting.plan.potential;
    const { J, background } = placeCouplings(scratch, coupling, potential.J);
    this.background = background;
    this.sharesField = J === potential.J && scheme === 'baoab';
    const field = this.sharesField ? potential.field : scratch.float64(z.length);
    this.all = oscillators(scratch, {
      ...{ sites, groups, columns: groups * GROUP, J, own, lanes },
      ...{ x: z, v: state.subarray(z.length), field },
      constant: scratch.float64(sites),
      quadratic: scratch.float64(sites),
      quartic: scratch.float64(sites),
      decay: scratch.float64(sites),
      spread: scratch.float64(sites),
    });
    const linear = !quarticControlled && quartic.every((r) => r === 0);
    this.limit = linear ? Infinity : setting.plan.setting.stiffestStep;
  }

  begin(shots: number): void {
    this.all = { ...this.all, columns: shots };
    this.stale = true;
    this.setting.potential.fieldIsPresent = false;
  }

  prepare(h: number, knobs: Knobs): void {
    const { all, background } = this;
    const { potential } = this.setting.plan;
    const c = knobs[KNOB.coupling]!;
    this.coupling = c;
    potential.sharedForce(knobs, all.constant);
    for (let i = 0; i < all.sites; i++) {
      all.quadratic[i] = 2 * (potential.quadratic[i]! + knobs[KNOB.quadratic]!) - c * background;
      all.quartic[i] = 4 * (potential.quartic[i]! + knobs[KNOB.quartic]!);
    }
    this.prepareNoise(h, knobs[KNOB.temperature]!);
  }

  advance(steps: number): StiffStep | null {
    const { all, scheme, h, coupling, stale, limit } = this;
    const { engine, potential } = this.setting;
    const failed = oscillatorSteps(engine, all, scheme, h, coupling, steps, stale, limit);
    this.stale = false;
    potential.fieldIsPresent = this.sharesField;
    return failed < 0 ? null : this.locate(failed);
  }

  private prepareNoise(h: number, temperature: number): void {
    if (h === this.h && temperature === this.temperature) return;
    this.h = h;
    this.temperature = temperature;
    const { scheme, all } = this;
    const { friction, temperatures } = this.setting.plan.setting;
    for (let i = 0; i < friction.length; i++) {
      const T = temperatures === null ? temperature : temperatures[i]!;
      const gamma = friction[i]!;
      all.decay[i] = scheme === 'baoab' ? Math.exp(-gamma * h) : gamma;
      all.spread[i] = Math.sqrt(
        scheme === 'baoab' ? -T * Math.expm1(-2 * gamma * h) : 2 * gamma * T * h,
      );
    }
  }

  /** The site of the group that has failed whose force is the stiffest. */
  private locate(failed: number): StiffStep {
    const { sites, groups, columns, x, quartic } = this.all;
    const first = (failed % groups) * GROUP;
    const worst = { column: first, site: 0, stiffness: -1 };
    for (let c = first; c < Math.min(first + GROUP, columns); c++) {
      for (let i = 0; i < sites; i++) {
        const stiffness = quartic[i]! * x[placeOf(sites, i, c)]! ** 2;
        if (stiffness > worst.stiffness) Object.assign(worst, { column: c, site: i, stiffness });
      }
    }
    return { step: Math.floor(failed / groups), column: worst.column, site: worst.site };
  }
}

/**
 * Couplings in the form that their product is fastest in, and what of their diagonal is left out of it.
 * @param placed as they are there already
 */
function placeCouplings(
  scratch: Allocator,
  coupling: CouplingMatrix,
  placed: ColumnPotential['J'],
): { readonly J: Oscillators['J']; readonly background: number } {
  const { sites } = coupling;
  const form = couplingForm(coupling);
  if (form.kind === ('data' in placed ? 'matrix' : 'list')) return { J: placed, background: 0 };
  if (form.kind === 'matrix') {
    return { J: pack64(scratch, form.matrix, sites, sites), background: 0 };
  }
  if (form.kind === 'list') return { J: listed(scratch, coupling), background: 0 };
  const { modes, background } = form;
  const { vectors, values, count } = modes;
  const weighted = vectors.map((u, k) => (values[Math.floor(k / sites)]! - background) * u);
  return {
    J: {
      toModes: pack64(scratch, weighted, count, sites),
      fromModes: packTransposed64(scratch, vectors, count, sites),
    },
    background,
  };
}

/** What is not zero, in rows. */
function listed(scratch: Allocator, coupling: CouplingMatrix): Oscillators['J'] {
  const { sites } = coupling;
  const columns: number[] = [];
  const values: number[] = [];
  const starts = scratch.int32(sites + 1);
  for (let i = 0; i < sites; i++) {
    coupling.row(i, (j, J) => {
      if (J === 0) return;
      columns.push(j);
      values.push(J);
    });
    starts[i + 1] = columns.length;
  }
  const columnOf = scratch.int32(columns.length);
  columnOf.set(columns);
  const placed = scratch.float64(values.length);
  placed.set(values);
  return { rows: sites, columns: sites, starts, columnOf, values: placed };
}
