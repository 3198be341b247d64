import { compileProgram, type Certificate, type Criterion } from '../compile/index.js';
import { programDocument, type Calibration } from '../device/index.js';
import { loadMemories, memorySetDocument } from '../memory/index.js';
import { calibrationInBody } from './calibration-in-body.js';
import type { Composition } from './composition.js';
import { given } from './given.js';
import type { Output } from './output.js';
import { number } from './render-result.js';
import type { ServiceClient } from './service-client.js';
import { writeOut } from './text-files.js';

interface CompileOptions {
  readonly device: string;
  readonly memories: string;
  readonly rule: string;
  readonly temperature?: number;
  readonly corrupt?: number;
  readonly calibration?: string;
  readonly criterion?: Criterion;
  readonly out?: string;
}
interface Compiled {
  readonly program: Record<string, unknown>;
  readonly certificate: Certificate;
}

/** `relaxd compile`: prints the certificate, writes the program. */
export async function compileCommand(
  composition: Composition,
  output: Output,
  client: ServiceClient | null,
  options: CompileOptions,
): Promise<void> {
  const memories = await loadMemories(options.memories);
  const request = {
    device: options.device,
    rule: options.rule,
    ...given(options, ['temperature', 'corrupt', 'criterion']),
  };
  const calibration = await calibrationInBody(options.calibration, client);
  const compiled =
    client === null
      ? await compileHere(composition, {
          ...request,
          memories,
          calibration: calibration === undefined ? null : (calibration as Calibration),
        })
      : await client.post<Compiled>('/v1/compile', {
          ...request,
          ...(calibration === undefined ? {} : { calibration }),
          memories: memorySetDocument(memories),
        });
  if (options.out !== undefined)
    await writeOut(options.out, `${JSON.stringify(compiled.program)}\n`);
  if (output.json) output.printJson(compiled);
  else renderCertificate(output, compiled.certificate, options.out ?? null);
}

async function compileHere(
  composition: Composition,
  {
    device,
    ...input
  }: { device: string } & Omit<Parameters<typeof compileProgram>[0], 'descriptor'>,
): Promise<Compiled> {
  const registry = await composition.openDevices(device);
  try {
    const descriptor = await registry.get(device).describe();
    const { program, certificate } = compileProgram({ ...input, descriptor });
    return { program: programDocument(program), certificate };
  } finally {
    await registry[Symbol.asyncDispose]();
  }
}

/** A certificate for people. */
function renderCertificate(output: Output, certificate: Certificate, file: string | null): void {
  const { bold, dim, green, red, yellow } = output.colors;
  const { memories, predictions, quantisation } = certificate;
  output.print(
    `${bold(memories.name)}: ${memories.count} memories of ${memories.sites} sites, rule ${bold(certificate.rule)}, for ${bold(certificate.device)}`,
  );
  output.print(
    `load ${number(certificate.load)} · scale ${number(certificate.scale)} · largest overlap of two memories ${number(certificate.correlation.largest)}` +
      (quantisation.resolution === null
        ? ''
        : ` · coupling step ${number(quantisation.resolution)}, error ${number(quantisation.relative)} of rms`),
  );
  output.print('');
  const mark = (success: number): string => {
    const text = success.toFixed(2);
    return success >= 0.95 ? green(text) : success >= 0.5 ? yellow(text) : red(text);
  };
  output.table(
    [
      'memory',
      'least margin',
      'on the device',
      'unstable sites',
      'predicted overlap',
      'predicted success',
    ],
    predictions.map((memory) => [
      memory.label,
      number(memory.before.min),
      number(memory.after.min),
      memory.after.unstable,
      memory.overlap.value.toFixed(3),
      memory.success === null ? '–' : mark(memory.success.value),
    ]),
  );
  if (certificate.losses.length > 0) {
    output.print('');
    output.table(
      ['loss', 'amount', ''],
      certificate.losses.map((loss) => [loss.kind, number(loss.amount), loss.what]),
    );
  }
  if (certificate.calibration != null) renderCorrection(output, certificate.calibration);
  for (const warning of certificate.warnings) output.print(yellow(`! ${warning}`));
  output.print(
    dim(
      file === null ? 'program not written: give --out PROGRAM.json' : `program written to ${file}`,
    ),
  );
}

function renderCorrection(
  output: Output,
  { id, criterion, remains }: NonNullable<Certificate['calibration']>,
): void {
  output.print('');
  output.print(
    `corrected for calibration ${output.colors.bold(id.slice(7, 19))}, criterion ${criterion}`,
  );
  output.table(
    ['what remains', 'largest', 'rms', 'unit', ''],
    remains.map(({ kind, largest, rms, unit, what }) => [
      kind,
      number(largest),
      number(rms),
      unit,
      what,
    ]),
  );
}
