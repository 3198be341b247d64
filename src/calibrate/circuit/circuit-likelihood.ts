import { RelaxdError } from '../../core/index.js';
import { moments, student95 } from '../../thermo/index.js';
import { linearLikelihood, type Spread } from '../linear/linear-likelihood.js';
import type { SampledShots } from '../linear/linear-system.js';
import { ArrowInformation, ArrowShape } from '../arrow-information.js';
import { errorOf, coordinateOf, leastCoordinate, type Reference } from '../parameter.js';
import type { CircuitParameters } from './circuit-parameters.js';
import { momentLikelihood } from '../quartic/moment-likelihood.js';
import { startOfGroup, type CircuitRun } from './circuit-run.js';
import { coupledGroups, isQuartic } from './circuit-setting.js';
import { groupMembers, groupSystem } from './group-system.js';
import { KnownHeats, predictHeat } from './predict-heat.js';

/** ln L of runs, with what each of them says. */
export interface CircuitPoint {
  readonly value: number;
  readonly score: Float64Array;
  readonly information: ArrowInformation;
  readonly runs: readonly RunResidual[];
  readonly groups: readonly GroupSpread[];
  readonly heats: readonly HeatError[];
}

/** How the prediction errors of one group of coupled nodes spread in one run. */
export interface GroupSpread extends Spread {
  readonly run: number;
  /** Of its slopes. */
  readonly members: readonly number[];
}

/** A mean heat's distance from the model's, in standard errors. */
export interface HeatError {
  readonly z: number;
  /** How z falls where a parameter moves. */
  readonly slopes: Float64Array;
}

/** How well a run is explained. */
export interface RunResidual {
  readonly probe: string;
  readonly kind: 'states' | 'heat';
  /** Numbers that were seen, and Σ e²/variance of their prediction errors: as many on average where the model is right. */
  readonly count: number;
  readonly squares: number;
}

/** Fewer shots do not show how much their heat scatters. */
const LEAST_HEATS = 20;

/** The likelihood of all runs of a calibration, and of what is known from elsewhere, as a function of the coordinates. */
export class CircuitLikelihood {
  /** Gains of couplings and of quartic wells meet nobody but their nodes: they are leaves. */
  private readonly shape: ArrowShape;
  private readonly groups: readonly Group[];
  private readonly heats: readonly HeatMean[];
  private readonly references: readonly { at: number; coordinate: number; weight: number }[];

  /**
   * @param references of which those with an error count; those without are {@link fixed}
   * @throws RelaxdError `invalid-input` where a run cannot be used
   */
  constructor(
    readonly parameters: CircuitParameters,
    readonly runs: readonly CircuitRun[],
    references: readonly Reference[],
  ) {
    runs.forEach(requireLikely);
    this.groups = runs.flatMap((run, k) =>
      run.kind === 'states'
        ? coupledGroups(run.setting).map((nodes) => ({
            run: k,
            nodes,
            data: cut(parameters, run, nodes),
          }))
        : [],
    );
    this.shape = new ArrowShape(
      parameters.count,
      (a) => !parameters.isLeaf(a),
      meetings(parameters, runs),
    );
    this.heats = runs.flatMap((run, k): HeatMean[] => {
      if (run.kind !== 'heat') return [];
      const { mean, sem, count } = moments(run.totals);
      if (count < LEAST_HEATS || !(sem > 0)) {
        throw new RelaxdError(
          'invalid-input',
          `${run.probe}: ${count} heats do not show their error`,
          {
            path: 'totals',
            value: count,
            limit: `${LEAST_HEATS} shots or more, not all alike`,
          },
        );
      }
      // As wide as Student's interval: the scatter itself is known from these shots only.
      const wide = student95(count - 1) / student95(Infinity);
      return [{ run: k, mean, sem: sem * wide }];
    });
    this.references = references
      .filter(({ standardError }) => standardError > 0)
      .map((reference) => {
        const at = parameters.named(reference.name);
        const parameter = parameters.list[at]!;
        return {
          at,
          coordinate: coordinateOf(parameter, reference.value),
          weight: 1 / errorOf(parameter, reference) ** 2,
        };
      });
  }

  /** @param at coordinates of all parameters */
  evaluate(at: Float64Array): CircuitPoint {
    const p = this.parameters.count;
    const score = new Float64Array(p);
    const information = new ArrowInformation(this.shape);
    const runs = this.runs.map(({ probe, kind }) => ({ probe, kind, count: 0, squares: 0 }));
    const groups: GroupSpread[] = [];
    const heats: HeatError[] = [];
    let value = 0;
    for (const { run, nodes, data } of this.groups) {
      const group = groupSystem(this.parameters, this.runs[run]!.setting, nodes, at);
      const { system, cubic, dCubic } = group;
      const likelihood = cubic.some((k) => k !== 0)
        ? momentLikelihood({ linear: system, cubic, dCubic }, data)
        : linearLikelihood(system, data, this.areBound(nodes, at));
      groups.push({ ...likelihood.spread, run, members: group.parameters });
      value += likelihood.value;
      runs[run]!.count += likelihood.count;
      runs[run]!.squares += likelihood.squares;
      group.parameters.forEach((k, a) => {
        score[k] = score[k]! + likelihood.score[a]!;
      });
      information.add(group.parameters, likelihood.information);
    }
    const known = new KnownHeats();
    for (const { run, mean, sem } of this.heats) {
      const predicted = predictHeat(this.parameters, this.runs[run]!, at, known);
      const z = (mean - predicted.value) / sem;
      value -= 0.5 * z * z + Math.log(sem * Math.sqrt(2 * Math.PI));
      runs[run]!.count += 1;
      runs[run]!.squares += z * z;
      const { slopes } = predicted;
      heats.push({ z, slopes: slopes.map((slope) => slope / sem) });
      for (let a = 0; a < p; a++) score[a] = score[a]! + (z / sem) * slopes[a]!;
      information.addSquare(slopes, 1 / (sem * sem));
    }
    for (const { at: k, coordinate, weight } of this.references) {
      const off = coordinate - at[k]!;
      value -= 0.5 * off * off * weight;
      score[k] = score[k]! + off * weight;
      information.addAt(k, k, weight);
    }
    return { value, score, information, runs, groups, heats };
  }

  /** Nodes whose readout's noise stands at the least that is looked for. */
  private areBound(nodes: readonly number[], at: Float64Array): boolean[] {
    const { parameters } = this;
    return nodes.map((site) => {
      const a = parameters.node('readoutNoise', site);
      return at[a]! <= leastCoordinate(parameters.list[a]!);
    });
  }
}

interface Group {
  readonly run: number;
  readonly nodes: readonly number[];
  readonly data: SampledShots;
}

interface HeatMean {
  readonly run: number;
  readonly mean: number;
  readonly sem: number;
}

/** Of quartic wells only what single nodes show of their states has a likelihood. @throws RelaxdError `invalid-input` */
function requireLikely({ probe, kind, setting, start }: CircuitRun): void {
  if (!isQuartic(setting)) return;
  const need = (ok: boolean, path: string, value: unknown, limit: unknown): void => {
    if (ok) return;
    throw new RelaxdError('invalid-input', `${probe}: quartic wells with such ${path}`, {
      path,
      value,
      limit,
      hint: 'wells of quartic 0, or a probe that planProbes makes for quartic ones',
    });
  };
  need(kind === 'states', 'kind', kind, 'states');
  need(start.kind === 'known', 'start', start.kind, 'known');
  const coupled = coupledGroups(setting).find((nodes) => nodes.length > 1);
  need(coupled === undefined, 'couplings', coupled, 'none');
  need(setting.drives.length === 0, 'drives', setting.drives.length, 0);
}

/** Parameters that meet: those of a group; in a heat all of them. */
function* meetings(
  parameters: CircuitParameters,
  runs: readonly CircuitRun[],
): Generator<readonly number[]> {
  for (const { setting, kind } of runs) {
    const groups = coupledGroups(setting).map((nodes) =>
      groupMembers(parameters, setting, nodes, kind === 'states'),
    );
    if (kind === 'states') yield* groups;
    else yield [parameters.board('heatGain'), parameters.board('heatOffset'), ...groups.flat()];
  }
}

function cut(
  parameters: CircuitParameters,
  run: CircuitRun & { readonly kind: 'states' },
  nodes: readonly number[],
): SampledShots {
  const { setting, course, start, shots } = run;
  const { sites } = setting;
  const n = nodes.length;
  return {
    course,
    start: startOfGroup(start, nodes, parameters.statesANode * n),
    shots: shots.map((shot) => {
      if (shot.length !== course.length * sites) {
        throw new RelaxdError('wrong-size', `${run.probe}: a shot of ${shot.length} numbers`, {
          path: 'shots',
          value: shot.length,
          limit: `${course.length} samples of ${sites} sites`,
        });
      }
      const out = new Float64Array(course.length * n);
      for (let s = 0; s < course.length; s++) {
        for (let i = 0; i < n; i++) out[s * n + i] = shot[s * sites + nodes[i]!]!;
      }
      return out;
    }),
  };
}
