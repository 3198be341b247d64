import { RelaxdError } from '../../src/core/index.js';
import { FIRST_BAUD } from '../../src/link/index.js';
import type * as SerialModule from 'serialport';
import type { BoardLine } from './board-line.js';
import { EndingLine } from './ending-line.js';
import { paceReads } from './paced-reads.js';

export interface SerialLineOptions {
  readonly rtscts: boolean;
  /** Resets the board with a pulse on DTR. */
  readonly dtrReset: boolean;
}

const DTR_PULSE_MS = 100;
/** From the pulse's end until the board listens. */
const BOOT_MS = 100;
/** Behind a USB bridge bytes come in packets. */
const USB = /tty(USB|ACM)|usb|cu\./i;
const LEAST_RTO_MS = { usb: 50, port: 25 };

/**
 * Opens a serial port for this process alone, at 115 200 baud. Neither opening nor closing it resets the board (`hupcl` is
 * off). On a pseudo-terminal control lines do not exist, and are not missed.
 *
 * @throws RelaxdError `device-offline` where the port cannot be opened
 */
export async function openSerialLine(path: string, options: SerialLineOptions): Promise<BoardLine> {
  const { SerialPort } = await loadSerialPort();
  const port = new SerialPort({
    path,
    baudRate: FIRST_BAUD,
    autoOpen: false,
    lock: true,
    hupcl: false,
    rtscts: options.rtscts,
  });
  await new Promise<void>((resolve, reject) => {
    port.open((error) => (error === null ? resolve() : reject(cannotOpen(path, error))));
  });
  paceReads(port.port!);
  const line = new SerialLine(port, path);
  if (options.dtrReset) await line.pulseDtr();
  return line;
}

/** Loaded by who opens a port only: it is a native module. */
async function loadSerialPort(): Promise<Pick<typeof SerialModule, 'SerialPort'>> {
  try {
    return await import('serialport');
  } catch (error) {
    throw new RelaxdError(
      'device-offline',
      `serial ports cannot be used here: ${(error as Error).message}`,
      { hint: 'tcp needs no serial port' },
      error,
    );
  }
}

const cannotOpen = (path: string, error: Error): RelaxdError =>
  new RelaxdError(
    'device-offline',
    `${path} cannot be opened: ${error.message}`,
    { path, hint: 'is it plugged in, and does no other program have it open?' },
    error,
  );

class SerialLine extends EndingLine {
  readonly minRtoMs: number;
  private closing: Promise<void> | null = null;

  constructor(
    private readonly port: SerialModule.SerialPort,
    where: string,
  ) {
    super(where);
    this.minRtoMs = USB.test(where) ? LEAST_RTO_MS.usb : LEAST_RTO_MS.port;
    // Always read: without a consumer an unplug is not noticed.
    port.on('data', (bytes: Buffer) => this.take(bytes));
    port.on('error', (error: Error) => this.end(error.message));
    // An unplug is told twice.
    port.on('close', (error: Error | null | undefined) => this.end(error?.message ?? 'closed'));
  }

  readonly setBaud = async (baud: number): Promise<void> => {
    if (this.ended) return;
    await new Promise<void>((resolve) => this.port.drain(() => resolve()));
    await new Promise<void>((resolve, reject) => {
      if (!this.port.isOpen) resolve();
      else {
        this.port.update({ baudRate: baud }, (error) =>
          error === null ? resolve() : reject(cannotOpen(this.where, error)),
        );
      }
    });
  };

  write(bytes: Uint8Array): void {
    if (!this.ended && this.port.isOpen) this.port.write(Buffer.from(bytes));
  }

  override close(): Promise<void> {
    void super.close();
    this.closing ??= new Promise<void>((resolve) => {
      if (this.port.isOpen) this.port.close(() => resolve());
      else resolve();
    });
    return this.closing;
  }

  async pulseDtr(): Promise<void> {
    const set = (dtr: boolean): Promise<void> =>
      // A pseudo-terminal has no such line (ENOTTY).
      new Promise((resolve) => this.port.set({ dtr }, () => resolve()));
    const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
    await set(false);
    await wait(DTR_PULSE_MS);
    await set(true);
    await wait(BOOT_MS);
  }
}
