import { LAB_ACTOR } from './access/index.js';
import { calibratedAs } from './calibrate/index.js';
import { asRelaxdError } from './core/index.js';
import { isTerminal, type DriftReading, type Lab } from './lab/index.js';

/** What a lab may do by itself about calibrations. */
export interface CalibrationSettings {
  /** Jobs may put in force what they have found. */
  readonly activate: boolean;
  /** A drift that a check has found has the device calibrated anew. */
  readonly recalibrate: boolean;
}

/** What the operator had asked for of the one that has drifted, and what is not told by what came out. */
const ASKED = ['against', 'probes', 'effort', 'references', 'profile', 'validForHours'] as const;

/** @param job that made the calibration; null: it was made elsewhere */
async function askedOf(lab: Lab, job: string | null): Promise<Record<string, unknown>> {
  if (job === null) return {};
  try {
    const body = (await lab.jobBody(job)) as Record<string, unknown>;
    if (body['kind'] !== 'calibrate') return {};
    return Object.fromEntries(
      ASKED.flatMap((name) => (body[name] === undefined ? [] : [[name, body[name]]])),
    );
  } catch (error) {
    // A calibration of another laboratory names a job that is not of this one.
    if (asRelaxdError(error).code === 'unknown-job') return {};
    throw error;
  }
}

type Log = (level: 'info' | 'error', message: string, fields: Record<string, unknown>) => void;

/**
 * Has a device calibrated anew once a check has found that it has drifted; one such job at a time. What it finds is proposed, or put in
 * force where jobs may do that. The function that comes back ends it.
 */
export function recalibrateOnDrift(lab: Lab, settings: CalibrationSettings, log: Log): () => void {
  if (!settings.recalibrate) return () => undefined;
  /** Devices whose job is being submitted. */
  const busy = new Set<string>();
  const submit = async ({ device, calibration, alarms }: DriftReading): Promise<void> => {
    const { items } = await lab.jobs({ device, limit: 50 });
    if (items.some(({ kind, state }) => kind === 'calibrate' && !isTerminal(state))) return;
    const { record } = await lab.calibrations.whole(calibration);
    const shown = alarms.slice(0, 3).join(', ');
    const reason = `drift of ${shown}${alarms.length > 3 ? ` and ${alarms.length - 3} more` : ''}`;
    const note = lab.audit.note({
      who: LAB_ACTOR,
      action: 'recalibrate',
      target: `/v1/devices/${device}`,
      outcome: 'done',
      details: { calibration, alarms },
    });
    const { activate } = settings;
    const body = {
      kind: 'calibrate',
      device,
      ...(await askedOf(lab, record.job)),
      ...calibratedAs(record),
      reason,
      ...(activate ? { activate } : {}),
    };
    const job = await lab.submit(body, { note });
    log('info', `${device} is calibrated anew: ${reason}`, { device, job: job.id });
  };
  return lab.on('drift', (reading) => {
    const { device } = reading;
    if (reading.alarms.length === 0 || busy.has(device)) return;
    busy.add(device);
    submit(reading)
      .catch((error: unknown) => {
        const { code, message } = asRelaxdError(error);
        log('error', `${device} cannot be calibrated anew: ${message}`, { device, code });
      })
      .finally(() => busy.delete(device));
  });
}
