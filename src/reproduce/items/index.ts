import type { Reproduction } from '../reproduction.js';
import { cavityMemories } from './cavity-memories.js';
import { cueErrors } from './cue-errors.js';
import { equalWork } from './equal-work.js';
import { equipartition } from './equipartition.js';
import { hopfieldCapacity } from './hopfield-capacity.js';
import { merging } from './merging.js';
import { plasticity } from './plasticity.js';
import { rampEntropy } from './ramp-entropy.js';
import { replicaOverlap } from './replica-overlap.js';
import { retrievalTemperature } from './retrieval-temperature.js';
import { tradeOff } from './trade-off.js';
import { transitionTime } from './transition-time.js';
import { twoBaths } from './two-baths.js';
import { workAgainstLoad } from './work-against-load.js';

/** Everything that can be reproduced, in the order of `relaxd reproduce --list`. */
export const REPRODUCTIONS: readonly Reproduction[] = [
  hopfieldCapacity,
  merging,
  retrievalTemperature,
  cavityMemories,
  cueErrors,
  plasticity,
  rampEntropy,
  replicaOverlap,
  equipartition,
  twoBaths,
  tradeOff,
  transitionTime,
  workAgainstLoad,
  equalWork,
];
