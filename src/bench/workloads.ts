import { annealing } from './w1-annealing.js';
import { denseMemory } from './w3-dense-memory.js';
import { layers } from './w5-layered.js';
import { events } from './w6-events.js';
import { equilibriumSampling } from './equilibrium-sampling.js';
import { langevin } from './w4-langevin.js';
import { normals } from './w7-normals.js';
import type { Workload } from './workload.js';

/** The workloads of docs/performance.md, in its order. */
export const WORKLOADS: readonly Workload[] = [annealing, denseMemory, layers, events, normals];
export const WORKLOADS: readonly Workload[] = [langevin, normals, equilibriumSampling];
