import { GROUP } from '../../../kernels/index.js';
import type { ColumnIntegrator, ColumnSetting } from './column-setting.js';
import { ExplicitColumns } from './explicit-columns.js';
import { SplitColumns } from './split-columns.js';

export function makeColumnIntegrator(setting: ColumnSetting): ColumnIntegrator {
  const { name } = setting.plan.integrator;
  return name === 'exact' || name === 'strang'
    ? new SplitColumns(setting)
    : new ExplicitColumns(setting, name);
}

/** Multiply-adds of one call of an integrator, about: a few milliseconds of compiled code. */
const WORK_A_CALL = 2 ** 24;

/** Steps that one call of an integrator may take. */
export function stepsACall({ potential, groups }: ColumnSetting): number {
  const { sites } = potential;
  return Math.max(1, Math.floor(WORK_A_CALL / (2 * (sites + 32) * sites * groups * GROUP)));
}
