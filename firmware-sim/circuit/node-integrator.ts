import type { RandomStream } from '../../src/core/index.js';
import type { BoardLedger } from './board-ledger.js';
import type { CapacitorNetwork } from './capacitor-network.js';
import type { CircuitProfile } from './circuit-profile.js';
import type { FlickerNoise } from './flicker-noise.js';
import type { Netlist } from './netlist.js';
import { bridgeBehind, NoiseBridge } from './noise-bridge.js';
import type { ProgramUnits } from './program-units.js';
import { lineFiltered, ReadoutPole } from './readout-pole.js';

/** How the board's warmth has changed its parts, as factors. */
export interface Drift {
  readonly capacitance: number;
  readonly resistance: number;
  /** Of transconductors. */
  readonly gain: number;
}

/** Streams of one shot. */
export interface ShotNoise {
  readonly white: RandomStream;
  readonly flicker: RandomStream;
  /** Of what coupled nodes receive of each other's noise within steps. */
  readonly bridges: RandomStream;
  /** Of what the readout's pole passes of the noise within steps. */
  readonly within: RandomStream;
}

/** Values of the controls; temperature in program units. */
interface Settings {
  coupling: number;
  quadratic: number;
  quartic: number;
  temperature: number;
}

/** Of a step times the fastest rate. */
const STEP = 0.1;

/**
 * Integrates the node equations of a {@link Netlist}. One step of h: half of the exact flow of leak and cubic conductance, currents and
 * noise as a kick, the other half. A kick is 2 sinh(ah/2)/a long and its noise sinh(ah)/a, a the leak's rate: what a leak alone makes
 * of constant currents and of white noise is exact. The couplings' current is the trapezoid over the step with a predictor (Heun) and
 * the mean of {@link NoiseBridge}, their pole an exact filter of voltages that are linear over a step, so that no pole, however fast,
 * asks for a small step. Weakly of second order in h; a cubic conductance cannot make it diverge. Two products with the coupling matrix a step. Where nodes are coupled by
 * capacitors a step is that of {@link CapacitorNetwork}.
 *
 * Heat is Σ I_i ∘ dV_i t0/2 with averages of both ends that are exact for wells and couplings (discrete gradients), so that the first
 * law closes to rounding where couplings come from an energy; with coupling capacitors it is Σ ½ (v + v') ∘ (I dt − dq) of the charges.
 */
export class NodeIntegrator {
  readonly v: Float64Array;
  timeS = 0;
  private net!: Netlist;
  private ledger!: BoardLedger;
  private noise!: ShotNoise;
  private drift!: Drift;
  /** Program units. */
  private shotTemperature = 0;
  private stepS = 0;
  private endS = 0;
  /** Until where settings run without a jump. */
  private pieceS = 0;
  private readonly pole: ReadoutPole;
  private readonly saturated: Float64Array;
  private readonly lagged: Float64Array;
  private readonly current: Float64Array;
  private readonly nextV: Float64Array;
  private readonly kicked: Float64Array;
  private readonly average: Float64Array;
  private readonly nextCurrent: Float64Array;
  private readonly fixed: Float64Array;
  private readonly flickerA: Float64Array;
  private readonly noiseC: Float64Array;
  private readonly chargeC: Float64Array;
  /** A: mean over the step of all but the noise. */
  private readonly meanA: Float64Array;
  /** V/s */
  private readonly velocity: Float64Array;
  /** V/s² */
  private readonly acceleration: Float64Array;
  private readonly shrink: Float64Array;
  private readonly bend: Float64Array;
  /** Volts that a step makes of one ampere, V/A. */
  private readonly kick: Float64Array;
  private readonly spread: Float64Array;
  private readonly bridge: NoiseBridge;
  private readonly noiseRate: Float64Array;
  /** J a step and node: mean of what noise between nodes carries within it. */
  private readonly areaHeat: Float64Array;
  private hasArea = false;
  /** What the couplings' pole keeps over a step, and shows of a bridge at its end. */
  private readonly lagOf = { decay: 0, behind: 0 };
  private readonly from: Settings = { coupling: 1, quadratic: 1, quartic: 1, temperature: 0 };
  private readonly to: Settings = { coupling: 1, quadratic: 1, quartic: 1, temperature: 0 };
  private readonly driveFrom: Float64Array;
  private readonly driveTo: Float64Array;
  private coefficientsFor = {
    h: -1,
    quadratic: NaN,
    quartic: NaN,
    temperature: NaN,
    coupling: NaN,
  };

  constructor(
    private readonly profile: CircuitProfile,
    private readonly units: ProgramUnits,
    mostDrives: number,
    private readonly flicker: FlickerNoise,
  ) {
    const list = (): Float64Array => new Float64Array(profile.sites);
    this.v = list();
    this.pole = new ReadoutPole(
      profile.sites,
      profile.readoutPoleRc * profile.resistanceOhm * profile.capacitanceF,
    );
    this.saturated = list();
    this.lagged = list();
    this.current = list();
    this.nextV = list();
    this.kicked = list();
    this.average = list();
    this.nextCurrent = list();
    this.fixed = list();
    this.flickerA = list();
    this.noiseC = list();
    this.chargeC = list();
    this.meanA = list();
    this.velocity = list();
    this.acceleration = list();
    this.shrink = list();
    this.bend = list();
    this.kick = list();
    this.spread = list();
    this.bridge = new NoiseBridge(profile.sites);
    this.noiseRate = list();
    this.areaHeat = list();
    this.driveFrom = new Float64Array(mostDrives);
    this.driveTo = new Float64Array(mostDrives);
  }

  /** `v` holds the initial voltages. @param temperature program units */
  begin(
    net: Netlist,
    ledger: BoardLedger,
    noise: ShotNoise,
    drift: Drift,
    temperature: number,
  ): void {
    this.net = net;
    this.ledger = ledger;
    this.noise = noise;
    if (this.flicker.isOn) this.flicker.begin(net.n, noise.flicker);
    this.drift = drift;
    this.shotTemperature = temperature;
    this.stepS = STEP / net.rateAt(temperature);
    this.timeS = 0;
    this.pieceS = 0;
    this.coefficientsFor.h = -1;
    for (const { waveform } of net.drives) waveform.rewind();
    for (const waveform of Object.values(net.controls)) waveform.rewind();
    for (let i = 0; i < net.n; i++) {
      this.v[i] = clipped(this.v[i]!, this.profile.railV);
      this.saturated[i] = limited(this.v[i]!, this.profile.couplingLinearV);
      this.lagged[i] = this.saturated[i]!;
    }
    this.pole.begin(this.v, net.n);
    net.couplings.currents(this.lagged, this.current);
    this.settingsAt(0, 'after', this.from, this.driveFrom);
    ledger.begin(this.energy(this.from, this.driveFrom));
  }

  /** Converters are set anew under a shot: what that does to the energy is work. @param net of as many nodes */
  replace(net: Netlist): void {
    const before = this.energyNow();
    this.settlePole();
    this.net = net;
    this.stepS = STEP / net.rateAt(this.shotTemperature);
    this.pieceS = 0;
    this.coefficientsFor.h = -1;
    this.settingsAt(this.timeS, 'after', this.from, this.driveFrom);
    this.ledger.controlWork += this.energyNow() - before;
    net.couplings.currents(this.lagged, this.current);
  }

  /** From now on steps lead to this moment, and none beyond. */
  aim(endS: number): void {
    this.endS = endS;
  }

  /** @returns true: at the moment that was aimed at */
  step(): boolean {
    const left = this.endS - this.timeS;
    if (left <= 0) return true;
    if (this.pieceS <= this.timeS) this.pieceS = this.nextPoint();
    const piece = Math.min(this.endS, this.pieceS) - this.timeS;
    const steps = Math.max(1, Math.ceil(piece / this.stepS - 1e-9));
    const h = piece / steps;
    const last = steps === 1;
    const endS = last ? Math.min(this.endS, this.pieceS) : this.timeS + h;
    this.settingsAt(endS, 'before', this.to, this.driveTo);
    this.move(h);
    this.timeS = endS;
    if (last && endS === this.pieceS) this.jump();
    else this.swapSettings();
    return this.timeS >= this.endS;
  }

  /** Voltages behind the readout's pole now. @returns [sites] used again */
  seenNow(): Float64Array {
    this.settlePole();
    return this.pole.look(this.net.n);
  }

  /** The effective potential now, joules; its couplings are the symmetric part of those that are there. */
  energyNow(): number {
    return this.energy(this.from, this.driveFrom);
  }

  private settlePole(): void {
    const { net, noise, drift } = this;
    const coupled =
      net.capacitors === null ? null : { network: net.capacitors, drift: drift.capacitance };
    this.pole.settle(net.n, coupled, noise.within);
  }

  private swapSettings(): void {
    Object.assign(this.from, this.to);
    this.driveFrom.set(this.driveTo);
  }

  /** What drives and controls do at one moment is work. */
  private jump(): void {
    const before = this.energy(this.to, this.driveTo);
    this.settingsAt(this.timeS, 'after', this.from, this.driveFrom);
    this.ledger.controlWork += this.energy(this.from, this.driveFrom) - before;
  }

  private nextPoint(): number {
    let next = Infinity;
    for (const { waveform } of this.net.drives) {
      next = Math.min(next, waveform.nextPoint(this.timeS));
    }
    for (const waveform of Object.values(this.net.controls)) {
      next = Math.min(next, waveform.nextPoint(this.timeS));
    }
    return next;
  }

  private settingsAt(
    timeS: number,
    side: 'before' | 'after',
    settings: Settings,
    drives: Float64Array,
  ): void {
    const { controls } = this.net;
    settings.coupling = (controls.coupling?.[side](timeS) ?? 1) * this.drift.gain;
    settings.quadratic = controls.quadratic?.[side](timeS) ?? 1;
    settings.quartic = controls.quartic?.[side](timeS) ?? 1;
    settings.temperature = controls.temperature?.[side](timeS) ?? this.shotTemperature;
    for (let d = 0; d < this.net.drives.length; d++) {
      drives[d] = this.net.drives[d]!.waveform[side](timeS);
    }
  }

  /** One step of h from `from` to `to`. */
  private move(h: number): void {
    const { net, v, nextV, kicked, fixed, shrink, bend, current, nextCurrent } = this;
    const { n } = net;
    const coupling = (this.from.coupling + this.to.coupling) / 2;
    const quadratic = (this.from.quadratic + this.to.quadratic) / 2;
    const quartic = (this.from.quartic + this.to.quartic) / 2;
    this.prepare(h, coupling, quadratic, quartic);
    this.fixedCurrents();
    const hasFlicker = this.flicker.isOn;
    if (hasFlicker) this.flicker.step(h, this.noise.flicker, this.flickerA);
    if (net.capacitors !== null) {
      this.moveCharges(net.capacitors, h);
      return;
    }
    const { kick, spread, flickerA, bridge } = this;
    const random = this.noise.white;
    const { railV } = this.profile;
    const isCoupled = !net.couplings.isEmpty;
    for (let i = 0; i < n; i++) {
      const half = flow(v[i]!, shrink[i]!, bend[i]!);
      const still = hasFlicker ? fixed[i]! + flickerA[i]! : fixed[i]!;
      const w = half + kick[i]! * still + spread[i]! * random.normal();
      kicked[i] = w;
      const predicted = isCoupled ? w + kick[i]! * coupling * current[i]! : w;
      nextV[i] = clipped(flow(predicted, shrink[i]!, bend[i]!), railV);
    }
    if (isCoupled) {
      bridge.draw(h, this.noiseRate, n, this.noise.bridges);
      this.averageLagged(h);
      net.couplings.currents(this.average, nextCurrent);
      for (let i = 0; i < n; i++) {
        const w = kicked[i]! + kick[i]! * coupling * nextCurrent[i]!;
        nextV[i] = clipped(flow(w, shrink[i]!, bend[i]!), railV);
      }
      this.lag(h);
      net.couplings.currents(this.lagged, nextCurrent);
    }
    this.account(coupling, quadratic, quartic);
    this.pole.step(h, v, nextV, this.noiseRate, n, isCoupled ? bridge.mean : null);
    if (this.endS - this.timeS < this.pole.remembersS) this.curve(h, coupling, quadratic, quartic);
    v.set(nextV);
    if (isCoupled) current.set(nextCurrent);
  }

  /** One step of h of charges on capacitors: heat is what v ∘ dq takes, but for what currents of offsets bring. */
  private moveCharges(capacitors: CapacitorNetwork, h: number): void {
    const { net, v, nextV, fixed, current, flickerA, noiseC, chargeC, spread } = this;
    const { n } = net;
    const { railV } = this.profile;
    const { heat } = this.ledger;
    const isNoisy = this.flicker.isOn;
    for (let i = 0; i < n; i++) {
      noiseC[i] = spread[i]! * this.noise.white.normal();
      current[i] = isNoisy ? fixed[i]! + flickerA[i]! : fixed[i]!;
    }
    capacitors.step(v, current, noiseC, nextV, chargeC);
    let isClipped = false;
    for (let i = 0; i < n; i++) {
      const within = clipped(nextV[i]!, railV);
      if (within !== nextV[i]!) isClipped = true;
      nextV[i] = within;
    }
    if (isClipped) capacitors.charge(v, nextV, this.drift.capacitance, chargeC);
    for (let i = 0; i < n; i++) {
      heat[i] = heat[i]! + ((v[i]! + nextV[i]!) / 2) * (h * fixed[i]! - chargeC[i]!);
      if (this.hasArea) heat[i] = heat[i]! + this.areaHeat[i]!;
    }
    this.pole.step(h, v, nextV, this.noiseRate, n, null);
    v.set(nextV);
  }

  /** Coefficients of a step; those of the step before where nothing has changed. */
  private prepare(h: number, coupling: number, quadratic: number, quartic: number): void {
    const { net, drift, shrink, bend, spread, coefficientsFor: done } = this;
    const temperature = (this.from.temperature + this.to.temperature) / 2;
    const same =
      Math.abs(done.h - h) <= 1e-9 * h &&
      done.quadratic === quadratic &&
      done.quartic === quartic &&
      done.temperature === temperature &&
      done.coupling === coupling;
    if (same) return;
    done.h = h;
    done.quadratic = quadratic;
    done.quartic = quartic;
    done.temperature = temperature;
    done.coupling = coupling;
    const tau = this.poleS();
    this.lagOf.decay = tau === 0 ? 0 : Math.exp(-h / tau);
    this.lagOf.behind = bridgeBehind(h, tau);
    if (net.capacitors !== null) {
      net.capacitors.prepare(h, drift.capacitance, leakDrift(drift));
      for (let i = 0; i < net.n; i++) {
        this.noiseRate[i] = this.noisePower(i, temperature, coupling);
        spread[i] = Math.sqrt(this.noiseRate[i]! * h);
      }
      this.hasArea = net.capacitors.areaHeat(this.noiseRate, this.areaHeat);
      return;
    }
    for (let i = 0; i < net.n; i++) {
      const c = net.capacitanceF[i]! * drift.capacitance;
      const a = (leakOf(net, i, quadratic) * leakDrift(drift)) / c;
      const b = (net.cubicAV3[i]! * quartic * drift.gain) / c;
      shrink[i] = Math.exp((-a * h) / 2);
      bend[i] = b * (Math.abs(a * h) < 1e-12 ? h : -Math.expm1(-a * h) / a);
      const power = this.noisePower(i, temperature, coupling);
      this.noiseRate[i] = power / (c * c);
      const isStill = Math.abs(a * h) < 1e-12;
      this.kick[i] = (isStill ? h : (2 * Math.sinh((a * h) / 2)) / a) / c;
      spread[i] = Math.sqrt(power * (isStill ? h : Math.sinh(a * h) / a)) / c;
    }
    this.prepareArea(h, coupling);
  }

  /** Two-sided density of a node’s white noise, A² s. */
  private noisePower(i: number, temperature: number, coupling: number): number {
    const { net, drift } = this;
    // The source is set to what nominal resistors lack of the temperature that is asked for.
    const wanted = net.nodeTemperature?.[i] ?? temperature;
    const floor = (net.johnson[i]! * this.profile.resistanceOhm) / (2 * this.units.energyJ);
    const source = Math.max(0, wanted - floor) * net.sourcePerUnit[i]!;
    return source + net.johnson[i]! / drift.resistance + net.excess[i]! * Math.abs(coupling);
  }

  /**
   * E[½ ∫ (δV_j dδV_i − δV_i dδV_j)] of a step for δV' = g δV / C + noise. A pole that is slow for a step lets less through.
   */
  private prepareArea(h: number, coupling: number): void {
    const { net, drift, noiseRate, areaHeat } = this;
    const { n, capacitanceF } = net;
    let isUniform = net.couplings.isSymmetric;
    for (let i = 1; i < n && isUniform; i++) {
      isUniform = noiseRate[i] === noiseRate[0] && capacitanceF[i] === capacitanceF[0];
    }
    this.hasArea = !isUniform && !net.couplings.isEmpty;
    if (!this.hasArea) return;
    net.couplings.areaRates(noiseRate, capacitanceF, areaHeat);
    const passed = h / (h + 2 * this.poleS());
    const factor =
      ((this.units.timeS / 2) * passed * (h * h * coupling * coupling)) / (4 * drift.capacitance);
    for (let i = 0; i < n; i++) areaHeat[i] = areaHeat[i]! * factor;
  }

  private fixedCurrents(): void {
    const { net, fixed } = this;
    for (let i = 0; i < net.n; i++) fixed[i] = net.constantA[i]!;
    for (let d = 0; d < net.drives.length; d++) {
      const amplitude = (this.driveFrom[d]! + this.driveTo[d]!) / 2;
      if (amplitude === 0) continue;
      const { currentA } = net.drives[d]!;
      for (let i = 0; i < net.n; i++) fixed[i] = fixed[i]! + amplitude * currentA[i]!;
    }
  }

  private poleS(): number {
    return 1 / (2 * Math.PI * this.profile.couplingPoleHz);
  }

  /** Mean over the step of what the couplings see, with the predicted voltages: ∫y = ∫z − τ Δy for τ y' = z − y. */
  private averageLagged(h: number): void {
    const { net, nextV, average, saturated, lagged, bridge } = this;
    const tau = this.poleS();
    const { decay, behind } = this.lagOf;
    const linearV = this.profile.couplingLinearV;
    for (let i = 0; i < net.n; i++) {
      const from = saturated[i]!;
      const z = limited(nextV[i]!, linearV);
      const within = bridge.mean[i]! * slopeOf(from, linearV);
      const y = lineFiltered(lagged[i]!, from, z, tau / h, decay) + behind * within;
      average[i] = (from + z) / 2 + within - (tau / h) * (y - lagged[i]!);
    }
  }

  private lag(h: number): void {
    const { net, nextV, saturated, lagged, bridge } = this;
    const tau = this.poleS();
    const { decay, behind } = this.lagOf;
    const linearV = this.profile.couplingLinearV;
    for (let i = 0; i < net.n; i++) {
      const from = saturated[i]!;
      const z = limited(nextV[i]!, linearV);
      const within = bridge.mean[i]! * slopeOf(from, linearV);
      lagged[i] = lineFiltered(lagged[i]!, from, z, tau / h, decay) + behind * within;
      saturated[i] = z;
    }
  }

  private account(coupling: number, quadratic: number, quartic: number): void {
    const { net, ledger, v, nextV, current, nextCurrent, fixed, drift, meanA } = this;
    const { n } = net;
    const halfT0 = this.units.timeS / 2;
    const isCoupled = !net.couplings.isEmpty;
    const leak = leakDrift(drift);
    const quadraticStep = (this.to.quadratic - this.from.quadratic) * leak;
    const quarticStep = (this.to.quartic - this.from.quartic) * drift.gain;
    const movesWells = quadraticStep !== 0 || quarticStep !== 0;
    const couplingStep = this.to.coupling - this.from.coupling;
    const leakFixed = net.leakFixedS;
    const leakSet = net.leakSetS;
    const cubic = net.cubicAV3;
    const { heat } = ledger;
    const halfLeak = 0.5 * leak;
    const quarterGain = 0.25 * quartic * drift.gain;
    let work = 0;
    for (let i = 0; i < n; i++) {
      const a = v[i]!;
      const b = nextV[i]!;
      const squares = a * a + b * b;
      let mean =
        fixed[i]! -
        (leakFixed[i]! + quadratic * leakSet[i]!) * halfLeak * (a + b) -
        cubic[i]! * quarterGain * (a + b) * squares;
      if (isCoupled) {
        mean += coupling * 0.5 * (current[i]! + nextCurrent[i]!);
        work -= couplingStep * 0.25 * (a * current[i]! + b * nextCurrent[i]!);
      }
      meanA[i] = mean;
      heat[i] = heat[i]! + halfT0 * mean * (b - a);
      if (movesWells) {
        const fourths = a * a * a * a + b * b * b * b;
        work += quadraticStep * net.leakSetS[i]! * 0.25 * squares;
        work += quarticStep * net.cubicAV3[i]! * 0.125 * fourths;
      }
    }
    if (this.hasArea) {
      for (let i = 0; i < n; i++) heat[i] = heat[i]! + this.areaHeat[i]!;
    }
    for (let d = 0; d < net.drives.length; d++) {
      const rise = this.driveTo[d]! - this.driveFrom[d]!;
      if (rise === 0) continue;
      const { currentA } = net.drives[d]!;
      for (let i = 0; i < n; i++) work -= rise * currentA[i]! * 0.5 * (v[i]! + nextV[i]!);
    }
    ledger.controlWork += halfT0 * work;
  }

  /**
   * Tells the readout's pole how the mean path is bent between its ends: v'' = F ∂F/∂v + ∂F/∂t with the drift F, where straight
   * lines would show every response (h × rate)²/8 late. Poles and limits of couplings count as none here.
   */
  private curve(h: number, coupling: number, quadratic: number, quartic: number): void {
    const { net, v, nextV, current, nextCurrent, drift, meanA, velocity, average, from, to } = this;
    const { n, capacitanceF, leakFixedS, leakSetS, cubicAV3 } = net;
    for (let i = 0; i < n; i++) velocity[i] = meanA[i]! / (capacitanceF[i]! * drift.capacitance);
    const isCoupled = !net.couplings.isEmpty;
    if (isCoupled) {
      // What a node receives goes with the others' noise, too; its own is what its ends already show.
      for (let i = 0; i < n; i++) this.acceleration[i] = (nextV[i]! - v[i]!) / h;
      net.couplings.currents(this.acceleration, average);
    }
    const leak = leakDrift(drift);
    const quadraticRate = ((to.quadratic - from.quadratic) * leak) / h;
    const quarticRate = ((to.quartic - from.quartic) * drift.gain) / h;
    const couplingRate = (to.coupling - from.coupling) / h;
    const { acceleration } = this;
    for (let i = 0; i < n; i++) {
      const x = (v[i]! + nextV[i]!) / 2;
      const slope =
        (leakFixedS[i]! + quadratic * leakSetS[i]!) * leak +
        3 * quartic * drift.gain * cubicAV3[i]! * x * x;
      let change =
        -slope * velocity[i]! -
        (quadraticRate * leakSetS[i]! + quarticRate * cubicAV3[i]! * x * x) * x;
      if (isCoupled) {
        change += coupling * average[i]! + (couplingRate * (current[i]! + nextCurrent[i]!)) / 2;
      }
      acceleration[i] = change;
    }
    for (let d = 0; d < net.drives.length; d++) {
      const rate = (this.driveTo[d]! - this.driveFrom[d]!) / h;
      if (rate === 0) continue;
      const { currentA } = net.drives[d]!;
      for (let i = 0; i < n; i++) acceleration[i] = acceleration[i]! + rate * currentA[i]!;
    }
    for (let i = 0; i < n; i++) {
      acceleration[i] = acceleration[i]! / (capacitanceF[i]! * drift.capacitance);
    }
    this.pole.bend(acceleration, n);
  }

  private energy(settings: Settings, drives: Float64Array): number {
    const { net, v, drift } = this;
    if (net.capacitors !== null) return net.capacitors.energy(v, drift.capacitance);
    const isCoupled = !net.couplings.isEmpty;
    // Of the voltages themselves: what couplings do differently, late or saturated, is work of active elements.
    const current = this.nextCurrent;
    if (isCoupled) net.couplings.currents(v, current);
    let sum = 0;
    for (let i = 0; i < net.n; i++) {
      const x = v[i]!;
      sum += leakOf(net, i, settings.quadratic) * leakDrift(drift) * 0.5 * x * x;
      sum += net.cubicAV3[i]! * settings.quartic * drift.gain * 0.25 * x ** 4;
      sum -= net.constantA[i]! * x;
      if (isCoupled) sum -= settings.coupling * 0.5 * x * current[i]!;
      for (let d = 0; d < net.drives.length; d++) {
        sum -= drives[d]! * net.drives[d]!.currentA[i]! * x;
      }
    }
    return (sum * this.units.timeS) / 2;
  }
}

const leakOf = (net: Netlist, i: number, quadratic: number): number =>
  net.leakFixedS[i]! + quadratic * net.leakSetS[i]!;
/** Resistors set the wells: those of the leak and of the transconductors beside it. */
const leakDrift = ({ resistance }: Drift): number => 1 / resistance;

const clipped = (v: number, railV: number): number => (v > railV ? railV : v < -railV ? -railV : v);

/** Input of a transconductor that saturates. */
const limited = (v: number, linearV: number): number =>
  linearV === Infinity ? v : linearV * Math.tanh(v / linearV);
/** Slope of {@link limited} where it gives this. */
const slopeOf = (given: number, linearV: number): number => 1 - (given / linearV) ** 2;

/** V' = −a V − b V³ over half a step: shrink = e^{−ah/2}, bend = b (1 − e^{−ah}) / a. */
const flow = (v: number, shrink: number, bend: number): number =>
  (v * shrink) / Math.sqrt(1 + bend * v * v);
