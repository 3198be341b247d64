import { describe, expect, it } from 'vitest';
import { relaxd } from '../../proto/gen/board.js';
import { decodeSampleBatch, decodeToHost, faultNames } from './messages.js';

const v1 = relaxd.board.v1;

describe('messages', () => {
  it('have numbers where the wire has 64 bits, also where the field is left out', () => {
    for (const firstIndex of [0, 1, 2 ** 32 + 5, 2 ** 53 - 1]) {
      const batch = decodeSampleBatch(v1.SampleBatch.encode({ firstIndex, runId: 1 }).finish());
      expect(batch!.firstIndex).toBe(firstIndex);
      expect(batch!.t0Ticks).toBe(0);
      expect(batch!.droppedTotal + 1).toBe(1);
    }
    const event = { samples: { channels: [{ channel: 1 }] } };
    const message = decodeToHost(v1.ToHost.encode({ event }).finish());
    expect(message).toMatchObject({ event: { kind: 'samples' } });
    if (message?.kind !== 'event' || message.event.kind !== 'samples')
      throw new Error('another one');
    expect(message.event.samples.channels[0]!.nextIndex).toBe(0);
    expect(message.event.samples.ticks).toBe(0);
  });

  it('that cannot be read, or say nothing, are nothing', () => {
    expect(decodeToHost(Uint8Array.from([0x0a, 0xff]))).toBeNull();
    expect(decodeToHost(new Uint8Array())).toBeNull();
    expect(decodeToHost(v1.ToHost.encode({ event: {} }).finish())).toBeNull();
  });

  it('name their faults', () => {
    expect(faultNames(0b1000_0000_0101)).toEqual(['LINK_WATCHDOG', 'OVER_TEMPERATURE', 'bit 11']);
  });
});
