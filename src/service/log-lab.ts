import type { Logger } from './create-logger.js';
import type { RegistryView } from './device-views.js';
import type { LabView } from './lab-view.js';

/** Writes what happens in the lab to the log, with job and run ids. Progress is not news. */
export function logLab(lab: LabView, registry: RegistryView, log: Logger): () => void {
  const states = new Map<string, string>();
  const removers = [
    lab.on('job', (job) => {
      if (states.get(job.id) === job.state) return;
      const { id, run, device, kind, state, error } = job;
      if (job.endedAt === null) states.set(id, state);
      else states.delete(id);
      const fields = {
        job: id,
        run,
        device,
        kind,
        state,
        ...(error === null ? {} : { code: error.code }),
      };
      if (state === 'failed')
        log.error(fields, `job failed: ${error?.message ?? 'no reason given'}`);
      else log.info(fields, `job ${state}`);
    }),
    lab.on('calibration', ({ id, device, state }) => {
      log.info({ calibration: id, device, state }, `calibration ${state}`);
    }),
    lab.on('drift', ({ device, calibration, run, alarms }) => {
      if (alarms.length > 0) {
        log.warn(
          { device, calibration, run, alarms },
          'the device has drifted from its calibration',
        );
      }
    }),
    ...registry.list().flatMap((device) => [
      device.on('link', ({ link, reason }) => {
        log.info({ device: device.id, link, reason }, `device ${link}`);
      }),
      device.on('fault', ({ id, cause }) => {
        log.error({ device: device.id, fault: id }, `device fault: ${cause}`);
      }),
      device.on('gap', (gap) => {
        log.warn({ device: device.id, ...gap }, 'the device lost samples');
      }),
    ]),
  ];
  return () => {
    for (const remove of removers.splice(0)) remove();
  };
}
