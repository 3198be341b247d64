import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RelaxdError } from '../core/index.js';
import { readRecordedShots, type RecordedShots } from '../lab/index.js';
import {
  burnInCaveat,
  inJoules,
  inKelvin,
  GaussianEnds,
  judgeCrooks,
  judgeRun,
  readRunStatement,
  SpinMarginals,
  type EndEntropy,
  type EnergyUnit,
  type RunStatement,
  type ShotTotals,
  type ThermoVerdict,
} from '../thermo/index.js';
import type { Output } from './output.js';
import { number, withError } from './render-result.js';
import type { ServiceClient } from './service-client.js';

export interface CheckThermoOptions {
  readonly reverse?: string;
  readonly si?: boolean;
}

/** A record as it is judged. */
interface JudgedRecord {
  readonly recorded: RecordedShots;
  readonly totals: ShotTotals;
  readonly statement: RunStatement | null;
}

/** `relaxd check-thermo`: a run's or a record's thermodynamics against what they must be. Exit 1 where something is violated. */
export async function checkThermoCommand(
  output: Output,
  client: () => ServiceClient,
  run: string,
  options: CheckThermoOptions,
): Promise<void> {
  const record = await judgedRecord(run, client);
  const lines = judgeRun(record.totals, record.statement);
  if (options.reverse !== undefined) {
    const reverse = await judgedRecord(options.reverse, client);
    lines.push(...judgeCrooks(record, reverse));
  }
  const { statement, recorded } = record;
  const unit = options.si === true ? siUnit(statement) : null;
  const shown = unit === null ? lines : lines.map((line) => inSi(line, unit));
  const violated = shown.filter(({ verdict }) => verdict === 'violated').map(({ name }) => name);
  if (violated.length > 0) output.exitCode = 1;
  const warnings = warningsOf(record);
  if (output.json) {
    const { header } = recorded;
    output.printJson({
      version: 1,
      run: header.run,
      device: header.device,
      origin: header.origin,
      program: header.program,
      shots: recorded.shots,
      unit: unit === null ? (statement?.units.energy.name ?? null) : 'J',
      start: statement?.start ?? null,
      equilibrium: statement?.context.start?.equilibrium ?? null,
      baths: statement?.context.baths ?? [],
      quantities: shown,
      violated,
      holds: violated.length === 0,
      warnings,
    });
    return;
  }
  render(output, record, shown, unit, warnings);
}

/** Units of energy and of temperature in SI. */
interface SiUnit {
  readonly energy: EnergyUnit;
}

/** @throws RelaxdError `not-calibrated` where the device's unit of energy has no value in joules */
function siUnit(statement: RunStatement | null): SiUnit {
  const energy = statement?.units.energy ?? { name: 'of the program', joules: null };
  if (statement?.nominalTemperature != null) {
    throw new RelaxdError('not-calibrated', statement.nominalTemperature, {
      path: '--si',
      hint: 'leave --si out: numbers are in the program’s unit',
    });
  }
  inJoules(1, energy);
  return { energy };
}

/** Lines whose value is an energy. */
const ENERGIES: ReadonlySet<string> = new Set([
  'work',
  'heat',
  'energy-change',
  'first-law',
  'first-law-mean',
  'energy-average',
  'equilibrium-heat',
  'free-energy',
  'crooks-free-energy',
]);

function inSi(line: ThermoVerdict, { energy }: SiUnit): ThermoVerdict {
  if (!ENERGIES.has(line.name)) return line;
  const convert = (x: number | null): number | null => (x === null ? null : inJoules(x, energy));
  const { expected } = line;
  return {
    ...line,
    value: convert(line.value),
    standardError: convert(line.standardError),
    expected: expected === null ? null : { ...expected, value: inJoules(expected.value, energy) },
  };
}

/** A record's file, or that of a service's run, read and understood. */
async function judgedRecord(run: string, client: () => ServiceClient): Promise<JudgedRecord> {
  if (existsSync(run)) return readJudged(run);
  if (!/^[0-9A-HJKMNP-TV-Z]{26}$/.test(run)) {
    throw new RelaxdError(
      'file-unreadable',
      `${run}: there is no such file, and it is no run's id`,
      {
        path: run,
        hint: 'relaxd run … --record FILE.arrow writes a record; relaxd jobs lists the runs of a service',
      },
    );
  }
  const bytes = await client().bytes(`/v1/runs/${encodeURIComponent(run)}/export?format=arrow`);
  const folder = await mkdtemp(join(tmpdir(), 'relaxd-check-'));
  try {
    const file = join(folder, 'samples.arrow');
    await writeFile(file, bytes);
    return await readJudged(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readJudged(file: string): Promise<JudgedRecord> {
  let starts: GaussianEnds | null = null;
  let ends: EndEntropy | null = null;
  let begun = false;
  const recorded = await readRecordedShots(file, (state, { sites, siteKind }, first) => {
    if (!begun && siteKind === 'ising') ends = SpinMarginals.of(sites);
    else if (!begun) [starts, ends] = [GaussianEnds.of(sites), GaussianEnds.of(sites)];
    begun = true;
    if (first !== null) starts?.add(first);
    ends?.add(state);
  });
  const text = recorded.header.thermodynamics;
  const { shots, work, heat, energyChange, energySeries } = recorded;
  return {
    recorded,
    totals: { shots, work, heat, energyChange, energySeries, starts, ends },
    statement: text === undefined ? null : readRunStatement(text),
  };
}

function warningsOf({ recorded, statement }: JudgedRecord): string[] {
  const { torn, damage, header } = recorded;
  return [
    ...(statement === null
      ? [
          'the record says nothing of its run’s thermodynamics: an older relaxd, or its driver, left it out',
        ]
      : []),
    ...burnInWarnings(statement),
    ...(statement?.nominalTemperature == null ? [] : [statement.nominalTemperature]),
    ...(header.origin === 'firmware-sim'
      ? ['the record is of a simulated board: it says nothing about a real one']
      : []),
    ...(torn > 0 ? [`${torn} shots whose first or last row is missing are left out`] : []),
    ...(damage === null ? [] : [`the record is torn: ${damage}`]),
  ];
}

function burnInWarnings(statement: RunStatement | null): string[] {
  const caveat = statement === null ? null : burnInCaveat(statement);
  if (caveat === null) return [];
  return [
    `${caveat}: the lines that need an equilibrium start are trusted only if that is many relaxation times`,
  ];
}

/** How shots start, and what makes an equilibrium one. */
function startOf({ start, context, units }: RunStatement): string {
  const equilibrium = context.start?.equilibrium ?? null;
  if (equilibrium === null) return start;
  return equilibrium.by === 'exact'
    ? `${start}, drawn exactly`
    : `${start}, as far as a burn-in of ${equilibrium.burnIn} ${units.time.name} reached it`;
}

function render(
  output: Output,
  { recorded, statement }: JudgedRecord,
  lines: readonly ThermoVerdict[],
  unit: SiUnit | null,
  warnings: readonly string[],
): void {
  const { bold, dim, green, red } = output.colors;
  const { header, shots } = recorded;
  const baths = statement?.context.baths ?? [];
  const temperature = (T: number): string =>
    unit === null ? `T = ${number(T)}` : `T = ${number(inKelvin(T, unit.energy))} K`;
  const shownBaths =
    baths.length > 3
      ? `${baths.length} baths`
      : baths
          .map(({ name, temperature: T }) =>
            name.includes('T =') ? name : `${name} at ${temperature(T)}`,
          )
          .join(', ');
  const about = [
    `${bold(header.device)} (${header.origin})`,
    `${shots} ${shots === 1 ? 'shot' : 'shots'}`,
    ...(statement === null ? [] : [`start: ${startOf(statement)}`]),
    ...(shownBaths === '' ? [] : [shownBaths]),
  ];
  output.print('');
  output.print(about.join(' · '));
  output.print('');
  const verdictOf = ({ verdict, sigma, note }: ThermoVerdict): string => {
    const distance = sigma === null || sigma === 0 ? '' : ` (${sigma.toFixed(1)} σ)`;
    const tail = note === null ? '' : `; ${note}`;
    switch (verdict) {
      case 'holds':
        return `${green('holds')}${distance}${tail}`;
      case 'violated':
        return `${red('VIOLATED')}${sigma === null ? '' : ` by ${sigma.toFixed(1)} σ`}${tail}`;
      case 'measured':
        return note ?? '';
      case 'not-judged':
        return dim(`cannot be judged: ${note ?? ''}`);
    }
  };
  output.table(
    ['quantity', 'value', 'expected', 'verdict'],
    lines.map((line) => [
      line.quantity,
      line.value === null ? '–' : withError({ mean: line.value, sem: line.standardError }),
      line.expected === null ? '' : `${line.expected.relation} ${number(line.expected.value)}`,
      verdictOf(line),
    ]),
  );
  output.print('');
  if (statement !== null) {
    const { energy, time } = statement.units;
    output.print(
      dim(
        `· unit of energy: ${unit === null ? energy.name : 'J'}; of time: ${time.name}; entropies in nats; ± one standard error`,
      ),
    );
  }
  for (const warning of warnings) output.print(dim(`· ${warning}`));
  output.print(dim(`run ${header.run} · program ${header.program.slice(0, 19)}…`));
}
