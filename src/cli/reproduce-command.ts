import { availableParallelism } from 'node:os';
import type { Quantity, ReproducedItem } from '../reproduce/index.js';
import type { Composition } from './composition.js';
import type { Output } from './output.js';

/** Seed where none is given: the figures of the documentation are made with it. */
const DEFAULT_SEED = 20250;

export interface ReproduceOptions {
  readonly list?: boolean;
  readonly quick?: boolean;
  readonly out: string;
  readonly seed?: number;
}

/** `relaxd reproduce`: figures and numbers of known experiments, beside what is known of them. */
export async function reproduceCommand(
  composition: Composition,
  output: Output,
  names: readonly string[],
  options: ReproduceOptions,
): Promise<void> {
  const { chooseReproductions, runReproductions } = await import('../reproduce/index.js');
  const chosen = chooseReproductions(names);
  if (options.list === true) {
    if (output.json) {
      output.printJson({ items: chosen.map(({ name, title, about }) => ({ name, title, about })) });
    } else {
      output.table(
        ['name', 'what is reproduced'],
        chosen.map(({ name, about }) => [name, about]),
      );
    }
    return;
  }
  const devices = await composition.openDevices();
  let bar = output.progress('');
  try {
    await Promise.all(devices.list().map((device) => device.connect()));
    const items = await runReproductions({
      names,
      quick: options.quick ?? false,
      folder: options.out,
      seed: options.seed ?? DEFAULT_SEED,
      threads: availableParallelism(),
      devices,
      clock: composition.clock,
      signal: new AbortController().signal,
      onItem: (item, index, count) => {
        bar.stop();
        bar = output.progress(`${index + 1}/${count} ${item.name}`);
      },
      onProgress: (fraction) => bar.update(fraction, ''),
      onEnd: (item) => {
        bar.stop();
        if (!output.json) render(output, item);
      },
    });
    if (output.json) output.printJson({ items });
    const failed = items.flatMap((item) =>
      item.quantities.filter((q) => q.holds === false).map((q) => `${item.name}: ${q.name}`),
    );
    if (failed.length > 0) {
      output.note(
        `${failed.length} ${failed.length === 1 ? 'number does' : 'numbers do'} not hold: ${failed.join('; ')}`,
      );
      output.exitCode = 1;
    }
  } finally {
    bar.stop();
    await devices[Symbol.asyncDispose]();
  }
}

function render(output: Output, item: ReproducedItem): void {
  const { bold, green, red, dim } = output.colors;
  output.print(`${bold(item.name)}  ${dim(`${item.seconds.toFixed(1)} s`)}  ${item.figure}`);
  output.table(
    ['', 'value', 'expected', 'class', 'quantity'],
    item.quantities.map((q) => [
      q.holds === null ? dim('–') : q.holds ? green('✓') : red('✗'),
      withError(q),
      q.expected === null
        ? '–'
        : `${rounded(q.expected, q)}${q.tolerance === null ? '' : ` ± ${short(q.tolerance)}`}`,
      q.class,
      q.name,
    ]),
  );
  output.print('');
}

const short = (value: number): string => String(Number(value.toPrecision(2)));

/** Digits to where the standard error has its second one. */
function rounded(value: number, { standardError }: Quantity): string {
  if (standardError === null || !(standardError > 0)) return String(Number(value.toPrecision(6)));
  const digits = Math.max(0, Math.min(10, 1 - Math.floor(Math.log10(standardError))));
  return value.toFixed(digits);
}

function withError(q: Quantity): string {
  if (q.value === null) return '–';
  if (q.standardError === null || !(q.standardError > 0)) return rounded(q.value, q);
  return `${rounded(q.value, q)} ± ${short(q.standardError)}`;
}
