import { giveWay, threadAnswer, type ThreadAnswer } from '../core/index.js';
import { programHash, type Descriptor } from '../device/index.js';
import { compileProgram, type CompiledProgram, type CompileInput } from './compile-program.js';
import { memoriesOf } from './memories-of.js';
import {
  prepareRetrieval,
  type PreparedRetrieval,
  type RetrievalRequest,
} from './prepare-retrieval.js';

/** A retrieval whose memories are still to be read: a built-in's name, or a memory-set document. */
export interface RetrievalTask {
  readonly request: Omit<RetrievalRequest, 'memories'>;
  readonly memories: string | object;
  readonly descriptor: Descriptor;
}
/** What a retrieval's preparation comes to, without its observer, which lives where the samples arrive. */
export interface RetrievalPlan extends Omit<PreparedRetrieval, 'observer'> {
  readonly hash: string;
  readonly references: number;
  readonly pattern: Int8Array;
}

giveWay();

/** Entry point of the compiler threads. */
export function compile(input: CompileInput): Promise<ThreadAnswer<CompiledProgram>> {
  return threadAnswer(() => compileProgram(input));
}

/** Entry point of the compiler threads. */
export function planRetrieval(task: RetrievalTask): Promise<ThreadAnswer<RetrievalPlan>> {
  return threadAnswer(async () => {
    const memories = await memoriesOf(task.memories, async () => null);
    const { observer: _observer, ...plan } = prepareRetrieval(
      { ...task.request, memories },
      task.descriptor,
    );
    return {
      ...plan,
      hash: programHash(plan.program),
      references: memories.patterns.length,
      pattern: memories.patterns[plan.target]!,
    };
  });
}
