import { hostname } from 'node:os';
import { pino, type DestinationStream, type Logger } from 'pino';
import pretty from 'pino-pretty';
import { isoTime, type Clock } from '../core/index.js';
import { LogFields, type LogPlace } from './log-fields.js';

export interface LoggerOptions {
  readonly clock: Clock;
  /** `fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`. */
  readonly level?: string;
  /** What this process is called; it stands in every line. */
  readonly node?: string;
  /** Where an open job is. */
  readonly whereabouts?: (job: string) => LogPlace | null;
  /** For people: one coloured line an event. Where left out: whether the stream is a terminal. */
  readonly pretty?: boolean;
  /** Standard error where left out: standard output is for results. */
  readonly stream?: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** The service's log: JSON lines with run and job ids, or readable lines in a terminal. */
export function createLogger(options: LoggerOptions): Logger {
  const fields = new LogFields(options.node ?? hostname(), options.whereabouts ?? (() => null));
  const stream = options.stream ?? process.stderr;
  const readable = options.pretty ?? stream.isTTY === true;
  const destination: DestinationStream = readable
    ? pretty({
        destination: stream,
        ignore: 'pid,hostname,node',
        translateTime: 'SYS:HH:MM:ss.l',
        colorize: stream.isTTY === true,
        sync: true,
      })
    : options.stream === undefined
      ? inTurns(stream)
      : { write: (line: string) => void stream.write(line) };
  return pino(
    {
      level: options.level ?? 'info',
      base: null,
      timestamp: () => `,"time":"${isoTime(options.clock.wallMs())}"`,
      formatters: { level: (label) => ({ level: label }), log: fields.complete },
      redact: ['authorization', '*.authorization', 'key', '*.key'],
    },
    destination,
  );
}

/** Writes the lines of a turn of the event loop at once. What a process that ends still has is written then. */
function inTurns(stream: NodeJS.WritableStream): DestinationStream {
  let lines = '';
  const flush = (): void => {
    const text = lines;
    lines = '';
    if (text !== '') stream.write(text);
  };
  process.once('exit', flush);
  return {
    write(line: string): void {
      if (lines === '') setImmediate(flush);
      lines += line;
    },
  };
}

export type { Logger } from 'pino';
