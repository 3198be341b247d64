import { Gauge, type Registry } from 'prom-client';
import type { LabView } from './lab-view.js';

/**
 * Which devices are calibrated, whether that holds, and whether checks have found a drift.
 * @returns call it to count no more
 */
export function addCalibrationMetrics(lab: LabView, registers: Registry[]): () => void {
  const labelNames = ['device'];
  new Gauge({
    name: 'relaxd_calibration_expired',
    help: '1 where the calibration in force is over: no job runs there; 0 where it holds',
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const { device, expired } of lab.calibrations.inForce())
        this.set({ device }, expired ? 1 : 0);
    },
  });
  const drift = new Gauge({
    name: 'relaxd_drift_alarms',
    help: 'Quantities whose control chart has passed its limit since the calibration is in force',
    labelNames,
    registers,
  });
  const stops = [
    lab.on('drift', ({ device, alarms }) => drift.set({ device }, alarms.length)),
    lab.on('calibration', ({ device, state }) => {
      if (state === 'active') drift.set({ device }, 0);
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
