import {
  calibrateKind,
  checkKind,
  dissipationKind,
  twinKind,
  twinRunner,
  type Estimator,
} from './calibrate/index.js';
import { retrieveKind, runKind, type Compiler } from './compile/index.js';
import type { Device } from './device/index.js';
import { driveKind, type DrivePlanner } from './drive/index.js';
import { withEngineCheck } from './engine-check.js';
import type { JobKind } from './lab/index.js';

/** Who computes for them: threads of their own in a service, the process itself for a command. */
export interface JobKindParts {
  readonly compiler: Compiler;
  readonly planner: DrivePlanner;
  readonly estimator: Estimator;
  /** A device that only the caller has, made anew. */
  readonly openTwin: (id: string) => Promise<Device>;
  /** Whether a job may put in force what it has found. */
  readonly mayActivate: boolean;
  readonly drawSeed: () => number;
  readonly nowMs: () => number;
}

/** Every kind of job that there is. */
export function allJobKinds(parts: JobKindParts): JobKind[] {
  const { compiler, planner, estimator, openTwin, mayActivate, drawSeed, nowMs } = parts;
  const retrieve = retrieveKind(compiler);
  return [
    retrieve,
    runKind,
    driveKind(planner, drawSeed),
    calibrateKind({ estimator, twin: twinRunner(openTwin), mayActivate, drawSeed }),
    checkKind(estimator, drawSeed),
    twinKind({ estimator, bases: [retrieve, runKind], nowMs, drawSeed }),
    dissipationKind({ estimator, nowMs, drawSeed }),
  ].map(withEngineCheck);
}
