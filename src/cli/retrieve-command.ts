import { loadMemories, readCueFile } from '../memory/index.js';
import { calibrationInBody } from './calibration-in-body.js';
import type { Composition } from './composition.js';
import { given } from './given.js';
import { memoriesInBody } from './memories-in-body.js';
import type { Output } from './output.js';
import { renderResult, type ShownPictures } from './render-result.js';
import { runThere } from './run-there.js';
import type { ServiceClient } from './service-client.js';

export interface RetrieveCommandOptions {
  readonly device: string;
  readonly memories: string;
  readonly rule: string;
  readonly target?: string;
  readonly cue?: string;
  readonly corrupt?: number;
  readonly temperature?: number;
  readonly calibration?: string;
  readonly criterion?: string;
  readonly shots?: number;
  readonly seed?: number;
  readonly engine?: string;
  readonly algorithm?: string;
}

/** `relaxd retrieve`: in this process, or by a service. */
export async function retrieveCommand(
  composition: Composition,
  output: Output,
  client: ServiceClient | null,
  options: RetrieveCommandOptions,
): Promise<void> {
  const set = await loadMemories(options.memories);
  const calibration = await calibrationInBody(options.calibration, client);
  const cue = options.cue === undefined ? null : await readCueFile(options.cue, set.shape);
  const body = {
    kind: 'retrieve',
    device: options.device,
    memories: memoriesInBody(options.memories, set),
    rule: options.rule,
    ...(cue === null ? {} : { cue: Array.from(cue) }),
    ...(calibration === undefined ? {} : { calibration }),
    ...given(options, [
      'target',
      'corrupt',
      'temperature',
      'criterion',
      'shots',
      'seed',
      'engine',
      'algorithm',
    ]),
  };
  const { result, firstState, units } =
    client === null
      ? await (await import('./run-here.js')).runHere(composition, output, body, null)
      : await runThere(client, output, body);
  if (output.json) {
    output.printJson(result);
    return;
  }
  const target = result.retrieval?.target ?? 0;
  const pictures: ShownPictures = {
    shape: set.shape,
    target: set.patterns[target]!,
    targetLabel: set.labels[target] ?? String(target),
    before: firstState ?? cue,
  };
  renderResult(output, result, pictures, units);
}
