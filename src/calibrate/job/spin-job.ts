import { isoTime, RelaxdError } from '../../core/index.js';
import type { Calibration, Descriptor } from '../../device/index.js';
import { spinDevice } from '../spins/spin-device.js';
import { SpinParameters } from '../spins/spin-parameters.js';
import { planSpins, spinCost, type SpinPlan } from '../spins/spin-probe.js';
import { USUAL_SITES, type CalibrateBody } from './calibrate-body.js';
import type { MeasuredDevice } from './calibration-record.js';
import type { Estimator } from './estimator.js';
import { referencesOf } from './estimate-task.js';
import type { SpinOptions } from './spin-estimate-task.js';
import { prepareSpins } from './spin-collector.js';
import { spinRecord } from './spin-record.js';

const HOUR_MS = 3_600_000;

interface Planned {
  readonly options: SpinOptions;
  readonly plan: SpinPlan;
  /** Of the parameters. */
  readonly names: readonly string[];
}

function planOf(request: CalibrateBody, descriptor: Descriptor): Planned {
  const { kernel, temperature } = request;
  const asked = {
    ...(kernel === undefined ? {} : { kernel }),
    ...(temperature === undefined ? {} : { temperature }),
  };
  const device = spinDevice(descriptor, asked);
  const most = device.descriptor.sites.max;
  const sites = request.sites ?? Math.min(most, USUAL_SITES);
  if (sites > most) {
    throw new RelaxdError('invalid-input', `${descriptor.device} has no ${sites} sites`, {
      path: 'sites',
      value: sites,
      limit: most,
    });
  }
  if (request.probes === 'two-temperatures') {
    throw new RelaxdError('not-supported', 'spins are probed at one temperature', {
      path: 'probes',
      value: request.probes,
      limit: 'standard',
      hint: 'leave it out',
    });
  }
  if (request.against != null) {
    throw new RelaxdError(
      'not-supported',
      'spins have no twin: the exact master equation predicts',
      {
        path: 'against',
        value: request.against,
        limit: null,
        hint: 'leave it out',
      },
    );
  }
  const options: SpinOptions = { sites, effort: request.effort ?? 1, ...asked };
  // Rates are of each site where a reference knows one's.
  const isOwn = (request.references ?? []).some(({ parameter }) => parameter.startsWith('rate['));
  const { list } = new SpinParameters(device, sites, 1, isOwn);
  return {
    options,
    plan: planSpins(device, sites, options.effort),
    names: list.map(({ name }) => name),
  };
}

/** @throws RelaxdError `not-supported`, `invalid-input` */
export function spinCalibrationCost(request: CalibrateBody, descriptor: Descriptor) {
  const { plan, names } = planOf(request, descriptor);
  const { probes, held, device } = plan;
  const { shots, deviceTime } = spinCost([...probes, ...held]);
  const { seconds, name } = device.descriptor.units.time;
  return {
    probes: probes.length,
    heldOut: held.length,
    shots,
    deviceS: seconds === null ? null : deviceTime * seconds,
    deviceTime: { value: deviceTime, unit: name },
    parameters: names.length,
  };
}

/** A calibration of a device of spins: probes one after the other, the fit, and recalls that were held out from it. */
export function spinJob(
  { estimator, drawSeed }: { readonly estimator: Estimator; readonly drawSeed: () => number },
  request: CalibrateBody & { readonly device: string },
  descriptor: Descriptor,
  resultOf: (record: Calibration) => Readonly<Record<string, unknown>>,
) {
  const { options, plan, names } = planOf(request, descriptor);
  const { probes, held, device } = plan;
  const seed = request.seed ?? drawSeed();
  const { reason, validForHours, activate = false } = request;
  const references = referencesOf(request.references ?? [], names);
  const programs = [...probes, ...held.map((one) => ({ ...one, sites: one.setting.sites }))];
  const { runs, data } = prepareSpins(programs, seed);
  const { seconds } = device.descriptor.units.time;
  return {
    ...runs[0]!,
    device: request.device,
    series: {
      more: runs.slice(1),
      async conclude(
        ended: readonly { readonly run: string; readonly program: { readonly hash: string } }[],
        end: {
          readonly job: string;
          readonly now: string;
          readonly device: MeasuredDevice;
          readonly signal: AbortSignal;
        },
      ) {
        const report = await estimator.spins(
          { descriptor: end.device.descriptor, options, references, data: data() },
          end.signal,
        );
        const nowMs = Date.parse(end.now);
        const record = spinRecord({
          report,
          plan: probes,
          spins: device,
          device: end.device,
          probes: ended.map(({ run, program }, k) => {
            const { name, shots, interval, samples } = programs[k]!;
            return {
              name,
              role: k < probes.length ? ('fit' as const) : ('held-out' as const),
              program: program.hash,
              run,
              shots,
              deviceTimeS: seconds === null ? null : shots * interval * (samples - 1) * seconds,
            };
          }),
          programs: ended.slice(probes.length).map(({ program }) => program.hash),
          job: end.job,
          now: end.now,
          until: validForHours == null ? null : isoTime(nowMs + validForHours * HOUR_MS),
          warnings: [],
        });
        return {
          result: resultOf(record),
          calibration: { record, reason: reason ?? `measured by job ${end.job}`, activate },
        };
      },
    },
  };
}
