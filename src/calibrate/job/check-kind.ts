import type { TSchema } from 'typebox';
import { RelaxdError, Type } from '../../core/index.js';
import type { Calibration, Descriptor } from '../../device/index.js';
import { LINEAR_CIRCUIT } from './calibration-record.js';
import { checkProbes, type CheckReport } from './check-task.js';
import type { Estimator } from './estimator.js';
import { prepareProbes, type PreparedProbe } from './prepared-probe.js';

/** Body of a `check` job, without the fields that all jobs have. */
export const CHECK_BODY_SCHEMA = Type.Object(
  {
    effort: Type.Optional(Type.Number({ minimum: 0.1, maximum: 100 })),
    seed: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
  },
  { additionalProperties: false },
);

interface Reading extends CheckReport {
  readonly version: 1;
  readonly device: string;
  readonly calibration: string;
  readonly run: string;
  readonly at: string;
}
interface CheckEnd {
  readonly now: string;
  readonly device: { readonly id: string; readonly descriptor: Descriptor };
  readonly signal: AbortSignal;
  readonly readings: (calibration: string) => Promise<readonly Reading[]>;
}
export interface CheckJob extends PreparedProbe {
  readonly device: string;
  readonly series: {
    readonly more: readonly PreparedProbe[];
    conclude(
      runs: readonly { readonly run: string; readonly calibration: string | null }[],
      end: CheckEnd,
    ): Promise<{ readonly result: Readonly<Record<string, unknown>>; readonly reading: Reading }>;
  };
}
export interface CheckKind {
  readonly name: 'check';
  readonly mayPreempt: true;
  readonly schema: TSchema;
  prepare(
    body: unknown,
    context: {
      descriptor(device: string): Promise<Descriptor>;
      calibration?(device: string): Promise<Calibration | null>;
    },
  ): Promise<CheckJob>;
}

/** `{"kind":"check","device":…}`: a few seconds of probes, held against the calibration in force; control charts tell a drift. */
export function checkKind(estimator: Estimator, drawSeed: () => number): CheckKind {
  return {
    name: 'check',
    mayPreempt: true,
    schema: CHECK_BODY_SCHEMA,
    async prepare(body, context) {
      const request = body as { device: string; effort?: number; seed?: number };
      const { device, effort = 1, seed = drawSeed() } = request;
      const descriptor = await context.descriptor(device);
      const calibration = (await context.calibration?.(device)) ?? null;
      if (calibration?.model !== LINEAR_CIRCUIT) {
        throw new RelaxdError(
          'not-calibrated',
          calibration === null
            ? `${device} has no calibration in force to be checked`
            : `${device}: no check is known for the model '${calibration.model}'`,
          { value: device, hint: 'relaxd calibrate, then activate what it proposes' },
        );
      }
      const { runs, data } = prepareProbes(checkProbes(descriptor, calibration, effort), seed);
      return {
        ...runs[0]!,
        device,
        series: {
          more: runs.slice(1),
          async conclude(ended, end) {
            requireSame(ended, calibration);
            const last = (await end.readings(calibration.id)).at(-1);
            const report = await estimator.check(
              {
                descriptor,
                calibration,
                effort,
                data: data(),
                before: Object.fromEntries((last?.quantities ?? []).map((one) => [one.name, one])),
              },
              end.signal,
            );
            const alarms = [...new Set([...(last?.alarms ?? []), ...report.alarms])];
            const reading: Reading = {
              version: 1,
              device,
              calibration: calibration.id,
              run: ended.at(-1)!.run,
              at: end.now,
              ...report,
              alarms,
            };
            return { result: { ...reading }, reading };
          },
        },
      };
    },
  };
}

/** @throws RelaxdError `calibration-changed` */
function requireSame(
  runs: readonly { readonly calibration: string | null }[],
  calibration: Calibration,
): void {
  const other = runs.find((run) => run.calibration !== calibration.id);
  if (other === undefined) return;
  throw new RelaxdError(
    'calibration-changed',
    'another calibration was put in force during the check',
    { value: other.calibration, limit: calibration.id, hint: 'check again' },
  );
}
