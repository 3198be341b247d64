import type { InputCourse } from '../linear/linear-system.js';
import type { MeanWithSlopes } from '../linear/mean-heat.js';
import type { CircuitParameters } from './circuit-parameters.js';
import { startOfGroup, type CircuitRun, type CircuitStart } from './circuit-run.js';
import { coupledGroups, requireLinear, type CircuitSetting } from './circuit-setting.js';
import { groupHeat } from './group-heat.js';
import { groupSystem } from './group-system.js';

/**
 * What the heat monitor shows of a run on average, program units: gain × mean heat of all nodes + offset × duration; with its slopes
 * by all coordinates.
 * @throws RelaxdError `invalid-input` for quartic wells
 */
export function predictHeat(
  parameters: CircuitParameters,
  run: Pick<CircuitRun, 'setting' | 'course' | 'start'>,
  at: Float64Array,
  known = new KnownHeats(),
): { readonly value: number; readonly slopes: Float64Array } {
  requireLinear(run.setting, 'setting');
  const slopes = new Float64Array(parameters.count);
  const gainAt = parameters.board('heatGain');
  const gain = Math.exp(at[gainAt]!);
  let heat = 0;
  for (const nodes of coupledGroups(run.setting)) {
    const part = known.of(parameters, run, nodes, at);
    heat += part.value;
    part.members.forEach((k, a) => {
      slopes[k] = slopes[k]! + gain * part.slopes[a]!;
    });
  }
  const { course } = run;
  const duration = course.interval * (course.length - 1);
  slopes[gainAt] = gain * heat;
  slopes[parameters.board('heatOffset')] = duration;
  return { value: gain * heat + at[parameters.board('heatOffset')]! * duration, slopes };
}

/** Mean heats of groups, at one point of the parameters: where probes drive one node each, most groups are as they were in the probe before. */
export class KnownHeats {
  private readonly known = new Map<
    string,
    MeanWithSlopes & { readonly members: readonly number[] }
  >();

  of(
    parameters: CircuitParameters,
    { setting, course, start }: Pick<CircuitRun, 'setting' | 'course' | 'start'>,
    nodes: readonly number[],
    at: Float64Array,
  ): MeanWithSlopes & { readonly members: readonly number[] } {
    const key = nodes.length === 1 ? keyOf(setting, course, start, nodes[0]!) : null;
    const before = key === null ? undefined : this.known.get(key);
    if (before !== undefined) return before;
    const group = groupSystem(parameters, setting, nodes, at, false);
    const from = startOfGroup(start, nodes, group.system.states);
    const found = { ...groupHeat(group, course, from), members: group.parameters };
    if (key !== null) this.known.set(key, found);
    return found;
  }
}

/** What the heat of a single node depends on besides its parameters; null: more than is worth a key. */
function keyOf(
  { quadratic, fields, temperature, drives }: CircuitSetting,
  { interval, length }: InputCourse,
  start: CircuitStart,
  node: number,
): string | null {
  if (drives.length > 0) return null;
  const bath = typeof temperature === 'number' ? temperature : temperature[node]!;
  const from = start.kind === 'known' ? start.values[node]! : 'stationary';
  return [node, quadratic[node]!, fields[node]!, bath, interval, length, from].join();
}
