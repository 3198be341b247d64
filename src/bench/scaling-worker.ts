import { parentPort, workerData } from 'node:worker_threads';
import type { EngineKind } from '../core/index.js';
import { Arena, openEngine, type WasmMemory } from '../kernels/index.js';
import { WORKLOADS } from './workloads.js';

export interface ScalingWork {
  readonly memory: WasmMemory;
  readonly kind: EngineKind;
  readonly workload: string;
}

/** A thread that does a workload, so many times as each message asks, on an arena that all threads share. */
if (parentPort !== null) {
  const { memory, kind, workload } = workerData as ScalingWork;
  const trial = WORKLOADS.find(({ name }) => name === workload)!.on(
    openEngine(kind, new Arena(memory)),
  );
  const port = parentPort;
  port.on('message', (runs: number) => {
    for (let k = 0; k < runs; k++) trial.run();
    port.postMessage('done');
  });
  port.postMessage('ready');
}
