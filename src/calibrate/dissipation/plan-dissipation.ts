import { RelaxdError } from '../../core/index.js';
import {
  programDocument,
  resolveProgram,
  type Descriptor,
  type Program,
  type ResolvedProgram,
} from '../../device/index.js';
import { onGrid, totalCost, type ProbeCost } from '../circuit/circuit-probe.js';
import { coupledGroups } from '../circuit/circuit-setting.js';
import { programCourse } from './program-course.js';
import type { CircuitCourse } from './site-model.js';

/** A program that is run, and what is used of it. */
export interface PlannedRun {
  readonly name: string;
  readonly kind: 'states' | 'heat';
  /** As a device takes it, without a seed. */
  readonly program: Readonly<Record<string, unknown>>;
  readonly samples: number;
  readonly shots: number;
  readonly cost: ProbeCost;
}

/** Steps of a field on some sites, one of each coupled group: up and down. */
export interface PlannedResponse {
  readonly sites: readonly number[];
  /** Of up less that of down. */
  readonly field: number;
  /** Shots of each. */
  readonly shots: number;
}

/** What is run to tell the dissipation of a program: its fluctuations, its heat where there is a monitor, and responses. */
export interface DissipationPlan {
  readonly at: CircuitCourse;
  readonly lag: number;
  readonly responses: readonly PlannedResponse[];
  /** The program, its heat, then up and down of each of the responses. */
  readonly runs: readonly PlannedRun[];
  readonly hasHeat: boolean;
  readonly cost: ProbeCost;
}

/** A step's displacement over the lag: far above the noise, far below what converters reach. V0. */
const DISPLACEMENT = 1.6;
/** Shots that show the error of their heat, where the program has fewer. */
const LEAST_HEATS = 10;
/** Shots of a step: the record's noise is twice that of its response, or better. */
const LEAST_SHOTS = 50;
/** More are no record that is kept in memory. */
const MOST_NUMBERS = 1e8;

/** @throws RelaxdError `not-supported`, `invalid-input` */
export function planDissipation(
  given: Program,
  descriptor: Descriptor,
  lag: number,
): DissipationPlan {
  const program = resolveProgram(given, descriptor, 0);
  const at = programCourse(program, descriptor, given.readout.every);
  const { course } = at;
  const { sites, shots, duration } = program;
  const timeS = descriptor.units.time.seconds ?? NaN;
  const refuse = (path: string, value: unknown, limit: unknown, hint: string): never => {
    throw new RelaxdError('invalid-input', `no dissipation of such a run: ${path}`, {
      path,
      value,
      limit,
      hint,
    });
  };
  if (lag >= course.length)
    refuse('lag', lag, course.length - 1, 'a shorter lag, or a longer program');
  const numbers = shots * course.length * sites;
  if (numbers > MOST_NUMBERS)
    refuse('shots', shots, Math.floor((shots * MOST_NUMBERS) / numbers), 'fewer shots');
  const base = programDocument({ ...given, seed: null });
  const run = (
    name: string,
    kind: PlannedRun['kind'],
    samples: number,
    members: Readonly<Record<string, unknown>> & { duration: number; shots: number },
  ): PlannedRun => ({
    name,
    kind,
    samples,
    shots: members.shots,
    program: {
      ...base,
      ...members,
      readout: {
        every: members.duration / (samples - 1),
        channels: [kind === 'heat' ? 'heat' : 'state'],
      },
    },
    cost: {
      deviceS: members.shots * members.duration * timeS,
      shots: members.shots,
      rows: members.shots * samples,
      numbers: members.shots * samples * (kind === 'heat' ? 1 : sites),
    },
  });
  const hasHeat = descriptor.readout.channels.some(({ name }) => name === 'heat');
  const responses = responsesOf(program, descriptor, at, lag);
  const heats = Math.min(Math.max(shots, LEAST_HEATS), descriptor.shots.max);
  const brief = { drives: [], initial: { kind: 'zero' }, duration: lag * course.interval };
  const runs = [
    run('the program', 'states', course.length, { duration, shots }),
    ...(hasHeat ? [run('its heat', 'heat', 2, { duration, shots: heats })] : []),
    ...responses.flatMap(({ sites: stepped, field, shots: many }) =>
      [1, -1].map((sign) =>
        run(`field ${sign > 0 ? 'up' : 'down'} on ${told(stepped)}`, 'states', lag + 1, {
          ...brief,
          fields: Array.from({ length: sites }, (_, i) =>
            stepped.includes(i) ? (sign * field) / 2 : 0,
          ),
          shots: many,
        }),
      ),
    ),
  ];
  return {
    at,
    lag,
    responses,
    runs,
    hasHeat,
    cost: totalCost(runs),
  };
}

const told = (sites: readonly number[]): string =>
  `site${sites.length > 1 ? 's' : ''} ${sites.slice(0, 6).join(', ')}${sites.length > 6 ? ', …' : ''}`;

function responsesOf(
  { shots, duration, dynamics }: ResolvedProgram,
  descriptor: Descriptor,
  { setting, course }: CircuitCourse,
  lag: number,
): PlannedResponse[] {
  const lagTime = lag * course.interval;
  const { range, resolution } = descriptor.fields;
  const half = onGrid(Math.min(DISPLACEMENT / lagTime, range?.[1] ?? Infinity), resolution);
  if (!(half > 0)) {
    throw new RelaxdError('not-supported', `${descriptor.device} has no fields to respond to`, {
      path: 'fields.range',
      value: range,
      limit: 'fields of both signs',
    });
  }
  const groups = coupledGroups(setting);
  const rounds = Math.max(...groups.map(({ length }) => length));
  const { temperature } = dynamics;
  return Array.from({ length: rounds }, (_, r) => {
    const sites = groups.flatMap((group) => group[r] ?? []).sort((a, b) => a - b);
    const warmest = Math.max(
      ...sites.map((i) => (typeof temperature === 'number' ? temperature : temperature[i]!)),
    );
    // (2T/lag²)·√(T lag/N)/h of the response beside (2T/lag)√(2 lag/t) of the record: half of it.
    const wanted = (2 * warmest * shots * duration) / (half * lagTime) ** 2;
    const many = Math.min(Math.max(LEAST_SHOTS, Math.ceil(wanted)), descriptor.shots.max);
    return { sites, field: 2 * half, shots: many };
  });
}
