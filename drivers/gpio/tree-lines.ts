import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RelaxdError, type Timeline } from '../../src/core/index.js';
import { lineNumber, readChips, type GpioChip, type LineAddress } from './gpio-chips.js';
import type { GpioLines, InputLine, Level, OutputLine } from './gpio-lines.js';

/** Inputs are looked at so often, ms. */
const LOOK_MS = 2;

/**
 * Simulated lines in a folder that is laid out like /sys/class/gpio: `gpiochip*` say which lines there are, `gpioN/value` is a line.
 * Another program, or a person with `echo`, plays the world outside.
 */
export class TreeLines implements GpioLines {
  private readonly chips: readonly GpioChip[];

  /** @throws RelaxdError `device-offline` where the folder is none */
  constructor(
    private readonly root: string,
    private readonly timeline: Timeline,
  ) {
    this.chips = readChips(root);
  }

  /** File of a line's level. */
  valueFile(address: LineAddress): string {
    return join(this.root, `gpio${lineNumber(this.chips, address)}`, 'value');
  }

  output(address: LineAddress): OutputLine {
    const file = this.made(address, 'out');
    writeFileSync(file, '0');
    return {
      write: (level) => writeFileSync(file, String(level)),
      close: () => writeFileSync(file, '0'),
    };
  }

  input(address: LineAddress): InputLine {
    const file = this.made(address, 'in');
    const read = (): Level => {
      const text = readFileSync(file, 'utf8').trim();
      if (text === '0' || text === '1') return Number(text) as Level;
      throw new RelaxdError('device-fault', `${file} is '${text}', neither 0 nor 1`);
    };
    let stop: () => void = () => undefined;
    return {
      read,
      onEdge: (listener) => {
        let before = read();
        const look = (): void => {
          stop = this.timeline.after(LOOK_MS, look);
          try {
            const level = read();
            if (level === before) return;
            before = level;
          } catch {
            return; // whoever reads it next hears of it
          }
          listener(before);
        };
        stop = this.timeline.after(LOOK_MS, look);
      },
      close: () => stop(),
    };
  }

  private made(address: LineAddress, direction: 'in' | 'out'): string {
    const file = this.valueFile(address);
    const folder = join(file, '..');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'direction'), direction);
    if (!existsSync(file)) writeFileSync(file, '0');
    return file;
  }
}
