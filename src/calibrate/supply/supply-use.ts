import type { CircuitProbe } from '../circuit/circuit-probe.js';

/** What of a shot a supply has to pay for. */
export interface SupplyUse {
  readonly durationS: number;
  /** Readouts times sites: what converters convert. */
  readonly readouts: number;
  /** Σ|J_ij| over both directions of all pairs, program units. */
  readonly couplingSum: number;
  /** As many pairs of one strength scatter as these do: (Σ|J|)²/ΣJ². */
  readonly pairs: number;
  /** Tells which couplings are set; those of the same ones are off by the same. */
  readonly couplings: string;
  /** Heat of the energy landscape; 0 where it is not measured. */
  readonly heatJ: number;
}

/** A probe's use, whatever it measures. @param heatOf a shot of such a duration, J */
export function supplyUse(
  { setting, course, shots, cost }: Pick<CircuitProbe, 'setting' | 'course' | 'shots' | 'cost'>,
  heatOf: (durationS: number) => number,
): SupplyUse {
  const { couplings, sites } = setting;
  const durationS = cost.deviceS / shots;
  let [sum, squares] = [0, 0];
  for (let k = 2; k < couplings.length; k += 3) {
    sum += Math.abs(couplings[k]!);
    squares += couplings[k]! ** 2;
  }
  return {
    durationS,
    readouts: course.length * sites,
    couplingSum: 2 * sum,
    pairs: squares > 0 ? sum ** 2 / squares : 0,
    couplings: couplings.join(),
    heatJ: heatOf(durationS),
  };
}
