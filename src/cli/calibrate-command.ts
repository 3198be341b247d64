import { RelaxdError } from '../core/index.js';
import type { Calibration, Descriptor } from '../device/index.js';
import { calibrationCost, type CalibrateBody } from '../calibrate/index.js';
import { recordNamed } from './calibration-named.js';
import type { Composition } from './composition.js';
import { deviceHere } from './device-here.js';
import { given } from './given.js';
import { jobHere } from './job-here.js';
import type { Output } from './output.js';
import { readReference } from './read-reference.js';
import { renderCalibration, renderCost, type CalibrateResult } from './render-calibration.js';
import { endOfJob, IN_ITS_RUNS, resultOf } from './run-there.js';
import type { JobView, ServiceClient } from './service-client.js';
import { writeOut } from './text-files.js';

export interface CalibrateOptions {
  readonly device: string;
  readonly against?: string;
  readonly sites?: number;
  readonly effort?: number;
  readonly twoTemperatures?: boolean;
  readonly reference?: readonly string[];
  readonly profile?: string[];
  readonly figures?: string;
  readonly kernel?: string;
  readonly temperature?: number;
  readonly validFor?: number;
  readonly activate?: boolean;
  readonly reason?: string;
  readonly seed?: number;
  readonly dryRun?: boolean;
  /** File that the record is written to. */
  readonly out?: string;
}

/** `relaxd calibrate`: in this process, or by a service. */
export async function calibrateCommand(
  composition: Composition,
  output: Output,
  client: ServiceClient | null,
  options: CalibrateOptions,
): Promise<void> {
  const { device, reference, validFor, kernel } = options;
  const request: CalibrateBody = {
    probes: options.twoTemperatures === true ? 'two-temperatures' : 'standard',
    ...given(options, [
      'against',
      'sites',
      'effort',
      'profile',
      'temperature',
      'activate',
      'reason',
      'seed',
    ]),
    ...(validFor === undefined ? {} : { validForHours: validFor }),
    ...(kernel === undefined ? {} : { kernel: readKernel(kernel) }),
    ...(reference === undefined ? {} : { references: reference.map(readReference) }),
  };
  const work = client === null ? here(composition, output, device) : there(client, output, device);
  try {
    const descriptor = await work.descriptor();
    const cost = calibrationCost(request, descriptor);
    if (options.dryRun === true) {
      if (output.json) output.printJson({ device, cost });
      else renderCost((line) => output.print(line), device, cost);
      return;
    }
    if (!output.json) renderCost((line) => output.note(line), device, cost);
    const { job, record } = await work.run({ kind: 'calibrate', device, ...request });
    const result = resultOf<CalibrateResult>(job, IN_ITS_RUNS);
    if (options.figures !== undefined) {
      const { writeCalibrationFigures } = await import('./calibration-figures.js');
      const files = await writeCalibrationFigures(options.figures, device, result);
      if (!output.json) for (const file of files) output.note(file);
    }
    if (options.out !== undefined) {
      await writeOut(options.out, `${JSON.stringify(record, null, 2)}\n`);
      output.note(`the record is in ${options.out}`);
    }
    if (output.json) output.printJson(result);
    else
      renderCalibration(
        output,
        result,
        nextStep(result, client !== null, options.activate === true),
      );
  } finally {
    await work.close();
  }
}

/** What to do with it. @param stored a service has it @param activated and has put it in force */
function nextStep({ calibration }: CalibrateResult, stored: boolean, activated: boolean): string {
  if (!stored) return 'a service keeps it: --url; --out writes its record';
  if (activated) return 'it is in force';
  return `it is proposed; relaxd calibrations activate ${calibration.id.slice(7, 19)} --reason "…" puts it in force, or the device’s page does`;
}

interface Calibrated {
  readonly job: JobView;
  /** What it has found; null: the job did not complete. */
  readonly record: Calibration | null;
}
interface Work {
  descriptor(): Promise<Descriptor>;
  run(body: Readonly<Record<string, unknown>>): Promise<Calibrated>;
  close(): Promise<void>;
}

function there(client: ServiceClient, output: Output, device: string): Work {
  return {
    descriptor: () => client.get(`/v1/devices/${encodeURIComponent(device)}/descriptor`),
    async run(body) {
      const job = await endOfJob(client, output, body, device);
      const id = foundBy(job);
      if (id === null) return { job, record: null };
      return { job, record: await recordNamed(client, id) };
    },
    close: async () => undefined,
  };
}

/** With the device that is asked for. */
function here(composition: Composition, output: Output, device: string): Work {
  const opened = deviceHere(composition, device);
  return {
    ...opened,
    run: async (body) =>
      jobHere(composition, output, {
        devices: await opened.registry,
        body,
        title: device,
        textOf: (state) => (state === 'finalizing' ? 'estimating' : state),
        async read(lab, job) {
          const id = foundBy(job);
          return { job, record: id === null ? null : (await lab.calibrations.whole(id)).record };
        },
      }),
  };
}

/** Id of what a calibrate job has found; null: it did not complete. */
const foundBy = ({ state, result }: JobView): string | null =>
  state === 'completed' ? ((result as CalibrateResult | null)?.calibration.id ?? null) : null;

/** A law's name, or the object of `dynamics.kernel`. */
function readKernel(text: string): NonNullable<CalibrateBody['kernel']> {
  if (!text.startsWith('{')) return text;
  try {
    return JSON.parse(text) as { kind: string };
  } catch {
    throw new RelaxdError('wrong-call', `--kernel ${text} is no JSON`, {
      path: '--kernel',
      value: text,
      limit: '{"kind":"power","p":2}',
    });
  }
}
