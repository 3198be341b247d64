import {
  SHOWN_SHOTS,
  type DeviceResult,
  type ResolvedProgram,
  type SampleChunk,
} from '../../src/device/index.js';
import { RESULT_FLAG, type ResultBlock } from '../../src/link/index.js';
import {
  moments,
  ReadoutMoments,
  RunLedger,
  summariseLedger,
  type ThermoContext,
} from '../../src/thermo/index.js';
import { BoardEnergy, type BoardProgram } from './board-program.js';
import { overlap } from './row-assembler.js';

/** Gathers what a board has measured in a run into the device's result. */
export class BoardResult {
  private readonly readouts: ReadoutMoments;
  /** E(0⁻) of each shot whose first state has come. */
  private readonly firstEnergy: number[] = [];
  private readonly energy: BoardEnergy;

  constructor(
    private readonly held: BoardProgram,
    times: Float64Array,
  ) {
    const { readout, references } = held.program;
    this.energy = new BoardEnergy(held);
    const { channels } = readout;
    this.readouts = new ReadoutMoments({ times, channels, references: references.length });
  }

  addFirstState(shot: number, x: Float64Array): void {
    this.firstEnergy[shot] = this.energy.of(x, null);
  }

  addChunk(chunk: SampleChunk): void {
    this.readouts.add(chunk);
  }

  /**
   * @param scale of a code of a final state
   * @param warnings that were known before
   */
  build(block: ResultBlock, scale: number, warnings: readonly string[]): DeviceResult {
    const { program } = this.held;
    const { sites: n, duration, references } = program;
    const codes = block.codes(n);
    const { context, notes } = this.thermoContext(block);
    const ledger = new RunLedger(context);
    const states: number[][] = [];
    const overlaps: number[][] = [];
    const temperature = context.baths[0]?.temperature ?? NaN;
    for (let k = 0; k < block.shots; k++) {
      const x = Array.from(codes.subarray(k * n, (k + 1) * n), (code) => scale * code);
      if (k < SHOWN_SHOTS) {
        states.push(x);
        overlaps.push(references.map((reference) => overlap(reference, x)));
      }
      const heat = block.heat[k]!;
      const first = this.firstEnergy[block.shot[k]!] ?? NaN;
      ledger.add({
        work: block.work[k]!,
        heat,
        bathHeat: context.baths.map(() => heat),
        energyChange: this.energy.of(x, duration) - first,
        mediumEntropy: heat / temperature,
      });
    }
    const { warnings: ledgerWarnings, ...ofLandscape } = summariseLedger(ledger, duration);
    const supply = supplyOf(block);
    const thermodynamics = supply === null ? ofLandscape : { ...ofLandscape, supply };
    return {
      shots: block.shots,
      deviceTime: duration,
      engine: 'board',
      algorithm: null,
      observables: this.readouts.means(),
      final: { states, overlaps },
      thermodynamics,
      warnings: [...warnings, ...notes, ...ledgerWarnings],
    };
  }

  /** What a board's measurements can say, and what they cannot. */
  private thermoContext(block: ResultBlock): {
    context: ThermoContext;
    notes: readonly string[];
  } {
    const notes: string[] = [];
    const unmeasured = (values: Float64Array): boolean =>
      values.some((value) => Number.isNaN(value));
    const measuresHeat = !unmeasured(block.heat);
    if (unmeasured(block.work)) notes.push('the board does not measure work');
    const lost = Array.from(block.shot).filter((shot) => this.firstEnergy[shot] === undefined);
    if (lost.length > 0) {
      notes.push(
        `the first state of ${lost.length} of ${block.shots} shots was lost: no energy change there`,
      );
    }
    const supply = supplyOf(block);
    if (supply !== null) {
      notes.push(
        `the analog supply gave ${supply.mean.toPrecision(4)} J a shot; heat is that of the energy landscape only`,
      );
    }
    const saturated = Array.from(block.flags).filter(
      (flags) => (flags & RESULT_FLAG.saturated) !== 0,
    ).length;
    if (saturated > 0) {
      notes.push(`a converter was at its limit in the last readout of ${saturated} shots`);
    }
    return { notes, context: boardThermodynamics(this.held.program, measuresHeat) };
  }
}

/** Joules a shot; null: the board does not measure it. */
function supplyOf({ supplyJ }: ResultBlock) {
  const measured = supplyJ.filter((value) => Number.isFinite(value));
  if (measured.length === 0) return null;
  const { mean, sem, variance } = moments(measured);
  return measured.length < 2 ? { mean, sem: null, variance: null } : { mean, sem, variance };
}

/** What can be said of a program's thermodynamics on a board, before it has run. */
export function boardThermodynamics(
  program: ResolvedProgram,
  measuresHeat: boolean,
): ThermoContext {
  const { temperature } = program.dynamics;
  const constant = typeof temperature === 'number' && program.controls.temperature === undefined;
  const noHeat = measuresHeat ? null : 'the board does not measure heat';
  return {
    sites: program.sites,
    baths: constant ? [{ name: 'bath', temperature }] : [],
    noEnergy: null,
    noHeat,
    noFirstLaw:
      'work, heat and energy are three measurements, each with its own error: they do not close exactly',
    noEntropy:
      noHeat ??
      (constant
        ? temperature === 0
          ? 'the bath is at T = 0'
          : null
        : 'the temperature is not one and constant, and the board measures one heat'),
    entropyMethod: 'medium',
    jarzynskiBeta: null,
    noJarzynski: `it needs an equilibrium start, not '${program.initial.kind}'`,
  };
}
