import { RandomStream } from '../../../core/index.js';
import type { ResolvedProgram } from '../../../device/index.js';
import { CompensatedSum, type ShotLedger } from '../../../thermo/index.js';
import { Protocol } from '../../spin/protocol.js';
import { drawInitialSpins } from '../initial-spins.js';
import { CourseSegments } from './course-segments.js';
import { DrivenMagnetisations } from './driven-magnetisations.js';
import { freeSites } from './free-couplings.js';
import type { KineticMotion } from './kinetic-motion.js';
import { bathTemperature, withPumpAsCoupling } from './kinetic-program.js';
import type { MagnetisationModel } from './magnetisation-model.js';
import type { ParamagnetStart } from './paramagnet-start.js';

/**
 * What motions of magnetisations between −1 and 1 share: how a shot starts, ordered or out of the paramagnet, and its
 * energy, work and heat. Heat is the energy that went.
 */
export abstract class GradedMotion implements KineticMotion {
  onProgress: (t: number) => void = () => undefined;
  protected readonly free: Int32Array;
  protected readonly protocol: Protocol;
  protected readonly segments: CourseSegments;
  protected readonly driven: DrivenMagnetisations;
  /** Heat since the spins are ordered. */
  protected readonly heatSum = new CompensatedSum();
  private readonly initial: Int8Array;
  private startEnergy = 0;
  private ordered = true;

  /** @param start how spins leave the paramagnet; null where they are ordered from the start */
  constructor(
    protected readonly program: ResolvedProgram,
    model: MagnetisationModel,
    private readonly start: ParamagnetStart | null,
  ) {
    this.free = freeSites(program);
    this.initial = new Int8Array(program.sites);
    this.protocol = new Protocol(withPumpAsCoupling(program), bathTemperature(program));
    this.segments = new CourseSegments(program, bathTemperature(program));
    this.driven = new DrivenMagnetisations(program, this.protocol, model);
  }

  begin(shot: number): void {
    const { program, driven, protocol, initial, start } = this;
    protocol.rewind();
    drawInitialSpins(program, shot, initial);
    const stream = RandomStream.of(program.seed, 'dynamics', shot);
    driven.m.set(initial);
    this.heatSum.reset();
    this.ordered = start === null;
    this.place(initial, stream);
    if (start !== null) {
      start.begin(initial, stream);
      this.startEnergy = start.startEnergy;
      return;
    }
    driven.open();
    this.startEnergy = driven.energy();
    protocol.advance(0);
    driven.settle();
    this.startClock(0);
  }

  advanceTo(until: number): void {
    if (this.ordered || this.leaveParamagnet(until)) this.moveOn(until);
  }

  get values(): ArrayLike<number> {
    return this.ordered ? this.driven.m : this.start!.values;
  }
  get work(): number {
    return (this.start?.work ?? 0) + (this.ordered ? this.driven.work : 0);
  }
  get heat(): number {
    return (this.start?.heat ?? 0) + (this.ordered ? this.heatSum.value : 0);
  }
  get energy(): number {
    return this.startEnergy + this.work - this.heat;
  }

  ledger(): ShotLedger {
    let end: number;
    if (this.ordered) {
      this.driven.refreshFields();
      end = this.driven.energy();
    } else end = this.start!.energy;
    const controlWork =
      (this.start?.controlWork ?? 0) + (this.ordered ? this.driven.controlWork : 0);
    return {
      work: this.work,
      driveWork: this.work - controlWork,
      controlWork,
      heat: this.heat,
      bathHeat: [this.heat],
      energyChange: end - this.startEnergy,
      mediumEntropy: this.start === null ? this.entropy : NaN,
    };
  }

  abstract readonly algorithm: string;
  /** Entropy given to the bath of a shot that is ordered from the start; NaN where there is none to tell of. */
  protected abstract readonly entropy: number;
  /** Starts a shot: free sites as the spins are, magnetisations included, and nothing counted yet. */
  protected abstract place(initial: Int8Array, stream: RandomStream): void;
  /** Takes free sites from the magnetisations at which the linear growth ended. */
  protected abstract takeUp(values: ArrayLike<number>): void;
  /** Spins are ordered and move from time t on. */
  protected abstract startClock(t: number): void;
  /** Everything that happens to ordered spins up to a time, it included. */
  protected abstract moveOn(until: number): void;

  /** Runs the paramagnet to `until`, or to where it orders; true once the spins have. */
  private leaveParamagnet(until: number): boolean {
    const start = this.start!;
    if (!start.advanceTo(until)) return false;
    this.takeUp(start.values);
    this.protocol.advance(start.time);
    this.driven.open();
    start.handOver(this.driven.energy());
    this.ordered = true;
    this.startClock(start.time);
    return true;
  }
}
