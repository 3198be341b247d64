import {
  DISSIPATION_BODY_SCHEMA,
  notTold,
  preparedDissipation,
  type DissipationBody,
  type DissipationReport,
} from '../calibrate/index.js';
import { checkDocument, RelaxdError, throwViolations } from '../core/index.js';
import {
  parseProgram,
  programDocument,
  type Calibration,
  type Descriptor,
} from '../device/index.js';
import { calibrationFrom } from './calibration-from.js';
import { recordNamed } from './calibration-named.js';
import type { Composition } from './composition.js';
import { deviceHere } from './device-here.js';
import { given } from './given.js';
import { jobHere } from './job-here.js';
import type { Output } from './output.js';
import { readReference } from './read-reference.js';
import { renderDissipation, renderDissipationPlan, renderExpected } from './render-dissipation.js';
import { endOfJob, IN_ITS_RUNS, resultOf } from './run-there.js';
import type { JobView, ServiceClient } from './service-client.js';
import { readText } from './text-files.js';

export interface DissipationCommandOptions {
  readonly device: string;
  readonly shots?: number;
  readonly lag?: number;
  readonly seed?: number;
  readonly calibration?: string;
  readonly reference?: readonly string[];
  readonly dryRun?: boolean;
}

/** `relaxd dissipation`: heat by violation, in this process or by a service. */
export async function dissipationCommand(
  composition: Composition,
  output: Output,
  client: ServiceClient | null,
  file: string,
  options: DissipationCommandOptions,
): Promise<void> {
  const { device, calibration: source, reference } = options;
  const program = parseProgram(await readText(file));
  const calibration = source === undefined ? null : await calibrationFrom(source, client);
  const body: DissipationBody = {
    program: programDocument(program),
    ...given(options, ['shots', 'lag', 'seed']),
    ...(calibration === null ? {} : { calibration }),
    ...(reference === undefined ? {} : { references: reference.map(readReference) }),
  };
  throwViolations('invalid-input', 'dissipation', checkDocument(DISSIPATION_BODY_SCHEMA, body));
  const work = client === null ? here(composition, output, device) : there(client, output, device);
  try {
    const known = (calibration as Calibration | null) ?? (await work.inForce());
    if (known !== null) {
      const prepared = preparedDissipation(body, program, known, await work.descriptor());
      if (options.dryRun === true) {
        const { plan, expected } = prepared;
        if (output.json) {
          output.printJson({ device, cost: { runs: plan.runs.length, ...plan.cost }, expected });
          return;
        }
        renderDissipationPlan((line) => output.print(line), device, prepared);
        renderExpected(output, prepared);
        for (const note of notTold(expected)) output.print(output.colors.dim(`note: ${note}`));
        return;
      }
      if (!output.json) renderDissipationPlan((line) => output.note(line), device, prepared);
    } else if (options.dryRun === true) throw notCalibrated(device);
    const job = await work.run({ kind: 'dissipation', device, ...body });
    const report = resultOf<DissipationReport>(job, IN_ITS_RUNS);
    if (output.json) output.printJson(report);
    else renderDissipation(output, report);
  } finally {
    await work.close();
  }
}

const notCalibrated = (device: string): RelaxdError =>
  new RelaxdError(
    'not-calibrated',
    `${device} has no calibration in force to read dissipation with`,
    {
      value: device,
      hint: 'relaxd calibrate --out FILE, then --calibration FILE',
    },
  );

interface Work {
  descriptor(): Promise<Descriptor>;
  /** null: there is none. */
  inForce(): Promise<Calibration | null>;
  run(body: Readonly<Record<string, unknown>>): Promise<JobView>;
  close(): Promise<void>;
}

function there(client: ServiceClient, output: Output, device: string): Work {
  const path = `/v1/devices/${encodeURIComponent(device)}`;
  return {
    descriptor: () => client.get(`${path}/descriptor`),
    async inForce() {
      const { items } = await client.get<{ readonly items: readonly { readonly id: string }[] }>(
        `/v1/calibrations?device=${encodeURIComponent(device)}&state=active&limit=1`,
      );
      const [row] = items;
      return row === undefined ? null : recordNamed(client, row.id);
    },
    run: (body) => endOfJob(client, output, body, device),
    close: async () => undefined,
  };
}

/** With the device that is asked for. */
function here(composition: Composition, output: Output, device: string): Work {
  const opened = deviceHere(composition, device);
  return {
    ...opened,
    inForce: async () => null,
    run: async (body) =>
      jobHere(composition, output, {
        devices: await opened.registry,
        body,
        title: device,
        textOf: (state) => (state === 'finalizing' ? 'reading the records' : state),
        read: async (_, job) => job,
      }),
  };
}
