import { equilibriumSampling } from './equilibrium-sampling.js';
import { langevin } from './w4-langevin.js';
import { layers } from './w5-layered.js';
import { normals } from './w7-normals.js';
import type { Workload } from './workload.js';

/** The workloads of docs/performance.md, in its order. */
export const WORKLOADS: readonly Workload[] = [langevin, layers, normals, equilibriumSampling];
