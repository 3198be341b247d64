import { RelaxdError } from '../core/index.js';
import {
  readTradeOffSpec,
  sweepTradeOff,
  type TradeOffDocument,
  type TradeOffRow,
} from '../drive/index.js';
import type { Composition } from './composition.js';
import { Interrupt } from './interrupt.js';
import type { Output } from './output.js';
import { number, withError } from './render-result.js';
import { readJson, writeOut } from './text-files.js';

export interface ExploreOptions {
  readonly devices: string;
  readonly orders: string;
  readonly temperatures: string;
  readonly fields: string;
  readonly durations: string;
  readonly memories: string;
  readonly sites: number;
  readonly accuracy: number;
  readonly shape: string;
  readonly relax?: number;
  readonly shots: number;
  readonly seed?: number;
  readonly out?: string;
  readonly figure?: string;
}

/** `relaxd explore`: a sweep of drives as one record, its Pareto fronts, and a figure. */
export async function exploreCommand(
  composition: Composition,
  output: Output,
  file: string | null,
  options: ExploreOptions,
): Promise<void> {
  const spec = readTradeOffSpec(
    file === null ? specOf(options, composition) : await readSpec(file),
  );
  const [only, second] = spec.devices;
  const registry = await composition.openDevices(second === undefined ? only : undefined);
  const bar = output.progress('explore');
  const interrupt = new Interrupt();
  let document: TradeOffDocument;
  try {
    await Promise.all(spec.devices.map((id) => registry.get(id).connect()));
    document = await sweepTradeOff(spec, {
      device: (id) => registry.get(id),
      version: composition.version,
      signal: interrupt.signal,
      progress: (fraction) => bar.update(fraction, ''),
    });
  } finally {
    bar.stop();
    interrupt[Symbol.dispose]();
    await registry[Symbol.asyncDispose]();
  }
  if (options.out !== undefined) {
    await writeOut(options.out, `${JSON.stringify(document, null, 1)}\n`);
    output.note(`wrote ${options.out}`);
  }
  if (options.figure !== undefined) {
    const { drawTradeOff } = await import('../reproduce/index.js');
    await writeOut(options.figure, drawTradeOff(document));
    output.note(`wrote ${options.figure}`);
  }
  if (output.json) output.printJson(document);
  else render(output, document);
}

function specOf(options: ExploreOptions, { drawSeed }: Composition): object {
  const list = (name: keyof ExploreOptions): number[] =>
    String(options[name])
      .split(',')
      .map((text) => {
        const value = text.trim() === '' ? NaN : Number(text);
        if (Number.isFinite(value)) return value;
        throw new RelaxdError(
          'wrong-call',
          `--${name} ${String(options[name])} is no list of numbers`,
          {
            path: `--${name}`,
            value: String(options[name]),
            limit: 'numbers with commas between',
          },
        );
      });
  return {
    devices: options.devices.split(','),
    orders: list('orders'),
    temperatures: list('temperatures'),
    fields: list('fields'),
    durations: list('durations'),
    memories: list('memories'),
    sites: options.sites,
    accuracy: options.accuracy,
    shape: options.shape,
    ...(options.relax === undefined ? {} : { relax: options.relax }),
    shots: options.shots,
    seed: options.seed ?? drawSeed(),
  };
}

/** A spec of its own, or a record whose spec is run again. */
async function readSpec(file: string): Promise<unknown> {
  const document = await readJson(file);
  const { kind, spec } = document as { kind?: unknown; spec?: unknown };
  return kind === 'trade-off' ? spec : document;
}

function render(output: Output, document: TradeOffDocument): void {
  const { bold, dim } = output.colors;
  for (const { device, rows } of document.front) {
    const own = document.rows.filter((row) => row.device === device);
    const refused = own.flatMap((row) => (row.refused == null ? [] : [row.refused]));
    output.print('');
    output.print(
      `${bold(device)}: ${own.length} drives, ${rows.length} on the front of (entropy production, overlap, duration)`,
    );
    const shown = rows
      .map((k) => document.rows[k]!)
      .sort((a, b) => (a.entropyProduction?.mean ?? 0) - (b.entropyProduction?.mean ?? 0));
    if (shown.length > 0) {
      output.table(
        ['n', 'P', 'T', 'h', 'duration', 'Σ / site (nats)', 'W / site', 'overlap', 'success'],
        shown.map((row) => [
          row.order,
          row.memories,
          number(row.temperature),
          number(row.field),
          number(row.duration),
          told(row.entropyProduction ?? row.mediumEntropy),
          told(row.work),
          told(row.overlap),
          told(row.success),
        ]),
      );
    }
    if (own.some((row) => row.entropyProduction == null && row.mediumEntropy != null)) {
      output.print(dim('· of continuous sites Σ is heat / T: their own entropy is not known'));
    }
    for (const why of new Set(refused)) output.print(dim(`· not done: ${why}`));
  }
}

const told = (quantity: TradeOffRow['work']): string =>
  quantity == null ? '–' : withError({ mean: quantity.mean ?? null, sem: quantity.sem ?? null });
