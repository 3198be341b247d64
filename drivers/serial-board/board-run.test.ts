import { describe, expect, it } from 'vitest';
import { VirtualTimeline } from '../../src/core/index.js';
import {
  DeviceEventSource,
  readDescriptor,
  readoutTimes,
  resolveProgram,
  type SampleChunk,
  type SampleGap,
} from '../../src/device/index.js';
import { BoardState, Channel, RunEnd, type RunState } from '../../src/link/index.js';
import { IdealCircuit } from '../../firmware-sim/ideal-circuit.test-support.js';
import { boardProgram } from './board-program.js';
import { BoardRun } from './board-run.js';
import { withNulls } from './told-descriptor.js';
import { chainProgram } from './virtual-board.test-support.js';

describe('a listener that is slower than the board', () => {
  it('is waited for with 64 MB of rows; the rest is a gap, each row in one place, and the result has all', async () => {
    const sites = 64;
    const readouts = 1024;
    const shots = 140;
    const timeline = new VirtualTimeline();
    const descriptor = readDescriptor({
      ...withNulls(new IdealCircuit('S').descriptor as Record<string, unknown>),
      device: 'board',
      driver: 'serial-board',
    });
    const every = 0.01;
    const program = chainProgram({
      sites,
      couplings: { kind: 'coo', entries: [[0, 1, 0.5]] },
      references: [],
      duration: every * (readouts - 1),
      readout: { every, channels: ['state'] },
      shots,
    });
    const held = boardProgram(resolveProgram(program, descriptor, 1), descriptor);
    const events = new DeviceEventSource();
    const chunks: SampleChunk[] = [];
    const gaps: SampleGap[] = [];
    const order: string[] = [];
    let goOn: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => (goOn = resolve));
    events.on('samples', async (chunk) => {
      chunks.push(chunk);
      await slow;
    });
    events.on('gap', (gap) => {
      gaps.push(gap);
      order.push('gap');
    });
    events.on('shot', () => void order.push('shot'));
    const times = readoutTimes(held.program);
    const run = new BoardRun({
      runId: 7,
      held,
      times,
      scale: 1,
      warnings: [],
      events,
      timeline,
      fetch: () => Promise.reject(new Error('none here')),
      giveUp: () => undefined,
      ended: async () => undefined,
      clock: () => null,
      notes: () => [],
    });
    run.result.catch(() => undefined);
    const codes = new Int16Array(readouts * sites).map((_, k) => k % 1000);
    for (let shot = 0; shot < shots; shot++) {
      run.takeRows({
        runId: 7,
        channel: Channel.CHANNEL_STATE,
        firstIndex: shot * readouts,
        count: readouts,
        width: sites,
        codes,
        scale: 1,
        t0Ticks: 0,
        periodTicks: 1,
        saturated: false,
        overflowed: false,
      });
      await timeline.advance(100);
    }
    expect(chunks).toHaveLength(1);
    const end = { runId: 7, state: BoardState.STATE_STANDBY, end: RunEnd.RUN_FINISHED };
    run.takeState({ ...end, rows: shots * readouts, cause: '' } as RunState);
    goOn();
    await run.over;
    let next = 0;
    for (const { firstRow, rows } of [...chunks, ...gaps].sort((a, b) => a.firstRow - b.firstRow)) {
      expect(firstRow).toBe(next);
      next += rows;
    }
    expect(next).toBe(shots * readouts);
    // Behind it everything that is lost is one gap, and everything that can be told of shots one event.
    expect(gaps).toEqual([
      {
        firstRow: expect.any(Number) as number,
        rows: expect.any(Number) as number,
        reason: 'whoever records is too slow',
      },
    ]);
    expect(order.slice(-2)).toEqual(['gap', 'shot']);
    const delivered = chunks.reduce((sum, { rows }) => sum + rows, 0);
    // 40 bytes of columns and the state of each row.
    const rowBytes = 40 + 8 * sites;
    expect(delivered * rowBytes).toBeLessThanOrEqual(64 << 20);
    expect((delivered + 1024) * rowBytes).toBeGreaterThan(64 << 20);
  });
});
