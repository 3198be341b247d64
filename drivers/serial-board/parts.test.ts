import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RandomStream, VirtualTimeline } from '../../src/core/index.js';
import {
  readDescriptor,
  resolveProgram,
  type Origin,
  type SampleChunk,
} from '../../src/device/index.js';
import { Channel, decodeImage, valuesOfCodes, type SampleRows } from '../../src/link/index.js';
import { Firmware } from '../../firmware-sim/firmware.js';
import { MemoryLine } from '../../firmware-sim/hosts/memory.js';
import { IdealCircuit } from '../../firmware-sim/ideal-circuit.test-support.js';
import { BoardEnergy, boardProgram } from './board-program.js';
import { findBoard, listPorts } from './discovery.js';
import { linkViolations } from './link-violations.js';
import { readOptions, USUAL_DELAYS_MS } from './options.js';
import { ReconnectLadder } from './reconnect.js';
import { RowAssembler } from './row-assembler.js';
import { toldDescriptor, withNulls } from './told-descriptor.js';
import { chainProgram } from './virtual-board.test-support.js';

const descriptor = readDescriptor({
  ...withNulls(new IdealCircuit('S').descriptor as Record<string, unknown>),
  device: 'board',
  driver: 'serial-board',
});
const held = (changes: Record<string, unknown> = {}) =>
  boardProgram(resolveProgram(chainProgram(changes), descriptor, 1), descriptor);

describe('options', () => {
  it('say where the board is, once', () => {
    expect(() => readOptions('b', {})).toThrow(/do not say where the board is/);
    expect(() => readOptions('b', { path: '/dev/x', tcp: 'h:1' })).toThrow(
      /path and tcp do not go/,
    );
    expect(() => readOptions('b', { path: '/dev/x', bauds: [] })).toThrow(/unknown field/);
    expect(() => readOptions('b', { path: '/dev/x', baudRates: [9600] })).toThrow(
      /9600 is no rate/,
    );
    expect(readOptions('b', { tcp: '::1:70' }).place).toEqual({
      kind: 'tcp',
      host: '::1',
      port: 70,
    });
    expect(readOptions('b', { serial: 'A1' })).toMatchObject({
      place: { kind: 'anywhere' },
      serial: 'A1',
      reconnect: { delaysMs: USUAL_DELAYS_MS, jitter: 0.2 },
    });
  });
});

describe('the program that a board holds', () => {
  it('has couplings on the board’s steps, and everything else as the program says', () => {
    const program = held({
      couplings: {
        kind: 'coo',
        entries: [
          [4, 1, 0.3],
          [0, 5, -1],
        ],
      },
      fields: [0, 0.1, 0, 0, 0, -0.2],
      wells: { quadratic: -1, quartic: [0.5, 1, 1, 1, 1, 2] },
      initial: { kind: 'corrupted', values: [1, -1, 1, 1, 1, 1], flips: 2 },
      drives: [
        {
          pattern: [1, 0, 0, 0, 0, -1],
          amplitude: [
            [0, 0],
            [2, 1],
          ],
        },
      ],
      controls: {
        temperature: [
          [0, 1],
          [4, 0.5],
        ],
      },
    });
    const image = decodeImage(program.image);
    const at = (i: number, j: number): number => program.couplings[6 * i + j]!;
    expect([at(1, 4), at(4, 1), at(0, 5)]).toEqual([154 / 512, 154 / 512, -1]);
    expect(valuesOfCodes(image.couplings!)[4]).toBe(-1);
    expect(program.warnings).toEqual([
      'couplings rounded to multiples of 0.001953, by up to 0.00078',
      'fields rounded to multiples of 0.000006104, by up to 0.0000030',
    ]);
    expect(Array.from(image.quadratic!)).toEqual([-1]);
    expect(Array.from(image.quartic!)).toEqual([0.5, 1, 1, 1, 1, 2]);
    expect(Array.from(image.initial!.codes)).toEqual([1, -1, 1, 1, 1, 1].map((x) => 32_767 * x));
    expect(Array.from(image.controls!.temperature!.value)).toEqual([1, 0.5]);
    const x = [1, 1, 0, 0, 2, -1];
    // −Σ J x x = −(154/512 · 2) − 1; fields −0.1 − 0.2; drive at t = 1: −0.5 · 2; wells Σ −x² + r x⁴.
    const wells = -7 + 0.5 + 1 + 16 + 2;
    const rest = -(2 * 154) / 512 - 1 - 0.3 + wells;
    expect(new BoardEnergy(program).of(x, 1)).toBeCloseTo(rest - 1, 3);
    expect(new BoardEnergy(program).of(x, null)).toBeCloseTo(rest, 3);
  });

  it('is refused where no image can say it', () => {
    const paths = linkViolations(
      chainProgram({
        initial: { kind: 'equilibrium' },
        clamped: [1],
        readout: { every: 1e-3, channels: [] },
      }),
      descriptor,
    ).map(({ path }) => path);
    expect(paths).toEqual(['initial.kind', 'clamped', 'readout.every']);
  });
});

describe('the descriptor that a board tells', () => {
  it('is never of hardware where the line or the configuration says otherwise', () => {
    const text = JSON.stringify({ ...new IdealCircuit('S').descriptor, origin: 'hardware' });
    const of = { device: 'board', driver: 'serial-board', serial: 'S' };
    const origin = (most: Origin, configured: Origin | null): Origin =>
      toldDescriptor(text, { ...of, most, configured }).origin;
    expect(origin('hardware', null)).toBe('hardware');
    expect(origin('firmware-sim', null)).toBe('firmware-sim');
    expect(origin('hardware', 'emulator')).toBe('emulator');
    expect(() => toldDescriptor('{}', { ...of, most: 'hardware', configured: null })).toThrow();
  });
});

describe('rows', () => {
  const rows = (channel: Channel, firstIndex: number, values: number[], width = 1): SampleRows => ({
    runId: 1,
    channel,
    firstIndex,
    count: values.length / width,
    width,
    codes: Int16Array.from(values),
    scale: 1,
    t0Ticks: 0,
    periodTicks: 0,
    saturated: false,
    overflowed: false,
  });
  const loss = (channel: Channel, firstIndex: number, count: number) => ({
    runId: 1,
    channel,
    firstIndex,
    count,
    droppedByBoard: 0,
    reason: `${count} lost on the link`,
  });
  const times = Float64Array.of(0, 2, 4);

  function assembler(channels: string[]) {
    const told: string[] = [];
    const chunks: SampleChunk[] = [];
    const made = new RowAssembler(held({ readout: { every: 2, channels } }), times, {
      chunk: (chunk) => {
        chunks.push(chunk);
        told.push(`rows ${chunk.firstRow}+${chunk.rows}`);
      },
      gap: (gap) => told.push(`gap ${gap.firstRow}+${gap.rows}: ${gap.reason}`),
      shots: (shots) => told.push(`shots ${shots}`),
      firstState: (shot, x) => told.push(`first ${shot}: ${x[0]}`),
    });
    return { made, told, chunks };
  }

  it('are whole or a gap: a row whose work is lost is none', () => {
    const { made, told, chunks } = assembler(['work', 'state']);
    made.takeRows(rows(Channel.CHANNEL_WORK, 0, [5]));
    made.takeLoss(loss(Channel.CHANNEL_WORK, 1, 1));
    made.takeRows(rows(Channel.CHANNEL_WORK, 2, [7, 8]));
    expect(told).toEqual([]);
    made.takeRows(
      rows(
        Channel.CHANNEL_STATE,
        0,
        Array.from({ length: 18 }, (_, k) => k),
        6,
      ),
    );
    made.flush();
    expect(told).toEqual([
      'first 0: 0',
      'rows 0+1',
      'gap 1+1: work: 1 lost on the link',
      'rows 2+1',
      'shots 1',
    ]);
    expect(chunks.map(({ work }) => Array.from(work!))).toEqual([[5], [7]]);
    expect(Array.from(chunks[1]!.state)).toEqual([12, 13, 14, 15, 16, 17]);
    made.finish(5, 'the run ended before they came');
    expect(told.at(-1)).toBe('gap 3+2: the run ended before they came');
  });

  it('that carry nothing come with the last state of their shot', () => {
    const { made, told, chunks } = assembler([]);
    const state = Array.from({ length: 12 }, () => 1);
    made.takeRows(rows(Channel.CHANNEL_STATE, 0, state, 6));
    made.takeLoss(loss(Channel.CHANNEL_STATE, 2, 1));
    made.takeRows(rows(Channel.CHANNEL_STATE, 3, state.slice(6), 6));
    made.flush();
    expect(told).toEqual([
      'first 0: 1',
      'rows 0+3',
      'gap 3+1: state: 1 lost on the link',
      'rows 4+2',
      'shots 2',
    ]);
    expect(chunks[0]).toMatchObject({ energy: null, work: null, heat: null, overlaps: null });
    expect(Array.from(chunks[0]!.stateRows)).toEqual([2]);
  });
});

describe('the reconnect ladder', () => {
  it('waits longer each time, with jitter, and ends', async () => {
    const timeline = new VirtualTimeline(0);
    const tries: number[] = [];
    const planned: (number | null)[] = [];
    const random = RandomStream.of(1, 'disorder');
    const draws: number[] = [];
    const ladder = new ReconnectLadder(
      { delaysMs: [100, 1000, 10_000], jitter: 0.5 },
      timeline,
      () => (draws.push(random.uniform()), draws.at(-1)!),
      {
        planned: (next) => planned.push(next?.number ?? null),
        attempt: async () => {
          tries.push(timeline.monotonicMs());
          throw new Error('still not there');
        },
      },
    );
    ladder.start();
    await timeline.advance(60_000);
    let at = 0;
    expect(tries).toHaveLength(3);
    [100, 1000, 10_000].forEach((delay, k) => {
      at += delay * (1 + 0.5 * (2 * draws[k]! - 1));
      expect(tries[k]).toBeCloseTo(at, 6);
    });
    expect(planned).toEqual([1, 2, 3, null]);
    ladder.start();
    ladder.stop();
    await timeline.advance(60_000);
    expect(tries).toHaveLength(3);
  });
});

describe('discovery', () => {
  it('reads the folder of devices where the system cannot be asked, each port once', async () => {
    const dev = mkdtempSync(join(tmpdir(), 'relaxd-dev-'));
    onTestFinished(() => rmSync(dev, { recursive: true, force: true }));
    const byId = join(dev, 'by-id');
    mkdirSync(byId);
    for (const name of ['ttyUSB0', 'ttyACM1', 'ttyS0', 'null']) writeFileSync(join(dev, name), '');
    symlinkSync(join(dev, 'ttyUSB0'), join(byId, 'usb-board'));
    symlinkSync(join(dev, 'ttyUSB9'), join(byId, 'usb-gone'));
    const reject = () => Promise.reject(new Error('spawn udevadm ENOENT'));
    expect(await listPorts(reject, { dev, byId })).toEqual([
      join(byId, 'usb-board'),
      join(dev, 'ttyACM1'),
    ]);
    expect(await listPorts(reject, { dev: join(dev, 'no'), byId: join(dev, 'no') })).toEqual([]);
    const told = [{ path: join(dev, 'ttyACM1') }, { path: '/dev/ttyS0' }];
    expect(await listPorts(async () => told, { dev, byId })).toEqual([join(dev, 'ttyACM1')]);
  });

  it('asks each port who is there, and closes all', async () => {
    const timeline = new VirtualTimeline();
    let open = 0;
    const boards = new Map(
      ['/a', '/b'].map((path) => {
        const line = new MemoryLine({ timeline });
        const firmware = new Firmware(new IdealCircuit(path), {
          serial: `S${path}`,
          seed: 1,
          timeline,
        });
        firmware.connect(line.board);
        onTestFinished(() => firmware.close());
        return [path, line.host] as const;
      }),
    );
    const openLine = async (path: string) => {
      const host = boards.get(path);
      if (host === undefined) throw new Error(`${path} is in use`);
      open++;
      return {
        ...host,
        setBaud: null,
        where: path,
        onEnd: () => undefined,
        close: async () => void open--,
      };
    };
    const find = (serial: string) =>
      timeline.until(findBoard(serial, ['/in-use', '/a', '/b'], openLine, timeline));
    expect(await find('S/b')).toBe('/b');
    await expect(find('S/c')).rejects.toThrow(/S\/c is not here: \/in-use is in use; \/a: .*S\/a/);
    expect(open).toBe(0);
  });
});
