/**
 * Writes docs/performance.md and its figures from what `relaxd bench --sweep --json` printed:
 * `node scripts/performance-page.mjs bench.json`, or several files of parts of it, that with the workloads first.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as Plot from '@observablehq/plot';
import { COLORS, drawFigure } from '../dist/src/reproduce/figure.js';

const page = 'docs/performance.md';
const parts = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, 'utf8')));
const all = (member) => parts.flatMap((part) => part[member]);
const bench = {
  machine: parts[0].machine,
  peers: parts[0].peers,
  quick: parts.some(({ quick }) => quick),
  rows: all('rows'),
  threads: all('threads'),
  goals: all('goals'),
  sweeps: all('sweeps'),
  skipped: all('skipped'),
};
const images = join(dirname(page), 'images/performance');
mkdirSync(images, { recursive: true });

const OWN = ['reference', 'wasm', 'native'];
const ENGINE_COLORS = { reference: COLORS.grey, wasm: COLORS.blue, native: COLORS.vermilion };
const ENGINE_WORDS = { reference: 'TypeScript', wasm: 'WebAssembly', native: 'native' };
const DASHES = [undefined, '6 4', '2 4', '10 3 2 3'];

/** Three digits that count. */
const digits = (value) => {
  if (value === undefined || value === null) return '–';
  if (value === 0) return '0';
  const size = Math.floor(Math.log10(Math.abs(value)));
  if (size >= 3) return Number(value.toPrecision(3)).toLocaleString('en-US');
  return value.toFixed(Math.max(0, Math.min(6, 2 - size)));
};
const percent = (share) =>
  share === null || share === undefined ? '–' : `${Math.round(100 * share)} %`;
const times = (ratio) => (ratio === null || ratio === undefined ? '–' : `${digits(ratio)} ×`);
const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
const unique = (list) => [...new Set(list)];

/** How many times as fast `row` is as `other`. */
const speed = (row, other) =>
  row === undefined || other === undefined
    ? null
    : row.lowerIsBetter
      ? other.median / row.median
      : row.median / other.median;

const kernels = unique(bench.rows.map((row) => row.workload)).filter((name) => !name.includes('@'));
const retrievals = unique(bench.rows.map((row) => row.workload)).filter((name) =>
  name.includes('@'),
);
const row = (workload, engine) =>
  bench.rows.find((one) => one.workload === workload && one.engine === engine);
const others = unique(bench.rows.map(({ engine }) => engine).filter((name) => !OWN.includes(name)));
const engines = OWN.filter((engine) => bench.rows.some((one) => one.engine === engine));
const bestPeer = (workload) =>
  others
    .map((name) => row(workload, name))
    .filter((one) => one !== undefined && one.fault === null)
    .reduce((best, one) => (best === undefined || speed(one, best) > 1 ? one : best), undefined);

/** Of each row, at least. */
const samples = Math.min(...bench.rows.map((one) => one.samples.length));

// The figures.
const written = [];
function figure(name, content) {
  writeFileSync(join(images, `${name}.svg`), drawFigure(content));
  written.push(name);
  return `![${content.title}](images/performance/${name}.svg)`;
}

/** Series whose algorithms differ in a block's size only, as one. */
function joined(series) {
  const all = new Map();
  for (const one of series) {
    const algorithm = one.algorithm?.replace(/\d+ shots as columns/, 'shots as columns') ?? null;
    const key = JSON.stringify([one.engine, one.variant, algorithm]);
    const points = [...(all.get(key)?.points ?? []), ...one.points];
    all.set(key, { ...one, algorithm, points: points.toSorted((a, b) => a.at - b.at) });
  }
  return [...all.values()];
}

/** The measured points of series on logarithmic axes; a panel a variant. */
function curves(name, title, subtitle, caption) {
  const found = bench.sweeps.find((one) => one.name === name);
  if (found === undefined) return '';
  const sweep = { ...found, series: joined(found.series) };
  const variants = unique(sweep.series.map(({ variant }) => variant));
  const algorithms = unique(sweep.series.map(({ algorithm }) => algorithm));
  const label = ({ engine, algorithm }) =>
    [ENGINE_WORDS[engine], algorithm].filter((part) => part !== null).join(', ');
  const legend = unique(sweep.series.map(label)).map((text) => {
    const series = sweep.series.find((one) => label(one) === text);
    return {
      label: text,
      color: ENGINE_COLORS[series.engine],
      mark: algorithms.indexOf(series.algorithm) > 0 ? 'dashed' : 'line',
      dash: DASHES[algorithms.indexOf(series.algorithm) % DASHES.length],
    };
  });
  const panels = variants.map((variant) => {
    const shown = sweep.series.filter((one) => one.variant === variant && one.points.length > 0);
    return {
      ...(variant === null ? {} : { title: variant }),
      plot: {
        grid: true,
        x: { type: 'log', label: sweep.over, tickFormat: (n) => String(n), ticks: 5 },
        y: { type: 'log', label: sweep.unit, ticks: 5, nice: true, tickFormat: (n) => String(n) },
        marks: shown.flatMap(({ engine, algorithm, points }) => {
          const color = ENGINE_COLORS[engine];
          const dash = DASHES[algorithms.indexOf(algorithm) % DASHES.length];
          return [
            Plot.line(points, {
              x: 'at',
              y: 'value',
              stroke: color,
              strokeWidth: 2.2,
              ...(dash === undefined ? {} : { strokeDasharray: dash }),
            }),
            Plot.dot(points, { x: 'at', y: 'value', fill: color, r: 4, stroke: 'white' }),
          ];
        }),
      },
    };
  });
  return figure(name, { title, subtitle, legend, panels, caption });
}

function threadsFigure() {
  if (bench.threads.length === 0) return '';
  const workloads = unique(bench.threads.map(({ workload }) => workload));
  const threadCounts = [1, ...unique(bench.threads.map(({ threads }) => threads))];
  const most = Math.max(...threadCounts);
  return figure('threads', {
    title: 'Threads share out shots and replicas',
    subtitle:
      'Work a second on several threads over work a second on one, measured in pairs; bars are the range.',
    legend: engines
      .filter((engine) => engine !== 'reference')
      .map((engine) => ({ label: ENGINE_WORDS[engine], color: ENGINE_COLORS[engine], mark: 'dot' }))
      .concat([{ label: 'as many times as threads', color: COLORS.grey, mark: 'dashed' }]),
    panels: workloads.map((workload) => {
      const shown = bench.threads
        .filter((one) => one.workload === workload)
        .map((one) => ({ ...one, x: one.threads * (one.engine === 'native' ? 1.02 : 0.98) }));
      const start = { x: 1, ratio: 1, low: 1, high: 1 };
      return {
        title: workload,
        plot: {
          grid: true,
          x: { domain: [0.8, most + 0.2], label: 'threads', ticks: threadCounts, tickFormat: 'd' },
          y: { domain: [0, most * 1.1], label: 'times the work of one thread' },
          marks: [
            Plot.line(
              [
                { x: 1, y: 1 },
                { x: most, y: most },
              ],
              { x: 'x', y: 'y', stroke: COLORS.grey, strokeDasharray: '6 4', strokeWidth: 2 },
            ),
            ...engines
              .filter((engine) => shown.some((one) => one.engine === engine))
              .flatMap((engine) => {
                const points = [start, ...shown.filter((one) => one.engine === engine)];
                const color = ENGINE_COLORS[engine];
                return [
                  Plot.line(points, { x: 'x', y: 'ratio', stroke: color, strokeWidth: 2 }),
                  Plot.ruleX(points, {
                    x: 'x',
                    y1: 'low',
                    y2: 'high',
                    stroke: color,
                    strokeWidth: 2,
                  }),
                  Plot.dot(points, { x: 'x', y: 'ratio', fill: color, r: 4.5, stroke: 'white' }),
                ];
              }),
          ],
        },
      };
    }),
    caption: [
      'Each thread has an engine of its own on one shared memory. digits@glauber is a sweep of retrievals, three shares of wrong signs of 4096 shots each, through the device layer.',
    ],
  });
}

function speedFigure() {
  const bars = kernels.flatMap((workload) => {
    const peer = bestPeer(workload) ?? row(workload, 'reference');
    return engines
      .filter((engine) => engine !== 'reference' && row(workload, engine) !== undefined)
      .map((engine) => ({
        workload,
        engine,
        ratio: speed(row(workload, engine), peer),
        peer: peer?.engine,
      }))
      .filter(({ ratio }) => ratio !== null);
  });
  if (bars.length === 0) return '';
  const labels = Object.fromEntries(
    bars.map(({ workload, peer }) => [workload, `${workload.replace('ibrium', '.')} / ${peer}`]),
  );
  return figure('speed', {
    title: 'Times the speed of the best of numpy, numba and torch',
    subtitle:
      'One core each, measured in turns in one run. Named below each pair: the workload, and the peer it is compared with.',
    legend: engines
      .filter((engine) => engine !== 'reference')
      .map((engine) => ({
        label: ENGINE_WORDS[engine],
        color: ENGINE_COLORS[engine],
        mark: 'area',
      })),
    panels: [
      {
        plot: {
          grid: true,
          x: { axis: null, domain: ['wasm', 'native'], padding: 0.1 },
          fx: {
            label: null,
            domain: unique(bars.map(({ workload }) => labels[workload])),
            padding: 0.15,
          },
          y: {
            type: 'log',
            label: 'times as fast',
            ticks: 5,
            nice: true,
            tickFormat: (n) => String(n),
          },
          marks: [
            Plot.ruleY([1], { stroke: COLORS.grey, strokeWidth: 1.5 }),
            Plot.barY(bars, {
              fx: ({ workload }) => labels[workload],
              x: 'engine',
              y1: 1,
              y2: 'ratio',
              fill: ({ engine }) => ENGINE_COLORS[engine],
            }),
            Plot.text(bars, {
              fx: ({ workload }) => labels[workload],
              x: 'engine',
              y: ({ ratio }) => Math.max(ratio, 1),
              text: ({ ratio }) => digits(ratio),
              dy: -8,
            }),
          ],
        },
      },
    ],
    caption: [`Medians of ${samples} samples. Below the line at 1 the peer is faster.`],
  });
}

// The tables.
const machine = bench.machine;
const peak = Object.values(machine.engines)
  .map(
    (one) =>
      `| ${one.name} | ${digits(one.gflops)} | ${digits(one.readGBs)} | ${digits(one.cacheGBs)} |`,
  )
  .join('\n');
const range = (one) =>
  one === undefined
    ? '–'
    : one.fault === null
      ? digits(one.median)
      : `${digits(one.median)} (wrong)`;
const workloadTable = table(
  [
    '',
    'unit',
    ...engines.map((name) => ENGINE_WORDS[name]),
    ...others,
    '× best peer (WebAssembly / native)',
  ],
  kernels.map((name) => {
    const any = bench.rows.find((one) => one.workload === name);
    const peer = bestPeer(name) ?? row(name, 'reference');
    return [
      `**${name}** ${any.title}`,
      any.unit,
      ...engines.map((engine) => range(row(name, engine))),
      ...others.map((engine) => range(row(name, engine))),
      `${times(speed(row(name, 'wasm'), peer))} / ${times(speed(row(name, 'native'), peer))}${peer === undefined ? '' : ` ${peer.engine}`}`,
    ];
  }),
);
const spread = (one) => (100 * (one.high - one.low)) / one.median;
const widest = Math.round(
  Math.max(...bench.rows.filter((one) => kernels.includes(one.workload)).map(spread)),
);
/** What the ratio would be at 100 % of the arithmetic peak, where arithmetic is the wall. */
function atThePeak({ workload, engine, ratio }) {
  const fraction = row(workload, engine)?.fractionOfPeak;
  const dense = ['W4', 'W5', 'equilibrium'].includes(workload);
  return dense && fraction > 0 ? times(ratio / fraction) : '–';
}
const goals = table(
  ['', 'engine', 'against', 'measured', 'at the peak', 'floor', 'goal', ''],
  bench.goals.map((one) => [
    one.workload,
    ENGINE_WORDS[one.engine],
    one.peer,
    times(one.ratio),
    atThePeak(one),
    times(one.floor),
    times(one.goal),
    { goal: 'goal reached', floor: 'floor reached', no: '**not reached**' }[one.reached],
  ]),
);
const wall = table(
  ['', 'engine', 'Gop/s', 'of the arithmetic peak', 'GB/s', 'of the cache’s bandwidth'],
  kernels.flatMap((name) =>
    engines
      .filter((engine) => engine !== 'reference' && row(name, engine)?.gflops != null)
      .map((engine) => {
        const one = row(name, engine);
        return [
          name,
          ENGINE_WORDS[engine],
          digits(one.gflops),
          percent(one.fractionOfPeak),
          digits(one.gbytes),
          percent(one.fractionOfCache),
        ];
      }),
  ),
);
const retrievalTable = table(
  ['', ...engines.map((name) => `${ENGINE_WORDS[name]}, ms`), 'algorithm'],
  retrievals.map((name) => [
    `\`${name}\``,
    ...engines.map((engine) => range(row(name, engine))),
    engines.map((engine) => row(name, engine)?.variant).find((text) => text) ?? '',
  ]),
);
const cannot = unique(
  bench.skipped
    .filter(({ workload }) => workload?.includes('@'))
    .map(({ workload, reason }) => `\`${workload}\` (${reason})`),
);
const threads = table(
  ['', 'engine', 'threads', 'times the work of one', 'range'],
  bench.threads.map((one) => [
    one.workload,
    ENGINE_WORDS[one.engine],
    one.threads,
    times(one.ratio),
    `${digits(one.low)} … ${digits(one.high)}`,
  ]),
);
const MEMORY_OF_A_PROCESS = `\`relaxd run\` reads a program's long lists straight into the memory that all threads and engines of the run work in; no copy of
them, and no text, is ever whole beside it. The process as a whole is this and about 100 MB of Node, code and one worker thread:
240 to 275 MB for 4096 spins coupled all to all ([decision 0038](decisions/0038-what-a-run-does-not-hold.md)).`;
const memory = bench.sweeps.find((one) => one.name === 'memory');
const memoryTable =
  memory === undefined
    ? ''
    : table(
        [
          'MB',
          ...unique(memory.series.flatMap(({ points }) => points.map(({ at }) => at))).map(String),
        ],
        memory.series.map(({ engine, variant, points }) => [
          `${ENGINE_WORDS[engine]}, ${variant}`,
          ...unique(memory.series.flatMap((one) => one.points.map(({ at }) => at))).map((at) =>
            digits(points.find((point) => point.at === at)?.value),
          ),
        ]),
      );

const section = (title, ...parts) => {
  const body = parts.filter((part) => part !== '');
  return body.length === 0 ? '' : `## ${title}\n\n${body.join('\n\n')}\n`;
};
const peers = Object.values(bench.peers);
writeFileSync(
  page,
  [
    `# Performance

What the kernels of the emulators cost, beside what a physicist would write today with numpy, numba or torch, and how far from the
machine's limit they are. Everything on this page is ${
      parts.length === 1
        ? 'one run of `relaxd bench --sweep`'
        : 'from runs of `relaxd bench` after each other, each row of a table from one of them'
    }: all engines and peers in turns, medians
of ${samples} samples, on one core where nothing else is said. Absolute figures wander by tens of per cent from machine to
machine and from hour to hour (in this run the widest range is ${widest} % of its median); ratios within one run hold.
${bench.quick ? '\nThis is a **quick** run on a busy machine: few and short samples. Ratios are rough, absolute figures and shares of peaks more so.\n' : ''}
The machine: ${machine.cpus} ${machine.cpus === 1 ? 'core' : 'cores'} of ${machine.cpu} (${machine.arch}), ${machine.memoryGiB} GiB, Node ${machine.node.slice(1)}. Peers: ${peers.length === 0 ? 'none; ratios are to the TypeScript reference' : peers.join(', ')}. Its
peaks on one core, measured in the same run by loops that do nothing else:

| engine | f32 arithmetic, GFLOP/s | reading memory, GB/s | reading the second-level cache, GB/s |
|---|---|---|---|
${peak}

The engines: *TypeScript* is the readable reference, and the oracle of the tests; *WebAssembly* (SIMD, with fused multiply-add
where Node has relaxed SIMD) is what runs everywhere; *native* is optional (\`npm run build:native\`). WebAssembly has vectors of 128
bits, a quarter of AVX-512: half to a quarter of the native peak is its ceiling on dense work.
`,
    section(
      'Workloads',
      speedFigure(),
      workloadTable,
      bench.goals.length === 0
        ? ''
        : 'What was to be reached, in times a peer’s speed on a CPU with AVX-512:',
      bench.goals.length === 0 ? '' : goals,
      bench.goals.length === 0
        ? ''
        : `\n*At the peak* is the ratio that a kernel at 100 % of the arithmetic peak would have beside the peer of this run. Where a floor is above
it, it was set with a slower peer (a step of W4 took torch 2.25 ms, an image of W5 104 ms), and no kernel in 32-bit floats can
reach it here.`,
      `dwave-samplers and OpenJij are not measured here; on a machine of this kind they took 1.22 and 0.36 times numba's time for W1.
Your own annealer joins the table of W1 with \`--outside 'NAME=COMMAND'\` ([bench/README.md](../bench/README.md)).`,
    ),
    section(
      'Where the wall is',
      `Operations on numbers and bytes that have to move, counted from each workload's definition, as a share of what the same engine
reached in a loop that does nothing else. A share above 100 % of the arithmetic peak is possible where operations are integer
ones, of which more fit into a cycle; one above 100 % of the cache means that rows stay in the first-level cache or are packed.`,
      wall,
      `- **W1**: a flip streams one row of couplings; attempts between flips are compares of 16 or 4 fields at once. With rows in f32 the
  second-level cache is the wall.
- **W2, W3**: packed patterns and small integers keep all that is touched in the cache; the wall is integer throughput.
- **W4, W5**: matrix products; the wall is arithmetic at batch 256, and reading the weights at batch 1.
- **W6**: an event changes every rate; the wall is the exponential of each.
- **W7**: polynomials and a square root in registers; the wall is arithmetic.`,
    ),
    section(
      'Cost against size',
      curves(
        'sites',
        'An attempt costs its share of the flips',
        'µs an attempt of sequential Metropolis at T = 1, 16 shots, against the number of sites.',
        [
          'Through the emulator of ±1 spins, with its thermodynamic ledger; what is done once a run is subtracted. The fastest of three.',
        ],
      ),
      curves(
        'memories',
        'A retrieval among more and more memories',
        'ms a retrieval of 784 sites at T = 0 for 20 sweeps, a tenth of the cue turned, against the number of memories.',
        [
          'Whole runs of 16 shots through the emulator, what is prepared once included. The fastest of three.',
        ],
      ),
      curves(
        'replicas',
        'Replicas side by side share what is read',
        'ms a step and replica of 256 coupled double wells (overdamped Langevin, with noise and ledger) against replicas.',
        [
          'Through the emulator of overdamped circuits; what is done once a run is subtracted. The fastest of three.',
        ],
      ),
    ),
    section('Threads', threadsFigure(), bench.threads.length === 0 ? '' : threads),
    section(
      'Memory',
      curves(
        'memory',
        'Memory of a run',
        'MB that a run of one shot adds at most to a process that has loaded the code: its program and all that the simulation has.',
        [
          'Left: dense couplings of N sites, in f64 as the program gives them, once for all threads: 8 N² bytes. Right: N rectified cubic memories of 784 sites.',
        ],
      ),
      memoryTable === '' ? '' : `${memoryTable}\n\n${MEMORY_OF_A_PROCESS}`,
    ),
    section(
      'Retrievals as they come',
      retrievals.length === 0
        ? ''
        : `\`relaxd retrieve\` of each built-in memory set on each device, 4 shots on one thread, a tenth of the sites turned: compiling the
memories, loading, running and reading the result; the start of the program (about half a second) is not in it. The simulated board runs in the time of its circuit, behind its
line; it has no kernels.`,
      retrievals.length === 0 ? '' : retrievalTable,
      cannot.length === 0 ? '' : `Not together: ${cannot.join('; ')}.`,
    ),
    readFileSync('bench/board-link.md', 'utf8'),
    readFileSync('bench/service-load.md', 'utf8'),
    `## How to measure it yourself

\`\`\`sh
npm run build:native                 # optional: needs a C++ compiler
apt-get install python3-numpy python3-numba python3-torch   # optional: the peers
npx relaxd bench                     # everything: ten minutes or more
npx relaxd bench W4 --quick          # one workload, seconds
npx relaxd bench --sweep --json > bench.json
node scripts/performance-page.mjs bench.json                # this page and its figures
\`\`\`

A quiet machine matters more than many samples. What a peer does is in [bench/peers](../bench/peers); what it has to show for its
work to count is in [bench/README.md](../bench/README.md). Why ratios and interleaving: [decision 0032](decisions/0032-ratios-within-one-run.md).
`,
  ]
    .filter((part) => part !== '')
    .join('\n'),
);
console.log(
  `${page}: ${kernels.length} workloads, ${retrievals.length} retrievals, figures ${written.join(', ')}`,
);
