import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RelaxdError } from '../../src/core/index.js';

/** A line as a board's drawing has it: which chip, by its label, and which of its lines. */
export interface LineAddress {
  readonly chip: string;
  readonly offset: number;
}

export interface GpioChip {
  readonly label: string;
  /** Number of its first line in sysfs. Up to Linux 6.5 often 0; since 6.6 the first chip begins at 512. */
  readonly base: number;
  /** How many lines it has. */
  readonly lines: number;
}

export const SYSFS_ROOT = '/sys/class/gpio';

/**
 * The chips that a sysfs tree lists, in the order of their numbers.
 *
 * @throws RelaxdError `device-offline` where there is no such tree
 */
export function readChips(root: string): GpioChip[] {
  let names: string[];
  try {
    names = readdirSync(root).filter((name) => /^gpiochip\d+$/.test(name));
  } catch (error) {
    throw new RelaxdError(
      'device-offline',
      `there is no GPIO at ${root}: ${(error as Error).message}`,
      { path: root, hint: 'the kernel needs CONFIG_GPIO_SYSFS, and this process the right to it' },
      error,
    );
  }
  const read = (name: string, file: string): string =>
    readFileSync(join(root, name, file), 'utf8').trim();
  return names
    .map((name) => ({
      label: read(name, 'label'),
      base: Number(read(name, 'base')),
      lines: Number(read(name, 'ngpio')),
    }))
    .sort((a, b) => a.base - b.base);
}

/**
 * The number under which sysfs, and so onoff, knows a line.
 *
 * @throws RelaxdError `invalid-input` naming the chips or lines that there are
 */
export function lineNumber(chips: readonly GpioChip[], { chip, offset }: LineAddress): number {
  const found = chips.filter(({ label }) => label === chip);
  const [first] = found;
  if (first === undefined) {
    throw new RelaxdError('invalid-input', `there is no GPIO chip '${chip}'`, {
      path: 'chip',
      value: chip,
      limit: chips.map(({ label }) => label),
      hint: 'labels are in /sys/class/gpio/gpiochip*/label',
    });
  }
  if (found.length > 1) {
    throw new RelaxdError('invalid-input', `${found.length} GPIO chips are called '${chip}'`, {
      path: 'chip',
      value: chip,
      limit: 'a label that one chip has',
    });
  }
  if (!Number.isInteger(offset) || offset < 0 || offset >= first.lines) {
    throw new RelaxdError(
      'invalid-input',
      `GPIO chip '${chip}' has the lines 0 … ${first.lines - 1}, not ${offset}`,
      { path: 'offset', value: offset, limit: [0, first.lines - 1] },
    );
  }
  return first.base + offset;
}
