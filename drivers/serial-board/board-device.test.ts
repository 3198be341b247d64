import { describe, expect, it } from 'vitest';
import { BoardState } from '../../src/link/index.js';
import type { RelaxdError } from '../../src/core/index.js';
import type { DeviceFault, DeviceResult } from '../../src/device/index.js';
import { chainProgram, VirtualBoard } from './virtual-board.test-support.js';

const long = chainProgram({ shots: 20_000 });
const caught = (promise: Promise<unknown>): Promise<RelaxdError> =>
  promise.then(
    () => {
      throw new Error('it was not refused');
    },
    (error: unknown) => error as RelaxdError,
  );

/** Rows and gaps as they came: each row once, in order. */
function tiled(board: VirtualBoard): { rows: number; lost: number } {
  const pieces = [...board.events.samples, ...board.events.gap].sort(
    (a, b) => a.firstRow - b.firstRow,
  );
  let next = 0;
  for (const { firstRow, rows } of pieces) {
    expect(firstRow).toBe(next);
    next += rows;
  }
  const lost = board.events.gap.reduce((sum, { rows }) => sum + rows, 0);
  return { rows: next, lost };
}

async function runOn(board: VirtualBoard, program = chainProgram()): Promise<DeviceResult> {
  const { device } = board;
  await board.until(device.load(program));
  await board.until(device.arm({ run: 'r', seed: 3 }));
  await board.until(device.start());
  return board.until(device.readResult());
}

describe('a run on a board', () => {
  it('goes from a program to a result: rows, states, what it cost', async () => {
    const board = new VirtualBoard();
    const device = await board.connected();
    expect([device.link, device.equipment, device.serial]).toEqual([
      'online',
      'standby',
      'SIM-0001',
    ]);
    const result = await runOn(board);
    expect(tiled(board)).toEqual({ rows: 5 * 9, lost: 0 });
    expect(result).toMatchObject({ shots: 5, engine: 'board', deviceTime: 4 });
    const { work, heat, energyChange, entropyProduction, firstLawResidual } = result.thermodynamics;
    expect(work?.mean).toBe(0);
    // Energies are of states that the converter has rounded to 1/256.
    expect(Math.abs(energyChange!.mean! + heat!.mean!)).toBeLessThan(0.05);
    expect(entropyProduction?.mean).toBe(heat?.mean);
    expect(firstLawResidual).toBeNull();
    expect(result.warnings.join('\n')).toContain(
      'firstLawResidual is null: work, heat and energy are three',
    );
    expect(board.events.shot.at(-1)).toEqual({ shots: 5 });
  });

  it('says how the board’s clock goes where that is known, and warns where it is not or is bad', async () => {
    const board = new VirtualBoard();
    const device = await board.connected();
    const early = await runOn(board);
    expect(early.clock).toBeNull();
    expect(early.warnings.join('\n')).toMatch(
      /clock: the board’s clock has been read fewer than 5/,
    );
    await board.timeline.advance(60_000);
    const { clock, warnings } = await runOn(board);
    expect(warnings.join('\n')).not.toContain('clock');
    expect(device.clockFit).toMatchObject({ nominalHz: clock!.nominalHz });
    expect(clock!.readings).toBeGreaterThan(50);
    expect(Math.abs(clock!.ratePpm)).toBeLessThanOrEqual(clock!.rateUncertaintyPpm + 1);
    expect(clock!.offsetUncertaintyS).toBeLessThan(0.02);
    expect(clock!.offsetUncertaintyS).toBeGreaterThan(0);
    // The board's ticks now, by what the record says, are those that it says itself.
    const wallMs = board.timeline.wallMs();
    const ticks = board.firmware.ticks!;
    const told =
      Date.parse(clock!.at) / 1000 -
      clock!.offsetS +
      ((wallMs - Date.parse(clock!.at)) / 1000) * (1 + clock!.ratePpm * 1e-6);
    const off = told - ticks / clock!.nominalHz;
    // `at` is in whole milliseconds.
    expect(Math.abs(off)).toBeLessThan(clock!.offsetUncertaintyS + 1e-3);
    board.faults.make({ fault: 'slow-clock', ppm: -800 });
    await board.timeline.advance(200_000);
    const slow = await runOn(board);
    expect(Math.abs(slow.clock!.ratePpm + 800)).toBeLessThan(20);
    expect(slow.warnings.join('\n')).toMatch(
      /clock is 8\d\d ± \d+ ppm slow|clock is 79\d ± \d+ ppm slow/,
    );
  });

  it('measures the work of a drive: ΔE = W − Q to the converter’s steps', async () => {
    const board = new VirtualBoard();
    await board.connected();
    const driven = chainProgram({
      drives: [
        {
          pattern: [1, 1, 1, -1, -1, -1],
          amplitude: [
            [0, 0],
            [0, 0.5],
            [4, 3],
          ],
        },
      ],
      controls: {
        coupling: [
          [0, 0],
          [4, 1],
        ],
      },
      initial: { kind: 'pattern', values: [1, 1, 1, -1, -1, -1] },
      readout: { every: 4, channels: ['work'] },
      shots: 8,
    });
    const { thermodynamics } = await runOn(board, driven);
    const { work, heat, energyChange } = thermodynamics;
    expect(Math.abs(work!.mean!)).toBeGreaterThan(1);
    expect(Math.abs(energyChange!.mean! - work!.mean! + heat!.mean!)).toBeLessThan(0.05);
  });

  it('says what was rounded, and uploads into the bank that is not active', async () => {
    const board = new VirtualBoard();
    const device = await board.connected();
    const data = new Array<number>(36).fill(0);
    data[1] = data[6] = 0.3001;
    const program = chainProgram({ couplings: { kind: 'dense', data } });
    const { warnings } = await board.until(device.load(program));
    expect(warnings.join()).toMatch(/couplings rounded to multiples of 0.001953, by up to 0.000/);
    for (let k = 0; k < 3; k++) await board.until(device.load(chainProgram()));
    // A host that does not know which bank is active finds out.
    await board.until(device.close());
    await board.until(device.connect());
    await board.until(device.load(chainProgram()));
    expect(device.equipment).toBe('standby');
  });

  it('loses rows on a bad line, says which, and makes none up; final states all come', async () => {
    const board = new VirtualBoard();
    await board.connected();
    board.faults.make({ fault: 'line', toHost: { flip: 0.0003 }, toBoard: { flip: 0.0003 } });
    const result = await runOn(board, chainProgram({ shots: 60 }));
    const { rows, lost } = tiled(board);
    expect(rows).toBe(60 * 9);
    expect(lost).toBeGreaterThan(0);
    expect(lost).toBeLessThan(rows / 2);
    expect(board.events.gap[0]!.reason).toMatch(/(state|work|heat): \d+ lost on the link/);
    expect(result.shots).toBe(60);
    expect(result.final.states).toHaveLength(60);
    expect(result.warnings.join()).toMatch(/sample rows were lost on the link/);
  });

  it('ends with the reason of a listener that throws, and the board goes on to the next', async () => {
    const board = new VirtualBoard();
    const device = await board.connected();
    const off = device.on('samples', () => {
      throw new Error('the disk is full');
    });
    await board.until(device.load(long));
    await board.until(device.arm({ run: 'r', seed: 1 }));
    await board.until(device.start());
    expect((await board.until(caught(device.readResult()))).message).toBe('the disk is full');
    off();
    expect((await runOn(board)).shots).toBe(5);
  });
});

describe('a board that starts again', () => {
  it('fails its run with device-reset, and is in the latched state that it says', async () => {
    const board = new VirtualBoard();
    const device = await board.begun(long);
    const reading = caught(device.readResult());
    await board.timeline.advance(300);
    board.faults.make({ fault: 'brown-out' });
    expect(await board.until(reading)).toMatchObject({ code: 'device-reset' });
    await board.untilTrue(() => device.equipment === 'fault');
    expect(device.reason).toContain('BROWN_OUT');
    expect(board.events.fault).toHaveLength(1);
    const refused = await board.until(caught(device.load(long)));
    expect(refused.code).toBe('illegal-transition');
    const [{ id }] = board.events.fault as [DeviceFault];
    expect(device.fault).toEqual({ id, cause: device.reason });
    const clear = { fault: id, operator: 'Ada', note: 'supply checked' };
    await board.until(device.clearFault(clear));
    expect(device.fault).toBe(null);
    expect((await runOn(board)).shots).toBe(5);
  });

  it('in standby forgets its program, and says so', async () => {
    const board = new VirtualBoard();
    const device = await board.connected();
    await board.until(device.load(long));
    board.faults.make({ fault: 'power-cycle' });
    await board.timeline.advance(2000);
    expect([device.link, device.equipment]).toEqual(['online', 'standby']);
    const refused = await board.until(caught(device.arm({ run: 'r', seed: 1 })));
    expect(refused.message).toContain('no program loaded');
  });
});

describe('a link that is lost', () => {
  const states = {
    standby: async (board: VirtualBoard) => void (await board.connected()),
    loaded: async (board: VirtualBoard) => {
      const device = await board.connected();
      await board.until(device.load(long));
    },
    armed: async (board: VirtualBoard) => {
      const device = await board.connected();
      await board.until(device.load(long));
      await board.until(device.arm({ run: 'r', seed: 1 }));
    },
    acquiring: async (board: VirtualBoard) => {
      await board.begun(long);
      await board.timeline.advance(500);
    },
    paused: async (board: VirtualBoard) => {
      const device = await board.begun(long);
      await board.until(device.pauseAtShot());
    },
  };
  it.each(Object.entries(states))(
    'in state %s: suspect, offline with the next try, one close, and back again',
    async (state, prepare) => {
      const board = new VirtualBoard({
        reconnect: { delaysMs: [500, 1000, 8000, 8000], jitter: 0 },
      });
      await prepare(board);
      const { device } = board;
      const busy = ['armed', 'acquiring', 'paused'].includes(state);
      const reading = busy ? caught(device.readResult()) : null;
      const rows = board.events.samples.length;
      board.faults.make({ fault: 'unplug' });
      await board.untilTrue(() => device.link === 'offline', 3500);
      expect(device.reason).toMatch(
        /(no valid frame for 3 s|6 time-outs in a row.*); next try at 2026-.* \(1 of 4\)/,
      );
      expect([board.open, board.closes]).toEqual([0, 1]);
      expect(board.events.link.map(({ link }) => link)).toContain('offline');
      if (reading !== null) {
        expect(device.equipment).toBe('safe');
        expect(await board.until(reading)).toMatchObject({ code: 'device-offline' });
        expect(board.events.samples.length).toBeGreaterThanOrEqual(rows);
        expect(board.firmware.state).toBe(BoardState.STATE_SAFE);
      }
      const refused = await board.until(caught(device.load(long)));
      expect(refused.code).toBe('device-offline');
      board.faults.make({ fault: 'plug-in' });
      await board.untilTrue(() => device.link === 'online', 20_000);
      expect(board.open).toBe(1);
      if (busy) {
        expect(device.equipment).toBe('fault');
        expect(device.reason).toContain('LINK_WATCHDOG: no heartbeat within 3000 ms');
        const { id } = board.events.fault.at(-1)!;
        await board.until(device.clearFault({ fault: id, operator: 'Ada', note: 'cable' }));
      }
      expect(device.equipment).toBe('standby');
      expect((await runOn(board)).shots).toBe(5);
    },
  );

  it('has the last frames each way in its health, and keeps those of the link that was lost', async () => {
    const board = new VirtualBoard();
    const device = await board.connected();
    const frames = async (): Promise<string[]> => {
      const { checks } = await board.until(device.health());
      const found = checks.find(({ name }) => name === 'last frames');
      return found!.detail.split('\n');
    };
    await board.timeline.advance(60_000);
    const online = await frames();
    for (const way of ['→', '←']) {
      expect(online.filter((line) => line.includes(` ms ${way} `))).toHaveLength(100);
    }
    board.faults.make({ fault: 'unplug' });
    await board.untilTrue(() => device.link === 'offline', 5000);
    const lost = await frames();
    expect(lost).toHaveLength(200);
    // Heartbeats and readings of the clock went out, and nothing came any more.
    expect(lost.at(-1)).toMatch(/ ms → DATA session \d+ seq /);
    expect(lost.slice(-4).join()).not.toContain('←');
  });

  it('is given up after the last try, and connect begins anew', async () => {
    const board = new VirtualBoard({ reconnect: { delaysMs: [100, 200], jitter: 0 } });
    const device = await board.connected();
    board.faults.make({ fault: 'unplug' });
    await board.timeline.advance(60_000);
    expect(device.link).toBe('offline');
    expect(device.reason).toMatch(/given up: connect it by hand$/);
    expect(board.open).toBe(0);
    board.faults.make({ fault: 'plug-in' });
    await board.timeline.advance(60_000);
    expect(device.link).toBe('offline');
    await board.until(device.connect());
    expect(device.link).toBe('online');
  });

  it('never takes another board on the same path: it is refused by name', async () => {
    const board = new VirtualBoard({ reconnect: { delaysMs: [500, 500, 500, 60_000], jitter: 0 } });
    const device = await board.connected();
    board.faults.make({ fault: 'unplug', ms: 4000, serial: 'SIM-0666' });
    await board.untilTrue(() => /SIM-0666/.test(device.reason ?? ''), 30_000);
    expect(device.link).toBe('offline');
    expect(device.reason).toContain('SIM-0001');
    expect(device.serial).toBe('SIM-0001');
    expect(board.open).toBe(0);
  });

  it('names both versions where the board comes back with firmware of another one', async () => {
    const board = new VirtualBoard({ reconnect: { delaysMs: [500, 60_000], jitter: 0 } });
    const device = await board.connected();
    board.faults.make({ fault: 'firmware-version', major: 2 });
    const both =
      /this board speaks version 2 of the board link, the host 1 to 1; this relaxd speaks 1\.0/;
    await board.untilTrue(() => both.test(device.reason ?? ''), 30_000);
    expect(device.link).toBe('offline');
    const error = await board.until(caught(device.connect()));
    expect(error.code).toBe('not-supported');
    expect(error.message).toMatch(both);
    expect(error.details).toMatchObject({ limit: 1, hint: expect.any(String) as string });
  });

  it('leaves nothing behind where it is closed while it looks for the board', async () => {
    const board = new VirtualBoard();
    board.faults.make({ fault: 'unplug' });
    const trying = caught(board.device.connect());
    await board.timeline.advance(600);
    expect(board.device.link).toBe('connecting');
    await board.until(board.device.close());
    expect((await board.until(trying)).code).toBe('aborted');
    expect([board.device.link, board.open]).toEqual(['offline', 0]);
    await board.timeline.advance(60_000);
    expect(board.device.link).toBe('offline');
  });
});

describe('a host that is gone', () => {
  it('leaves a board that goes to its safe state by itself, latched, with the cause', async () => {
    const board = new VirtualBoard();
    const device = await board.connected();
    await board.until(device.load(long));
    await board.until(device.arm({ run: 'r', seed: 1 }));
    // As if it were killed: no word to the board, and none from it is heard.
    board.faults.make({ fault: 'unplug' });
    await board.timeline.advance(3100);
    expect(board.firmware.state).toBe(BoardState.STATE_SAFE);
  });

  it('had armed a run that nobody knows any more: the next host makes it safe', async () => {
    const board = new VirtualBoard();
    await board.begun(long);
    const next = board.newHost();
    await board.until(next.connect());
    expect(next.equipment).toBe('safe');
    expect(next.reason).toContain('a host that is gone had armed it');
    await board.until(next.close());
  });
});

describe('where data come from', () => {
  it('is what the board says, and a configuration can only say less', async () => {
    const said = await new VirtualBoard().connected();
    expect(said.origin).toBe('firmware-sim');
    const less = await new VirtualBoard({ origin: 'emulator' }).connected();
    expect(less.origin).toBe('emulator');
    expect((await less.describe()).origin).toBe('emulator');
  });
});
