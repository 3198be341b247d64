import { Piscina } from 'piscina';
import { answered, compiledUrl, WORKER_FLAGS } from '../core/index.js';
import type { CompiledProgram, CompileInput } from './compile-program.js';
import {
  compile,
  planRetrieval,
  type RetrievalPlan,
  type RetrievalTask,
} from './compile-worker.js';

/** Compiles; where, is its own business. */
export interface Compiler {
  /** As `compileProgram`. */
  compile(input: CompileInput): Promise<CompiledProgram>;
  /** As `prepareRetrieval`, but for the observer. */
  planRetrieval(task: RetrievalTask): Promise<RetrievalPlan>;
}

/** Compiles in the calling thread: for commands, which have nothing else to do. */
export const compilerHere: Compiler = {
  compile: (input) => answered(compile(input)),
  planRetrieval: (task) => answered(planRetrieval(task)),
};

/** Compiles in threads of its own: for the service, whose thread never computes. */
export class CompilerThreads implements Compiler, AsyncDisposable {
  private readonly pool: Piscina;

  constructor(threads: number) {
    this.pool = new Piscina({
      filename: compiledUrl(import.meta.url, './compile-worker.js').href,
      execArgv: WORKER_FLAGS,
      minThreads: 0,
      maxThreads: threads,
      idleTimeout: 30_000,
    });
  }

  async compile(input: CompileInput): Promise<CompiledProgram> {
    return answered(this.pool.run(input, { name: 'compile' }));
  }

  async planRetrieval(task: RetrievalTask): Promise<RetrievalPlan> {
    return answered(this.pool.run(task, { name: 'planRetrieval' }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool.destroy();
  }
}
