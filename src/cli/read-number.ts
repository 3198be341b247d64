import { InvalidArgumentError } from 'commander';

/** Parsers of option values; what they throw is shown by commander with the option's name, exit 2. */
export function integerBetween(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least || value > most) {
      throw new InvalidArgumentError(`expected an integer from ${least} to ${most}.`);
    }
    return value;
  };
}

export function numberBetween(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < least || value > most) {
      throw new InvalidArgumentError(`expected a number from ${least} to ${most}.`);
    }
    return value;
  };
}
