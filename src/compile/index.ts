export { calibrationOf, type CalibrationSource } from './calibrated/calibration-of.js';
export { correctProgram, type CorrectedProgram } from './calibrated/correct-program.js';
export { CRITERIA, type Criterion, type EffectiveLaw } from './calibrated/effective-law.js';
export type { Remainder, RemainderKind } from './calibrated/what-remains.js';
export {
  CERTIFICATE_SCHEMA,
  readCertificate,
  type Certificate,
  type Loss,
  type LossKind,
  type Margins,
  type MemoryPrediction,
  type OverlapMethod,
  type SuccessMethod,
} from './certificate.js';
export { compileProgram, type CompiledProgram, type CompileInput } from './compile-program.js';
export { findMemory } from './find-memory.js';
export { quantise } from './fit-couplings.js';
export {
  COMPILE_BODY_SCHEMA,
  RETRIEVE_BODY_SCHEMA,
  RUN_BODY_SCHEMA,
  type CompileBody,
  type RetrieveBody,
  type RunBody,
} from './job-bodies.js';
export { compilerHere, CompilerThreads, type Compiler } from './compiler.js';
export { retrieveKind, runKind, type CompiledKind } from './job-kinds.js';
export { LIFT } from './lift-wells.js';
export { memoriesOf, withoutStore, type StoredMemorySet } from './memories-of.js';
export {
  prepareRetrieval,
  type PreparedRetrieval,
  type RetrievalRequest,
} from './prepare-retrieval.js';
export { SUCCESS_OVERLAP } from './predict-success.js';
export {
  RetrievalObserver,
  type MeanEstimate,
  type RetrievalSummary,
} from './retrieval-observer.js';
export { DEFAULT_READOUTS, defaultDuration, retrievalChannels } from './run-defaults.js';
export * from './linear-algebra/index.js';
