import { CompensatedSum, type ShotLedger } from '../../../thermo/index.js';
import { energyOf, workOf } from '../potential.js';
import type { Knobs } from '../protocol.js';
import type { CircuitState } from './circuit-state.js';
import type { RealCircuit } from './real-circuit.js';

/**
 * The ledger of an imperfect circuit. Heat into the bath of node i over a step is the Stratonovich sum
 *
 * Q_i = −Δu_i(x_i) + ½ (b_i + b_i' + n_i + n_i') Δx_i
 *
 * with u_i the node's own wells and sources (exact), b_i what the coupling paths deliver and n_i its 1/f current. Where
 * the couplings have an energy these add up to −ΔV + ½ Σ (n + n') Δx to rounding: V decreases into heat, and what the 1/f
 * currents put in is work, since no energy of the circuit's own stands behind them. Where they have none (directed,
 * limited or delayed couplings) heat is all there is.
 */
export class ImperfectAccount {
  private readonly workSum = new CompensatedSum();
  private readonly heatSum = new CompensatedSum();
  private readonly entropySum = new CompensatedSum();
  private readonly bathSums: CompensatedSum[];
  private readonly x0: Float64Array;
  private readonly coupled0: Float64Array;
  private readonly coupled: Float64Array;
  private readonly flicker0: Float64Array;
  /** At the knobs of the present step. */
  private readonly sources: Float64Array;
  private readonly quadratic: Float64Array;
  private readonly quartic: Float64Array;
  private readonly coldness: Float64Array;
  private termsAt = false;

  /**
   * @param siteBath the program's bath of each free node; null: one
   * @param holdsFlicker as of the flow
   */
  constructor(
    private readonly circuit: RealCircuit,
    private readonly state: CircuitState,
    private readonly siteBath: Int32Array | null,
    baths: number,
    private readonly holdsFlicker: boolean,
  ) {
    const n = circuit.layout.nodes;
    this.bathSums = Array.from({ length: baths }, () => new CompensatedSum());
    this.x0 = new Float64Array(n);
    this.coupled0 = new Float64Array(n);
    this.coupled = new Float64Array(n);
    this.flicker0 = new Float64Array(n);
    this.sources = new Float64Array(n);
    this.quadratic = new Float64Array(n);
    this.quartic = new Float64Array(n);
    this.coldness = new Float64Array(n);
  }

  get work(): number {
    return this.circuit.conservative ? this.workSum.value : NaN;
  }
  get heat(): number {
    return this.heatSum.value;
  }

  begin(): void {
    this.workSum.reset();
    this.heatSum.reset();
    this.entropySum.reset();
    for (const sum of this.bathSums) sum.reset();
    this.circuit.receive(this.state.x);
    this.termsAt = false;
    this.remember();
  }

  energy(knobs: Knobs): number {
    if (!this.circuit.conservative) return NaN;
    this.takeTerms();
    return energyOf(this.circuit.terms, knobs);
  }

  turn(from: Knobs, to: Knobs): void {
    if (from === to || !this.circuit.conservative) return;
    this.takeTerms();
    this.workSum.add(workOf(this.circuit.terms, from, to));
  }

  /** Sets the knobs of the steps to come. */
  prepare(knobs: Knobs): void {
    const { circuit, quadratic, quartic, coldness } = this;
    circuit.sources(knobs, this.sources);
    for (let i = 0; i < quadratic.length; i++) {
      quadratic[i] = circuit.quadratic(i, knobs);
      quartic[i] = circuit.quartic(i, knobs);
      coldness[i] = 1 / circuit.temperature(i, knobs);
    }
  }

  /** Notes the state at which a step starts, its knobs already set. */
  depart(knobs: Knobs): void {
    this.state.coupled(knobs, this.coupled0);
  }

  /** The state has moved at these knobs. */
  arrive(knobs: Knobs): void {
    const { circuit, state, x0, coupled0, coupled, flicker0, siteBath } = this;
    const { sources, quadratic, quartic, coldness } = this;
    const { x, flicker } = state;
    circuit.receive(x);
    this.termsAt = false;
    state.coupled(knobs, coupled);
    let total = 0;
    let flickerWork = 0;
    let entropy = 0;
    for (let i = 0; i < x.length; i++) {
      const a = x0[i]!;
      const b = x[i]!;
      const q = quadratic[i]!;
      const r = quartic[i]!;
      const own = (b - a) * ((a + b) * (q + r * (a * a + b * b)) - sources[i]!);
      const before = this.holdsFlicker ? flicker.sum[i]! : flicker0[i]!;
      const fed = 0.5 * (before + flicker.sum[i]!) * (b - a);
      const heat = 0.5 * (coupled0[i]! + coupled[i]!) * (b - a) + fed - own;
      total += heat;
      flickerWork += fed;
      entropy += heat * coldness[i]!;
      if (siteBath !== null) this.bathSums[siteBath[i]!]!.add(heat);
    }
    this.heatSum.add(total);
    this.entropySum.add(entropy);
    this.workSum.add(flickerWork);
    this.remember();
  }

  get finite(): boolean {
    return this.state.x.every(Number.isFinite);
  }

  private remember(): void {
    this.x0.set(this.state.x);
    this.flicker0.set(this.state.flicker.sum);
  }

  /** Terms of the energy at the present state; the couplings' is there since the last {@link RealCircuit.receive}. */
  private takeTerms(): void {
    if (this.termsAt) return;
    this.circuit.potential.localTerms(this.state.x, this.circuit.terms);
    this.termsAt = true;
  }

  /** @param energyChange both ends computed from scratch */
  close(energyChange: number, entropyDefined: boolean): ShotLedger {
    return {
      work: this.work,
      heat: this.heat,
      bathHeat: this.siteBath === null ? [this.heat] : this.bathSums.map((sum) => sum.value),
      energyChange: this.circuit.conservative ? energyChange : NaN,
      mediumEntropy: entropyDefined ? this.entropySum.value : NaN,
    };
  }
}
