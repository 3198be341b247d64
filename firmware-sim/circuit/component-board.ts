import { RandomStream, systemClock } from '../../src/core/index.js';
import type {
  AnalogPart,
  BoardMeasure,
  ImageProblem,
  Readout,
  SelfCheck,
  ShotSettings,
} from '../analog-part.js';
import type { ProgramImage } from '../program-image.js';
import { AnalogParameters } from './analog-parameters.js';
import { buildCapacitorNetlist } from './capacitor-netlist.js';
import { boardDescriptor } from './board-descriptor.js';
import { BoardLedger } from './board-ledger.js';
import { BoardWarmth } from './board-warmth.js';
import { checkImage } from './check-image.js';
import { profileNamed, type CircuitProfile } from './circuit-profile.js';
import { drawComponents, MOST_DRIVES, type Components } from './components.js';
import { stepsOf } from './converters.js';
import { FlickerNoise } from './flicker-noise.js';
import { Monitors } from './monitors.js';
import { buildNetlist, type Netlist } from './netlist.js';
import { NodeIntegrator } from './node-integrator.js';
import { programUnits, type ProgramUnits } from './program-units.js';
import { ReadoutChain } from './readout-chain.js';
import { selfTest } from './self-test.js';

/** True values of a shot, which a real board would not tell; for tests. Program units. */
export interface TrueLedger {
  readonly controlWork: number;
  readonly activeWork: number;
  readonly heat: number;
  readonly nodeHeat: Float64Array;
  readonly energyChange: number;
}

interface Shot {
  readonly settings: ShotSettings;
  readonly random: RandomStream;
  readonly readout: RandomStream;
  readonly boardS: number;
  readonly gain: number;
  next: number;
}

/** Between shots: converters, precharge. */
const SHOT_GAP_S = 1e-3;
/** Streams of 1/f noise stand beside those of the shots’ white one. */
const FLICKER_STREAMS = 2 ** 40;
/** Of what coupled nodes receive of each other's noise within steps. */
const BRIDGE_STREAMS = 2 ** 41;
/** Of what the readout's pole passes of the noise within steps, beside those of the converters. */
const WITHIN_STREAMS = 2 ** 40;
/** Steps between two looks at the clock. */
const STEPS_A_LOOK = 8;
const WORTH_A_WORD = 1e-6;

/** The board's circuit at component level: this board's parts, its converters, monitors and sources. */
export class ComponentBoard implements AnalogPart {
  readonly descriptor: object;
  readonly parameters: AnalogParameters;
  readonly profile: CircuitProfile;
  readonly stateScale: number;
  readonly units: ProgramUnits;
  private readonly parts: Components;
  private readonly warmth: BoardWarmth;
  private readonly integrator: NodeIntegrator;
  private readonly chain: ReadoutChain;
  private readonly monitors: Monitors;
  private readonly ledger: BoardLedger;
  private net: Netlist | null = null;
  private shot: Shot | null = null;
  private boardS = 0;

  /** @param profile by name, or as it is */
  constructor(
    profile: string | CircuitProfile,
    serial: string,
    private readonly nowMs: () => number = () => systemClock.monotonicMs(),
  ) {
    const chosen = typeof profile === 'string' ? profileNamed(profile) : profile;
    this.profile = chosen;
    this.units = programUnits(chosen);
    this.parts = drawComponents(chosen, serial);
    this.warmth = new BoardWarmth(chosen, this.parts);
    const flicker = new FlickerNoise(chosen, this.parts.flickerGain, this.units);
    this.integrator = new NodeIntegrator(chosen, this.units, MOST_DRIVES, flicker);
    this.chain = new ReadoutChain(chosen, this.parts, this.units);
    this.monitors = new Monitors(chosen, this.parts);
    this.ledger = new BoardLedger(chosen.sites);
    this.stateScale = this.chain.scale;
    this.parameters = new AnalogParameters(chosen, this.units, this.stateScale);
    this.descriptor = boardDescriptor(chosen, this.units, serial, this.parameters.list);
  }

  check(image: ProgramImage): ImageProblem | null {
    return checkImage(image, this.profile);
  }

  apply(image: ProgramImage): { notes: string[]; readback: string | null } {
    const build =
      this.profile.couplingElement === 'capacitor' ? buildCapacitorNetlist : buildNetlist;
    const net = build(image, this.profile, this.parts, this.units, this.parameters.trims);
    // A converter that gets stuck, or follows again, does so in the middle of a shot.
    if (this.shot !== null && this.net?.n === net.n) this.integrator.replace(net);
    else this.shot = null;
    this.net = net;
    const notes: string[] = [];
    const { couplings, fields } = net.rounding;
    const { couplingFullScale, couplingBits, fieldFullScale, fieldBits } = this.profile;
    // What a float32 scale changes is not worth a word.
    if (couplings > WORTH_A_WORD * couplingFullScale) {
      const step = couplingFullScale / stepsOf(couplingBits);
      notes.push(`couplings rounded to steps of ${short(step)}, at most ${short(couplings)} off`);
    }
    if (fields > WORTH_A_WORD * fieldFullScale) {
      const step = fieldFullScale / stepsOf(fieldBits);
      notes.push(`fields rounded to steps of ${short(step)}, at most ${short(fields)} off`);
    }
    return { notes, readback: null };
  }

  beginShot(settings: ShotSettings): void {
    const { net, integrator, units } = this;
    if (net === null) throw new Error('a shot without a program');
    const { seed, shot, times, duration } = settings;
    this.boardS = shot * (duration * units.timeS + SHOT_GAP_S);
    const drift = this.warmth.drift(this.boardS);
    this.precharge(net, settings);
    const random = RandomStream.of(seed, 'dynamics', shot);
    const { temperature } = settings;
    const flicker = RandomStream.of(seed, 'dynamics', FLICKER_STREAMS + shot);
    const within = RandomStream.of(seed, 'readout', WITHIN_STREAMS + shot);
    const bridges = RandomStream.of(seed, 'dynamics', BRIDGE_STREAMS + shot);
    const noise = { white: random, flicker, bridges, within };
    integrator.begin(net, this.ledger, noise, drift, temperature);
    integrator.aim((times[0] ?? 0) * units.timeS);
    this.monitors.begin();
    this.shot = {
      settings,
      random,
      readout: RandomStream.of(seed, 'readout', shot),
      boardS: this.boardS,
      gain: drift.gain,
      next: 0,
    };
  }

  advance(workMs: number, onReadout: (k: number, readout: Readout) => void): boolean {
    const { shot, integrator, units } = this;
    if (shot === null) return true;
    const { times } = shot.settings;
    const untilMs = this.nowMs() + workMs;
    for (let steps = 1; ; steps++) {
      if (integrator.step()) {
        const k = shot.next++;
        onReadout(k, this.readout(shot, times[k]!));
        // What was read may have ended the shot.
        if (this.shot !== shot) return true;
        if (shot.next === times.length) {
          this.shot = null;
          return true;
        }
        integrator.aim(times[shot.next]! * units.timeS);
      }
      if (steps % STEPS_A_LOOK === 0 && this.nowMs() >= untilMs) return false;
    }
  }

  safe(): void {
    this.shot = null;
    // Outputs at high impedance: the next program sets them anew.
    this.net = null;
  }

  measures(): readonly BoardMeasure[] {
    const { supplyV } = this.profile;
    return [
      { name: 'board_c', value: this.warmth.celsius(this.boardS), low: -20, high: 85 },
      { name: 'rail_analog_v', value: supplyV, low: 0.95 * supplyV, high: 1.05 * supplyV },
    ];
  }

  selfTest(): readonly SelfCheck[] {
    return selfTest(this.profile, this.parts, this.units);
  }

  /** Of the shot under way, or the last one. */
  trueLedger(): TrueLedger {
    const { ledger } = this;
    const n = this.net?.n ?? 0;
    const unit = this.units.energyJ;
    return {
      controlWork: ledger.controlWork / unit,
      activeWork: ledger.activeWork(n) / unit,
      heat: ledger.totalHeat(n) / unit,
      nodeHeat: ledger.heat.slice(0, n).map((q) => q / unit),
      energyChange: (ledger.energy - ledger.startEnergy) / unit,
    };
  }

  /** Voltages of the nodes now, program units; true values, for tests. */
  trueState(): Float64Array {
    return this.integrator.v.slice(0, this.net?.n ?? 0).map((v) => v / this.units.voltageV);
  }

  private precharge({ n, initialV }: Netlist, settings: ShotSettings): void {
    const { v } = this.integrator;
    const { initial, seed, shot, flips } = settings;
    const random = RandomStream.of(seed, 'initial', shot);
    for (let i = 0; i < n; i++) {
      v[i] =
        initial === 'zero'
          ? 0
          : initial === 'random'
            ? random.sign() * this.units.voltageV
            : (initialV?.[i] ?? 0);
    }
    if (initial !== 'corrupted') return;
    for (const i of RandomStream.of(seed, 'cue', shot).sample(n, flips)) v[i] = -v[i]!;
  }

  private readout(shot: Shot, time: number): Readout {
    const { integrator, ledger, monitors, profile, units } = this;
    const net = this.net!;
    ledger.energy = integrator.energyNow();
    const heatJ = ledger.totalHeat(net.n);
    const workJ = ledger.controlWork + ledger.activeWork(net.n);
    monitors.goOn(time, shot.readout);
    const codes = this.chain.read(
      integrator.seenNow(),
      net.n,
      this.parameters.trims,
      shot.gain,
      shot.readout,
    );
    const seconds = time * units.timeS;
    const power = profile.staticW + net.n * profile.siteW + net.couplingW;
    const conversions = shot.next * net.n * profile.conversionJ;
    // Heat of the nodes comes from the supply or the drives, whichever: it leaves as heat.
    const supplyJ = power * seconds + conversions + Math.max(0, heatJ);
    return {
      codes,
      saturated: this.chain.saturated,
      limitCode: this.chain.steps,
      work: monitors.work(workJ / units.energyJ),
      heat: monitors.heat(heatJ / units.energyJ),
      supplyJ: monitors.supply(supplyJ),
    };
  }
}

const short = (value: number): string => String(Number(value.toPrecision(3)));
