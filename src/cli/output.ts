import { stripVTControlCharacters } from 'node:util';
import cliProgress from 'cli-progress';
import Table from 'cli-table3';
import pc from 'picocolors';
import type { RelaxdError } from '../core/index.js';

/** Where a command writes: results to stdout, everything else to stderr. */
export class Output {
  /** What the command ends with where nothing was thrown: 1 where its result is bad news. */
  exitCode: 0 | 1 = 0;

  constructor(
    private readonly stdout: NodeJS.WriteStream,
    private readonly stderr: NodeJS.WriteStream,
    readonly json: boolean,
  ) {}

  /** Colours for what goes to stdout, off where it is no terminal. */
  get colors(): ReturnType<typeof pc.createColors> {
    return colorsFor(this.stdout);
  }

  get columns(): number {
    return this.stdout.columns || 80; // a terminal that does not know says 0
  }

  /** Columns that a line may have: as many as it likes where no terminal would break it. */
  get room(): number {
    return this.stdout.isTTY ? this.columns : Infinity;
  }

  print(text: string): void {
    this.stdout.write(`${text}\n`);
  }

  /** The one JSON document of a command with `--json`. */
  printJson(value: unknown): void {
    this.stdout.write(`${JSON.stringify(value)}\n`);
  }

  note(text: string): void {
    this.stderr.write(`${text}\n`);
  }

  /**
   * A table; on a terminal that is too narrow its last column is wrapped, and where that does not help either it
   * becomes a list of its rows.
   */
  table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
    const { bold } = this.colors;
    const lines = rows.map((row) => row.map(String));
    const widths = head.map(
      (cell, k) => PADDING + Math.max(...[cell, ...lines.map((l) => l[k] ?? '')].map(shownLength)),
    );
    const rest = widths.slice(0, -1).reduce((sum, width) => sum + width + 1, 0);
    const room = this.room - rest;
    if (room < Math.min(widths.at(-1) ?? 0, LEAST_WRAPPED)) {
      for (const line of lines) {
        line.forEach((cell, k) =>
          this.print(`${k === 0 ? '' : '  '}${bold(head[k] ?? '')} ${cell}`),
        );
      }
      return;
    }
    const table = new Table({
      head: head.map((cell) => bold(cell)),
      style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': PADDING },
      chars: PLAIN_LINES,
      colWidths: [...widths.slice(0, -1), Math.min(widths.at(-1) ?? 0, room)],
      wordWrap: true,
    });
    table.push(...lines);
    this.print(table.toString().replace(/ +$/gm, ''));
  }

  /** A progress bar on a terminal; nothing elsewhere. */
  progress(label: string): { update(fraction: number, text: string): void; stop(): void } {
    if (!this.stderr.isTTY || this.json) return { update: () => undefined, stop: () => undefined };
    const bar = new cliProgress.SingleBar({
      // A line that the terminal breaks cannot be cleared: label, percentage and text have their room first.
      barsize: Math.max(5, Math.min(40, (this.stderr.columns || 80) - label.length - 36)),
      format: `${label} {bar} {percentage}% {text}`,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      hideCursor: true,
      clearOnComplete: true,
      stream: this.stderr,
    });
    bar.start(1000, 0, { text: '' });
    return {
      update: (fraction, text) => bar.update(Math.round(1000 * fraction), { text }),
      stop: () => bar.stop(),
    };
  }

  /** An error as a person reads it, and with `--json` as a document on stdout. */
  fail(error: RelaxdError): void {
    const { violations = [], hint } = error.details;
    const { red } = colorsFor(this.stderr);
    this.note(`${red('relaxd:')} ${error.code}: ${error.message}`);
    for (const violation of violations.length > 1 ? violations : []) {
      this.note(`  ${violation.path}: ${violation.message}`);
    }
    const { limit } = error.details;
    if (limit !== undefined && violations.length < 2)
      this.note(`  allowed: ${JSON.stringify(limit)}`);
    if (hint !== undefined) this.note(`  hint: ${hint}`);
    else if (exitCode(error) === 2) this.note(`  hint: docs/errors.md, ${error.code}`);
    if (this.json) this.printJson({ error: error.toJSON() });
  }
}

/**
 * 1 for a failed job (whatever it failed of: an error that a job ended with carries its id), a port taken, a
 * service that does not answer; 2 for a wrong call.
 */
export function exitCode(error: RelaxdError): 1 | 2 {
  if (error.details['job'] !== undefined) return 1;
  return error.row.status < 500 && !error.row.retryable && error.code !== 'aborted' ? 2 : 1;
}

const colorsFor = (stream: NodeJS.WriteStream): ReturnType<typeof pc.createColors> =>
  pc.createColors(stream.isTTY && !process.env['NO_COLOR']);

/** Blanks after each cell. */
const PADDING = 1;
/** A last column narrower than this is not worth wrapping. */
const LEAST_WRAPPED = 18;
const shownLength = (text: string): number => stripVTControlCharacters(text).length;

const PLAIN_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' ',
};
