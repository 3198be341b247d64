import { denseMemory } from './w3-dense-memory.js';
import { normals } from './w7-normals.js';
import type { Workload } from './workload.js';

/** The workloads of docs/performance.md, in its order. */
export const WORKLOADS: readonly Workload[] = [denseMemory, normals];
