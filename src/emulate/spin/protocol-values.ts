import type { ProtocolValues, StateSpace } from './state-space.js';

/** Whether two readings of the protocol are the same. */
export function sameValues(a: ProtocolValues, b: ProtocolValues): boolean {
  return (
    a.coupling === b.coupling &&
    (a.temperature === b.temperature || Number.isNaN(a.temperature)) &&
    a.amplitudes.every((value, d) => value === b.amplitudes[d])
  );
}

/** Values a share of the way from one reading to another, all on straight lines. */
export function valuesBetween(
  from: ProtocolValues,
  to: ProtocolValues,
  share: number,
): ProtocolValues {
  const mix = (a: number, b: number): number => a + (b - a) * share;
  return {
    amplitudes: from.amplitudes.map((a, d) => mix(a, to.amplitudes[d]!)),
    coupling: mix(from.coupling, to.coupling),
    temperature: mix(from.temperature, to.temperature),
  };
}

/** Work of a change of the protocol in a state: −ΔA_d Σ η_d s + Δc E. */
export function workOf(
  space: StateSpace,
  code: number,
  from: ProtocolValues,
  to: ProtocolValues,
): number {
  let work = 0;
  for (let d = 0; d < space.projections.length; d++) {
    work -= (to.amplitudes[d]! - from.amplitudes[d]!) * space.projections[d]![code]!;
  }
  if (to.coupling !== from.coupling) {
    work += (to.coupling - from.coupling) * space.couplingEnergies[code]!;
  }
  return work;
}
