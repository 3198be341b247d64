import { pino, type DestinationStream, type Logger } from 'pino';
import pretty from 'pino-pretty';
import { isoTime, type Clock } from '../core/index.js';

export interface LoggerOptions {
  readonly clock: Clock;
  /** `fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`. */
  readonly level?: string;
  /** For people: one coloured line an event. Where left out: whether the stream is a terminal. */
  readonly pretty?: boolean;
  /** Standard error where left out: standard output is for results. */
  readonly stream?: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** The service's log: JSON lines with run and job ids, or readable lines in a terminal. */
export function createLogger(options: LoggerOptions): Logger {
  const stream = options.stream ?? process.stderr;
  const readable = options.pretty ?? stream.isTTY === true;
  const destination: DestinationStream = readable
    ? pretty({
        destination: stream,
        ignore: 'pid,hostname',
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
      formatters: { level: (label) => ({ level: label }) },
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
