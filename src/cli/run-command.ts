import { RelaxdError } from '../core/index.js';
import { parseProgram, parseProgramPieces, programDocument, programView } from '../device/index.js';
import { Arena } from '../kernels/index.js';
import type { Composition } from './composition.js';
import { given } from './given.js';
import type { Output } from './output.js';
import { renderResult } from './render-result.js';
import { runThere } from './run-there.js';
import type { ServiceClient } from './service-client.js';
import { filePieces, readText } from './text-files.js';

export interface RunCommandOptions {
  readonly device: string;
  readonly exact?: boolean;
  readonly shots?: number;
  readonly seed?: number;
  readonly engine?: string;
  readonly algorithm?: string;
  readonly record?: string;
}

/** `relaxd run`: in this process, or by a service. */
export async function runCommand(
  composition: Composition,
  output: Output,
  client: ServiceClient | null,
  file: string,
  options: RunCommandOptions,
): Promise<void> {
  const parsed =
    file === '-'
      ? parseProgram(await readText(file))
      : parseProgramPieces(() => filePieces(file), Arena.create());
  const document = {
    ...(client === null ? programView(parsed) : programDocument(parsed)),
    ...given(options, ['seed', 'shots']),
  };
  if (options.exact === true) {
    if (options.record !== undefined) {
      throw new RelaxdError('wrong-call', '--exact has no samples to record', {
        path: '--record',
        hint: 'leave --record or --exact out',
      });
    }
    if (client !== null)
      throw new RelaxdError('wrong-call', '--exact works in this process only; leave --url out');
    const { runExactly } = await import('./run-exactly.js');
    const result = await runExactly(composition, document, options.device);
    if (output.json) output.printJson(result);
    else renderResult(output, result, null);
    return;
  }
  const body = {
    kind: 'run',
    device: options.device,
    program: document,
    ...given(options, ['engine', 'algorithm']),
  };
  if (client !== null && options.record !== undefined) {
    throw new RelaxdError('wrong-call', '--record works in this process only', {
      hint: 'relaxd export RUN --format arrow --out FILE fetches the record of a service',
    });
  }
  const { result, units } =
    client === null
      ? await (
          await import('./run-here.js')
        ).runHere(composition, output, body, options.record ?? null)
      : await runThere(client, output, body);
  if (output.json) output.printJson(result);
  else renderResult(output, result, null, units);
}
