import { crc32 } from 'node:zlib';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { RandomStream, VirtualTimeline, systemTimeline } from '../src/core/index.js';
import type { BoardPort } from './board-port.js';
import { openControlSocket } from './control-socket.js';
import { FAULT } from './fault-latch.js';
import {
  FaultPanel,
  faultsFromSeed,
  readFault,
  readFaultSchedule,
  type BoardFault,
} from './faults.js';
import { FaultyAnalog } from './faulty-analog.js';
import { Firmware } from './firmware.js';
import { MemoryLine } from './hosts/memory.js';
import { FaultyPort, LineFaults, type LineRates } from './line-faults.js';
import { BoardState, ResetReason, Status } from './messages.js';
import { TestAnalog } from './test-analog.test-support.js';
import { testImage, TestHost } from './test-host.test-support.js';

const bytes = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, k) => k);

function faulty(rates: LineRates, seed = 1) {
  const timeline = new VirtualTimeline();
  const got: Uint8Array[] = [];
  const line = new LineFaults(timeline, RandomStream.of(seed), (piece) => got.push(piece.slice()));
  line.setRates(rates);
  return { timeline, line, got, all: () => Buffer.concat(got) };
}

describe('A line with faults', () => {
  it('without rates passes on what it gets, in the same pieces', () => {
    const { line, got } = faulty({});
    line.push(bytes(10));
    line.push(bytes(3));
    expect(got).toEqual([bytes(10), bytes(3)]);
  });

  // 200 000 bytes at 1 %: 2000 ± 4 × 45.
  it.each(['drop', 'flip', 'duplicate', 'insert'] as const)('%s: at its rate', (fault) => {
    const { line, all } = faulty({ [fault]: 0.01 });
    for (let k = 0; k < 2000; k++) line.push(bytes(100));
    const { dropped, flipped, duplicated, inserted } = line.counts;
    const count = { drop: dropped, flip: flipped, duplicate: duplicated, insert: inserted }[fault];
    expect(Math.abs(count - 2000)).toBeLessThan(180);
    const change = { drop: -count, flip: 0, duplicate: count, insert: count }[fault];
    expect(all()).toHaveLength(200_000 + change);
    if (fault !== 'flip') return;
    const wrong = all().filter((byte, k) => byte !== k % 100).length;
    expect(wrong).toBe(count);
  });

  it('drops in bursts of the length asked for', () => {
    const { line, all } = faulty({ burst: { rate: 0.001, bytes: 37, kind: 'drop' } });
    for (let k = 0; k < 1000; k++) line.push(bytes(100));
    expect(line.counts.bursts).toBeGreaterThan(50);
    const lost = 100_000 - all().length;
    expect(Math.abs(lost - 37 * line.counts.bursts)).toBeLessThan(37);
  });

  it('splits, delays in order, and reorders pieces', async () => {
    const split = faulty({ split: 1 });
    split.line.push(bytes(10));
    expect(split.got).toHaveLength(2);
    const late = faulty({ delay: { rate: 0.5, ms: 7 } });
    for (let k = 0; k < 20; k++) late.line.push(Uint8Array.of(k));
    expect(late.got.length).toBeLessThan(20);
    await late.timeline.advance(200);
    expect([...late.all()]).toEqual([...bytes(20)]);
    const swapped = faulty({ reorder: 1 });
    for (let k = 0; k < 3; k++) swapped.line.push(Uint8Array.of(k));
    expect([...swapped.all()]).toEqual([1, 0]);
    await swapped.timeline.advance(20);
    expect([...swapped.all()]).toEqual([1, 0, 2]);
  });

  it('is the same for the same seed', () => {
    const rates = faultsFromSeed(3).line!.toHost!;
    const twice = [1, 2].map(() => {
      const { line, all } = faulty({ ...rates, delay: { rate: 0, ms: 0 } }, 9);
      for (let k = 0; k < 100; k++) line.push(bytes(100));
      return all();
    });
    expect(twice[1]).toEqual(twice[0]);
  });
});

const N = 4;
const IMAGE = testImage(N, [{ kind: 1, scale: 0.25, codes: [1, -1, 1, -1, 1, -1] }]);
const armCall = (runId: number) => ({
  arm: {
    runId,
    bankCrc32: crc32(IMAGE),
    shots: 3,
    duration: 1,
    readoutEvery: 0.25,
    readouts: 5,
    channels: [0],
    stateEvery: 1,
    watchdogMs: 10_000,
    maxDurationMs: 60_000,
    temperature: 0.5,
    seed: 3,
  },
});

async function bench() {
  const timeline = new VirtualTimeline();
  const wire = new MemoryLine({ timeline });
  const circuits: TestAnalog[] = [];
  const circuit = (): TestAnalog => {
    const made = new TestAnalog();
    circuits.push(made);
    return made;
  };
  const analog = new FaultyAnalog(circuit());
  const line = new FaultyPort(wire.board, timeline, {
    toBoard: RandomStream.of(1, 'disorder', 1),
    toHost: RandomStream.of(1, 'disorder', 2),
  });
  const firmware = new Firmware(analog, { serial: 'board-1', seed: 7, timeline });
  firmware.connect(line);
  const panel = new FaultPanel({ timeline, firmware, analog, line, cable: wire, circuit });
  const host = new TestHost(timeline, wire.host);
  await timeline.advance(50);
  await host.shake();
  return { timeline, wire, circuits, firmware, panel, host };
}

describe('Faults', () => {
  it('lost acknowledgements cost time and nothing else', async () => {
    const { panel, host } = await bench();
    panel.make({ fault: 'line', toBoard: { lostAcks: 0.8 }, toHost: { lostAcks: 0.8 } });
    for (let k = 0; k < 30; k++) await host.expectOk({ ping: { payload: Uint8Array.of(k) } });
    const { toBoard } = panel.counts();
    expect(toBoard.lostAcks).toBeGreaterThan(10);
  });

  it('of a line of 1 % bad bytes do not lose or change an upload', async () => {
    const { panel, host, circuits } = await bench();
    const rates = { drop: 0.003, flip: 0.003, duplicate: 0.002, insert: 0.002 };
    panel.make({ fault: 'line', toBoard: rates, toHost: rates });
    for (let k = 0; k < 10; k++) {
      const codes = Array.from({ length: 32 }, (_, i) => i * k);
      const image = testImage(32, [{ kind: 2, scale: 0.01, codes }]);
      const { bank, status } = await host.upload(k & 1, image, 32);
      expect([status ?? 0, bank?.crc32]).toEqual([Status.OK, crc32(image)]);
      expect([...circuits[0]!.applied!.fields].map((h) => Math.round(h * 100))).toEqual(codes);
    }
    expect(panel.counts().toBoard.dropped).toBeGreaterThan(0);
  });

  it('a brown-out starts the board in its safe state', async () => {
    const { panel, host, timeline, firmware } = await bench();
    panel.make({ fault: 'brown-out' });
    await timeline.advance(50);
    expect(firmware.state).toBe(BoardState.STATE_SAFE);
    expect((await host.shake()).resetReason).toBe(ResetReason.RESET_BROWN_OUT);
    expect((await host.ask({ getFault: {} })).fault).toMatchObject({ faultWord: FAULT.brownOut });
  });

  it('a stuck coupling is found by reading back and by the self-test, unless it is silent', async () => {
    const { panel, host, circuits } = await bench();
    panel.make({ fault: 'stuck-coupling', i: 2, j: 1, value: 3 });
    expect(await host.upload(0, IMAGE, N)).toMatchObject({
      status: Status.READBACK,
      text: 'COUPLINGS 3: J_1,2 is 3 instead of -0.25',
    });
    expect((await host.ask({ selfTest: {} })).selfTest!.checks![0]).toMatchObject({ ok: false });
    panel.make({ fault: 'stuck-coupling', i: 1, j: 2, value: 3, silent: true });
    expect((await host.upload(0, IMAGE, N)).status ?? 0).toBe(Status.OK);
    expect(circuits[0]!.applied!.couplings[1 * N + 2]).toBe(3);
    panel.make({ fault: 'stuck-coupling', i: 1, j: 2 });
    expect(circuits[0]!.applied!.couplings[1 * N + 2]).toBe(-0.25);
  });

  it('saturated converters end a run in the safe state', async () => {
    const { panel, host } = await bench();
    await host.upload(0, IMAGE, N);
    panel.make({ fault: 'adc-saturation', limitCode: 0 });
    await host.expectOk(armCall(1));
    await host.expectOk({ start: { runId: 1 } });
    await host.ended(1);
    expect((await host.ask({ getFault: {} })).fault).toMatchObject({
      faultWord: FAULT.adcSaturation,
    });
  });

  it('another board on the cable has another serial number and another circuit', async () => {
    const { panel, host, timeline, circuits } = await bench();
    panel.make({ fault: 'unplug', ms: 300, serial: 'board-2' });
    await timeline.advance(100);
    const { length } = host.frames;
    await timeline.advance(150);
    expect(host.frames).toHaveLength(length);
    await timeline.advance(100);
    expect((await host.shake()).boardSerial).toBe('board-2');
    expect(circuits).toHaveLength(2);
  });

  it('firmware of another version refuses the host', async () => {
    const { panel, host, timeline } = await bench();
    panel.make({ fault: 'firmware-version', major: 2 });
    await timeline.advance(50);
    host.hello(99);
    await timeline.advance(10);
    expect(host.fatals).toHaveLength(1);
  });

  it('an interlock holds the safe state until it is closed', async () => {
    const { panel, host, firmware } = await bench();
    panel.make({ fault: 'interlock', holds: true });
    const clear = { clearFault: { faultId: 1, operator: 'me', note: 'closed' } };
    expect(await host.ask(clear)).toMatchObject({ status: Status.ILLEGAL_STATE });
    panel.make({ fault: 'interlock', holds: false });
    await host.expectOk(clear);
    expect(firmware.state).toBe(BoardState.STATE_STANDBY);
  });

  it('come at their times, from a file', async () => {
    const { panel, timeline, firmware } = await bench();
    const text = JSON.stringify({
      version: 1,
      seed: 4,
      line: { toHost: { drop: 0.001 } },
      events: [
        { atMs: 100, fault: 'slow-clock', ppm: -500_000 },
        { atMs: 200, fault: 'crash' },
      ],
    });
    panel.schedule(readFaultSchedule(text));
    await timeline.advance(100);
    const before = firmware.ticks!;
    await timeline.advance(50);
    expect(firmware.ticks! - before).toBe(25_000);
    await timeline.advance(100);
    expect(firmware.state).toBe(BoardState.STATE_SAFE);
  });

  it.each([
    [{ fault: 'nothing' }, /fault "nothing": one of line, brown-out/],
    [{ fault: 'sample-overflow' }, /rows must be a number/],
    [{ fault: 'line', toHost: { drop: 2 } }, /drop must be a number from 0 to 1/],
    [{ fault: 'line', toHost: { loss: 0.1 } }, /rate loss: one of drop/],
    [[], /a fault must be an object/],
  ])('that are none are refused: %j', (fault, text) => {
    expect(() => readFault(fault)).toThrow(text);
  });

  it('from a seed are the same for the same seed, and can be read from a file', () => {
    expect(faultsFromSeed(5)).toEqual(faultsFromSeed(5));
    expect(faultsFromSeed(6)).not.toEqual(faultsFromSeed(5));
    const file = JSON.stringify(faultsFromSeed(5));
    expect(readFaultSchedule(file)).toEqual(faultsFromSeed(5));
  });
});

describe('The control socket', () => {
  it('answers a line with a line', async () => {
    const made: BoardFault[] = [];
    const none: BoardPort = { write: () => undefined, onBytes: () => () => undefined };
    const line = new FaultyPort(none, systemTimeline, {
      toBoard: RandomStream.of(1),
      toHost: RandomStream.of(2),
    });
    const panel = {
      make: (fault: BoardFault) => made.push(fault),
      counts: () => ({ toBoard: line.toBoard.counts, toHost: line.toHost.counts }),
    } as unknown as FaultPanel;
    const control = await openControlSocket('0', panel, () => ({ serial: 'board-1' }));
    const [host, port] = control.address.split(':');
    const socket = connect(Number(port), host);
    const answers = createInterface({ input: socket })[Symbol.asyncIterator]();
    const ask = async (text: string): Promise<unknown> => {
      socket.write(`${text}\n`);
      return JSON.parse((await answers.next()).value as string) as unknown;
    };
    expect(await ask('{"fault":"hang","ms":100}')).toEqual({ ok: true });
    expect(await ask('{"fault":"gone"}')).toMatchObject({ ok: false });
    expect(await ask('no json')).toMatchObject({ ok: false });
    expect(await ask('{"status":true}')).toMatchObject({ ok: true, serial: 'board-1' });
    expect(made).toEqual([{ fault: 'hang', ms: 100 }]);
    socket.destroy();
    await control.close();
  });
});
