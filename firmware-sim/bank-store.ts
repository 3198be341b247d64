import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { AnalogPart } from './analog-part.js';
import { Refused, Status, type BankStateBody, type UploadStateBody } from './messages.js';
import { LEAST_IMAGE_BYTES, readProgramImage, type ProgramImage } from './program-image.js';

/** Two banks and the upload into the one that is not active: docs/link-protocol.md, section Program images. */
export interface ActiveBank {
  readonly bank: number;
  readonly crc32: number;
  readonly image: ProgramImage;
}

interface Upload {
  readonly id: number;
  readonly bank: number;
  readonly n: number;
  readonly total: number;
  readonly sha256: Uint8Array;
  readonly bytes: Uint8Array;
  next: number;
  crc: number;
}

/** The upload that made the active bank: its commit may be asked for again where the answer was lost. */
interface Committed {
  readonly upload: Upload;
  readonly answer: BankStateBody;
}

const BANKS = 2;
const HASH_BYTES = 32;
const same = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, k) => byte === b[k]);

export class BankStore {
  private open: Upload | null = null;
  private committed: Committed | null = null;
  private activeBank: ActiveBank | null = null;
  private uploads = 0;

  constructor(
    private readonly analog: AnalogPart,
    private readonly limits: {
      readonly sites: number;
      readonly imageBytes: number;
      readonly chunkBytes: number;
      readonly perSiteTemperature: boolean;
    },
  ) {}

  get active(): ActiveBank | null {
    return this.activeBank;
  }

  begin(call: {
    bank: number;
    kind: number;
    n: number;
    total: number;
    sha256: Uint8Array;
  }): UploadStateBody {
    const { bank, kind, n, total, sha256 } = call;
    const { sites, imageBytes } = this.limits;
    if (bank >= BANKS) throw new Refused(Status.NOT_FOUND, `bank ${bank}: there are 0 and 1`);
    if (kind !== 0) throw new Refused(Status.INVALID, `kind ${kind} of upload is not known`);
    if (sha256.length !== HASH_BYTES) {
      throw new Refused(Status.INVALID, `sha256 of ${sha256.length} bytes instead of 32`);
    }
    if (n === 0 || total < LEAST_IMAGE_BYTES) {
      throw new Refused(Status.INVALID, `n = ${n}, ${total} bytes: no image is so small`);
    }
    const isSame = (upload: Upload): boolean =>
      upload.bank === bank &&
      upload.n === n &&
      upload.total === total &&
      same(upload.sha256, sha256);
    if (bank === this.activeBank?.bank) {
      // A host that has lost the link did not hear the answer to its commit, and may not know the upload's id any more.
      const made = this.committed?.upload;
      if (made !== undefined && isSame(made)) return this.state(made);
      throw new Refused(Status.ILLEGAL_STATE, `bank ${bank} is active: upload into the other one`);
    }
    if (n > sites) throw new Refused(Status.OUT_OF_RANGE, `n = ${n}, at most ${sites} sites`);
    if (total > imageBytes) {
      throw new Refused(Status.NO_ROOM, `${total} bytes, there is room for ${imageBytes}`);
    }
    if (this.open !== null && isSame(this.open)) return this.state(this.open);
    this.open = {
      id: ++this.uploads,
      bank,
      n,
      total,
      sha256: sha256.slice(),
      bytes: new Uint8Array(total),
      next: 0,
      crc: 0,
    };
    return this.state(this.open);
  }

  status(id: number): UploadStateBody {
    return this.state(this.find(id));
  }

  chunk(call: {
    uploadId: number;
    offset: number;
    crc32: number;
    data: Uint8Array;
  }): UploadStateBody {
    const upload = this.find(call.uploadId);
    const { offset, data } = call;
    const end = offset + data.length;
    if (data.length === 0 || data.length > this.limits.chunkBytes || end > upload.total) {
      throw new Refused(Status.INVALID, `${data.length} bytes at ${offset} of ${upload.total}`);
    }
    if (end <= upload.next) return this.state(upload);
    if (offset !== upload.next) {
      throw new Refused(Status.INVALID, `offset ${offset}, expected is ${upload.next}`);
    }
    if (crc32(data) !== call.crc32) throw new Refused(Status.MISMATCH, `CRC-32 of the chunk`);
    upload.bytes.set(data, offset);
    upload.crc = crc32(data, upload.crc);
    upload.next = end;
    return this.state(upload);
  }

  /** @param setHardware false in the safe state: `applyActive` follows when it is left */
  commit(call: { uploadId: number; sha256: Uint8Array }, setHardware: boolean): BankStateBody {
    const upload = this.find(call.uploadId);
    if (!same(call.sha256, upload.sha256)) {
      throw new Refused(Status.MISMATCH, 'SHA-256 is not that of UploadBegin');
    }
    if (upload === this.committed?.upload) return this.committed.answer;
    if (upload.next < upload.total) {
      throw new Refused(Status.MISMATCH, `${upload.next} of ${upload.total} bytes are here`);
    }
    // Whatever comes of it, this upload is over: what fails must be sent again.
    this.open = null;
    const hash = createHash('sha256').update(upload.bytes).digest();
    if (!same(hash, upload.sha256)) {
      throw new Refused(Status.MISMATCH, 'SHA-256 of what arrived differs');
    }
    const image = this.checked(upload);
    const notes = setHardware ? this.set(image) : [];
    const active = { bank: upload.bank, crc32: upload.crc, image };
    this.activeBank = active;
    const answer = { bank: active.bank, crc32: active.crc32, notes };
    // Its bytes are not needed any more.
    this.committed = { upload: { ...upload, bytes: new Uint8Array(0) }, answer };
    return answer;
  }

  /** Sets the hardware from the active bank. @returns the first place that does not hold what was set, or null */
  applyActive(): string | null {
    return this.activeBank === null ? null : this.analog.apply(this.activeBank.image).readback;
  }

  private checked(upload: Upload): ProgramImage {
    const image = readProgramImage(upload.bytes, upload.n);
    if (typeof image === 'string') throw new Refused(Status.INVALID, image);
    if (image.nodeTemperature !== null && !this.limits.perSiteTemperature) {
      throw new Refused(
        Status.OUT_OF_RANGE,
        'NODE_TEMPERATURE 0: the board lacks the feature per-site-temperature',
      );
    }
    const problem = this.analog.check(image);
    if (problem !== null) {
      const { section, index, problem: text } = problem;
      throw new Refused(Status.OUT_OF_RANGE, `${section} ${index}: ${text}`);
    }
    return image;
  }

  private set(image: ProgramImage): string[] {
    const { notes, readback } = this.analog.apply(image);
    if (readback === null) return notes;
    const before = this.activeBank;
    if (before !== null) this.analog.apply(before.image);
    else this.analog.safe();
    throw new Refused(Status.READBACK, readback);
  }

  private find(id: number): Upload {
    if (this.open?.id === id) return this.open;
    if (this.committed?.upload.id === id) return this.committed.upload;
    throw new Refused(Status.NOT_FOUND, `there is no upload ${id}`);
  }

  private state({ id, next, crc, total }: Upload): UploadStateBody {
    return {
      uploadId: id,
      nextOffset: next,
      crc32Prefix: crc,
      chunk: this.limits.chunkBytes,
      total,
    };
  }
}
