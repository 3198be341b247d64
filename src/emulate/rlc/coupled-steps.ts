import { Matrix } from 'ml-matrix';
import { generalOrnsteinUhlenbeck } from '../langevin/general-ornstein-uhlenbeck.js';
import { choleskyInPlace } from '../langevin/ornstein-uhlenbeck.js';
import { KNOB, type Knobs } from '../langevin/protocol.js';
import type { RlcSetting } from './rlc-integrator.js';

/** The exact step of linear cells that differ in friction or temperature, as matrices of all 2N variables, x before v. */
export class CoupledSteps {
  /** Largest sum of |A| over a row: a bound of its largest |eigenvalue|. */
  readonly stiffness: number;
  /** 2N × 2N, row-major. */
  propagator = new Float64Array(0);
  /** What a constant drift adds. */
  response = new Float64Array(0);
  /** Lower Cholesky factor of the noise's covariance, at T = 1 where one temperature may change. */
  readonly factor: Float64Array;
  /** What {@link factor} is to be multiplied by. */
  scale = 1;
  private readonly A: Matrix;
  private readonly D: Matrix;
  private h = NaN;

  constructor(private readonly setting: RlcSetting) {
    const { potential, friction, temperatures, knobs } = setting;
    const { sites, quadratic } = potential;
    const c = knobs[KNOB.coupling]!;
    this.A = Matrix.zeros(2 * sites, 2 * sites);
    this.D = Matrix.zeros(2 * sites, 2 * sites);
    const J = potential.coupling.toDense();
    let largest = 0;
    for (let i = 0; i < sites; i++) {
      this.A.set(i, sites + i, -1);
      let sum = 0;
      for (let j = 0; j < sites; j++) {
        const own = i === j ? 2 * (quadratic[i]! + knobs[KNOB.quadratic]!) : 0;
        const entry = own - c * J[i * sites + j]!;
        this.A.set(sites + i, j, entry);
        sum += Math.abs(entry);
      }
      largest = Math.max(largest, sum);
      this.A.set(sites + i, sites + i, friction[i]!);
      // One temperature may change: its noise is that of T = 1, scaled.
      const T = temperatures === null ? 1 : temperatures[i]!;
      this.D.set(sites + i, sites + i, 2 * friction[i]! * T);
    }
    this.stiffness = largest;
    this.factor = new Float64Array(4 * sites * sites);
  }

  /** @returns whether the matrices have changed */
  prepare(h: number, knobs: Knobs): boolean {
    const { setting, factor } = this;
    this.scale = setting.temperatures === null ? Math.sqrt(knobs[KNOB.temperature]!) : 1;
    if (h === this.h) return false;
    this.h = h;
    const size = 2 * setting.potential.sites;
    const step = generalOrnsteinUhlenbeck(this.A, this.D, h);
    this.propagator = Float64Array.from(step.propagator.to1DArray());
    this.response = Float64Array.from(step.response.to1DArray());
    factor.set(step.covariance.to1DArray());
    choleskyInPlace(factor, size);
    // Its upper triangle is left as it was.
    for (let i = 0; i < size; i++) factor.fill(0, i * size + i + 1, (i + 1) * size);
    return true;
  }
}
