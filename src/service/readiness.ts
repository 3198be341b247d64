import { asRelaxdError, RelaxdError } from '../core/index.js';
import type { LabView } from './lab-view.js';

/** One thing that must be so for work to be taken. */
export interface ReadinessCheck {
  readonly name: 'serving' | 'store' | 'disk';
  readonly ok: boolean;
  /** Why not, or how it stands; null: nothing to say. */
  readonly detail: string | null;
}

/** Whether work can be taken now. */
export interface Readiness {
  readonly checks: readonly ReadinessCheck[];
  /** The first thing that is not so; null: ready. */
  readonly failure: RelaxdError | null;
}

/** Looks whether the lab can take work: it is not being stopped, its store answers, and its disk can be written. */
export async function readinessOf(lab: LabView, stopping: AbortSignal): Promise<Readiness> {
  const serving =
    stopping.aborted || lab.draining
      ? new RelaxdError('service-stopping', 'the service is being stopped')
      : null;
  // Answers only where the store does.
  const away = lab.nodes?.inTouch === false;
  const store = stopping.aborted
    ? null
    : away
      ? new RelaxdError('store-failed', 'PostgreSQL does not answer, or takes nothing')
      : await lab.jobs({ limit: 1 }).then(
          () => null,
          (error: unknown) => asRelaxdError(error),
        );
  const { disk } = lab;
  const unwritable =
    disk !== null && (disk.state === 'full' || disk.state === 'unwritable')
      ? new RelaxdError(disk.state === 'full' ? 'disk-full' : 'store-failed', disk.reason!)
      : null;
  const check = (name: ReadinessCheck['name'], error: RelaxdError | null): ReadinessCheck => ({
    name,
    ok: error === null,
    detail: error?.message ?? null,
  });
  const checks: ReadinessCheck[] = [
    check('serving', serving),
    check('store', store),
    { ...check('disk', unwritable), detail: disk?.reason ?? null },
  ];
  return { checks, failure: serving ?? store ?? unwritable };
}
