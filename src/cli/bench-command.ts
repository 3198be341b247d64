import { availableParallelism } from 'node:os';
import type { BenchReport, BenchRow, Sweep } from '../bench/index.js';
import { ENGINES, RelaxdError, type EngineKind } from '../core/index.js';
import { engineMissing, requireEngine } from '../kernels/index.js';
import type { Composition } from './composition.js';
import { Interrupt } from './interrupt.js';
import type { Output } from './output.js';

export interface BenchOptions {
  readonly list?: boolean;
  readonly quick?: boolean;
  /** Names with commas between; left out: every engine that is here. */
  readonly engines?: string;
  /** The one engine of `--engine`. */
  readonly engine?: string;
  /** `auto`, `none`, or names with commas between. */
  readonly peers: string;
  readonly outside: readonly string[];
  readonly threads?: number;
  readonly sweep?: boolean;
  readonly databaseUrl?: string;
}

/** `relaxd bench`: how fast the kernels are, beside what others would use, on this machine. */
export async function benchCommand(
  composition: Composition,
  output: Output,
  names: readonly string[],
  options: BenchOptions,
): Promise<void> {
  const { benchList, chooseWorkloads, PEERS, readOutside, runBench } =
    await import('../bench/index.js');
  const engines = enginesOf(options);
  const peers = options.peers === 'auto' ? PEERS : namesOf(options.peers, PEERS, '--peers', 'peer');
  const outside = options.outside.map(readOutside);
  const chosen = chooseWorkloads(names);
  if (options.list === true) {
    list(output, benchList(chosen));
    return;
  }
  const retrieve = (await composition.jobKinds()).find(({ name }) => name === 'retrieve')!;
  const interrupt = new Interrupt();
  const devices = await composition.openDevices();
  let bar = output.progress('bench');
  let first = true;
  try {
    await Promise.all(devices.list().map((device) => device.connect()));
    const report = await runBench({
      names,
      engines,
      outside,
      sweep: options.sweep ?? false,
      databaseUrl: options.databaseUrl ?? null,
      quick: options.quick ?? false,
      peers,
      threads:
        options.threads ?? (options.quick === true ? 1 : Math.min(2, availableParallelism())),
      laboratory: {
        devices,
        retrieve,
        context: composition.prepareContext((id) => devices.get(id)),
        ids: composition.ids,
        clock: composition.clock,
      },
      clock: composition.clock,
      signal: interrupt.signal,
      onProgress: (fraction, what) => bar.update(fraction, what),
      onRows: (rows, part) => {
        if (output.json) return;
        bar.stop();
        if (first) renderMachine(output, part, engines);
        first = false;
        renderRows(output, rows);
        bar = output.progress('bench');
      },
    });
    bar.stop();
    if (output.json) output.printJson(report);
    else renderEnd(output, report);
    const faults = report.rows.filter(({ fault, engine }) => fault !== null && isOurs(engine));
    if (faults.length > 0) {
      output.note(
        `wrong results: ${faults.map((row) => `${row.workload} on ${row.engine}: ${row.fault}`).join('; ')}`,
      );
      output.exitCode = 1;
    }
  } finally {
    bar.stop();
    interrupt[Symbol.dispose]();
    await devices[Symbol.asyncDispose]();
  }
}

/** Our kernels, and the stores of our service. */
const OURS: readonly string[] = [...ENGINES, 'sqlite', 'postgresql'];
const isOurs = (engine: string): boolean => OURS.includes(engine);

/** @throws RelaxdError `wrong-call` for a name that there is not, `not-supported` for an engine that is not here */
function enginesOf({ engines, engine }: BenchOptions): EngineKind[] {
  const asked = engines ?? engine;
  if (asked === undefined) return ENGINES.filter((kind) => engineMissing(kind) === null);
  const kinds = namesOf(asked, ENGINES, '--engines', 'engine');
  kinds.forEach(requireEngine);
  return kinds;
}

/** Those of `all` that are named, with commas between; `none`: none of them. */
function namesOf<T extends string>(
  text: string,
  all: readonly T[],
  option: string,
  what: string,
): T[] {
  const wanted = text.split(',').map((name) => name.trim());
  if (text === 'none') return [];
  for (const name of wanted) {
    if ((all as readonly string[]).includes(name)) continue;
    throw new RelaxdError('wrong-call', `there is no ${what} '${name}'`, {
      path: option,
      value: name,
      limit: [...all, 'none'],
      hint: `names with commas between: ${option} ${all.slice(1).join(',')}`,
    });
  }
  return all.filter((name) => wanted.includes(name));
}

function list(
  output: Output,
  workloads: readonly { readonly name: string; readonly title: string; readonly unit: string }[],
): void {
  if (output.json) output.printJson({ workloads });
  else
    output.table(
      ['name', 'unit', 'what is done'],
      workloads.map((w) => [w.name, w.unit, w.title]),
    );
}

function renderMachine(
  output: Output,
  { machine, peers }: Pick<BenchReport, 'machine' | 'peers'>,
  engines: readonly EngineKind[],
): void {
  const { bold, dim } = output.colors;
  output.print(
    `${bold(machine.cpu)}, ${machine.cpus} ${machine.cpus === 1 ? 'core' : 'cores'}, ${machine.memoryGiB} GiB, Node ${machine.node.slice(1)}`,
  );
  output.print(dim('Peaks of one core so far: f32 arithmetic, reading memory, second-level cache'));
  output.table(
    ['', 'GFLOP/s', 'memory GB/s', 'cache GB/s'],
    Object.values(machine.engines).map((peak) => [
      peak.name,
      digits(peak.gflops),
      digits(peak.readGBs),
      digits(peak.cacheGBs),
    ]),
  );
  const versions = Object.values(peers);
  const alone = engines.includes('reference')
    ? 'No peer takes part: ratios are to the TypeScript reference of this run.'
    : 'Neither a peer nor the TypeScript reference takes part: there are no ratios.';
  output.print(dim(versions.length === 0 ? alone : `Peers on one core: ${versions.join(', ')}`));
  output.print('');
}

function renderRows(output: Output, rows: readonly BenchRow[]): void {
  if (rows.length === 0) return;
  const { bold, dim, green, red } = output.colors;
  const { workload, title, unit, lowerIsBetter } = rows[0]!;
  const yardstick = rows.find(({ ratioTo }) => ratioTo !== null)?.ratioTo?.engine ?? null;
  const counted = rows.some(({ gflops }) => gflops !== null);
  output.print(`${bold(workload)}  ${title}`);
  const fastest = rows.reduce((best, row) =>
    (lowerIsBetter ? row.median < best.median : row.median > best.median) ? row : best,
  );
  output.table(
    [
      '',
      unit,
      'range',
      ...(yardstick === null ? [] : [`× ${yardstick}`]),
      ...(counted ? ['Gop/s', 'of peak'] : []),
    ],
    rows.map((row) => [
      isOurs(row.engine) ? bold(row.engine) : row.engine,
      row === fastest ? green(digits(row.median)) : digits(row.median),
      dim(`${digits(row.low)} … ${digits(row.high)}`),
      ...(yardstick === null
        ? []
        : [
            row.engine === yardstick
              ? dim('1')
              : row.ratioTo === null
                ? '–'
                : ratio(row.ratioTo.ratio),
          ]),
      ...(counted
        ? [
            row.gflops === null ? dim('–') : digits(row.gflops),
            row.fractionOfPeak === null ? dim('–') : percent(row.fractionOfPeak),
          ]
        : []),
    ]),
  );
  for (const row of rows) {
    if (row.fault !== null) output.print(red(`  ${row.engine} is wrong: ${row.fault}`));
  }
  output.print('');
}

function renderEnd(output: Output, report: BenchReport): void {
  const { bold, dim, green, yellow, red } = output.colors;
  if (report.threads.length > 0) {
    output.print(bold(`${report.threads[0]!.threads} threads against one`));
    output.table(
      ['', '', 'times the work', 'range'],
      report.threads.map((t) => [
        t.workload,
        t.engine,
        ratio(t.ratio),
        dim(`${ratio(t.low)} … ${ratio(t.high)}`),
      ]),
    );
    output.print('');
  }
  if (report.goals.length > 0) {
    output.print(bold('Goals, in times a peer’s speed (for a CPU with AVX-512)'));
    output.table(
      ['', '', 'against', 'measured', 'floor', 'goal', ''],
      report.goals.map((g) => [
        g.workload,
        g.engine,
        g.peer,
        ratio(g.ratio),
        ratio(g.floor),
        ratio(g.goal),
        { goal: green('goal reached'), floor: yellow('floor reached'), no: red('not reached') }[
          g.reached
        ],
      ]),
    );
    output.print('');
  }
  if (report.viewers.length > 0) {
    output.print(bold('What viewers got'));
    output.table(
      ['', 'viewers', 'rows', 'in gaps', 'MB'],
      report.viewers.map((v) => [
        v.manner,
        String(v.viewers),
        v.received.toLocaleString('en-US'),
        v.missing.toLocaleString('en-US'),
        digits(v.bytes / 1e6),
      ]),
    );
    output.print('');
  }
  if (report.serviceGoals.length > 0) {
    output.print(bold('Goals of the service, on a machine that has nothing else to do'));
    output.table(
      ['', '', '', 'measured', 'goal', ''],
      report.serviceGoals.map((g) => [
        g.workload,
        g.engine,
        g.unit,
        digits(g.measured),
        `${g.lowerIsBetter ? 'at most' : 'at least'} ${digits(g.goal)}`,
        g.holds ? green('reached') : red('not reached'),
      ]),
    );
    output.print('');
  }
  for (const sweep of report.sweeps) renderSweep(output, sweep);
  const reasons = new Map<string, string[]>();
  for (const { workload, engine, reason } of report.skipped) {
    const who = [workload, engine].filter((part) => part !== null).join(' on ');
    reasons.set(reason, [...(reasons.get(reason) ?? []), who]);
  }
  if (reasons.size > 0) {
    output.print(bold('Left out'));
    for (const [reason, who] of reasons) output.print(`  ${shortened(who)}: ${dim(reason)}`);
  }
}

function renderSweep(output: Output, { title, over, unit, series }: Sweep): void {
  const sizes = [...new Set(series.flatMap(({ points }) => points.map(({ at }) => at)))];
  output.print(`${output.colors.bold(title)}  ${unit} against ${over}`);
  output.table(
    ['', ...sizes.map(String)],
    series.map(({ engine, algorithm, variant, points }) => [
      [engine, algorithm, variant].filter((part) => part !== null).join(', '),
      ...sizes.map((size) => {
        const point = points.find(({ at }) => at === size);
        return point === undefined ? '–' : digits(point.value);
      }),
    ]),
  );
  output.print('');
}

/** The same on several engines is said once. */
function shortened(who: readonly string[]): string {
  const workloads = new Set(who.map((one) => one.replace(/ on (reference|wasm|native)$/, '')));
  return [...workloads].join(', ');
}

/** Three digits that count; thousands apart. */
function digits(value: number): string {
  if (value === 0) return '0';
  const size = Math.floor(Math.log10(Math.abs(value)));
  if (size >= 3) {
    const scale = 10 ** (size - 2);
    return (Math.round(value / scale) * scale).toLocaleString('en-US');
  }
  return value.toFixed(Math.max(0, Math.min(6, 2 - size)));
}
const ratio = (value: number): string => `${digits(value)} ×`;
const percent = (value: number): string => `${Math.round(100 * value)} %`;
