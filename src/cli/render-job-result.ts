import type { DissipationReport, TwinReport } from '../calibrate/index.js';
import type { DriftReading, SweepDocument } from '../lab/index.js';
import type { Output } from './output.js';
import { renderCalibration, type CalibrateResult } from './render-calibration.js';
import { renderDissipation } from './render-dissipation.js';
import { renderDrift } from './render-drift.js';
import { renderDrive, type DrivenResult } from './render-drive.js';
import { renderResult, type ShownResult } from './render-result.js';
import { renderTwin } from './render-twin.js';
import type { JobView } from './service-client.js';
import { renderSweep } from './sweep-command.js';

/** What a job has found, for people, as the command of its kind shows it; nothing where it has no result. */
export function renderJobResult(output: Output, { kind, result }: JobView): void {
  if (result === null || result === undefined) return;
  switch (kind) {
    case 'sweep':
      return renderSweep(output, result as SweepDocument);
    case 'calibrate':
      return renderCalibration(output, result as CalibrateResult, null);
    case 'check':
      return renderDrift(output, result as DriftReading);
    case 'twin':
      return renderTwin(output, result as TwinReport);
    case 'dissipation':
      return renderDissipation(output, result as DissipationReport);
    case 'drive':
      renderDrive(output, result as DrivenResult, []);
      return renderResult(output, result as ShownResult, null);
    default:
      return renderResult(output, result as ShownResult, null);
  }
}
