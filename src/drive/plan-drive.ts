import { Piscina } from 'piscina';
import { memoriesOf } from '../compile/index.js';
import {
  answered,
  compiledUrl,
  threadAnswer,
  WORKER_FLAGS,
  type ThreadAnswer,
} from '../core/index.js';
import { programHash, type Descriptor } from '../device/index.js';
import { prepareDrive, type DrivePlan, type DriveRequest } from './prepare-drive.js';

/** A drive whose memories are still to be read: a built-in's name, or a memory-set document. */
export interface DriveTask {
  readonly request: Omit<DriveRequest, 'memories'>;
  readonly memories: string | object;
  readonly descriptor: Descriptor;
}
/** A plan with its program's hash. */
export interface HashedPlan {
  readonly plan: DrivePlan;
  readonly hash: string;
}
/** Plans drives; where, is its own business: a search takes seconds. */
export interface DrivePlanner {
  /** As `prepareDrive`. */
  plan(task: DriveTask): Promise<HashedPlan>;
}

/** Reads, prepares and hashes, in the calling thread. */
export function planDrive(task: DriveTask): Promise<ThreadAnswer<HashedPlan>> {
  return threadAnswer(async () => {
    const memories = await memoriesOf(task.memories, async () => null);
    const plan = prepareDrive({ ...task.request, memories }, task.descriptor);
    return { plan, hash: programHash(plan.program) };
  });
}

/** Plans in the calling thread: for commands, which have nothing else to do. */
export const plannerHere: DrivePlanner = { plan: (task) => answered(planDrive(task)) };

/** Plans in a thread of its own: for the service, whose thread never computes. */
export class PlannerThread implements DrivePlanner, AsyncDisposable {
  private readonly pool = new Piscina({
    filename: compiledUrl(import.meta.url, './drive-worker.js').href,
    name: 'planDrive',
    execArgv: WORKER_FLAGS,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: 30_000,
  });

  plan(task: DriveTask): Promise<HashedPlan> {
    return answered(this.pool.run(task));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool.destroy();
  }
}
