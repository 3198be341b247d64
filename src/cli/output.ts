import cliProgress from 'cli-progress';
import Table from 'cli-table3';
import pc from 'picocolors';
import type { RelaxdError } from '../core/index.js';

/** Where a command writes: results to stdout, everything else to stderr. */
export class Output {
  constructor(
    private readonly stdout: NodeJS.WriteStream,
    private readonly stderr: NodeJS.WriteStream,
    readonly json: boolean,
  ) {}

  /** Colours for what goes to stdout, off where it is no terminal. */
  get colors(): ReturnType<typeof pc.createColors> {
    return pc.createColors(this.stdout.isTTY && !process.env['NO_COLOR']);
  }

  get columns(): number {
    return this.stdout.columns ?? 80;
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

  table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
    const table = new Table({
      head: head.map((cell) => this.colors.bold(cell)),
      style: { head: [], border: [], compact: true },
      chars: PLAIN_LINES,
    });
    for (const row of rows) table.push(row.map(String));
    this.print(table.toString());
  }

  /** A progress bar on a terminal; nothing elsewhere. */
  progress(label: string): { update(fraction: number, text: string): void; stop(): void } {
    if (!this.stderr.isTTY || this.json) return { update: () => undefined, stop: () => undefined };
    const bar = new cliProgress.SingleBar({
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
    const red = pc.createColors(this.stderr.isTTY).red;
    this.note(`${red('relaxd:')} ${error.code}: ${error.message}`);
    for (const violation of violations.length > 1 ? violations : []) {
      this.note(`  ${violation.path}: ${violation.message}`);
    }
    const { limit } = error.details;
    if (limit !== undefined && violations.length < 2)
      this.note(`  allowed: ${JSON.stringify(limit)}`);
    if (hint !== undefined) this.note(`  hint: ${hint}`);
    if (this.json) this.printJson({ error: error.toJSON() });
  }
}

/** 1 for a failed job, a port taken, a service that does not answer; 2 for a wrong call. */
export function exitCode(error: RelaxdError): 1 | 2 {
  return error.row.status < 500 && !error.row.retryable && error.code !== 'aborted' ? 2 : 1;
}

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
