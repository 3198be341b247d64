import { equilibriumSampling } from './equilibrium-sampling.js';
import { annealing } from './w1-annealing.js';
import { hopfield } from './w2-hopfield.js';
import { denseMemory } from './w3-dense-memory.js';
import { langevin } from './w4-langevin.js';
import { layers } from './w5-layered.js';
import { events } from './w6-events.js';
import { normals } from './w7-normals.js';
import type { Workload } from './workload.js';

/** The workloads of docs/performance.md, in its order. */
export const WORKLOADS: readonly Workload[] = [
  annealing,
  hopfield,
  denseMemory,
  langevin,
  layers,
  events,
  normals,
  equilibriumSampling,
];
