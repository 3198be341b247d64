import { RelaxdError } from '../core/index.js';
import { loadMemories, type MemorySet } from '../memory/index.js';
import type { Composition } from './composition.js';
import { given } from './given.js';
import { memoriesInBody } from './memories-in-body.js';
import type { Output } from './output.js';
import { renderDrive, renderMinimum, type DrivenResult } from './render-drive.js';
import { renderResult } from './render-result.js';
import { runThere } from './run-there.js';
import type { ServiceClient } from './service-client.js';

export interface DriveCommandOptions {
  readonly device: string;
  readonly memories: string;
  readonly cue: string;
  readonly accuracy: number;
  readonly order?: number;
  readonly temperature?: number;
  readonly from: string;
  readonly protocol?: string;
  readonly step?: string;
  readonly ramp?: string;
  readonly triangle?: string;
  readonly optimise?: string;
  readonly objective?: string;
  readonly range?: string;
  readonly release?: number;
  readonly relax?: number;
  readonly shots?: number;
  readonly seed?: number;
  readonly fidelity?: string;
  readonly engine?: string;
  readonly algorithm?: string;
  readonly minimal?: boolean;
  readonly figure?: string;
}

type Numbers = readonly (readonly [number, number])[];

/** `relaxd drive`: in this process, or by a service. */
export async function driveCommand(
  composition: Composition,
  output: Output,
  client: ServiceClient | null,
  options: DriveCommandOptions,
): Promise<void> {
  const seed = options.seed ?? composition.drawSeed();
  const random = /^random:(\d+)x(\d+)$/.exec(options.memories);
  const set =
    random === null
      ? await loadMemories(options.memories)
      : await randomSet(Number(random[1]), Number(random[2]), seed);
  const body = {
    kind: 'drive',
    device: options.device,
    memories: memoriesInBody(options.memories, set),
    from: readFrom(options.from, set),
    cue: { memory: whichOf(options.cue, set), accuracy: options.accuracy },
    ...(await protocolOf(options)),
    seed,
    ...given(options, [
      'order',
      'temperature',
      'release',
      'relax',
      'shots',
      'fidelity',
      'engine',
      'algorithm',
    ]),
  };
  if (options.minimal === true) {
    if (client !== null) {
      throw new RelaxdError('wrong-call', '--minimal works in this process only; leave --url out');
    }
    const { minimalHere } = await import('./minimal-here.js');
    const minimum = await minimalHere(composition, output, body, set);
    if (output.json) output.printJson(minimum);
    else renderMinimum(output, minimum);
    return;
  }
  const { result, units } =
    client === null
      ? await (await import('./run-here.js')).runHere(composition, output, body, null)
      : await runThere(client, output, body);
  const driven = result as DrivenResult;
  if (options.figure !== undefined) {
    const { drawDrive } = await import('../reproduce/index.js');
    const { writeOut } = await import('./text-files.js');
    await writeOut(options.figure, drawDrive(driven));
    output.note(`wrote ${options.figure}`);
  }
  if (output.json) {
    output.printJson(result);
    return;
  }
  renderDrive(output, driven, set.labels);
  renderResult(output, result, null, units);
}

async function randomSet(count: number, sites: number, seed: number): Promise<MemorySet> {
  const most = 65_536;
  if (count < 1 || count > 10_000 || sites < 1 || sites > most) {
    throw new RelaxdError('wrong-call', `--memories random:${count}x${sites} is out of range`, {
      path: '--memories',
      value: [count, sites],
      limit: [
        [1, 10_000],
        [1, most],
      ],
    });
  }
  const { randomMemories } = await import('../drive/index.js');
  return randomMemories(count, sites, seed);
}

/** Labels stand for themselves; what is no label is sent as a number where it is one. */
function whichOf(text: string, { labels }: MemorySet): number | string {
  return !labels.includes(text) && /^\d+$/.test(text) ? Number(text) : text;
}

/** `paramagnet`, a memory, or a memory and the share of its wrong sites: `K:F`. */
function readFrom(text: string, set: MemorySet): object | string {
  if (text === 'paramagnet') return text;
  if (set.labels.includes(text)) return { memory: text };
  const colon = text.lastIndexOf(':');
  if (colon < 0) return { memory: whichOf(text, set) };
  const fraction = numbersOf(text.slice(colon + 1), 1, '--from', 'K:F');
  return { corrupted: whichOf(text.slice(0, colon), set), fraction: fraction[0] };
}

const FORMS = ['protocol', 'step', 'ramp', 'triangle', 'optimise'] as const;

async function protocolOf(
  options: DriveCommandOptions,
): Promise<{ readonly protocol: Numbers | object }> {
  const asked = FORMS.filter((form) => options[form] !== undefined);
  const [form] = asked;
  const flags = FORMS.map((name) => `--${name}`).join(', ');
  if (form === undefined || asked.length > 1) {
    throw new RelaxdError('wrong-call', `give one of ${flags}`, {
      path: '--protocol',
      value: asked,
      limit: 1,
      hint: '--step 0.5:2 is a field of 0.5 for a time of 2',
    });
  }
  const text = options[form]!;
  if (form === 'protocol') {
    return {
      protocol: text.split(',').map((point): [number, number] => {
        const [t, h] = numbersOf(point, 2, '--protocol', 't:h,t:h,…');
        return [t!, h!];
      }),
    };
  }
  const [a, b] = numbersOf(text, 2, `--${form}`, form === 'optimise' ? 'POINTS:T' : 'H:T');
  if (form === 'optimise') {
    const range =
      options.range === undefined ? null : numbersOf(options.range, 2, '--range', 'LEAST:MOST');
    return {
      protocol: {
        optimise: {
          points: a,
          duration: b,
          ...(range === null ? {} : { range }),
          ...given(options, ['objective']),
        },
      },
    };
  }
  const shapes = await import('../drive/index.js');
  return { protocol: shapes[form](a!, b!) };
}

function numbersOf(text: string, count: number, option: string, form: string): number[] {
  const parts = text.split(':');
  const numbers = parts.map((part) => (part.trim() === '' ? NaN : Number(part)));
  if (numbers.length === count && numbers.every(Number.isFinite)) return numbers;
  throw new RelaxdError('wrong-call', `${option} ${text} is not ${form}`, {
    path: option,
    value: text,
    limit: form,
  });
}
