import { asRelaxdError, type Timeline } from '../../src/core/index.js';
import type { Device, DriverContext, Guard } from '../../src/device/index.js';
import type { LineAddress } from './gpio-chips.js';
import type { GpioLines, InputLine, Level, OutputLine } from './gpio-lines.js';
import { PulseTrain } from './pulse-train.js';

/** An input that must be at its level for anything to run. */
export interface GuardInput extends LineAddress {
  /** Level at which all is well; 1 by default: a broken wire, or no power, stops too. */
  readonly okLevel?: Level | undefined;
}

export interface GuardWiring {
  readonly emergencyStop?: GuardInput | undefined;
  readonly interlock?: GuardInput | undefined;
  /** Pulses while a device is armed or acquiring, else low. */
  readonly enable?: LineAddress | undefined;
  readonly pulseHz?: number | undefined;
  /** One pulse when a device begins to acquire. */
  readonly trigger?: LineAddress | undefined;
  readonly triggerMs?: number | undefined;
  /** High while a device acquires. */
  readonly gate?: LineAddress | undefined;
}

interface Watched {
  readonly name: string;
  readonly line: InputLine;
  readonly okLevel: Level;
}

const PULSE_HZ = 100;
const TRIGGER_MS = 1;
/** States in which a device does nothing by itself. */
const AT_REST = ['safe', 'fault', 'maintenance'];

/**
 * Stands between GPIO lines and devices: an emergency stop or an open interlock brings every device to its safe state, and keeps it there
 * until the line is well again and a person clears it; the enable pulses only while something is armed or acquiring.
 */
export class DeviceGuard implements Guard {
  readonly name = 'gpio';
  private readonly inputs: Watched[] = [];
  private readonly train: PulseTrain | null = null;
  private readonly enable: OutputLine | null = null;
  private readonly trigger: OutputLine | null = null;
  private readonly gate: OutputLine | null = null;
  private readonly removers: (() => void)[] = [];
  private stopTrigger: () => void = () => undefined;
  private gated = false;
  private closed = false;

  /** @throws RelaxdError where a line cannot be had; none is held then */
  constructor(
    lines: GpioLines,
    private readonly wiring: GuardWiring,
    private readonly devices: readonly Device[],
    private readonly context: DriverContext,
    private readonly timeline: Timeline,
  ) {
    const output = (address: LineAddress | undefined): OutputLine | null => {
      if (address === undefined) return null;
      const line = lines.output(address);
      this.removers.push(() => line.close());
      return line;
    };
    try {
      this.enable = output(wiring.enable);
      this.trigger = output(wiring.trigger);
      this.gate = output(wiring.gate);
      if (this.enable !== null) {
        this.train = new PulseTrain(
          this.enable,
          500 / (wiring.pulseHz ?? PULSE_HZ),
          timeline,
          () => this.mayPulse(),
          (error) => this.bringToSafety(`the enable cannot be driven: ${error.message}`),
        );
      }
      this.watch(lines, 'emergency stop', wiring.emergencyStop);
      this.watch(lines, 'interlock', wiring.interlock);
    } catch (error) {
      this.release();
      throw error;
    }
    for (const device of devices) {
      this.removers.push(
        device.on('equipment', () => this.look()),
        device.on('link', () => this.look()),
      );
    }
    this.look();
  }

  private watch(lines: GpioLines, name: string, input: GuardInput | undefined): void {
    if (input === undefined) return;
    const line = lines.input(input);
    this.removers.push(() => line.close());
    this.inputs.push({ name, line, okLevel: input.okLevel ?? 1 });
    line.onEdge((level) => {
      const { context } = this;
      const well = level === (input.okLevel ?? 1);
      context.log(well ? 'info' : 'warn', `gpio: ${name} is ${well ? 'released' : 'tripped'}`);
      this.look(well ? null : `${name} (GPIO ${input.chip} ${input.offset})`);
    });
  }

  /** Why nothing may run now, or null. A line that cannot be read is as good as one that trips. */
  private stopped(): string | null {
    for (const { name, line, okLevel } of this.inputs) {
      try {
        if (line.read() !== okLevel) return name;
      } catch (error) {
        return `${name} cannot be read: ${asRelaxdError(error).message}`;
      }
    }
    return null;
  }

  /** A device is armed or acquiring, and there. */
  private live(): boolean {
    return this.devices.some(
      ({ link, equipment }) =>
        link !== 'offline' && (equipment === 'armed' || equipment === 'acquiring'),
    );
  }

  /** Before each edge: an edge of an input that was missed is seen here. */
  private mayPulse(): boolean {
    const cause = this.stopped();
    if (cause !== null) this.bringToSafety(cause);
    return cause === null && this.live();
  }

  /** @param tripped what an edge has just told, though the line may be well again already */
  private look(tripped: string | null = null): void {
    if (this.closed) return;
    const cause = tripped ?? this.stopped();
    if (cause !== null) this.bringToSafety(cause);
    else if (this.live()) this.train?.start();
    else this.train?.stop();
    this.drive(cause === null);
  }

  private drive(well: boolean): void {
    const acquiring = well && this.devices.some(({ equipment }) => equipment === 'acquiring');
    if (acquiring === this.gated) return;
    this.gated = acquiring;
    this.attempt('gate', () => this.gate?.write(acquiring ? 1 : 0));
    this.stopTrigger();
    this.attempt('trigger', () => this.trigger?.write(acquiring ? 1 : 0));
    if (!acquiring) return;
    this.stopTrigger = this.timeline.after(this.wiring.triggerMs ?? TRIGGER_MS, () =>
      this.attempt('trigger', () => this.trigger?.write(0)),
    );
  }

  private attempt(what: string, write: () => void): void {
    try {
      write();
    } catch (error) {
      this.bringToSafety(`the ${what} cannot be driven: ${asRelaxdError(error).message}`);
    }
  }

  /** The pulses end at once; devices that are not at rest already go to their safe state. */
  private bringToSafety(cause: string): void {
    if (this.train?.running === true) this.train.stop();
    for (const device of this.devices) {
      if (device.link === 'offline' || AT_REST.includes(device.equipment)) continue;
      device.toSafeState(cause).catch((error: unknown) => {
        const { message } = asRelaxdError(error);
        this.context.log('error', `gpio: ${device.id} did not go to its safe state: ${message}`, {
          device: device.id,
          cause,
        });
      });
    }
  }

  private release(): void {
    this.closed = true;
    this.stopTrigger();
    if (this.train?.running === true) this.train.stop();
    for (const remove of this.removers.splice(0).reverse()) {
      try {
        remove();
      } catch (error) {
        this.context.log('warn', `gpio: ${asRelaxdError(error).message}`);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
  }
}
