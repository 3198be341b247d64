import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { relaxd } from '../../proto/gen/board.js';
import { RelaxdError, VirtualTimeline } from '../core/index.js';
import { BoardError } from './board-error.js';
import { Caller } from './caller.js';
import { decodeToHost, Status } from './messages.js';
import { noCallCounts } from './statistics.js';

const v1 = relaxd.board.v1;

function board() {
  const timeline = new VirtualTimeline();
  const requests: relaxd.board.v1.Request[] = [];
  const counts = noCallCounts();
  const caller = new Caller(
    (payload) => {
      requests.push(v1.Request.decode(payload));
      const writtenMs = timeline.monotonicMs();
      return { acknowledged: Promise.resolve(), sends: 1, writtenMs, leftMs: writtenMs };
    },
    timeline,
    counts,
  );
  const respond = (response: relaxd.board.v1.Response.$Properties): void => {
    const message = decodeToHost(v1.ToHost.encode({ response }).finish());
    if (message?.kind !== 'response') throw new Error('not a response');
    caller.takeResponse(message.response);
  };
  return { timeline, requests, counts, caller, respond };
}

describe('a call', () => {
  it('gets its own answer, in whatever order and however often answers come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 30 }),
        fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 80 }),
        async (count, order) => {
          const { caller, requests, respond, timeline, counts } = board();
          const calls = Array.from({ length: count }, (_, k) =>
            caller
              .call('ping', { payload: Uint8Array.from([k]) }, { deadlineMs: 1000 })
              .then(({ payload }) => payload[0])
              .catch((error: unknown) => (error as BoardError).status),
          );
          expect(requests.map(({ requestId }) => requestId)).toEqual(calls.map((_, k) => k + 1));
          for (const id of order) {
            respond({ requestId: id, ping: { payload: requests[id - 1]?.ping?.payload ?? null } });
          }
          const got = await timeline.until(Promise.all(calls));
          got.forEach((value, k) => {
            expect(value).toBe(order.includes(k + 1) ? k : Status.DEADLINE);
          });
          expect(caller.inFlight).toBe(0);
          expect(counts.answered + counts.overdue).toBe(count);
          expect(counts.answered + counts.late + counts.badMessages).toBe(order.length);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('carries its deadline, and an answer after it changes nothing', async () => {
    const { caller, requests, respond, timeline, counts } = board();
    const call = caller.call('getClock', {}, { deadlineMs: 300 });
    expect(requests[0]).toMatchObject({ requestId: 1, deadlineMs: 300, getClock: {} });
    await expect(timeline.until(call)).rejects.toMatchObject({ status: Status.DEADLINE });
    expect(timeline.monotonicMs()).toBe(300);
    respond({ requestId: 1, clock: { ticks: 5 } });
    expect(counts).toMatchObject({ overdue: 1, late: 1, answered: 0 });
  });

  it('without a deadline waits', async () => {
    const { caller, respond, timeline } = board();
    const call = caller.call('getClock', {}, { deadlineMs: 0 });
    await timeline.advance(1e7);
    respond({ requestId: 1, clock: { ticks: 2 ** 40 + 3 } });
    expect((await call).ticks).toBe(2 ** 40 + 3);
  });

  it.each([
    [Status.UNIMPLEMENTED, 'not-supported'],
    [Status.OUT_OF_RANGE, 'program-refused'],
    [Status.ILLEGAL_STATE, 'illegal-transition'],
    [Status.SAFE, 'device-fault'],
    [Status.READBACK, 'device-fault'],
    [Status.BUSY, 'device-busy'],
    [99 as Status, 'driver-failed'],
  ])(
    'that is refused with status %s is the error %s, with what the board said',
    async (status, code) => {
      const { caller, respond, counts } = board();
      const call = caller.call('start', { runId: 1 });
      respond({ requestId: 1, status, state: 3, text: 'because' });
      const error = await call.then(
        () => null,
        (thrown: unknown) => thrown as BoardError,
      );
      expect(error).toBeInstanceOf(BoardError);
      expect(error).toMatchObject({ status, state: 3, text: 'because', code, call: 'start' });
      expect(error!.message).toMatch(/^the board answered start with \S.*: because$/);
      expect(counts.refused).toBe(1);
    },
  );

  it('is not answered by the answer to another call', async () => {
    const { caller, respond, counts } = board();
    const call = caller.call('getClock', {});
    respond({ requestId: 1, ping: { payload: new Uint8Array() } });
    await expect(call).rejects.toThrow('the answer is to another call');
    expect(counts.badMessages).toBe(1);
  });

  it('without an answer of its own comes back with null', async () => {
    const { caller, respond } = board();
    const call = caller.call('clearFault', { faultId: 1, operator: 'a', note: 'b' });
    respond({ requestId: 1 });
    expect(await call).toBeNull();
  });

  it('ends with its signal, before it is sent or after', async () => {
    const { caller, requests, respond, counts } = board();
    const controller = new AbortController();
    const call = caller.call('ping', {}, { signal: controller.signal });
    controller.abort(new RelaxdError('aborted', 'enough'));
    await expect(call).rejects.toThrow('enough');
    await expect(caller.call('ping', {}, { signal: controller.signal })).rejects.toThrow('enough');
    expect(requests).toHaveLength(1);
    respond({ requestId: 1, ping: {} });
    expect(counts.late).toBe(1);
  });

  it('fails with the link, and so do those after it', async () => {
    const { caller } = board();
    const calls = [caller.call('ping', {}), caller.call('getClock', {})];
    caller.close(new RelaxdError('device-offline', 'unplugged'));
    for (const call of [...calls, caller.call('ping', {})]) {
      await expect(call).rejects.toMatchObject({ code: 'device-offline', message: 'unplugged' });
    }
  });
});
