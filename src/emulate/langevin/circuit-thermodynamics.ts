import type { Curve, Program, ResolvedProgram } from '../../device/index.js';
import type { StartKnowledge, ThermoContext } from '../../thermo/index.js';
import { bathsOf } from '../baths.js';
import { changing } from '../changing.js';
import { isConstant, leastValue } from '../curve-course.js';
import { equilibriumStart, stationaryMethod } from '../equilibrium-start.js';
import {
  circuitEndEntropy,
  circuitGibbsEnds,
  circuitStationaryHeat,
} from './circuit-free-energy.js';
import { coupledGroups, MOST_DRAWN_SITES } from './equilibrium.js';
import { Potential } from './potential.js';

/** Whether an equilibrium start is drawn exactly: one temperature above 0, and no large group of quartic wells. */
export function drawsEquilibrium(program: ResolvedProgram): boolean {
  if (program.initial.kind !== 'equilibrium') return false;
  const { siteTemperature, temperature } = bathsOf(program);
  if (siteTemperature !== null || !(temperature > 0)) return false;
  return drawable(program);
}

function drawable(program: ResolvedProgram): boolean {
  const potential = new Potential(program);
  const bent = (i: number): boolean => potential.quarticControlled || potential.quartic[i]! > 0;
  return coupledGroups(potential).every(
    (group) => group.length <= MOST_DRAWN_SITES || !group.some(bent),
  );
}

const curvesOf = (program: Program): readonly Curve[] => [
  ...program.drives.map((drive) => drive.amplitude),
  ...Object.values(program.controls),
];

/**
 * Which entries of a circuit's ledger are defined, and nothing that takes a matrix or a quadrature. Couplings are symmetric
 * here, so there is an energy, and heat into each site's bath is defined; entropy production is the medium part Σ Q_i/T_i.
 */
export function circuitDefinitions(program: ResolvedProgram): ThermoContext {
  const { baths, siteTemperature } = bathsOf(program);
  const course = program.controls.temperature;
  const coldest =
    course === undefined
      ? Math.min(...baths.map((bath) => bath.temperature))
      : leastValue(course, program.duration);
  const still = curvesOf(program).every((curve) => isConstant(curve, program.duration));
  const equilibrium = program.initial.kind === 'equilibrium';

  const start = circuitStart(program);

  // Its increments are correlated: sums over the path are none of the physical ones.
  const staticsOnly =
    program.dynamics.integrator === 'leimkuhler-matthews'
      ? 'leimkuhler-matthews gives stationary averages only'
      : null;

  let noJarzynski: string | null = null;
  if (staticsOnly !== null) noJarzynski = staticsOnly;
  else if (!equilibrium)
    noJarzynski = `it needs an equilibrium start, not '${program.initial.kind}'`;
  else if (siteTemperature !== null) noJarzynski = 'there is more than one bath';
  else if (course !== undefined && !isConstant(course, program.duration)) {
    noJarzynski = 'the temperature changes during the run';
  } else if (coldest === 0) noJarzynski = 'β is infinite at T = 0';

  return {
    sites: program.sites,
    baths,
    noEnergy: null,
    noHeat: staticsOnly,
    noEntropy:
      staticsOnly ??
      (coldest === 0
        ? 'a bath is at T = 0 for at least part of the run, where it is infinite'
        : null),
    entropyMethod: still ? stationaryMethod(start.equilibrium ?? null) : 'medium',
    jarzynskiBeta: noJarzynski === null ? 1 / baths[0]!.temperature : null,
    noJarzynski,
    changing: changing(program),
    start,
    balance:
      staticsOnly !== null
        ? null
        : siteTemperature === null
          ? { detailed: true, why: null }
          : { detailed: false, why: 'the baths have different temperatures' },
    stationary: equilibrium && still,
    continuousTime: true,
  };
}

/** What is known of a start without a matrix. */
function circuitStart(program: ResolvedProgram): StartKnowledge {
  const nothing = { entropy: null, uniform: false, freeSpins: null };
  if (program.initial.kind !== 'equilibrium') {
    return {
      ...nothing,
      whyNoEntropy: `a start '${program.initial.kind}' is at points, whose entropy is −∞: the total entropy production has no bound`,
    };
  }
  return { ...nothing, equilibrium: equilibriumStart(program, drawsEquilibrium(program)) };
}

/** {@link circuitDefinitions} with what closed forms say of the ends and of the stationary state: for a run's record and result. */
export function circuitThermodynamics(program: ResolvedProgram): ThermoContext {
  const defined = circuitDefinitions(program);
  const { siteBath } = bathsOf(program);
  const temperatures = defined.baths.map((bath) => bath.temperature);
  const still = curvesOf(program).every((curve) => isConstant(curve, program.duration));
  // Of overdamped circuits positions are all of the state.
  const start = defined.start ?? null;
  const drawn = start?.equilibrium?.by === 'exact';
  const known = drawn && program.dynamics.rule === 'langevin' && defined.noEntropy === null;
  const gibbs = defined.noJarzynski === null;
  const ends = known || gibbs ? circuitGibbsEnds(program, temperatures[0]!) : null;
  return {
    ...defined,
    start: known
      ? { ...start, entropy: ends!.startEntropy, continuousSites: program.sites }
      : start,
    endEntropy: known ? circuitEndEntropy(program, temperatures[0]!) : null,
    stationaryHeat:
      siteBath !== null && still && defined.noHeat === null
        ? circuitStationaryHeat(program, siteBath, temperatures)
        : null,
    freeEnergyChange: gibbs ? ends!.freeEnergyChange : null,
  };
}
