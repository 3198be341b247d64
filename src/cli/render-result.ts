import type { ExactDocument } from '../emulate/index.js';
import type { Descriptor, DeviceResult, Estimate, Quantity } from '../device/index.js';
import { halfBlockPicture } from '../memory/index.js';
import type { Output } from './output.js';

/** A result of a run or a retrieval, the members that people read. */
export interface ShownResult extends DeviceResult {
  readonly run: string;
  readonly device: string;
  readonly origin: string;
  readonly seed: number;
  readonly durationS: number;
  readonly program: { readonly hash: string; readonly rule: string | null };
  /** Of `run --exact` only. */
  readonly exact?: ExactDocument;
  readonly retrieval?: {
    readonly target: number;
    readonly success: number;
    readonly exact: number;
    readonly overlap: Estimate;
    readonly time: Estimate;
  };
}

/** Where the pictures of a retrieval come from; null where there are none. */
export interface ShownPictures {
  readonly shape: readonly number[];
  readonly target: ArrayLike<number>;
  readonly before: ArrayLike<number> | null;
  readonly targetLabel: string;
}

/** Baths that are listed one by one. */
const MOST_BATHS = 8;

/** A number with as many digits as its standard error justifies. */
export function withError({ mean, sem }: Estimate): string {
  if (mean === null) return '–';
  // Below rounding an error says nothing about digits.
  if (sem === null || !(sem > 1e-12 * Math.abs(mean))) return number(mean);
  const digits = Math.min(12, Math.max(0, 1 - Math.floor(Math.log10(sem))));
  return `${mean.toFixed(digits)} ± ${sem.toFixed(digits)}`;
}

export function number(value: Quantity): string {
  if (value === null) return '–';
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e6)
    ? value.toExponential(3)
    : String(Number(value.toPrecision(5)));
}

/**
 * A result for people: the pictures, what was retrieved, and what it cost.
 *
 * @param units of the device at the program's fidelity; null where they are not known
 */
export function renderResult(
  output: Output,
  result: ShownResult,
  pictures: ShownPictures | null,
  units: Descriptor['units'] | null = null,
): void {
  const { bold, dim, green, red } = output.colors;
  const rule = result.program.rule === null ? '' : ` · ${result.program.rule}`;
  output.print('');
  output.print(
    `${bold(result.device)} (${result.origin})${rule} · ${result.shots} ${result.shots === 1 ? 'shot' : 'shots'} · seed ${result.seed} · ${result.durationS.toFixed(2)} s`,
  );
  if (pictures !== null) renderPictures(output, result, pictures);
  const { retrieval, thermodynamics: cost } = result;
  if (retrieval !== undefined) {
    const mark = retrieval.success >= 0.95 ? green : red;
    output.print('');
    output.print(
      `retrieved   ${mark(percent(retrieval.success))} of shots (overlap ≥ 0.95), ${percent(retrieval.exact)} exactly;` +
        ` overlap ${withError(retrieval.overlap)}, after ${withError(retrieval.time)}`,
    );
  }
  const { rate, bounds } = cost.entropyProduction ?? {};
  const { drives, controls } = cost.work ?? {};
  const housekeeping = cost.heat?.housekeeping;
  const baths = cost.heat?.baths ?? [];
  output.print('');
  output.table(
    ['what it cost, per shot', 'mean', 'variance'],
    [
      [
        'work',
        cost.work === null ? '–' : withError(cost.work),
        cost.work === null ? '–' : number(cost.work.variance),
      ],
      ...(drives?.mean && controls?.mean
        ? [
            ['  by drives', withError(drives), number(drives.variance)],
            ['  by controls', withError(controls), number(controls.variance)],
          ]
        : []),
      [
        'heat into the bath',
        cost.heat === null ? '–' : withError(cost.heat),
        cost.heat === null ? '–' : number(cost.heat.variance),
      ],
      // The heat of one bath is the sum; of several, each has its own sign. As many as a screen holds.
      ...(baths.length < 2 || baths.length > MOST_BATHS ? [] : baths).map((bath) => [
        `  ${bath.temperature === null ? bath.bath : `into that at T = ${number(bath.temperature)}`}`,
        withError(bath),
        number(bath.variance),
      ]),
      ...(housekeeping?.mean ? [['  of it housekeeping', withError(housekeeping), '']] : []),
      [
        'energy change',
        cost.energyChange === null ? '–' : withError(cost.energyChange),
        cost.energyChange === null ? '–' : number(cost.energyChange.variance),
      ],
      [
        'entropy production (nats)',
        cost.entropyProduction === null
          ? '–'
          : `${withError(cost.entropyProduction)} (${cost.entropyProduction.method})`,
        '',
      ],
      ...(bounds === undefined
        ? []
        : [['  in total between', `${withError(bounds.least)} and ${withError(bounds.most)}`, '']]),
      ...(rate === undefined || rate.mean === null
        ? []
        : [['its rate, per unit of time', withError(rate), '']]),
      [
        '⟨exp(−βW)⟩',
        cost.jarzynski === null
          ? '–'
          : `${withError(cost.jarzynski)}${cost.jarzynski.trusted === false ? ' (not to be trusted)' : ''}`,
        '',
      ],
      ...(cost.jarzynski?.trusted === true && cost.jarzynski.freeEnergy !== undefined
        ? [['  ΔF by it', withError(cost.jarzynski.freeEnergy), '']]
        : []),
      [
        'first law |ΔE − W + Q|',
        cost.firstLawResidual === null ? '–' : `≤ ${number(cost.firstLawResidual)}`,
        '',
      ],
    ],
  );
  const moments = result.exact?.moments ?? null;
  if (moments !== null) {
    const shape = (name: 'work' | 'heat'): string => {
      const { skewness, excessKurtosis } = moments[name] ?? NO_SHAPE;
      return `${name} ${number(skewness)}, ${number(excessKurtosis)}`;
    };
    output.print(`skewness, excess kurtosis   ${shape('work')} · ${shape('heat')}`);
  }
  if (units !== null) {
    const energy = cost.heat === null && cost.energyChange === null ? [] : [energyUnit(units)];
    output.print(dim(`· ${[timeUnit(units), ...energy].join('; ')}`));
  }
  for (const warning of result.warnings) output.print(dim(`· ${warning}`));
  output.print(
    dim(
      `run ${result.run} · program ${result.program.hash.slice(0, 19)}… · engine ${engineText(result)}`,
    ),
  );
}

/** Engine, and how it computed where there was a choice. */
const engineText = ({ engine, algorithm }: ShownResult): string =>
  algorithm == null ? engine : `${engine} (${algorithm})`;

const energyUnit = ({ energy }: Descriptor['units']): string =>
  `of energy: ${energy.name}${energy.joules === null ? '' : ` = ${number(energy.joules)} J`}`;

const timeUnit = ({ time }: Descriptor['units']): string =>
  `unit of time: ${time.name}${time.seconds === null ? '' : ` = ${number(time.seconds)} s`}`;

function renderPictures(output: Output, result: ShownResult, pictures: ShownPictures): void {
  const after = result.final.states[0];
  const columns = Math.max(10, Math.floor((output.columns - 8) / 3));
  const shown: [string, ArrayLike<number>][] = [];
  if (pictures.before !== null) shown.push(['cue', pictures.before]);
  if (after !== undefined) shown.push(['retrieved', after]);
  shown.push([`stored ${pictures.targetLabel}`, pictures.target]);
  const blocks = shown.map(([title, values]) => {
    const spins = Int8Array.from(values, (v) => (v < 0 ? -1 : 1));
    const lines = halfBlockPicture(spins, pictures.shape, { columns });
    return { title, lines };
  });
  const height = Math.max(...blocks.map((block) => block.lines.length));
  const width = (block: (typeof blocks)[number]): number =>
    Math.max(block.title.length, ...block.lines.map((line) => line.length));
  output.print('');
  output.print(`  ${blocks.map((b) => output.colors.dim(b.title.padEnd(width(b)))).join('   ')}`);
  for (let row = 0; row < height; row++) {
    output.print(`  ${blocks.map((b) => (b.lines[row] ?? '').padEnd(width(b))).join('   ')}`);
  }
}

const NO_SHAPE = { skewness: null, excessKurtosis: null };

const percent = (share: number): string =>
  `${(100 * share).toFixed(share === 1 || share === 0 ? 0 : 1)} %`;
