import type { CircuitRun } from '../../src/calibrate/circuit/circuit-run.js';
import { predictHeat } from '../../src/calibrate/circuit/predict-heat.js';
import type { CircuitParameters } from '../../src/calibrate/circuit/circuit-parameters.js';
import type { CircuitProbe } from '../../src/calibrate/circuit/circuit-probe.js';
import { coupledGroups } from '../../src/calibrate/circuit/circuit-setting.js';
import { groupSystem } from '../../src/calibrate/circuit/group-system.js';
import { shotSampler } from '../../src/calibrate/linear/sample-shot.js';
import { RandomStream } from '../../src/core/index.js';

/** Of the heat of one shot, program energy: any will do, since a fit takes it from the shots. */
const HEAT_SCATTER = 0.3;

/** A run of a probe as the model itself makes it, with the parameters at these coordinates; from 0. */
export function drawnRun(
  parameters: CircuitParameters,
  { name, setting, course, kind, shots: count }: CircuitProbe,
  at: Float64Array,
  seed: number,
): CircuitRun {
  const { sites } = setting;
  const start = { kind: 'known', values: new Float64Array(sites) } as const;
  const base = { probe: name, setting, course, start };
  const stream = RandomStream.of(seed, 'dynamics', 0);
  if (kind === 'heat') {
    const mean = predictHeat(parameters, base, at).value;
    const totals = Float64Array.from(
      { length: count },
      () => mean + HEAT_SCATTER * stream.normal(),
    );
    return { ...base, kind, totals };
  }
  const groups = coupledGroups(setting).map((nodes) => {
    const { system } = groupSystem(parameters, setting, nodes, at);
    const mean = new Float64Array(system.states);
    return { nodes, draw: shotSampler(system, course, { kind: 'known', mean }) };
  });
  const shots = Array.from({ length: count }, () => {
    const whole = new Float64Array(course.length * sites);
    for (const { nodes, draw } of groups) {
      const part = draw(stream);
      for (let s = 0; s < course.length; s++)
        nodes.forEach((i, k) => (whole[s * sites + i] = part[s * nodes.length + k]!));
    }
    return whole;
  });
  return { ...base, kind, shots };
}
