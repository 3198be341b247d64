import { onTestFinished } from 'vitest';
import { RandomStream, VirtualTimeline } from '../../src/core/index.js';
import { readProgram, type DeviceEvents, type Program } from '../../src/device/index.js';
import { FaultPanel } from '../../firmware-sim/faults.js';
import { FaultyAnalog } from '../../firmware-sim/faulty-analog.js';
import { Firmware } from '../../firmware-sim/firmware.js';
import { MemoryLine } from '../../firmware-sim/hosts/memory.js';
import { IdealCircuit } from '../../firmware-sim/ideal-circuit.test-support.js';
import { FaultyPort } from '../../firmware-sim/line-faults.js';
import type { BoardLine, LineSource } from './board-line.js';
import { BoardDevice } from './board-device.js';
import { readOptions } from './options.js';

/** Long, so that there is little to compute in a second. */
const UNIT_S = 0.01;

/** The firmware and a device on it, in this process and in virtual time. */
export class VirtualBoard {
  readonly timeline = new VirtualTimeline();
  readonly firmware: Firmware;
  readonly faults: FaultPanel;
  readonly device: BoardDevice;
  readonly events: { [E in keyof DeviceEvents]: DeviceEvents[E][] } = {
    link: [],
    equipment: [],
    samples: [],
    shot: [],
    parameter: [],
    fault: [],
    progress: [],
    gap: [],
  };
  readonly log: string[] = [];
  /** Lines that are open now, and how often each was closed. */
  open = 0;
  closes = 0;
  private readonly memory: MemoryLine;
  private draws = 0;

  constructor(options: Record<string, unknown> = {}, serial = 'SIM-0001') {
    const { timeline } = this;
    this.memory = new MemoryLine({ timeline, paced: true });
    const analog = new FaultyAnalog(new IdealCircuit(serial, UNIT_S));
    const port = new FaultyPort(this.memory.board, timeline, {
      toBoard: RandomStream.of(1, 'disorder', 1),
      toHost: RandomStream.of(1, 'disorder', 2),
    });
    this.firmware = new Firmware(analog, { serial, seed: 5, timeline });
    this.firmware.connect(port);
    this.faults = new FaultPanel({
      timeline,
      firmware: this.firmware,
      analog,
      line: port,
      cable: this.memory,
      circuit: (other) => new IdealCircuit(other, UNIT_S),
    });
    this.device = this.newHost(options);
    onTestFinished(async () => {
      await this.until(this.device.close());
      this.firmware.close();
      this.memory.close();
    });
  }

  /** Another host on the same line. */
  newHost(options: Record<string, unknown> = {}): BoardDevice {
    const device = new BoardDevice(
      'board',
      readOptions('board', { path: 'memory', baudRates: [921_600], ...options }),
      {
        source: this.source(),
        timeline: this.timeline,
        log: (_, text) => void this.log.push(text),
        uniform: () => 0.5,
        draw: () => ++this.draws,
      },
    );
    for (const name of Object.keys(this.events) as (keyof DeviceEvents)[]) {
      device.on(name, (event) => void (this.events[name] as unknown[]).push(event));
    }
    return device;
  }

  until<T>(promise: Promise<T>): Promise<T> {
    return this.timeline.until(promise);
  }

  /** Lets time go by until it holds. */
  async untilTrue(holds: () => boolean, limitMs = 60_000): Promise<void> {
    for (let ms = 0; !holds(); ms += 20) {
      if (ms > limitMs) throw new Error('it did not come to be');
      await this.timeline.advance(20);
    }
  }

  async connected(): Promise<BoardDevice> {
    await this.until(this.device.connect());
    return this.device;
  }

  async begun(program: Program, seed = 1): Promise<BoardDevice> {
    const device = await this.connected();
    await this.until(device.load(program));
    await this.until(device.arm({ run: 'r', seed }));
    await this.until(device.start());
    return device;
  }

  private source(): LineSource {
    return {
      where: 'memory',
      open: async () => {
        this.open++;
        return this.line();
      },
      close: async () => undefined,
    };
  }

  private line(): BoardLine {
    const { host } = this.memory;
    const offs: (() => void)[] = [];
    let closed = false;
    return {
      where: 'memory',
      minRtoMs: host.minRtoMs,
      setBaud: host.setBaud,
      write: (bytes) => {
        if (!closed) host.write(bytes);
      },
      onBytes: (listener) => {
        const off = host.onBytes(listener);
        offs.push(off);
        return off;
      },
      onEnd: () => undefined,
      close: async () => {
        if (closed) return;
        closed = true;
        this.open--;
        this.closes++;
        for (const off of offs) off();
        // A port that is opened again begins at its first rate.
        await host.setBaud?.(115_200);
      },
    };
  }
}

/** Sites in a row of ferromagnetic couplings, every channel read. */
export function chainProgram(changes: Record<string, unknown> = {}): Program {
  const n = 6;
  const data = Array.from({ length: n * n }, (_, k) =>
    Math.abs(Math.floor(k / n) - (k % n)) === 1 ? 0.5 : 0,
  );
  return readProgram({
    version: 1,
    sites: n,
    siteKinds: 'continuous',
    couplings: { kind: 'dense', data },
    references: [[1, -1, 1, -1, 1, -1]],
    initial: { kind: 'random' },
    duration: 4,
    readout: { every: 0.5, channels: ['energy', 'overlaps', 'state', 'work', 'heat'] },
    shots: 5,
    ...changes,
  });
}
