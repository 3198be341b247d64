import { createHash } from 'node:crypto';
import { Refused, Status } from './messages.js';

/** The descriptor as the board gives it: a JSON text in parts, with the hash of all of it. */
export class DescriptorText {
  private readonly bytes: Uint8Array;
  private readonly sha256: Uint8Array;

  constructor(descriptor: object, serial: string) {
    // A board is who its serial number says, whatever circuit it was given.
    this.bytes = Buffer.from(JSON.stringify({ ...descriptor, serial }));
    this.sha256 = createHash('sha256').update(this.bytes).digest();
  }

  part(offset: number, length: number) {
    const total = this.bytes.length;
    if (offset > total) {
      throw new Refused(Status.INVALID, `offset ${offset} of ${total} bytes`);
    }
    const data = this.bytes.subarray(offset, offset + length);
    return { offset, total, sha256: this.sha256, data };
  }
}
