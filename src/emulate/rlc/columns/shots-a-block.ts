import type { ResolvedProgram } from '../../../device/index.js';
import { columnsOf } from '../../langevin/columns/choose-columns.js';

/** Shots of a block of a run, so that each is a whole number of groups; null: they run one after the other. */
export const rlcShotsABlock = (
  program: ResolvedProgram,
  _parameters: Readonly<Record<string, number>>,
  readouts: number,
): number | null => columnsOf(program, readouts)?.shots ?? null;
