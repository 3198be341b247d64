import type { ColumnIntegrator, ColumnSetting } from '../../langevin/columns/column-setting.js';
import { areAlike } from '../rlc-integrator.js';
import type { RlcPlan } from '../rlc-plan.js';
import { CoupledColumns } from './coupled-columns.js';
import { ForceColumns } from './force-columns.js';
import { ModalColumns } from './modal-columns.js';

export function makeRlcColumns(setting: ColumnSetting<RlcPlan>): ColumnIntegrator {
  const { integrator } = setting.plan;
  if (integrator !== 'exact') return new ForceColumns(setting, integrator);
  return areAlike(setting.plan.setting) ? new ModalColumns(setting) : new CoupledColumns(setting);
}
