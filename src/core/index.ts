export { abortedError, throwIfAborted, unlessAborted } from './abort.js';
export { canonicalJson, contentHash } from './canonical-json.js';
export {
  checkDocument,
  firstNotFinite,
  isTypedList,
  memberPath,
  shownValue,
  type TypedList,
} from './check-document.js';
export { NotThisJson, parseWithLists, type ListStore } from './json-lists.js';
export { isoTime, ManualClock, systemClock, type Clock } from './clock.js';
export { Disposer } from './disposer.js';
export { ENGINES, type EngineKind } from './engine-kind.js';
export { ERROR_TABLE, isErrorCode, type ErrorCode, type ErrorRow } from './error-table.js';
export { giveWay } from './give-way.js';
export { IdSource } from './identifier.js';
export { compiledUrl, driverUrl, packageRoot } from './module-url.js';
export { philox4x32, RandomStream, STREAM_PURPOSE, type StreamPurpose } from './random.js';
export {
  asRelaxdError,
  RelaxdError,
  throwViolations,
  type ErrorDetails,
  type Violation,
} from './relaxd-error.js';
export * as Type from './schema.js';
export { answered, threadAnswer, type ThreadAnswer } from './thread-answer.js';
export { systemTimeline, VirtualTimeline, type Timeline } from './timeline.js';
export { BOLTZMANN_J_PER_K, PLANCK_J_S } from './units.js';
export { WORKER_FLAGS } from './worker-flags.js';
