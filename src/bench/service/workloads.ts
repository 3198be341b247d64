import { CLIENTS } from './submit-load.js';
import { VIEWERS } from './viewer-load.js';

/** A load on the service, or on the lab in it. */
export interface ServiceWorkload {
  readonly name: 'service-submit' | 'lab-submit' | 'service-read' | 'service-viewers';
  readonly title: string;
  readonly unit: string;
  readonly lowerIsBetter: boolean;
}

/** The loads of `relaxd bench service`, in the order of docs/performance.md. */
export const SERVICE_WORKLOADS: readonly ServiceWorkload[] = [
  {
    name: 'service-submit',
    title: `jobs accepted durably over HTTP, ${CLIENTS} clients`,
    unit: 'jobs/s',
    lowerIsBetter: false,
  },
  {
    name: 'lab-submit',
    title: `the same through the lab alone, ${CLIENTS} at a time`,
    unit: 'jobs/s',
    lowerIsBetter: false,
  },
  {
    name: 'service-read',
    title: 'GET /v1/jobs/{id} while an emulator of N = 1024 runs on every core',
    unit: 'ms',
    lowerIsBetter: true,
  },
  {
    name: 'service-viewers',
    title: `${VIEWERS} viewers on one run of 5 MB/s`,
    unit: 'MB/s',
    lowerIsBetter: false,
  },
];
