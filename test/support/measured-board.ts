import type { CircuitProbe, CircuitRun, Parameter } from '../../src/calibrate/index.js';
import {
  descriptorHash,
  type Calibration,
  type Descriptor,
  type Program,
} from '../../src/device/index.js';
import { bareCalibration } from './bare-calibration.js';
import { PROFILES, type CircuitProfile } from '../../firmware-sim/circuit/circuit-profile.js';
import { ComponentBoard } from '../../firmware-sim/circuit/component-board.js';
import { drawComponents, type Components } from '../../firmware-sim/circuit/components.js';

/** A board whose parts are as far off as the blind ones: 5 %, with offsets, noise, gains; linear, and its warmth constant. */
export const BLIND: CircuitProfile = {
  ...PROFILES['bench']!,
  name: 'blind',
  capacitorSpread: 0.05,
  resistorSpread: 0.05,
  wellSpread: 0.05,
  couplingSpread: 0.05,
  couplingAsymmetry: 0.02,
  noiseSourceSpread: 0.05,
  readoutGainSpread: 0.05,
  readoutOffsetV: 5e-3,
  offset: 0.2,
  driveSpread: 0.005,
  monitorSpread: 0.01,
  monitorOffset: 0.002,
  // What is not in the model: bends of converters, inputs that saturate, warmth.
  inlLsb: 0,
  // Estimates of the pole have tests of their own: fits without one are faster.
  readoutPoleRc: 0,
  couplingLinearV: Infinity,
  railV: Infinity,
  driftK: 0,
};

/** What the monitors showed at the end of each shot: joules of the supply, heat in program units. */
export interface CostOfShots {
  readonly cost: { readonly supplyJ: Float64Array; readonly heat: Float64Array };
}

/** The simulator's board in this process, without firmware, line or clock: it runs probes and knows what it is made of. */
export class MeasuredBoard {
  readonly descriptor: Descriptor;
  readonly parts: Components;
  private readonly board: ComponentBoard;

  constructor(
    readonly profile: CircuitProfile,
    serial: string,
  ) {
    this.board = new ComponentBoard(profile, serial, () => 0);
    this.parts = drawComponents(profile, serial);
    this.descriptor = {
      ...(this.board.descriptor as Omit<Descriptor, 'device' | 'driver'>),
      device: 'blind',
      driver: 'test',
    };
  }

  run(probe: CircuitProbe, seed: number): CircuitRun & CostOfShots {
    const { board } = this;
    const { setting, course, shots, name } = probe;
    const { sites, temperature } = setting;
    const couplings = new Float64Array(sites * sites);
    for (let k = 0; k < setting.couplings.length; k += 3) {
      const [i, j, J] = [
        setting.couplings[k]!,
        setting.couplings[k + 1]!,
        setting.couplings[k + 2]!,
      ];
      couplings[i * sites + j] = couplings[j * sites + i] = J;
    }
    board.apply({
      n: sites,
      couplings,
      fields: setting.fields,
      quadratic: setting.quadratic,
      quartic: setting.quartic ?? new Float64Array(sites),
      drives: probe.drives.map(({ index, pattern, amplitudes }) => ({
        index,
        pattern,
        amplitude: {
          times: amplitudes.map((_, s) => s * course.interval),
          values: amplitudes,
        },
      })),
      controls: {},
      initial: null,
      nodeTemperature: typeof temperature === 'number' ? null : temperature,
    });
    const duration = course.interval * (course.length - 1);
    const times = Float64Array.from({ length: course.length }, (_, k) => k * course.interval);
    const states: Float64Array[] = [];
    const totals = new Float64Array(shots);
    const supplyJ = new Float64Array(shots);
    const heat = new Float64Array(shots);
    for (let shot = 0; shot < shots; shot++) {
      const state = new Float64Array(course.length * sites);
      board.beginShot({
        seed,
        shot,
        times,
        duration,
        temperature: typeof temperature === 'number' ? temperature : 1,
        initial: 'zero',
        flips: 0,
        run: 1,
      });
      let ended = false;
      while (!ended) {
        ended = board.advance(1e9, (k, readout) => {
          supplyJ[shot] = readout.supplyJ;
          heat[shot] = readout.heat;
          if (probe.kind === 'heat') totals[shot] = readout.heat;
          else
            for (let i = 0; i < sites; i++)
              state[k * sites + i] = readout.codes[i]! * board.stateScale;
        });
      }
      if (probe.kind === 'states') states.push(state);
    }
    const base = {
      probe: name,
      setting,
      course,
      start: { kind: 'known', values: new Float64Array(sites) } as const,
      cost: { supplyJ, heat },
    };
    return probe.kind === 'states'
      ? { ...base, kind: 'states', shots: states }
      : { ...base, kind: 'heat', totals };
  }

  /** What is shown of each site at the end of each shot of a program of dense couplings. */
  finalStates(program: Program, seed: number): Float64Array[] {
    const { board, descriptor } = this;
    const { sites, couplings, fields, wells, initial, duration, shots } = program;
    if (couplings.kind !== 'dense' || wells === null) throw new Error('no compiled program');
    const temperature = program.dynamics.temperature ?? descriptor.dynamics.temperature.default;
    board.apply({
      n: sites,
      couplings: couplings.data,
      fields,
      quadratic: wells.quadratic,
      quartic: wells.quartic,
      drives: [],
      controls: {},
      initial: 'values' in initial ? Float64Array.from(initial.values) : null,
      nodeTemperature: typeof temperature === 'number' ? null : temperature,
    });
    return Array.from({ length: shots }, (_, shot) => {
      const shown = new Float64Array(sites);
      board.beginShot({
        seed,
        shot,
        times: Float64Array.of(0, duration),
        duration,
        temperature: typeof temperature === 'number' ? temperature : 1,
        initial: initial.kind === 'pattern' ? 'values' : (initial.kind as 'corrupted'),
        flips: initial.kind === 'corrupted' ? initial.flips : 0,
        run: 1,
      });
      let ended = false;
      while (!ended) {
        ended = board.advance(1e9, (_k, { codes }) => {
          for (let i = 0; i < sites; i++) shown[i] = codes[i]! * board.stateScale;
        });
      }
      return shown;
    });
  }

  /**
   * What a calibration without errors says of the board.
   * @param list of a calibration's parameters; gains of quartic wells are added where it has none
   */
  trueCalibration(list: readonly Parameter[]): Calibration {
    const { descriptor } = this;
    const isTold = list.some(({ name }) => name.startsWith('quarticGain'));
    const quartic = Array.from({ length: isTold ? 0 : this.profile.sites }, (_, i) => ({
      name: `quarticGain[${i}]`,
      value: this.truth(`quarticGain[${i}]`),
      unit: '1',
      nominal: 1,
    }));
    const known = list.map(({ name, unit, nominal, coordinate }) => ({
      name,
      value: this.truth(name),
      unit,
      nominal: coordinate === 'log' && !name.startsWith('readoutNoise') ? nominal : null,
    }));
    return bareCalibration({
      device: descriptor.device,
      serial: 'true',
      descriptor: descriptorHash(descriptor),
      parameters: [...known, ...quartic].map((one) => ({
        ...one,
        standardError: null,
        identified: false,
      })),
    });
  }

  /** Changes what node i receives from j by a factor, from now on: a part that drifts. */
  drift(i: number, j: number, factor: number): void {
    const at = i * this.profile.sites + j;
    const { parts } = this.board as unknown as { readonly parts: Components };
    for (const { couplingGain } of [parts, this.parts]) {
      couplingGain[at] = (1 + couplingGain[at]!) * factor - 1;
    }
  }

  /** The true value of a parameter by its name, in its unit. */
  truth(name: string): number {
    const { parts, profile } = this;
    const t0 = 2 * profile.resistanceOhm * profile.capacitanceF;
    const lsb = profile.adcFullScaleV / (2 ** (profile.adcBits - 1) - 1);
    const board: Record<string, number> = {
      readoutPole: profile.readoutPoleRc * profile.resistanceOhm * profile.capacitanceF,
      heatGain: 1 + parts.monitorGain[1]!,
      supplyStatic: profile.staticW + profile.sites * profile.siteW,
      supplyReadout: profile.conversionJ,
      supplyCoupling: this.couplingPowerW(),
      supplyGain: 1 + parts.monitorGain[2]!,
      heatOffset: (parts.monitorOffset[1]! * profile.capacitanceF * profile.unitV ** 2) / 2 / t0,
    };
    if (name in board) return board[name]!;
    const pair = /^couplingGain\[(\d+)<-(\d+)\]$/.exec(name);
    if (pair !== null) {
      return 1 + parts.couplingGain[Number(pair[1]) * profile.sites + Number(pair[2])]!;
    }
    const drive = /^driveGain\[(\d+)\]$/.exec(name);
    if (drive !== null) return 1 + parts.driveGain[Number(drive[1])]!;
    const [, what, index] = /^(\w+)\[(\d+)\]$/.exec(name)!;
    const i = Number(index);
    const nominalK = (profile.capacitanceF * profile.unitV ** 2) / 2 / 1.380649e-23;
    switch (what) {
      case 'capacitance':
        return parts.capacitanceF[i]!;
      case 'resistance':
        return parts.resistanceOhm[i]!;
      case 'temperature':
        // The source's power is set by itself: a larger resistor is a warmer node.
        return (
          (nominalK * (1 + parts.noiseGain[i]!) ** 2 * parts.resistanceOhm[i]!) /
          profile.resistanceOhm
        );
      case 'readoutGain':
        return 1 + parts.readoutGain[i]!;
      case 'fieldGain':
        return 1 + parts.fieldGain[i]!;
      case 'wellGain':
        return 1 + parts.quadraticGain[i]!;
      case 'quarticGain':
        return 1 + parts.quarticGain[i]!;
      case 'offsetCurrent':
        return parts.offsetA[i]!;
      case 'readoutOffset':
        return parts.readoutOffsetV[i]!;
      case 'readoutNoise':
        // In what is shown: the converter's own noise and that of its steps.
        return Math.sqrt(profile.adcNoiseV ** 2 + lsb ** 2 / 12) / profile.readoutGain;
      default:
        throw new Error(name);
    }
  }

  /** Of a coupling of 1 in one direction, in the mean of all pairs. */
  private couplingPowerW(): number {
    const { sites, capacitanceF, resistanceOhm, overdriveV, supplyV } = this.profile;
    let gains = 0;
    for (let i = 0; i < sites; i++) {
      for (let j = 0; j < sites; j++) {
        if (i !== j) gains += 1 + this.parts.couplingGain[i * sites + j]!;
      }
    }
    const ofUnitS = capacitanceF / (2 * resistanceOhm * capacitanceF);
    return (ofUnitS * overdriveV * supplyV * gains) / (sites * (sites - 1));
  }
}
