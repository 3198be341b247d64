import type { ShotLedger } from '../../thermo/index.js';
import type { SimulationSink, SimulationTask } from '../simulation.js';
import type { Knobs, Protocol, Segment } from './protocol.js';
import type { SignOverlaps } from './sign-overlaps.js';

/** A circuit of one kind or another, with everything that the shots of a block share. */
export interface ShotRun {
  readonly protocol: Protocol;
  readonly account: {
    readonly work: number;
    readonly heat: number;
    /** Energy of the state that was last accounted. */
    energy(knobs: Knobs): number;
    /** The knobs move at that state. */
    turn(from: Knobs, to: Knobs): void;
    /** @param energyChange both ends computed from scratch */
    close(energyChange: number, entropyDefined: boolean): ShotLedger;
  };
  readonly overlaps: SignOverlaps;
  readonly entropyDefined: boolean;
  /** Places the state of a shot at t = 0⁻ and opens the ledger. */
  begin(shot: number): void;
  /** Runs through a segment; `progress` takes the fraction of it that is done. */
  cross(segment: Segment, shot: number, progress: (fraction: number) => void): void;
  /** Energy of the present state; NaN where there is none. */
  energyFromScratch(knobs: Knobs): number;
  /** All N sites as a readout shows them. */
  readOut(knobs: Knobs): Float64Array;
}

/** Runs the shots of a block one after the other, from segment to segment of the protocol. */
export function runShots(
  { program, firstShot, shots }: SimulationTask,
  sink: SimulationSink,
  run: ShotRun,
): void {
  const { protocol, account, overlaps } = run;
  for (let shot = firstShot; shot < firstShot + shots; shot++) {
    run.begin(shot);
    const first = run.energyFromScratch(protocol.before);
    let knobs = protocol.segments[0]!.start;
    account.turn(protocol.before, knobs);
    const read = (step: number): void => {
      const state = run.readOut(knobs);
      sink.readout({
        shot,
        step,
        energy: account.energy(knobs),
        work: account.work,
        heat: account.heat,
        overlaps: overlaps.read(state),
        state,
      });
    };
    read(0);
    for (const segment of protocol.segments) {
      const progressAt = (fraction: number): void => {
        const t = segment.t0 + fraction * (segment.t1 - segment.t0);
        sink.progress((shot - firstShot + t / program.duration) / shots);
      };
      run.cross(segment, shot, progressAt);
      account.turn(segment.end, segment.after);
      knobs = segment.after;
      if (segment.readout >= 0) read(segment.readout);
      progressAt(1);
    }
    const last = run.energyFromScratch(knobs);
    sink.shotEnd(account.close(last - first, run.entropyDefined));
  }
}
