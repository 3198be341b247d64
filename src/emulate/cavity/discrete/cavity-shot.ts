import { RandomStream } from '../../../core/index.js';
import type { ResolvedProgram } from '../../../device/index.js';
import type { Engine } from '../../../kernels/index.js';
import { CompensatedSum, type ShotLedger } from '../../../thermo/index.js';
import type { CavitySystem } from '../cavity-model.js';
import { FlipEvents } from '../flip-events.js';
import { drawInitialSpins } from '../initial-spins.js';
import { DriveSchedule } from './drive-schedule.js';
import { SiteScan } from './site-scan.js';

/**
 * Cached pairwise fields carry rounding of this part of the largest: a field that should be zero must not flip a spin.
 * Memory models have integer overlaps and need no such margin.
 */
const ROUNDING = 1e-13;

/** Names of algorithms: events without rejection, or a look at all sites a flip. */
export const EVENTS = 'events';
export const SCAN = 'scan-of-sites';
/** Every site whose flip lowers the energy is as likely as any other. */
const DESCENT = { law: 'step', numbers: {}, slope: 1, weight: 1 } as const;

/**
 * One spin system at zero temperature on the discrete clock: the k-th flip happens at time k/N. Shots are run on it
 * one after the other.
 *
 * Where atoms move, `model` holds the couplings of relaxed atoms and a flip is tried at frozen displacements; energies
 * are those of relaxed atoms, so that the heat of a flip includes what the atoms give back when they relax after it. At
 * t = 0⁻ they rest where the initial state pulls them.
 */
export class CavityShot {
  private readonly sites: number;
  private readonly initial: Int8Array;
  /** Sites that may flip. */
  private readonly free: Int32Array;
  private readonly schedule: DriveSchedule;
  private readonly amplitudes: Float64Array;
  private readonly nextAmplitudes: Float64Array;
  /** Σ_i η_i s_i of each drive. */
  private readonly projections: Float64Array;
  /** h_i + Σ_d A_d η_i. */
  private readonly external: Float64Array;
  private readonly work = new CompensatedSum();
  private readonly heat = new CompensatedSum();
  private readonly steepest: boolean;
  /** Random unstable sites by their rates, where couplings have a kernel for them; else by looking at all. */
  private readonly events: FlipEvents | null;
  private readonly scan: SiteScan | null;
  private readonly system: CavitySystem;
  private stream = RandomStream.of(0);
  private energyBefore = 0;
  private tick = 0;
  private moving = true;
  private amplitudesMoved = false;

  /** @param algorithm {@link SCAN}, or null: the fastest there is */
  constructor(
    private readonly program: ResolvedProgram,
    system: CavitySystem,
    engine: Engine,
    algorithm: string | null,
  ) {
    const { sites } = program;
    this.system = system;
    this.sites = sites;
    this.initial = new Int8Array(sites);
    const clamped = new Set(program.clamped);
    this.free = Int32Array.from({ length: sites }, (_, i) => i).filter((i) => !clamped.has(i));
    this.schedule = new DriveSchedule(program.drives, sites);
    this.amplitudes = new Float64Array(program.drives.length);
    this.nextAmplitudes = new Float64Array(program.drives.length);
    this.projections = new Float64Array(program.drives.length);
    this.external = new Float64Array(sites);
    this.steepest = program.dynamics.rule === 'steepest-descent';
    this.events =
      algorithm === SCAN || this.steepest || system.plasticity !== null
        ? null
        : FlipEvents.of(engine, program, system.model);
    this.scan = this.events === null ? SiteScan.of(engine, system, this.free) : null;
  }

  /** How sites are found, for the result's provenance. */
  get algorithm(): string {
    return this.events === null ? SCAN : EVENTS;
  }

  get state(): Int8Array {
    return this.system.model.state;
  }
  get totalWork(): number {
    return this.work.value;
  }
  get totalHeat(): number {
    return this.heat.value;
  }
  /** The energy by the first law from the start's; `ledger` compares it with one from scratch. */
  get energy(): number {
    return this.energyBefore + this.work.value - this.heat.value;
  }

  /** The state and the drives at t = 0⁻, then whatever the drives do at t = 0. */
  begin(shot: number): void {
    const { program, amplitudes } = this;
    const { model, plasticity } = this.system;
    drawInitialSpins(program, shot, this.initial);
    model.reset(this.initial);
    plasticity?.reset(this.initial);
    this.stream = RandomStream.of(program.seed, 'dynamics', shot);
    this.work.reset();
    this.heat.reset();
    this.schedule.start(amplitudes);
    this.refreshExternal();
    for (const [d, drive] of program.drives.entries()) {
      let sum = 0;
      for (let i = 0; i < this.sites; i++) sum += drive.pattern[i]! * model.state[i]!;
      this.projections[d] = sum;
    }
    this.energyBefore = this.energyFromScratch();
    this.scan?.begin(this.roundingOfFields());
    this.tick = 0;
    this.moving = true;
    this.setTime(0);
    this.amplitudesMoved = false;
    this.scan?.retune(this.external);
    this.events?.begin(program.seed, shot);
    this.events?.start(0, DESCENT, this.free, 1, this.externalAt, this.smallest);
  }

  /** Everything that happens up to time t, t included. */
  advance(t: number): void {
    const last = Math.floor(t * this.sites + 1e-6);
    if (this.events !== null) return this.advanceByEvents(this.events, t, last);
    this.advanceByScan(this.scan!, t, last);
  }

  private advanceByScan(scan: SiteScan, t: number, last: number): void {
    const { onFlip, stream, steepest } = this;
    while (this.tick < last) {
      const change = this.schedule.nextTick(this.tick);
      // The flip of a tick sees the drives of that tick; between two changes many are made in one go.
      const next = this.moving ? this.tick + 1 : change;
      if (next > last) break;
      if (next === change) this.setTime(next / this.sites);
      if (this.amplitudesMoved) this.retuneScan(scan);
      const most = next === change ? 1 : Math.min(last, change - 1) - this.tick;
      const flips = steepest ? scan.descend(most, onFlip) : scan.wander(most, stream, onFlip);
      this.moving = flips === most;
      // The look that found nothing took a tick as well.
      this.tick = this.moving ? next + most - 1 : next + flips;
    }
    this.setTime(t);
    if (this.amplitudesMoved) this.retuneScan(scan);
  }

  private retuneScan(scan: SiteScan): void {
    this.amplitudesMoved = false;
    scan.retune(this.external);
  }

  /** Flips tick by tick up to the next tick at which the drives may have changed. */
  private advanceByEvents(events: FlipEvents, t: number, last: number): void {
    while (this.tick < last) {
      // The flip of a tick sees the drives of that tick.
      const change = this.schedule.nextTick(this.tick);
      const still = Math.min(last, change - 1) - this.tick;
      if (still > 0) {
        const flips = events.advance(Infinity, still, this.onFlip);
        this.tick += flips;
        if (flips === still) continue;
      }
      if (change > last) break;
      this.tick = change;
      this.setTime(change / this.sites);
      this.retuneEvents(events);
      events.advance(Infinity, 1, this.onFlip);
    }
    this.setTime(t);
    if (this.amplitudesMoved) this.retuneEvents(events);
  }

  /** The drives have moved. */
  private retuneEvents(events: FlipEvents): void {
    this.amplitudesMoved = false;
    events.retune(0, this.externalAt, this.smallest);
  }

  /** Costs up to this part of the largest are none. */
  private get smallest(): number {
    return this.system.model.overlaps === null ? ROUNDING : 0;
  }

  private readonly externalAt = (i: number): number => this.external[i]!;

  private readonly onFlip = (site: number, spin: number, field: number): void => {
    // The bath takes what the flip costs less than nothing: −ΔE = −2 s b, which with atoms that move is the flip at
    // frozen displacements and their relaxation together.
    this.heat.add(-2 * spin * (field + this.external[site]!));
    for (let d = 0; d < this.program.drives.length; d++) {
      this.projections[d] =
        this.projections[d]! - 2 * spin * this.program.drives[d]!.pattern[site]!;
    }
  };

  ledger(): ShotLedger {
    const heat = this.heat.value;
    return {
      work: this.work.value,
      heat,
      bathHeat: [heat],
      energyChange: this.energyFromScratch() - this.energyBefore,
      mediumEntropy: NaN,
    };
  }

  /** Moves the drives to time t and books the work −ΔA Σ η s. */
  private setTime(t: number): void {
    const { amplitudes, nextAmplitudes, projections } = this;
    this.schedule.at(t, nextAmplitudes);
    let changed = false;
    for (let d = 0; d < amplitudes.length; d++) {
      const change = nextAmplitudes[d]! - amplitudes[d]!;
      if (change === 0) continue;
      this.work.add(-change * projections[d]!);
      amplitudes[d] = nextAmplitudes[d]!;
      changed = true;
    }
    if (!changed) return;
    this.refreshExternal();
    this.amplitudesMoved = true;
  }

  private refreshExternal(): void {
    const { external, program, amplitudes } = this;
    external.set(program.fields);
    for (let d = 0; d < amplitudes.length; d++) {
      const amplitude = amplitudes[d]!;
      if (amplitude === 0) continue;
      const { pattern } = program.drives[d]!;
      for (let i = 0; i < external.length; i++) {
        external[i] = external[i]! + amplitude * pattern[i]!;
      }
    }
  }

  private energyFromScratch(): number {
    const { external } = this;
    const { model, plasticity } = this.system;
    let energy = model.energy() + (plasticity?.energyOffset ?? 0);
    for (let i = 0; i < this.sites; i++) energy -= external[i]! * model.state[i]!;
    return energy;
  }

  private roundingOfFields(): number {
    const { model } = this.system;
    if (model.overlaps !== null) return 0;
    let largest = 0;
    for (let i = 0; i < this.sites; i++) {
      largest = Math.max(largest, Math.abs(model.field(i)) + Math.abs(this.external[i]!));
    }
    return ROUNDING * largest;
  }
}
