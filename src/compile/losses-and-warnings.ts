import type { Certificate, Loss } from './certificate.js';
import type { CertifiedSystem } from './certify.js';
import type { FittedCouplings } from './fit-couplings.js';
import type { LiftedCouplings } from './lift-wells.js';
import { loadWarnings } from './memory-statistics.js';
import type { ShapedCouplings } from './shape-couplings.js';

/** What the device cannot do as the rule has it. */
export function lossesOf(
  shaped: ShapedCouplings,
  fitted: FittedCouplings | null,
  lifted: LiftedCouplings | null,
  system: CertifiedSystem,
): Loss[] {
  const losses: Loss[] = [];
  const { descriptor, scale, chosen } = system;
  if (shaped.expanded) {
    losses.push({
      kind: 'expansion',
      what: `${descriptor.device} takes no memories: they are multiplied out to pairs, which is exact`,
      amount: 0,
    });
  }
  if (scale !== 1) {
    losses.push({
      kind: 'scale',
      what: `the program's couplings, and its energies, work and heat, are ${scale.toPrecision(4)} times the rule's`,
      amount: scale,
    });
  }
  if (scale !== 1 && lifted === null && chosen.temperature > 0) {
    losses.push({
      kind: 'temperature',
      what: chosen.own
        ? `the device's own temperature is ${(chosen.temperature / scale).toPrecision(4)} in the unit of the rule's couplings`
        : `the temperature is scaled with the couplings, to ${chosen.temperature.toPrecision(4)}`,
      amount: chosen.temperature,
    });
  }
  if (fitted !== null && fitted.clipped > 0) {
    losses.push({
      kind: 'clipping',
      what: `${fitted.clipped} entries of the coupling matrix are cut off at the device's range`,
      amount: fitted.clipped,
    });
  }
  if (fitted !== null && fitted.max > 0) {
    losses.push({
      kind: 'quantisation',
      what: `couplings are off by ${(100 * fitted.relative).toPrecision(3)} % (root mean square), steps of ${descriptor.couplings.resolution}`,
      amount: fitted.relative,
    });
  }
  if (lifted !== null) {
    losses.push({
      kind: 'analog-amplitude',
      what: `sites are continuous: stored ones lie near ±${lifted.amplitude.toPrecision(3)}, not at ±1`,
      amount: lifted.amplitude,
    });
    const own = descriptor.wells?.default.quadratic;
    if (lifted.quadratic !== own) {
      losses.push({
        kind: 'wells',
        what: `the quadratic wells are set to ${lifted.quadratic.toPrecision(4)} instead of the device's own ${own}, so that sites hold their signs`,
        amount: lifted.quadratic,
      });
    }
  }
  return losses;
}

/** What theory, margins and limits say against these memories on this device. */
export function warningsOf(
  system: CertifiedSystem,
  predictions: Certificate['predictions'],
  lifted: LiftedCouplings | null,
): string[] {
  const { memories, rule, correlation, descriptor } = system;
  const N = memories.patterns[0]!.length;
  const P = memories.patterns.length;
  const warnings = loadWarnings(rule, N, P, correlation, memories.labels);
  const names = (rows: Certificate['predictions']): string => {
    const shown = rows.slice(0, 6).map((row) => `'${row.label}'`);
    return rows.length > 6 ? `${shown.join(', ')} and ${rows.length - 6} more` : shown.join(', ');
  };
  const unstable = predictions.filter((row) => row.after.unstable > 0);
  if (unstable.length > 0) {
    warnings.push(
      `${unstable.length} of ${predictions.length} memories are not fixed points: ${names(unstable)}`,
    );
  }
  const spoiled = unstable.filter((row) => row.before.unstable === 0);
  if (spoiled.length > 0) {
    warnings.push(`the device's limits cost the stability of ${names(spoiled)}`);
  }
  if (lifted !== null) {
    const flat = lifted.memory.min <= 2 * lifted.quadratic;
    if (flat) {
      warnings.push(
        `the weakest memory's λ = ${lifted.memory.min.toPrecision(4)} is not above 2·quadratic = ${2 * lifted.quadratic}: it is not stored`,
      );
    } else if (lifted.shallow) {
      warnings.push(
        "the device's ranges do not let memories be lifted as far over their wells as its temperature asks for",
      );
    }
  }
  const blurred = predictions.filter((row) => row.after.unstable === 0 && row.overlap.value < 0.95);
  if (rule.kind !== 'sequence' && blurred.length > 0) {
    warnings.push(`at this temperature ${names(blurred)} are expected below overlap 0.95`);
  }
  if (predictions.length < P) {
    warnings.push(`the certificate covers ${predictions.length} of ${P} memories`);
  }
  if (Object.keys(descriptor.dynamics.rules)[0] === 'spiking') {
    warnings.push('predictions take the spiking sites in their Glauber limit');
  }
  return warnings;
}
