import type { ColumnIntegrator, ColumnSetting } from './column-setting.js';
import { ExplicitColumns } from './explicit-columns.js';
import { SplitColumns } from './split-columns.js';

export function makeColumnIntegrator(setting: ColumnSetting): ColumnIntegrator {
  const { name } = setting.plan.integrator;
  return name === 'exact' || name === 'strang'
    ? new SplitColumns(setting)
    : new ExplicitColumns(setting, name);
}
