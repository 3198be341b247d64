import { RandomStream, systemTimeline, type Timeline } from '../src/core/index.js';
import type { AnalogPart } from './analog-part.js';
import type { BoardPort } from './board-port.js';
import { USUAL_PROFILE } from './circuit/circuit-profile.js';
import { ComponentBoard } from './circuit/component-board.js';
import { seedOfSerial } from './circuit/serial-seed.js';
import { openControlSocket } from './control-socket.js';
import { FaultPanel, loadFaults, type FaultSchedule } from './faults.js';
import { FaultyAnalog } from './faulty-analog.js';
import { Firmware } from './firmware.js';
import { openPty } from './hosts/pty.js';
import { openTcp } from './hosts/tcp.js';
import { FaultyPort } from './line-faults.js';
import { BoardState } from './messages.js';
import { watchParent } from './parent-watch.js';

/** `relaxd board-sim`: a board as a process of its own. */
export interface BoardSimOptions {
  /** Path of the link to the board's tty; without it and without `tcp` a tty without a link. */
  readonly pty?: string;
  /** HOST:PORT or PORT; port 0: any. */
  readonly tcp?: string;
  /** A file or a seed. */
  readonly faults?: string;
  /** Of the circuit: `bench`, `ideal` or `chip`. */
  readonly profile?: string;
  readonly serial?: string;
  /** A port on 127.0.0.1 or the path of a Unix socket. */
  readonly control?: string;
  /** What the board draws by itself. */
  readonly seed?: number;
  readonly clockPpm?: number;
  readonly buildId?: string;
  /** Ends with the process that has started it: by the end of standard input, or by its parent's number. */
  readonly endsWithParent?: boolean;
  /** The first line as JSON. */
  readonly json?: boolean;
  /** Another circuit than the one at component level. */
  readonly circuit?: (profile: string, serial: string) => AnalogPart;
  readonly print: (line: string) => void;
  readonly timeline?: Timeline;
}

export interface BoardSim {
  readonly firmware: Firmware;
  readonly panel: FaultPanel;
  /** What a host opens: a path, or HOST:PORT. */
  readonly address: string;
  readonly control: string | null;
  /** Takes links and sockets away. */
  close(): Promise<void>;
  /** Closed by itself: its parent ended, or a signal came. */
  readonly closed: Promise<string>;
}

const USUAL_SERIAL = 'SIM-0001';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** As long as a timer can be: it only keeps the process alive. */
const LONG_MS = 2 ** 31 - 1;

interface Host {
  readonly address: string;
  readonly port: BoardPort;
  readonly leastRtoMs: number;
  unplug(): void;
  plugIn(): void;
  close(): Promise<void> | void;
}

/** @throws Error for people where a path, a port, a profile or a schedule is not as it must be */
export async function runBoardSim(options: BoardSimOptions): Promise<BoardSim> {
  const { serial = USUAL_SERIAL, profile = USUAL_PROFILE, timeline = systemTimeline } = options;
  const faults: FaultSchedule | null =
    options.faults === undefined ? null : loadFaults(options.faults);
  const seed = options.seed ?? seedOfSerial(serial);
  const circuit = options.circuit ?? ((name, number) => new ComponentBoard(name, number));
  const analog = new FaultyAnalog(circuit(profile, serial));
  const host = await openHost(options, timeline);
  const faultSeed = faults?.seed ?? seed;
  const line = new FaultyPort(host.port, timeline, {
    toBoard: RandomStream.of(faultSeed, 'disorder', 1),
    toHost: RandomStream.of(faultSeed, 'disorder', 2),
  });
  const firmware = new Firmware(analog, {
    serial,
    seed,
    timeline,
    leastRtoMs: host.leastRtoMs,
    ...(options.clockPpm === undefined ? {} : { clockPpm: options.clockPpm }),
    ...(options.buildId === undefined ? {} : { buildId: options.buildId }),
  });
  firmware.connect(line);
  const panel = new FaultPanel({
    timeline,
    firmware,
    analog,
    line,
    cable: host,
    circuit: (other) => circuit(profile, other),
  });
  if (faults !== null) panel.schedule(faults);
  const control =
    options.control === undefined
      ? null
      : await openControlSocket(options.control, panel, () => statusOf(firmware));
  const closing = new Closing(options.endsWithParent ?? false, async () => {
    panel.close();
    firmware.close();
    await host.close();
    await control?.close();
  });
  const { address } = host;
  const ready = { address, serial, profile, pid: process.pid, control: control?.address ?? null };
  options.print(
    options.json === true
      ? JSON.stringify(ready)
      : `board ${serial} (${profile}) on ${address}` +
          (control === null ? '' : `, faults on ${control.address}`),
  );
  return {
    firmware,
    panel,
    address,
    control: control?.address ?? null,
    close: () => closing.close('closed'),
    closed: closing.closed,
  };
}

function statusOf(firmware: Firmware): object {
  const { serial, state, ticks } = firmware;
  return {
    serial,
    state: state === null ? null : BoardState[state],
    ticks,
    counts: firmware.counts(),
  };
}

async function openHost({ pty, tcp }: BoardSimOptions, timeline: Timeline): Promise<Host> {
  if (tcp !== undefined) {
    const match = /^(?:(.*):)?(\d+)$/.exec(tcp);
    const port = Number(match?.[2] ?? NaN);
    if (!(port <= 65_535)) throw new Error(`--tcp ${tcp}: HOST:PORT, the port from 0 to 65535`);
    const opened = await openTcp({ port, host: match?.[1] ?? '127.0.0.1' });
    return { ...opened, address: `${opened.host}:${opened.tcpPort}`, leastRtoMs: 50 };
  }
  const opened = await openPty({ timeline, ...(pty === undefined ? {} : { link: pty }) });
  return {
    address: opened.path,
    port: opened.port,
    leastRtoMs: 25,
    unplug: () => opened.unplug(),
    plugIn: () => opened.plugIn(),
    close: () => opened.close(),
  };
}

/** Ends the board once, for whatever reason comes first. */
class Closing {
  readonly closed: Promise<string>;
  private resolve!: (why: string) => void;
  private ending: Promise<void> | null = null;
  private readonly keepAlive = setInterval(() => undefined, LONG_MS);
  private readonly stopWatching: () => void;
  private readonly onSignal = (signal: string): void => void this.close(signal);

  constructor(
    endsWithParent: boolean,
    private readonly end: () => Promise<void>,
  ) {
    this.closed = new Promise((resolve) => (this.resolve = resolve));
    this.stopWatching = endsWithParent
      ? watchParent(() => void this.close('its parent has ended'))
      : () => undefined;
    for (const signal of SIGNALS) process.on(signal, this.onSignal);
  }

  close(why: string): Promise<void> {
    this.ending ??= this.finish(why);
    return this.ending;
  }

  private async finish(why: string): Promise<void> {
    clearInterval(this.keepAlive);
    this.stopWatching();
    for (const signal of SIGNALS) process.off(signal, this.onSignal);
    await this.end();
    this.resolve(why);
  }
}
