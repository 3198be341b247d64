import { asRelaxdError, RelaxdError, type Clock, type Timeline } from '../core/index.js';
import type { Log } from './log.js';
import type { RunsUnderWay } from './runs-under-way.js';

/** How often it is seen whether runs under way have ended. */
const LOOK_AGAIN_MS = 50;
/** For runs that are to be paused at a shot before they are ended. */
const PAUSE_GRACE_MS = 2000;

export interface DrainPorts {
  readonly underWay: Pick<RunsUnderWay, 'endUnarmed' | 'goingOn'>;
  readonly clock: Clock;
  readonly setAlarm: Timeline['after'];
  readonly log: Log;
  /** Asks a run to stand still at a shot. @throws RelaxdError where it cannot */
  readonly pause: (job: string) => Promise<unknown>;
}

/**
 * Waits until the runs under way have ended, at most so long, once nothing more begins. Jobs whose runs have not been armed are queued
 * again, for other nodes or the next start; runs that then still go on are paused at a shot where their device can, for whoever closes
 * the lab to end them (docs/decisions/0072).
 *
 * @param signal waits no longer
 */
export async function letRunsEnd(
  ports: DrainPorts,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  const { underWay, clock, log } = ports;
  const stopping = 'the service is being stopped; the job waits for its next start';
  underWay.endUnarmed(new RelaxdError('service-stopping', stopping));
  const waits = underWay.goingOn();
  log('info', `draining: ${waits.length} runs under way have ${timeoutMs / 1000} s to end`, {
    jobs: waits,
  });
  await quiet(ports, clock.monotonicMs() + timeoutMs, signal);
  const left = underWay.goingOn();
  if (left.length === 0 || signal.aborted) return;
  log('warn', `draining: ${left.length} runs have not ended in time`, { jobs: left });
  await Promise.all(left.map((job) => pauseForEnd(ports, job)));
  await quiet(ports, clock.monotonicMs() + PAUSE_GRACE_MS, signal);
}

async function quiet(
  { underWay, clock, setAlarm }: DrainPorts,
  untilMs: number,
  signal: AbortSignal,
): Promise<void> {
  while (underWay.goingOn().length > 0 && !signal.aborted && clock.monotonicMs() < untilMs) {
    await new Promise<void>((resolve) => setAlarm(LOOK_AGAIN_MS, resolve));
  }
}

/** A record that ends with a whole shot is worth more. */
async function pauseForEnd({ pause, log }: DrainPorts, job: string): Promise<void> {
  try {
    await pause(job);
  } catch (error) {
    // Its device cannot, or it is on its way to its end.
    log('debug', `job ${job} is not paused: ${asRelaxdError(error).message}`, { job });
  }
}
