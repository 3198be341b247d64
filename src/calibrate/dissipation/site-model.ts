import { startOfGroup, type CircuitStart } from '../circuit/circuit-run.js';
import type { CircuitParameters } from '../circuit/circuit-parameters.js';
import { coupledGroups, type CircuitSetting } from '../circuit/circuit-setting.js';
import { groupMembers, groupSystem } from '../circuit/group-system.js';
import type { Estimate } from '../estimate.js';
import { meanHeat } from '../linear/mean-heat.js';
import type { InputCourse } from '../linear/linear-system.js';
import type { SiteRecord } from './dissipation-records.js';
import { linearReading, withoutSlopes } from './linear-reading.js';

/** What is known of a device: a fit, or a calibration that says as much. */
export interface KnownCircuit {
  readonly parameters: CircuitParameters;
  readonly estimate: Pick<Estimate, 'at' | 'errorOf'>;
}

/** What a program does to a device. */
export interface CircuitCourse {
  readonly setting: CircuitSetting;
  readonly course: InputCourse;
  readonly start: CircuitStart;
}

/** Step of difference quotients by coordinates. */
const STEP = 1e-4;

/** A site at one point of the parameters. */
export interface SiteModel {
  /** c/g²lag², 2σ² and K of {@link measureDissipation}. */
  readonly scale: number;
  readonly noise: number;
  readonly exchange: number;
  /** Mean reading, and by how much it falls short of the heat current. */
  readonly predicted: number;
  readonly missing: number;
  /** What the record shows on average, and the displacement for a field of 1: as {@link SiteRecord} has them. */
  readonly squares: number;
  readonly response: number;
}

export const readingOf = (
  { squares, response }: Pick<SiteRecord, 'squares' | 'response'>,
  { scale, noise, exchange }: Pick<SiteModel, 'scale' | 'noise' | 'exchange'>,
): number => scale * (squares - noise - exchange * response);

/** Of these sites, in their order. */
export function siteModels(
  { parameters }: Pick<KnownCircuit, 'parameters'>,
  { setting, course, start }: CircuitCourse,
  sites: readonly number[],
  lag: number,
  x: Float64Array,
): SiteModel[] {
  const bySite = new Map<number, SiteModel>();
  for (const nodes of coupledGroups(setting)) {
    if (!sites.some((site) => nodes.includes(site))) continue;
    const read = groupSystem(parameters, setting, nodes, x).system;
    const { states: m, outputs: n } = read;
    const of = (name: 'capacitance' | 'readoutGain' | 'fieldGain', i: number): number =>
      Math.exp(x[parameters.node(name, nodes[i]!)]!);
    const pushes = Float64Array.from(nodes, (_, i) => of('fieldGain', i) / of('capacitance', i));
    const from = startOfGroup(start, nodes, m);
    const { squares, responses } = linearReading(read, pushes, course, from, lag);
    const group = groupSystem(parameters, setting, nodes, x, false);
    const bare = withoutSlopes(group.system);
    // A stationary heat current is the same over any two samples.
    const length = start.kind === 'stationary' ? 2 : course.length;
    const duration = course.interval * (length - 1);
    nodes.forEach((site, i) => {
      if (!sites.includes(site)) return;
      const [c, g] = [of('capacitance', i), of('readoutGain', i)];
      const at = {
        scale: c / (g * lag * course.interval) ** 2,
        noise: 2 * read.R[i]!,
        exchange: (g * c * read.D[i * m + i]!) / of('fieldGain', i),
      };
      const predicted = readingOf({ squares: squares[i]!, response: responses[i]! }, at);
      const masses = Float64Array.from({ length: n }, (_, j) => (j === i ? c : 0));
      const heat = meanHeat(bare, masses, [], { ...course, length }, startOfGroup(start, nodes, n));
      bySite.set(site, {
        ...at,
        predicted,
        missing: heat.value / duration + (group.lagHeat?.rates[i] ?? 0) - predicted,
        squares: squares[i]!,
        response: responses[i]!,
      });
    });
  }
  return sites.map((site) => bySite.get(site)!);
}

/** Slopes of each of some numbers by all coordinates that the groups depend on, and the monitor's. */
export function slopesOf(
  { parameters, estimate }: KnownCircuit,
  setting: CircuitSetting,
  valuesAt: (x: Float64Array) => Float64Array,
): Float64Array[] {
  const members = new Set([parameters.board('heatGain'), parameters.board('heatOffset')]);
  for (const nodes of coupledGroups(setting))
    for (const a of groupMembers(parameters, setting, nodes, true)) members.add(a);
  const x = estimate.at.slice();
  const rows: Float64Array[] = [];
  for (const a of members) {
    const value = x[a]!;
    x[a] = value + STEP;
    const above = valuesAt(x);
    x[a] = value - STEP;
    const below = valuesAt(x);
    x[a] = value;
    above.forEach((v, r) => {
      const row = (rows[r] ??= new Float64Array(parameters.count));
      row[a] = (v - below[r]!) / (2 * STEP);
    });
  }
  return rows;
}
