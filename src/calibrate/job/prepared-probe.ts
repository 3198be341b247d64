import { readProgram, type Program, type SampleChunk } from '../../device/index.js';
import type { CircuitProbe } from '../circuit/circuit-probe.js';
import { ProbeCollector, type ProbeData } from './probe-data.js';

/** A probe in the form that the lab runs. */
export interface PreparedProbe {
  readonly program: Program;
  readonly rule: null;
  readonly observer: { onSamples(chunk: SampleChunk): void; finish(): Record<string, never> };
  readonly warnings: readonly string[];
}

/** Probes as runs of a series, and what they have shown so far. */
export function prepareProbes(
  probes: readonly CircuitProbe[],
  seed: number,
): { readonly runs: readonly PreparedProbe[]; readonly data: () => ProbeData[] } {
  const collectors = probes.map(
    ({ kind, setting, course, shots }) =>
      new ProbeCollector(kind, setting.sites, course.length, shots),
  );
  return {
    runs: probes.map(({ program }, k) => ({
      program: readProgram({ ...program, seed }),
      rule: null,
      observer: {
        onSamples: (chunk) => collectors[k]!.onSamples(chunk),
        finish: () => ({}),
      },
      warnings: [],
    })),
    data: () => collectors.map((collector) => collector.data),
  };
}
