import type { RandomStream } from '../../core/index.js';
import type { Engine } from '../../kernels/index.js';
import { LocalFlow } from './local-flow.js';
import {
  LINEAR_STEP,
  SitewiseOrnsteinUhlenbeck,
  UniformOrnsteinUhlenbeck,
  type OrnsteinUhlenbeck,
} from './ornstein-uhlenbeck.js';
import { linearModes, spectrum, type LinearModes } from './linear-modes.js';
import type { Potential } from './potential.js';
import { KNOB, type Knobs } from './protocol.js';

export const INTEGRATORS = [
  'auto',
  'exact',
  'strang',
  'euler-maruyama',
  'heun',
  'leimkuhler-matthews',
] as const;
export type IntegratorName = Exclude<(typeof INTEGRATORS)[number], 'auto'>;

/** The explicit schemes refuse a step in which 4 r x² dt is above this: they would soon diverge. */
export const STIFFEST_EXPLICIT_STEP = 0.5;

/** One way of moving the free sites by a step at fixed knobs. */
export interface Integrator {
  readonly name: IntegratorName;
  /** Largest rate of the linear part (|eigenvalue| or a bound), which the default step goes by. */
  readonly stiffness: number;
  /** Sets the step's length and knobs; cheap where neither has changed. */
  prepare(h: number, knobs: Knobs): void;
  /** Starts a shot; only of schemes that remember something from step to step. */
  begin?(stream: RandomStream): void;
  /** Takes products on an engine from now on, until its scratch is taken back. */
  accelerate?(engine: Engine): void;
  /**
   * @param noise one standard normal number a free site
   * @returns −1, or the free site whose quartic force is too stiff for the step
   */
  advance(z: Float64Array, noise: Float64Array): number;
}

/** What an integrator is made for. */
export interface IntegratorSetting {
  readonly potential: Potential;
  /** One a free site; null where all have the temperature of the knobs. */
  readonly temperatures: Float64Array | null;
  /** Knobs at 0⁻. */
  readonly knobs: Knobs;
  /** Whether the coupling factor changes during the run. */
  readonly couplingVaries: boolean;
  /** Largest coupling factor of the run. */
  readonly mostCoupling: number;
  /** Explicit schemes refuse steps in which 4 r x² dt is above this. */
  readonly stiffestStep: number;
}

/** Which integrator `auto` is: the exact one where the potential is quadratic, else the Strang splitting. */
export function chooseIntegrator(setting: IntegratorSetting): IntegratorName {
  return isLinear(setting.potential) && eigenbasisStays(setting) ? 'exact' : 'strang';
}

export function makeIntegrator(name: IntegratorName, setting: IntegratorSetting): Integrator {
  switch (name) {
    case 'exact':
    case 'strang':
      return new SplitIntegrator(name, setting);
    case 'euler-maruyama':
      return new EulerMaruyama(setting);
    case 'heun':
      return new Heun(setting);
    case 'leimkuhler-matthews':
      return new LeimkuhlerMatthews(setting);
  }
}

export function isLinear(potential: Potential): boolean {
  return !potential.quarticControlled && potential.quartic.every((r) => r === 0);
}

/** Whether A = 2 diag(q) − c J keeps its eigenvectors during the run. */
function eigenbasisStays({ potential, couplingVaries }: IntegratorSetting): boolean {
  return !couplingVaries || sameEverywhere(potential.quadratic);
}

const sameEverywhere = (values: Float64Array): boolean => values.every((v) => v === values[0]);

/** How the potential is divided between the modes and the single-site flow. */
export interface Splitting {
  readonly modes: LinearModes;
  /** The wells lie in the modes' matrix together with the couplings. */
  readonly wellsInside: boolean;
  /** Quadratic well that all sites have beside the modes' matrix. */
  readonly meanWell: number;
  /** Rest of each quadratic well, for the flow; null: nothing. */
  readonly deviation: Float64Array | null;
  /** Whether there is anything for the flow. */
  readonly flows: boolean;
  /** By {@link LINEAR_STEP}, as of the last {@link linearStep}. */
  readonly step: Float64Array;
}

/**
 * Where the coupling factor changes and the quadratic wells differ from site to site, the eigenvectors of A would
 * change with time; then A keeps the mean well only, and the rest of each well goes with the single-site flow.
 */
export function splittingOf(setting: IntegratorSetting): Splitting {
  const { potential, temperatures, knobs } = setting;
  const { sites, quadratic } = potential;
  const matrix = potential.coupling.toDense();
  const same = sameEverywhere(quadratic);
  const wellsInside = !same && !setting.couplingVaries;
  if (wellsInside) {
    const c = knobs[KNOB.coupling]!;
    for (let k = 0; k < matrix.length; k++) matrix[k]! *= c;
    for (let i = 0; i < sites; i++) matrix[i * sites + i]! -= 2 * quadratic[i]!;
  }
  let meanWell = wellsInside ? 0 : quadratic.reduce((a, b) => a + b, 0) / Math.max(1, sites);
  if (same && sites > 0) meanWell = quadratic[0]!;
  const deviation = wellsInside || same ? null : quadratic.map((q) => q - meanWell);
  return {
    modes: linearModes(matrix, sites, temperatures !== null),
    wellsInside,
    meanWell,
    deviation,
    flows: !isLinear(potential) || deviation !== null,
    step: new Float64Array(Object.keys(LINEAR_STEP).length),
  };
}

/** The linear part's step of length h, by {@link LINEAR_STEP}; the same array each time. */
export function linearStep(
  { step, wellsInside, meanWell }: Splitting,
  h: number,
  knobs: Knobs,
): Float64Array {
  step[LINEAR_STEP.h] = h;
  step[LINEAR_STEP.base] = wellsInside ? 0 : 2 * (meanWell + knobs[KNOB.quadratic]!);
  step[LINEAR_STEP.factor] = wellsInside ? 1 : knobs[KNOB.coupling]!;
  step[LINEAR_STEP.temperature] = knobs[KNOB.temperature]!;
  return step;
}

/**
 * C–O–C (Strang) splitting: half the exact single-site flow of the quartic wells, the exact Ornstein–Uhlenbeck step
 * of everything linear (couplings, fields, drives, noise), half the single-site flow. Second order, stable at any
 * step. Without quartic wells the flow is the identity and the step exact.
 */
class SplitIntegrator implements Integrator {
  readonly stiffness: number;
  private readonly linear: OrnsteinUhlenbeck;
  private readonly flow: LocalFlow;
  private readonly force: Float64Array;
  private readonly splitting: Splitting;
  private local = { h: NaN, quartic: NaN };

  constructor(
    readonly name: 'exact' | 'strang',
    private readonly setting: IntegratorSetting,
  ) {
    const { potential, temperatures, knobs } = setting;
    const { sites } = potential;
    this.splitting = splittingOf(setting);
    const { modes, wellsInside, meanWell, deviation } = this.splitting;
    this.linear =
      temperatures === null
        ? new UniformOrnsteinUhlenbeck(modes)
        : new SitewiseOrnsteinUhlenbeck(modes, temperatures);
    this.flow = new LocalFlow(sites);
    this.force = new Float64Array(sites);
    const { least, most } = spectrum(modes);
    const reach = wellsInside ? 1 : setting.mostCoupling;
    const well = 2 * (potential.quadraticControlled ? knobs[KNOB.quadratic]! : meanWell);
    this.stiffness = Math.max(
      Math.abs(well - reach * least),
      Math.abs(well - reach * most),
      2 * (deviation ?? new Float64Array(0)).reduce((a, b) => Math.max(a, Math.abs(b)), 0),
    );
  }

  prepare(h: number, knobs: Knobs): void {
    const { potential } = this.setting;
    const { local, splitting } = this;
    const { deviation, flows } = splitting;
    this.linear.prepare(linearStep(splitting, h, knobs));
    const quartic = knobs[KNOB.quartic]!;
    if (flows && (local.h !== h || local.quartic !== quartic)) {
      this.flow.prepare(h / 2, deviation, potential.quartic, quartic);
      this.local = { h, quartic };
    }
    potential.constantForce(knobs, this.force);
    this.linear.push(this.force);
  }

  accelerate(engine: Engine): void {
    this.linear.accelerate(engine);
  }

  advance(z: Float64Array, noise: Float64Array): number {
    const { flows } = this.splitting;
    if (flows) this.flow.advance(z);
    this.linear.advance(z, noise);
    if (flows) this.flow.advance(z);
    return -1;
  }
}

/** What the explicit schemes share: the whole force, and the guard against steps that are too long. */
abstract class ExplicitIntegrator implements Integrator {
  abstract readonly name: IntegratorName;
  readonly stiffness: number;
  protected h = 0;
  protected readonly constant: Float64Array;
  protected readonly amplitude: Float64Array;
  protected readonly drift: Float64Array;
  private coupling = 1;
  private quadraticForAll = 0;
  private quarticForAll = 0;

  constructor(protected readonly setting: IntegratorSetting) {
    const { potential, mostCoupling, knobs } = setting;
    this.constant = new Float64Array(potential.sites);
    this.amplitude = new Float64Array(potential.sites);
    this.drift = new Float64Array(potential.sites);
    const well = potential.quadratic.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    this.stiffness =
      2 * (well + Math.abs(knobs[KNOB.quadratic]!)) +
      mostCoupling * potential.coupling.largestRowSum();
  }

  prepare(h: number, knobs: Knobs): void {
    const { potential, temperatures } = this.setting;
    this.h = h;
    this.coupling = knobs[KNOB.coupling]!;
    this.quadraticForAll = knobs[KNOB.quadratic]!;
    this.quarticForAll = knobs[KNOB.quartic]!;
    potential.constantForce(knobs, this.constant);
    const T = knobs[KNOB.temperature]!;
    for (let i = 0; i < this.amplitude.length; i++) {
      this.amplitude[i] = Math.sqrt(2 * (temperatures === null ? T : temperatures[i]!) * h);
    }
  }

  abstract advance(z: Float64Array, noise: Float64Array): number;

  /** out = −∂V at z. @returns as {@link Integrator.advance} */
  protected forceAt(z: Float64Array, out: Float64Array): number {
    const { potential, stiffestStep } = this.setting;
    const { quadratic, quartic } = potential;
    const { constant, coupling, quadraticForAll, quarticForAll, h } = this;
    potential.coupling.product(z, out);
    let stiff = -1;
    for (let i = 0; i < z.length; i++) {
      const x = z[i]!;
      const cubic = 4 * (quartic[i]! + quarticForAll) * x * x;
      if (cubic * h > stiffestStep) stiff = i;
      out[i] =
        constant[i]! + coupling * out[i]! - 2 * (quadratic[i]! + quadraticForAll) * x - cubic * x;
    }
    return stiff;
  }
}

/** x' = x + F(x) h + √(2Th) ξ, all sites at once: weak order 1; the published recipe's scheme. */
class EulerMaruyama extends ExplicitIntegrator {
  readonly name = 'euler-maruyama';

  advance(z: Float64Array, noise: Float64Array): number {
    const { h, amplitude, drift } = this;
    const stiff = this.forceAt(z, drift);
    if (stiff >= 0) return stiff;
    for (let i = 0; i < z.length; i++) z[i]! += h * drift[i]! + amplitude[i]! * noise[i]!;
    return -1;
  }
}

/** Predictor by Euler–Maruyama, corrector by the mean of both forces, one noise: weak order 2 for additive noise. */
class Heun extends ExplicitIntegrator {
  readonly name = 'heun';
  private readonly predicted = new Float64Array(this.drift.length);
  private readonly later = new Float64Array(this.drift.length);

  advance(z: Float64Array, noise: Float64Array): number {
    const { h, amplitude, drift, predicted, later } = this;
    const stiff = this.forceAt(z, drift);
    if (stiff >= 0) return stiff;
    for (let i = 0; i < z.length; i++) {
      predicted[i] = z[i]! + h * drift[i]! + amplitude[i]! * noise[i]!;
    }
    const stiffLater = this.forceAt(predicted, later);
    if (stiffLater >= 0) return stiffLater;
    for (let i = 0; i < z.length; i++) {
      z[i]! += 0.5 * h * (drift[i]! + later[i]!) + amplitude[i]! * noise[i]!;
    }
    return -1;
  }
}

/**
 * x' = x + F(x) h + √(2Th) ½(ξ + ξ'), with the noise of the step before (Leimkuhler & Matthews, AMRX 2013, 34): the limit of BAOAB
 * for strong friction. Stationary averages of second order for one force a step, exact in the variance of linear wells;
 * but increments are correlated from step to step, so nothing that is a sum over the path means anything: no heat, no work.
 */
class LeimkuhlerMatthews extends ExplicitIntegrator {
  readonly name = 'leimkuhler-matthews';
  private readonly earlier = new Float64Array(this.drift.length);

  begin(stream: RandomStream): void {
    stream.fillNormal(this.earlier, this.earlier.length);
  }

  advance(z: Float64Array, noise: Float64Array): number {
    const { h, amplitude, drift, earlier } = this;
    const stiff = this.forceAt(z, drift);
    if (stiff >= 0) return stiff;
    for (let i = 0; i < z.length; i++) {
      z[i]! += h * drift[i]! + 0.5 * amplitude[i]! * (earlier[i]! + noise[i]!);
    }
    earlier.set(noise);
    return -1;
  }
}
