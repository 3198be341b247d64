import { Matrix } from 'ml-matrix';
import { BOLTZMANN_J_PER_K, type RandomStream } from '../../core/index.js';
import { multiply, openEngine, pack64, type Engine, type Panels } from '../../kernels/index.js';
import { dot } from '../langevin/coupling-matrix.js';
import { generalOrnsteinUhlenbeck } from '../langevin/general-ornstein-uhlenbeck.js';
import { choleskyInPlace } from '../langevin/ornstein-uhlenbeck.js';
import type { LinearNetwork } from './linear-network.js';

/**
 * Exact samples of a network at equal intervals, with the heat into each resistor. Beside voltages and currents the charge
 * Θ_r that has gone through each resistor is followed, dΘ_r = g_r u·V dt − noise, which makes the step jointly Gaussian and exact;
 * heat is the Stratonovich sum Q_r += ½(u·V + u·V')ΔΘ_r. For resistors and capacitors alone that adds up to the
 * loss of stored energy exactly; steady currents read low by about (sum of two rates)·interval/2.
 */
export class NetworkSampler {
  /** Voltages of the nodes, then currents of the inductors: V, A. */
  readonly state: Float64Array;
  /** Into each resistor since {@link place}, J. */
  readonly heat: Float64Array;
  private readonly size: number;
  private readonly all: number;
  /** [Φ | L]: the propagator beside the factor of the noise, so that a step is one product. */
  private readonly step: Panels<Float64Array>;
  private readonly scales: Float64Array;
  /** u_r in natural units of V, row by row; and their products with Θ's unit, in J. */
  private readonly directions: Float64Array;
  private readonly energies: Float64Array;
  private readonly stationary: Float64Array;
  /** Without the charges, then the step's noise: what {@link step} is multiplied by. */
  private readonly input: Float64Array;
  private readonly present: Float64Array;
  private readonly noise: Float64Array;
  /** With what has gone through each resistor in the step. */
  private readonly next: Float64Array;

  /**
   * @param intervalS time between two samples
   * @param engine that multiplies; the default one where there is none at hand
   */
  constructor(
    private readonly network: LinearNetwork,
    intervalS: number,
    private readonly engine: Engine = openEngine(null),
  ) {
    const { resistors, scales, inverseCapacitance } = network;
    const n = network.nodes.length;
    const size = network.size;
    const all = size + resistors.length;
    const { A, D } = network.scaled();
    const extended = Matrix.zeros(all, all);
    const diffusion = Matrix.zeros(all, all);
    extended.setSubMatrix(A, 0, 0);
    diffusion.setSubMatrix(D, 0, 0);
    this.directions = new Float64Array(resistors.length * size);
    // Θ_r in units of √(k_B T C_r), C_r = 1/(u·C⁻¹u), where C_r is what the resistor sees.
    const kT = scales[0]! ** 2 * network.capacitance.get(0, 0);
    const charge = resistors.map((resistor) => {
      const u = Matrix.columnVector([...network.direction(resistor)]);
      return Math.sqrt(kT / u.transpose().mmul(inverseCapacitance).mmul(u).get(0, 0));
    });
    resistors.forEach((resistor, r) => {
      const u = network.direction(resistor);
      for (let i = 0; i < n; i++) {
        const along = u[i]! * scales[i]!;
        this.directions[r * size + i] = along;
        extended.set(size + r, i, -along / resistor.resistanceOhm / charge[r]!);
      }
      // Current noise of r goes through it (−) and into the nodes (+, through C⁻¹u): one density for both.
      const density = noiseDensity(network, r);
      const kick = inverseCapacitance.mmul(Matrix.columnVector([...u]));
      for (let i = 0; i < n; i++) {
        const cross = (-density * kick.get(i, 0)) / scales[i]! / charge[r]!;
        diffusion.set(i, size + r, cross);
        diffusion.set(size + r, i, cross);
      }
      diffusion.set(size + r, size + r, density / charge[r]! ** 2);
    });
    const step = generalOrnsteinUhlenbeck(extended, diffusion, intervalS);
    this.size = size;
    this.all = all;
    this.scales = scales;
    this.energies = Float64Array.from(charge);
    this.step = packStep(engine, step.propagator, step.covariance, size);
    this.state = new Float64Array(size);
    this.heat = new Float64Array(resistors.length);
    this.input = engine.arena.float64(size + all);
    this.present = this.input.subarray(0, size);
    this.noise = this.input.subarray(size);
    this.next = engine.arena.float64(all);
    const S = network.covariance();
    this.stationary = Float64Array.from({ length: size * size }, (_, k) => {
      const [i, j] = [Math.floor(k / size), k % size];
      return S.get(i, j) / scales[i]! / scales[j]!;
    });
    choleskyInPlace(this.stationary, size);
  }

  /** Puts the network into its stationary state, and the heat to zero. */
  place(stream: RandomStream): void {
    const { size, noise, present, stationary } = this;
    stream.fillNormal(noise, size);
    for (let i = 0; i < size; i++) present[i] = dot(stationary, i * size, noise, i + 1);
    this.heat.fill(0);
    this.show();
  }

  /** The next sample. */
  advance(stream: RandomStream): void {
    const { engine, size, all, step, input, present, next, noise, heat, directions, energies } =
      this;
    stream.fillNormal(noise, all);
    multiply(engine, step, input, next, 1, null);
    for (let r = 0; r < heat.length; r++) {
      const at = r * size;
      const voltage = dot(directions, at, present, size) + dot(directions, at, next, size);
      heat[r]! += 0.5 * voltage * energies[r]! * next[size + r]!;
    }
    // Charges count from sample to sample.
    for (let i = 0; i < size; i++) present[i] = next[i]!;
    this.show();
  }

  /** Energy stored in capacitors and inductors, J. */
  get storedEnergy(): number {
    const { capacitance, inductors, nodes } = this.network;
    const n = nodes.length;
    let energy = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        energy += 0.5 * this.state[i]! * capacitance.get(i, j) * this.state[j]!;
      }
    }
    inductors.forEach(({ inductanceH }, m) => {
      energy += 0.5 * inductanceH * this.state[n + m]! ** 2;
    });
    return energy;
  }

  private show(): void {
    const { state, present, scales, size } = this;
    for (let i = 0; i < size; i++) state[i] = present[i]! * scales[i]!;
  }
}

/** [Φ | L] of a step whose noise has the covariance LLᵀ; charges act on nothing, so Φ has `size` columns. */
function packStep(
  { arena }: Engine,
  propagator: Matrix,
  covariance: Matrix,
  size: number,
): Panels<Float64Array> {
  const all = covariance.rows;
  const factor = Float64Array.from(covariance.to1DArray());
  choleskyInPlace(factor, all);
  const both = new Float64Array(all * (size + all));
  for (let i = 0; i < all; i++) {
    const row = i * (size + all);
    for (let j = 0; j < size; j++) both[row + j] = propagator.get(i, j);
    // What lies above the diagonal is not the factor's.
    for (let j = 0; j <= i; j++) both[row + size + j] = factor[i * all + j]!;
  }
  return pack64(arena, both, all, size + all);
}

/** 2k_B T/R, A²/Hz two-sided. */
function noiseDensity(network: LinearNetwork, r: number): number {
  const { temperatureK, resistanceOhm } = network.resistors[r]!;
  return (2 * BOLTZMANN_J_PER_K * temperatureK) / resistanceOhm;
}
