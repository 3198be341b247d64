import { onGrid } from '../circuit/circuit-probe.js';
import { forgetting, type SpinDevice } from './spin-device.js';
import type { SpinSetting } from './spin-likelihood.js';

/** A stored memory that is recalled, unlike all that a kernel is fitted to: spins that are coupled. */
export interface RecallProgram {
  readonly name: string;
  readonly setting: SpinSetting;
  /** What is to be recalled, ±1. */
  readonly target: Int8Array;
  /** Spins of the target that are wrong at t = 0, drawn anew each shot, or the first ones; null: all states alike. */
  readonly wrong: { readonly flips: number; readonly drawn: boolean } | null;
  /** From t = 0 to the readout at the end. */
  readonly interval: number;
  readonly samples: 2;
  readonly shots: number;
  /** Whether the device tells heat; else it is read from the states. */
  readonly tellsHeat: boolean;
  readonly program: Readonly<Record<string, unknown>>;
}

/** Sites of them at most, an even number: 2^10 states are followed exactly, again and again. */
const MOST_SITES = 10;
const SHOTS = 600;
/** Weights of both memories: no sum of their fields is 0, so that every flip costs something. */
const WEIGHTS = [1, 0.83];

/**
 * Two programs that hold a fit against what it has not seen: of two memories stored in the couplings (Hebb's rule) each is recalled once, from itself with
 * a fifth of its spins wrong, and from any state in fields that favour it.
 */
export function recallPrograms(device: SpinDevice, sites: number, effort: number): RecallProgram[] {
  const n = sites < 2 ? sites : Math.min(MOST_SITES, sites - (sites % 2));
  const memories = [1, 2].map((period) =>
    Int8Array.from({ length: n }, (_, i) => (Math.floor(i / period) % 2 === 0 ? 1 : -1)),
  );
  const { initial, readout, shots: allowed } = device.descriptor;
  const scale = device.temperature > 0 ? device.temperature : 1;
  const tellsHeat = readout.channels.some(({ name }) => name === 'heat');
  const shots = Math.min(allowed.max, Math.max(100, Math.ceil(SHOTS * effort)));
  const flips = Math.max(1, Math.round(n / 5));
  return [
    {
      name: 'recall of a memory with a fifth of its spins wrong',
      target: memories[0]!,
      strength: 1.6,
      field: 0.05,
      lasts: 1.5,
      isCue: true,
    },
    {
      name: 'recall of another memory from any state',
      target: memories[1]!,
      strength: 1.2,
      field: 0.3,
      lasts: 3,
      isCue: !initial.includes('random'),
    },
  ].map(({ name, target, strength, field, lasts, isCue }): RecallProgram => {
    const setting = stored(device, memories, target, strength * scale, field * scale);
    const interval = Math.max(lasts / forgetting(device, strength * scale), readout.minEvery ?? 0);
    const drawn = initial.includes('corrupted');
    const cue = Int8Array.from(target, (v, i) => (i < flips ? -v : v));
    return {
      name,
      setting,
      target,
      wrong: isCue ? { flips, drawn } : null,
      interval,
      samples: 2,
      shots,
      tellsHeat,
      program: {
        version: 1,
        sites: n,
        couplings: couplingsOf(device, setting),
        references: [Array.from(target)],
        fields: Array.from(setting.fields),
        dynamics: device.dynamics,
        initial: !isCue
          ? { kind: 'random' }
          : drawn
            ? { kind: 'corrupted', values: Array.from(target), flips }
            : { kind: 'pattern', values: Array.from(cue) },
        duration: interval,
        readout: { every: interval, channels: ['state', ...(tellsHeat ? ['heat'] : [])] },
        shots,
      },
    };
  });
}

function stored(
  { descriptor }: SpinDevice,
  memories: readonly Int8Array[],
  target: Int8Array,
  strength: number,
  field: number,
): SpinSetting {
  const n = target.length;
  const { couplings: limits, fields: fieldLimits } = descriptor;
  const most = limits.range === null ? Infinity : Math.min(-limits.range[0], limits.range[1]);
  const largest = (strength * (WEIGHTS[0]! + WEIGHTS[1]!)) / n;
  const within = Math.min(1, most / largest, (limits.perSiteSum ?? Infinity) / (largest * (n - 1)));
  const couplings = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      let sum = 0;
      memories.forEach((memory, m) => (sum += WEIGHTS[m]! * memory[i]! * memory[j]!));
      const J = onGrid((strength * within * sum) / n, limits.resolution);
      couplings[i * n + j] = couplings[j * n + i] = J;
    }
  }
  const strongest =
    fieldLimits.range === null ? Infinity : Math.min(-fieldLimits.range[0], fieldLimits.range[1]);
  const h = onGrid(Math.min(field, strongest), fieldLimits.resolution);
  return { sites: n, couplings, fields: Float64Array.from(target, (v) => v * h) };
}

function couplingsOf({ descriptor }: SpinDevice, { sites: n, couplings }: SpinSetting): object {
  if (descriptor.couplings.kinds.includes('dense')) {
    return { kind: 'dense', data: Array.from(couplings) };
  }
  const entries: number[][] = [];
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const J = couplings[i * n + j]!;
      if (J !== 0) entries.push([i, j, J]);
    }
  }
  return { kind: 'coo', entries };
}
