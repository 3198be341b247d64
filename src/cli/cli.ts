import { Command, CommanderError, Option } from 'commander';
import { asRelaxdError, ENGINES, RelaxdError, type EngineKind } from '../core/index.js';
import { listBuiltins } from '../memory/index.js';
import { accessCommands } from './access-commands.js';
import { calibrationCommands } from './calibration-commands.js';
import { deviceCommands } from './device-commands.js';
import { reservationCommands } from './reservation-commands.js';
import { retentionCommands } from './retention-commands.js';
import type { BoardSimRequest, Composition, ServeRequest } from './composition.js';
import { exitCode, Output } from './output.js';
import { integerBetween, numberBetween } from './read-number.js';
import type { BenchOptions } from './bench-command.js';
import type { CalibrateOptions } from './calibrate-command.js';
import type { CheckThermoOptions } from './check-thermo-command.js';
import type { ConformOptions } from './conform-command.js';
import type { DriveCommandOptions } from './drive-command.js';
import type { ExploreOptions } from './explore-command.js';
import type { ReproduceOptions } from './reproduce-command.js';
import type { RetrieveCommandOptions } from './retrieve-command.js';
import type { RunCommandOptions } from './run-command.js';
import { DEFAULT_URL, ServiceClient } from './service-client.js';
import { ownStorePlace, placeOptions, storePlace, type PlaceOptions } from './store-place.js';
import type { SweepCommandOptions } from './sweep-command.js';
import type { DissipationCommandOptions } from './dissipation-command.js';
import type { TwinCommandOptions } from './twin-command.js';

interface CommonOptions {
  readonly json?: boolean;
  readonly url?: string;
  readonly key?: string;
  readonly engine?: EngineKind;
  readonly algorithm?: string;
}

/** Runs the command line; answers with the exit code. */
export async function runCli(argv: readonly string[], composition: Composition): Promise<number> {
  const wantsJson = argv.includes('--json');
  const output = new Output(composition.stdout, composition.stderr, wantsJson);
  const program = buildCommands(composition, output);
  try {
    await program.parseAsync([...argv]);
    return output.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0; // --help, --version
      if (error.code === 'commander.help') return 2; // no command: the help has been shown
      const message = error.message.replace(/^error: /, '');
      output.fail(new RelaxdError('wrong-call', message, { hint: hintFor(argv, program) }));
      return 2;
    }
    const failure = asRelaxdError(error);
    output.fail(failure);
    if (failure.code === 'internal' && failure.cause instanceof Error)
      output.note(failure.cause.stack ?? '');
    return exitCode(failure);
  }
}

function hintFor(argv: readonly string[], program: Command): string {
  const known = program.commands.find((command) => command.name() === argv[2]);
  return known === undefined
    ? 'relaxd --help lists the commands'
    : `relaxd ${known.name()} --help lists its options`;
}

function buildCommands(composition: Composition, output: Output): Command {
  const { env } = composition;
  const program = new Command('relaxd')
    .description(
      'Emulate and control devices that compute by relaxing: what was retrieved, and what it cost.',
    )
    .version(composition.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => composition.stdout.write(text),
      writeErr: (text) => composition.stderr.write(text),
      outputError: () => undefined, // told in runCli, as every other error is
    });

  const command = (usage: string, description: string, of: Command = program): Command =>
    of
      .command(usage)
      .description(description)
      .exitOverride()
      .option('--json', 'print one JSON document')
      .addOption(engineOption())
      .option('--url <url>', 'use the service at this address instead of devices in this process')
      .option('--key <key>', 'API key for it');

  const urlOf = ({ url }: CommonOptions): string | undefined => url ?? env['RELAXD_URL'];
  // Whatever a command computes here; a service is asked for it in a job's body.
  program.hook('preAction', async (_, action) => {
    const options = action.opts<CommonOptions>();
    if (options.engine === undefined) return;
    const here = action.name() === 'serve' || urlOf(options) === undefined;
    if (here) await composition.useEngine(options.engine);
  });

  const clientFor = (options: CommonOptions): ServiceClient | null => {
    const url = urlOf(options);
    return url === undefined
      ? null
      : new ServiceClient(url, options.key ?? env['RELAXD_KEY'] ?? null);
  };
  const alwaysClient = (options: CommonOptions): ServiceClient =>
    clientFor(options) ?? new ServiceClient(DEFAULT_URL, options.key ?? env['RELAXD_KEY'] ?? null);
  const refuseService = (name: string, options: CommonOptions): void => {
    if (clientFor(options) === null) return;
    throw new RelaxdError('wrong-call', `${name} works in this process only; leave --url out`);
  };

  serveOptions(program.command('serve'))
    .description('start the service')
    .exitOverride()
    .option('--config <file>', 'configuration file (JSON)')
    .addOption(engineOption())
    .option('--demo', 'on an empty store, queue one retrieval on every device')
    .action(async (options: ServeFlags) => {
      const serving = await composition.serve(serveRequest(options));
      output.note(`relaxd ${composition.version} at ${serving.address}`);
      await serving.ended;
    });

  const config = program
    .command('config')
    .description('the configuration of the service')
    .exitOverride();
  serveOptions(config.command('check [file]'))
    .description(
      'judge file, environment and flags as relaxd serve would, and show what takes effect',
    )
    .exitOverride()
    .option('--json', 'print one JSON document')
    .action(async (file: string | undefined, options: ServeFlags) => {
      const { showConfiguration } = await import('./config-command.js');
      const request = serveRequest({ ...options, ...(file === undefined ? {} : { config: file }) });
      showConfiguration(output, await composition.checkConfiguration(request));
    });

  accessCommands(program, { composition, output, command, clientFor });

  placeOptions(
    command('backup <file>', 'back up everything as it is at one moment, into one new file'),
  ).action(async (file: string, options: PlaceOptions) => {
    const { backupCommand } = await import('./backup-command.js');
    await backupCommand(composition, output, storePlace(options, env, clientFor), file);
  });
  command('restore <file>', 'restore a backup into an empty folder or database')
    .option('--data <dir>', 'folder that is empty or not there (default: ./data)')
    .option('--database-url <url>', 'empty database (postgres://…)')
    .action(async (file: string, options: PlaceOptions) => {
      if (options.url !== undefined) refuseService('restore', options);
      const { restoreCommand } = await import('./backup-command.js');
      await restoreCommand(composition, output, ownStorePlace(options, env), file);
    });
  reservationCommands({
    output,
    nowMs: () => composition.clock.wallMs(),
    command,
    client: alwaysClient,
  });
  deviceCommands({ composition, output, command, clientFor, alwaysClient });
  retentionCommands({ output, command, client: alwaysClient });
  calibrationCommands(program, { output, command, client: alwaysClient });

  command('devices', 'list the devices').action(async (options: CommonOptions) => {
    const { listDevices } = await import('./devices-command.js');
    await listDevices(composition, output, clientFor(options));
  });

  command('compile', 'compile memories to a program for a device, with its certificate')
    .requiredOption('--device <id>', 'device')
    .requiredOption('--memories <src>', sourceHelp())
    .option('--rule <rule>', 'learning rule', 'hebb')
    .option('--temperature <t>', 'temperature', numberBetween(0, 1e9))
    .option(
      '--corrupt <f>',
      'share of flipped sites that success is predicted for',
      numberBetween(0, 1),
    )
    .option('--calibration <c>', CALIBRATION_HELP)
    .addOption(criterionOption())
    .option('--out <file>', 'write the program here')
    .action(
      async (
        options: CommonOptions & {
          device: string;
          memories: string;
          rule: string;
          temperature?: number;
          corrupt?: number;
          calibration?: string;
          criterion?: 'paths' | 'shown';
          out?: string;
        },
      ) => {
        const { compileCommand } = await import('./compile-command.js');
        await compileCommand(composition, output, clientFor(options), options);
      },
    );

  command('retrieve', 'retrieve a stored memory from a corrupted cue')
    .requiredOption('--device <id>', 'device')
    .requiredOption('--memories <src>', sourceHelp())
    .option(
      '--rule <rule>',
      'learning rule: hebb, storkey, projection, dream:<t>, polynomial:<n>, rectified:<n>, exponential, log-sum-exp:<beta>, sequence[:<n>]',
      'hebb',
    )
    .addOption(
      new Option('--target <k>', 'memory to retrieve, by number or label').conflicts('cue'),
    )
    .option('--cue <file>', 'start from the pattern in this file (.json, .npy, .png)')
    .option(
      '--corrupt <f>',
      'share of sites to flip, 0 to 1, redrawn each shot',
      numberBetween(0, 1),
    )
    .option('--temperature <t>', 'temperature', numberBetween(0, 1e9))
    .option('--calibration <c>', CALIBRATION_HELP)
    .addOption(criterionOption())
    .option('--shots <s>', 'shots', integerBetween(1, 1e8))
    .option('--seed <n>', 'seed', integerBetween(0, Number.MAX_SAFE_INTEGER))
    .option('--algorithm <name>', ALGORITHM_HELP)
    .action(async (options: CommonOptions & RetrieveCommandOptions) => {
      const { retrieveCommand } = await import('./retrieve-command.js');
      await retrieveCommand(composition, output, clientFor(options), options);
    });

  command('drive', 'drive a device into a memory by a corrupted cue, and say what it cost')
    .requiredOption('--device <id>', 'device')
    .requiredOption('--memories <src>', `${sourceHelp()}; or random:PxN`)
    .option('--order <n>', 'degree of the memories; 2 is Hebb’s rule', integerBetween(2, 200))
    .option('--temperature <t>', 'temperature', numberBetween(0, 1e9))
    .option(
      '--from <start>',
      'paramagnet, a memory K, or K:F with a share F of wrong sites',
      'paramagnet',
    )
    .option('--cue <k>', 'memory that the cue is made of, by number or label', '0')
    .option('--accuracy <c>', 'overlap of the cue with it, −1 to 1', numberBetween(-1, 1), 1)
    .option('--protocol <points>', 'field of the cue: t:h,t:h,… (straight lines)')
    .option('--step <h:t>', 'a field h for a time t')
    .option('--ramp <h:t>', 'from 0 to h in a time t')
    .option('--triangle <h:t>', 'from 0 to h and back in a time t')
    .option(
      '--optimise <points:t>',
      'search for the cheapest drive of a time t with so many points',
    )
    .addOption(
      new Option('--objective <what>', 'of the search').choices(['entropy-production', 'work']),
    )
    .option('--range <least:most>', 'fields that the search may use')
    .option('--release <t>', 'the field ends at t', numberBetween(0, 1e9))
    .option('--relax <t>', 'time from there to the end', numberBetween(0, 1e9))
    .option('--fidelity <name>', 'of devices that have several')
    .option('--minimal', 'measure the least step that succeeds, beside theory’s')
    .option('--figure <file>', 'draw the time courses (SVG)')
    .option('--shots <s>', 'shots', integerBetween(1, 1e8))
    .option('--seed <n>', 'seed', integerBetween(0, Number.MAX_SAFE_INTEGER))
    .option('--algorithm <name>', ALGORITHM_HELP)
    .action(async (options: CommonOptions & DriveCommandOptions) => {
      const { driveCommand } = await import('./drive-command.js');
      await driveCommand(composition, output, clientFor(options), options);
    });

  command('explore [spec]', 'sweep drives over devices: what accuracy and speed cost')
    .option('--devices <ids>', 'devices, with commas between', 'glauber')
    .option('--orders <list>', 'orders', '2,3,4')
    .option('--temperatures <list>', 'temperatures of spins', '0.3')
    .option('--fields <list>', 'heights of the drive', '0.25,0.5,1')
    .option('--durations <list>', 'durations of the drive, in the device’s unit', '1,2,5,10')
    .option('--memories <list>', 'numbers of random memories', '2')
    .option('--sites <n>', 'sites, as far as the device has them', integerBetween(2, 65_536), 500)
    .option('--accuracy <c>', 'of the cue', numberBetween(-1, 1), 0.8)
    .addOption(
      new Option('--shape <shape>', 'of the drive')
        .choices(['step', 'ramp', 'triangle'])
        .default('triangle'),
    )
    .option('--relax <t>', 'time from the release to the end', numberBetween(0, 1e9))
    .option('--shots <s>', 'shots of a point', integerBetween(1, 1e6), 50)
    .option('--seed <n>', 'seed', integerBetween(0, Number.MAX_SAFE_INTEGER))
    .option('--out <file>', 'write the record here (JSON)')
    .option('--figure <file>', 'draw it (SVG)')
    .action(async (file: string | undefined, options: CommonOptions & ExploreOptions) => {
      refuseService('explore', options);
      const { exploreCommand } = await import('./explore-command.js');
      await exploreCommand(composition, output, file ?? null, options);
    });

  command(
    'calibrate',
    'measure a device, fit its model, and hold the fit against heat that it has not seen',
  )
    .requiredOption('--device <id>', 'device')
    .option(
      '--against <id>',
      'emulated circuit whose twin of the device predicts the held-out heat',
    )
    .option('--sites <n>', 'the first so many sites (16, or all of fewer)', integerBetween(1, 128))
    .option('--effort <factor>', 'length of all probes over the usual one', numberBetween(0.1, 100))
    .option(
      '--two-temperatures',
      'probe circuits with some of their sites warm and the others cool, too',
    )
    .option(
      '--reference <name=value:error...>',
      'what is known from elsewhere, in SI: of one parameter or of a kind (fieldGain=1:0.005)',
    )
    .option(
      '--profile <names...>',
      'find 95 % intervals of these parameters, or kinds of them, by profile likelihood',
    )
    .option('--figures <folder>', 'draw what is left of the fit, and the parameters (SVG)')
    .option(
      '--kernel <law>',
      'spins: law that they are to flip by, a name or {"kind":"power","p":2}',
    )
    .option(
      '--temperature <t>',
      'spins: set temperature of the probes, program energy',
      numberBetween(0, 1e9),
    )
    .option('--valid-for <hours>', 'how long it holds', numberBetween(0.001, 1e6))
    .option('--reason <text>', 'why, for the history')
    .option('--activate', 'put it in force at once, where the service allows that')
    .option('--seed <n>', 'seed', integerBetween(0, Number.MAX_SAFE_INTEGER))
    .option('--dry-run', 'say what it would take, and do nothing')
    .option('--out <file>', 'write the whole record here (JSON)')
    .action(async (options: CommonOptions & CalibrateOptions) => {
      const { calibrateCommand } = await import('./calibrate-command.js');
      await calibrateCommand(composition, output, clientFor(options), options);
    });

  command('twin [program]', 'run one job on a device and on its twin, and compare what comes out')
    .requiredOption('--device <id>', 'device')
    .option('--memories <src>', `in place of a program, a retrieval of ${sourceHelp()}`)
    .option('--rule <rule>', 'learning rule')
    .option('--target <k>', 'memory to retrieve; with a program: the reference that it is after')
    .option('--cue <file>', 'cue, in place of the target')
    .option('--corrupt <f>', 'share of sites to flip, redrawn each shot', numberBetween(0, 1))
    .option('--temperature <t>', 'temperature', numberBetween(0, 1e9))
    .option('--shots <s>', 'shots', integerBetween(1, 1e8))
    .option('--seed <n>', 'seed', integerBetween(0, Number.MAX_SAFE_INTEGER))
    .option(
      '--calibration <file>',
      'record that the twin is made of, in place of the one in force; of a service also an id',
    )
    .option('--draws <d>', 'runs of the twin, each with other values', integerBetween(16, 1000))
    .option(
      '--reference <name=value:error...>',
      'what the calibration does not say: quarticGain=1:0.01, workGain=1:0.01, couplingError=0:0.005',
    )
    .action(async (program: string | undefined, options: CommonOptions & TwinCommandOptions) => {
      const { twinCommand } = await import('./twin-command.js');
      await twinCommand(composition, output, clientFor(options), program, options);
    });

  command(
    'dissipation <program>',
    'heat that each site of a circuit gives off, by how fluctuations and responses differ, beside its heat monitor',
  )
    .requiredOption('--device <id>', 'device')
    .option(
      '--shots <s>',
      'shots of the program: errors go with their root',
      integerBetween(1, 1e6),
    )
    .option('--lag <n>', 'samples from which velocities are taken (1)', integerBetween(1, 1000))
    .option(
      '--calibration <file>',
      'record that the scales come from, in place of the one in force; of a service also an id',
    )
    .option(
      '--reference <name=value:error...>',
      'what the calibration does not say: driveGain=1:0.005, couplingError=0:0.005',
    )
    .option('--seed <n>', 'seed', integerBetween(0, Number.MAX_SAFE_INTEGER))
    .option('--dry-run', 'say what it would take, and how well it would tell it, and do nothing')
    .action(async (program: string, options: CommonOptions & DissipationCommandOptions) => {
      const { dissipationCommand } = await import('./dissipation-command.js');
      await dissipationCommand(composition, output, clientFor(options), program, options);
    });

  command('sweep <file>', 'run one job over the product of its axes (JSON; docs/formats/sweep.md)')
    .option('--device <ids>', 'device, or several with commas between: one more axis')
    .option(
      '--seed <n>',
      'seed; points have seeds of their own by it',
      integerBetween(0, Number.MAX_SAFE_INTEGER),
    )
    .action(async (file: string, options: CommonOptions & SweepCommandOptions) => {
      const { sweepCommand } = await import('./sweep-command.js');
      await sweepCommand(composition, output, clientFor(options), file, options);
    });

  command('compare <a> <b>', 'in what two runs of a service differ').action(
    async (a: string, b: string, options: CommonOptions) => {
      const { compareCommand } = await import('./compare-command.js');
      await compareCommand(output, alwaysClient(options), a, b);
    },
  );

  command('run <program>', 'run a program (a JSON file, or - for standard input)')
    .requiredOption('--device <id>', 'device')
    .option('--exact', 'solve the master equation instead of simulating (N ≤ 16)')
    .option('--shots <s>', "shots, instead of the program's", integerBetween(1, 1e8))
    .option(
      '--seed <n>',
      "seed, instead of the program's",
      integerBetween(0, Number.MAX_SAFE_INTEGER),
    )
    .option('--algorithm <name>', ALGORITHM_HELP)
    .option('--record <file>', 'write the samples here (Arrow stream)')
    .action(async (file: string, options: CommonOptions & RunCommandOptions) => {
      const { runCommand } = await import('./run-command.js');
      await runCommand(composition, output, clientFor(options), file, options);
    });

  command('reproduce [names...]', 'reproduce known experiments: a figure and its numbers each')
    .option('--list', 'list what there is')
    .option('--quick', 'small samples: seconds in place of minutes')
    .option('--out <dir>', 'folder for figures (SVG) and numbers (JSON)', 'reproductions')
    .option('--seed <n>', 'seed', integerBetween(0, Number.MAX_SAFE_INTEGER))
    .action(async (names: string[], options: CommonOptions & ReproduceOptions) => {
      refuseService('reproduce', options);
      const { reproduceCommand } = await import('./reproduce-command.js');
      await reproduceCommand(composition, output, names, options);
    });

  program
    .command('theory [words...]')
    .usage('[NAME [--PARAMETER VALUE …]] [--json]')
    .description('ask a theory for its numbers: capacities, phases, basins, work and heat')
    .exitOverride()
    .helpOption(false) // each theory has its own
    .allowUnknownOption()
    .option('--json', 'print one JSON document')
    .option('--list', 'list what there is')
    .action(async (words: string[], options: { list?: boolean }) => {
      const { theoryCommand } = await import('./theory-command.js');
      await theoryCommand(output, words, options);
    });

  command(
    'bench [names...]',
    'measure how fast the kernels are, beside what others would use, or the service',
  )
    .option('--list', 'list the workloads')
    .option('--quick', 'fewer and shorter samples')
    .option(
      '--engines <names>',
      'engines, with commas between, or none (default: all that are here)',
    )
    .option(
      '--peers <names>',
      'auto: numpy, numba and torch, where they are installed; none; or names with commas between',
      'auto',
    )
    .option(
      '--outside <name=command>',
      'an annealer of your own that joins W1 (bench/README.md); may be given several times',
      (text: string, all: readonly string[]) => [...all, text],
      [] as readonly string[],
    )
    .option(
      '--threads <n>',
      'threads whose speed-up is measured; 1: none (default: 2, with --quick 1)',
      integerBetween(1, 64),
    )
    .option(
      '--database-url <url>',
      'a PostgreSQL database in which `service` may make a schema of its own',
    )
    .option('--sweep', 'measure cost against sites, memories and replicas too (minutes)')
    .action(async (names: string[], options: CommonOptions & BenchOptions) => {
      refuseService('bench', options);
      const { benchCommand } = await import('./bench-command.js');
      await benchCommand(composition, output, names, options);
    });

  command('conform', 'hold a device to everything that a device must do')
    .addOption(new Option('--device <id>', 'device').conflicts('driver'))
    .option('--driver <dir>', 'folder of a driver: its first device')
    .option('--config <file>', 'configuration file (JSON) that names the device')
    .option('--groups <names>', 'groups of checks, with commas between (default: all)')
    .option('--junit <file>', 'write the report here, as JUnit XML')
    .action(async (options: CommonOptions & ConformOptions) => {
      refuseService('conform', options);
      if (options.device === undefined && options.driver === undefined) {
        throw new RelaxdError('wrong-call', 'name a device or a driver folder', {
          hint: 'relaxd conform --device ID, or --driver DIR',
        });
      }
      const { conformCommand } = await import('./conform-command.js');
      await conformCommand(composition, output, options);
    });

  command(
    'check-thermo <run>',
    'hold a run or a record (an Arrow file) to the laws of thermodynamics and the fluctuation theorems',
  )
    .option('--reverse <record>', 'run or record of the reversed protocol: Crooks’ theorem too')
    .option('--si', 'energies in joules, temperatures in kelvin')
    .action(async (run: string, options: CommonOptions & CheckThermoOptions) => {
      const { checkThermoCommand } = await import('./check-thermo-command.js');
      await checkThermoCommand(output, () => alwaysClient(options), run, options);
    });

  program
    .command('board-sim')
    .description('a simulated board as a program of its own, on a pseudo-terminal or behind TCP')
    .exitOverride()
    .option('--json', 'print the first line as JSON')
    .addOption(new Option('--pty <link>', 'symbolic link to its tty').conflicts('tcp'))
    .option('--tcp <host:port>', 'listen there, for one host at a time')
    .option('--faults <file|seed>', 'schedule of faults (firmware-sim/README.md)')
    .option('--profile <name>', 'what its circuit is made of')
    .option('--serial <serial>', 'its serial number')
    .option('--control <port|socket>', 'take faults there while it runs')
    .action(async (options: Omit<BoardSimRequest, 'json' | 'print'> & { json?: boolean }) => {
      const { boardSimCommand } = await import('./board-sim-command.js');
      await boardSimCommand(composition, output, options);
    });

  command('jobs', "list a service's jobs")
    .option('--state <state>', 'only jobs in this state')
    .option('--device <id>', 'only jobs of this device')
    .option('--limit <n>', 'at most so many', integerBetween(1, 500), 50)
    .action(async (options: CommonOptions & { state?: string; device?: string; limit: number }) => {
      const { listJobs } = await import('./job-commands.js');
      await listJobs(output, alwaysClient(options), options);
    });
  command('job <id>', 'show one job').action(async (id: string, options: CommonOptions) => {
    const { showJob } = await import('./job-commands.js');
    await showJob(output, alwaysClient(options), id);
  });
  command('cancel <id>', 'cancel a job, at the next shot if it runs').action(
    async (id: string, options: CommonOptions) => {
      const { cancelJob } = await import('./job-commands.js');
      await cancelJob(output, alwaysClient(options), id);
    },
  );
  command('export <run>', "export a run's record, or the rows of a sweep's job (csv, json)")
    .addOption(
      new Option('--format <format>', 'format')
        .choices(['arrow', 'parquet', 'csv', 'npz', 'hdf5', 'json'])
        .makeOptionMandatory(),
    )
    .requiredOption('--out <file>', 'file to write')
    .action(async (run: string, options: CommonOptions & { format: string; out: string }) => {
      const { exportRun } = await import('./job-commands.js');
      await exportRun(output, alwaysClient(options), run, options.format, options.out);
    });
  return program;
}

interface ServeFlags {
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
  readonly nodeName?: string;
  readonly nodeAddress?: string;
  readonly host?: string;
  readonly port?: number;
  readonly data?: string;
  readonly config?: string;
  readonly demo?: boolean;
  readonly drain?: number;
  readonly logLevel?: string;
}

/** The flags that say settings; what is left out is for environment and file to say. */
const serveOptions = (command: Command): Command =>
  command
    .option('--host <host>', 'address to listen on (default: 127.0.0.1)')
    .option('--port <port>', 'port to listen on (default: 7070)', integerBetween(0, 65535))
    .option('--data <dir>', 'folder of the embedded store (default: ./data)')
    .option('--database-url <url>', 'PostgreSQL that several nodes share, instead of --data')
    .option('--redis-url <url>', 'Redis that makes several nodes faster')
    .option('--node-name <name>', 'name of this node (default: the name of the machine)')
    .option('--node-address <url>', 'where other nodes reach this one (default: where it listens)')
    .option(
      '--drain <seconds>',
      'for runs under way when it is told to stop (default: 30)',
      numberBetween(0, 86_400),
    )
    .option('--log-level <level>', 'error, warn, info or debug (default: info)');

const serveRequest = (flags: ServeFlags): ServeRequest => ({
  host: flags.host ?? null,
  port: flags.port ?? null,
  dataFolder: flags.data ?? null,
  configFile: flags.config ?? null,
  demo: flags.demo ?? false,
  databaseUrl: flags.databaseUrl ?? null,
  redisUrl: flags.redisUrl ?? null,
  nodeName: flags.nodeName ?? null,
  nodeAddress: flags.nodeAddress ?? null,
  drainS: flags.drain ?? null,
  logLevel: flags.logLevel ?? null,
});

const engineOption = (): Option =>
  new Option(
    '--engine <name>',
    'kernel engine of emulators (default: native where built, else wasm)',
  ).choices(ENGINES);

const CALIBRATION_HELP =
  'correct the program for the device’s own parts: active, the id of a calibration (or its first digits), or its file';
const criterionOption = (): Option =>
  new Option(
    '--criterion <c>',
    'what a correction makes ideal: paths (rates too, sizes to be rescaled), or the law of what is shown',
  ).choices(['paths', 'shown']);
const ALGORITHM_HELP =
  'algorithm of emulators, by the name that a result says; chosen by the program’s shape where left out';

function sourceHelp(): string {
  return `memories: ${listBuiltins()
    .map(({ name }) => name)
    .join(', ')} (letters:A,B,C for some of them), a .json or .npy file, or a folder of PNG files`;
}
