import { equilibriumSampling } from './equilibrium-sampling.js';
import { langevin } from './w4-langevin.js';
import { normals } from './w7-normals.js';
import type { Workload } from './workload.js';

/** The workloads of docs/performance.md, in its order. */
export const WORKLOADS: readonly Workload[] = [langevin, normals, equilibriumSampling];
