import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { RelaxdError, throwIfAborted } from '../core/index.js';
import { BoardError } from './board-error.js';
import type { CallOptions } from './caller.js';
import { imageSites } from './program-image.js';
import {
  Status,
  type BankState,
  type CallAnswer,
  type CallBody,
  type CallName,
  type UploadState,
} from './messages.js';

export type Calls = <K extends CallName>(
  call: K,
  body: CallBody<K>,
  options?: CallOptions,
) => Promise<CallAnswer<K>>;

export interface UploadOptions {
  readonly signal?: AbortSignal | undefined;
  /** @param done bytes that the board has, of `total` */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface UploadLimits {
  /** Longest payload of a frame. */
  readonly mtu: number;
  /** Bytes that may be on their way to the board. */
  readonly windowBytes: number;
}

/** What an UploadChunk needs in a frame beside its data. */
const CHUNK_OVERHEAD = 48;
/** Chunks that are asked for beyond what fills the window, so that it never runs dry. */
const CHUNKS_AHEAD = 3;
/** How often what the board has is asked for again before it is given up. */
const MOST_REPAIRS = 3;

/**
 * Uploads an image into a bank and commits it. What the board already has of exactly this image is not sent again where its
 * CRC-32 agrees.
 *
 * @throws BoardError as the board refuses; RelaxdError `aborted`, `device-offline`: the upload stays open on the board, and
 * the same call goes on with it
 */
export async function uploadImage(
  call: Calls,
  limits: UploadLimits,
  bank: number,
  image: Uint8Array,
  options: UploadOptions = {},
): Promise<BankState> {
  const { signal, onProgress } = options;
  const waiting = signal === undefined ? {} : { signal };
  const total = image.length;
  const sha256 = createHash('sha256').update(image).digest();
  const n = imageSites(image);
  const begin = (hash: Uint8Array): Promise<UploadState> =>
    call('uploadBegin', { bank, n, total, sha256: hash }, waiting);

  let state = await begin(sha256);
  for (let repairs = 0; ; repairs++) {
    if (!agrees(image, state)) {
      // Another upload takes the place of the one with the wrong bytes, and is itself replaced.
      await begin(new Uint8Array(32));
      state = await begin(sha256);
      if (!agrees(image, state)) {
        throw new RelaxdError('driver-failed', 'the board holds wrong bytes of a new upload', {
          uploadId: state.uploadId,
          nextOffset: state.nextOffset,
        });
      }
    }
    onProgress?.(state.nextOffset, total);
    try {
      await sendChunks(state);
      break;
    } catch (error) {
      if (!(error instanceof BoardError) || repairs >= MOST_REPAIRS || !repairable(error)) {
        throw error;
      }
    }
    // Begins it where the board has forgotten it, else says how far it is.
    state = await begin(sha256);
  }
  return call('uploadCommit', { uploadId: state.uploadId, sha256 }, waiting);

  async function sendChunks({ uploadId, nextOffset, chunk }: UploadState): Promise<void> {
    const size = Math.min(chunk, limits.mtu - CHUNK_OVERHEAD);
    if (size < 1) {
      throw new RelaxdError('driver-failed', `the board takes chunks of ${chunk} bytes`, {
        value: chunk,
      });
    }
    let offset = nextOffset;
    const worker = async (): Promise<void> => {
      while (offset < total) {
        throwIfAborted(signal);
        const data = image.subarray(offset, Math.min(total, offset + size));
        const at = offset;
        offset += data.length;
        const body = { uploadId, offset: at, crc32: crc32(data), data };
        try {
          const after = await call('uploadChunk', body, waiting);
          onProgress?.(after.nextOffset, total);
        } catch (error) {
          // The others need not go on.
          offset = total;
          throw error;
        }
      }
    };
    const workers = Math.ceil(limits.windowBytes / (size + CHUNK_OVERHEAD)) + CHUNKS_AHEAD;
    const ends = await Promise.allSettled(Array.from({ length: Math.min(32, workers) }, worker));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }
}

const agrees = (image: Uint8Array, { nextOffset, crc32Prefix }: UploadState): boolean =>
  nextOffset <= image.length && crc32(image.subarray(0, nextOffset)) === crc32Prefix;

/** The board may have what it says it has not, or the other way round: what it has is asked for again. */
const repairable = ({ status }: BoardError): boolean =>
  status === Status.INVALID || status === Status.MISMATCH || status === Status.NOT_FOUND;
