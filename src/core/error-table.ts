/**
 * Every error that relaxd raises, in one table: code, HTTP status, whether trying again can help, and a
 * one-line meaning. `docs/errors.md` is held to this table by a test.
 */
export interface ErrorRow {
  /** HTTP status of a response that carries the error. */
  readonly status: number;
  /** True where the same call may succeed later without being changed. */
  readonly retryable: boolean;
  readonly meaning: string;
}

export const ERROR_TABLE = {
  // Input, in general.
  'invalid-json': { status: 400, retryable: false, meaning: 'The text is not JSON.' },
  'invalid-input': {
    status: 400,
    retryable: false,
    meaning: 'A value does not have the form that is asked for.',
  },
  'unknown-field': {
    status: 400,
    retryable: false,
    meaning: 'The document has a field that its format does not know.',
  },
  'unsupported-version': {
    status: 400,
    retryable: false,
    meaning: 'The document is of a version that this relaxd does not read.',
  },
  'not-finite': { status: 400, retryable: false, meaning: 'A number is NaN or infinite.' },
  'wrong-size': {
    status: 400,
    retryable: false,
    meaning:
      'A vector, matrix or picture does not have the size that the rest of the document says.',
  },
  'wrong-call': { status: 400, retryable: false, meaning: 'The command or its options are off.' },
  'file-unreadable': { status: 400, retryable: false, meaning: 'A file cannot be read.' },
  'file-unwritable': { status: 400, retryable: false, meaning: 'A file cannot be written.' },
  // Memories.
  'unknown-memory-set': {
    status: 404,
    retryable: false,
    meaning: 'There is no built-in or stored memory set, file or folder of that name.',
  },
  'pattern-values': {
    status: 400,
    retryable: false,
    meaning: 'A pattern has values other than −1 and +1 (a pattern of zeros among them).',
  },
  'image-unreadable': {
    status: 400,
    retryable: false,
    meaning: 'A picture cannot be decoded, or has no contrast to threshold.',
  },
  // Model and compiler.
  'unknown-rule': { status: 400, retryable: false, meaning: 'There is no such learning rule.' },
  'singular-memories': {
    status: 422,
    retryable: false,
    meaning: 'The memories are linearly dependent, so the rule has no solution.',
  },
  'cannot-compile': {
    status: 422,
    retryable: false,
    meaning:
      'The rule cannot be realised on the device; details say which limit stands in the way.',
  },
  'not-enumerable': {
    status: 422,
    retryable: false,
    meaning: 'The exact result would need more states than are enumerated (N ≤ 16).',
  },
  // Programs and devices.
  'program-invalid': {
    status: 400,
    retryable: false,
    meaning: 'The program contradicts itself or its format; every violation is listed.',
  },
  'program-refused': {
    status: 422,
    retryable: false,
    meaning: 'The device cannot run the program; every violation is listed with its limit.',
  },
  'unknown-device': { status: 404, retryable: false, meaning: 'There is no device of that id.' },
  'unknown-program': {
    status: 404,
    retryable: false,
    meaning: 'There is no program of that hash.',
  },
  'unknown-parameter': {
    status: 404,
    retryable: false,
    meaning: 'The device has no parameter of that name.',
  },
  'parameter-out-of-range': {
    status: 422,
    retryable: false,
    meaning: 'The value is outside the limits that the descriptor gives.',
  },
  'illegal-transition': {
    status: 409,
    retryable: false,
    meaning: 'The action is not legal in the present state; details name both.',
  },
  'device-offline': { status: 503, retryable: true, meaning: 'The device is not connected.' },
  'device-reset': {
    status: 503,
    retryable: true,
    meaning: 'The device has started again and forgotten its program and its run.',
  },
  'device-busy': { status: 409, retryable: true, meaning: 'The device is running something else.' },
  'device-fault': { status: 503, retryable: false, meaning: 'The device has latched a fault.' },
  'device-locked': {
    status: 409,
    retryable: true,
    meaning: 'The device is locked for maintenance; details say by whom and why.',
  },
  'driver-invalid': {
    status: 500,
    retryable: false,
    meaning: 'A driver folder has a manifest or module that cannot be loaded.',
  },
  'driver-failed': {
    status: 500,
    retryable: false,
    meaning: 'A driver threw an error of its own.',
  },
  'not-calibrated': {
    status: 422,
    retryable: false,
    meaning: 'The device has no calibration that the quantity could be read with.',
  },
  'unknown-calibration': {
    status: 404,
    retryable: false,
    meaning: 'There is no calibration of that id.',
  },
  'calibration-invalid': {
    status: 409,
    retryable: true,
    meaning:
      'The calibration in force does not hold for the device as it is now: it is over, of another board, or of another temperature.',
  },
  'calibration-changed': {
    status: 409,
    retryable: false,
    meaning:
      'Another calibration is in force than when the run was begun, or than its program was compiled against.',
  },
  'did-not-converge': {
    status: 422,
    retryable: false,
    meaning: 'A fit found no maximum; the data are not what the model says, or say too little.',
  },
  'not-comparable': {
    status: 422,
    retryable: false,
    meaning: 'Two runs are not what the comparison needs; the message says in what they differ.',
  },
  'not-supported': {
    status: 422,
    retryable: false,
    meaning: 'The device does not have the feature.',
  },
  diverged: {
    status: 422,
    retryable: false,
    meaning: 'A site left the range of numbers, or the step is too long for the force on it.',
  },
  'lease-lost': {
    status: 503,
    retryable: false,
    meaning:
      'The node was silent for longer than its lease; what it had under way is not its own any more.',
  },
  'node-lost': {
    status: 503,
    retryable: true,
    meaning: 'The node that ran the job, or has the device, has gone.',
  },
  aborted: { status: 409, retryable: false, meaning: 'The work was aborted by a signal.' },
  // Thermodynamics.
  'first-law-violated': {
    status: 500,
    retryable: false,
    meaning:
      'ΔE − W + Q of a shot exceeds 1e-9 of the largest of N, ΔE and W: the ledger of this run is not to be trusted.',
  },
  // Lab.
  'unknown-job': { status: 404, retryable: false, meaning: 'There is no job of that id.' },
  'unknown-run': { status: 404, retryable: false, meaning: 'There is no run of that id.' },
  'record-deleted': {
    status: 410,
    retryable: false,
    meaning:
      'The record was deleted by a retention rule; details say when, by which, and what it was.',
  },
  'unknown-kind': { status: 400, retryable: false, meaning: 'There is no job kind of that name.' },
  'idempotency-conflict': {
    status: 409,
    retryable: false,
    meaning: 'The Idempotency-Key was used before with another body.',
  },
  'revision-conflict': {
    status: 412,
    retryable: true,
    meaning: 'The resource has changed since the revision that the caller saw.',
  },
  'service-restart': {
    status: 500,
    retryable: true,
    meaning: 'The service ended while the run was armed; its partial record is kept.',
  },
  'deadline-passed': { status: 409, retryable: false, meaning: "The job's deadline passed first." },
  'sweep-failed': {
    status: 500,
    retryable: false,
    meaning: 'Points of a sweep failed, all of them or the first where it was to stop then.',
  },
  'couplings-changed': {
    status: 500,
    retryable: false,
    meaning: 'What a paused device holds is not what was loaded: its run does not go on with it.',
  },
  'unknown-reservation': {
    status: 404,
    retryable: false,
    meaning: 'There is no reservation of that id.',
  },
  'reservation-conflict': {
    status: 409,
    retryable: false,
    meaning: 'The device is reserved then; details say by whom, why and until when.',
  },
  'device-reserved': {
    status: 409,
    retryable: true,
    meaning: 'The device is reserved now; details say by whom, why and until when.',
  },
  'record-damaged': {
    status: 500,
    retryable: false,
    meaning: 'A record has a torn or unreadable part; what could be read is said.',
  },
  'store-locked': {
    status: 503,
    retryable: true,
    meaning: 'Another relaxd process has this data folder open.',
  },
  'store-failed': {
    status: 503,
    retryable: true,
    meaning: 'The store could not be read or written.',
  },
  'disk-full': {
    status: 507,
    retryable: true,
    meaning:
      'There is no room left on the disk, or less than is kept for writing down how runs end.',
  },
  'queue-full': {
    status: 429,
    retryable: true,
    meaning: 'The queue has reached its configured length.',
  },
  // Service.
  'port-taken': { status: 500, retryable: true, meaning: 'The port is in use by another program.' },
  'not-found': { status: 404, retryable: false, meaning: 'There is nothing at that address.' },
  'method-not-allowed': {
    status: 405,
    retryable: false,
    meaning: 'That method is not served there.',
  },
  'unsupported-media': {
    status: 415,
    retryable: false,
    meaning: 'The body has a content type that is not read here.',
  },
  'too-large': { status: 413, retryable: false, meaning: 'The body is larger than the limit.' },
  'origin-refused': {
    status: 403,
    retryable: false,
    meaning: 'The call comes from a page of another site, or under a host name that is not served.',
  },
  unauthenticated: {
    status: 401,
    retryable: false,
    meaning: 'The call needs an API key that works; docs/people.md says how to get one.',
  },
  forbidden: {
    status: 403,
    retryable: false,
    meaning: 'The role of the API key may not do this; the message names the scope that is needed.',
  },
  'unknown-key': { status: 404, retryable: false, meaning: 'There is no API key of that id.' },
  'key-ended': {
    status: 409,
    retryable: false,
    meaning: 'The API key was revoked or has expired.',
  },
  'rate-limited': { status: 429, retryable: true, meaning: 'Too many requests; try again later.' },
  'unknown-topic': {
    status: 404,
    retryable: false,
    meaning: 'There is no stream topic of that name.',
  },
  'service-unreachable': {
    status: 503,
    retryable: true,
    meaning: 'No relaxd service answers at the address.',
  },
  'service-stopping': { status: 503, retryable: true, meaning: 'The service is shutting down.' },
  internal: { status: 500, retryable: false, meaning: 'A defect in relaxd; please report it.' },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERROR_TABLE;

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_TABLE, code);
}
