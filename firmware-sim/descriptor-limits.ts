/** What Arm and the banks need to know of a descriptor (docs/formats/descriptor.md). */
export interface BoardLimits {
  readonly sites: number;
  readonly shots: number;
  readonly duration: number;
  /** Shortest time between readouts. */
  readonly minEvery: number;
  readonly temperature: readonly [number, number];
  readonly perSiteTemperature: boolean;
  /** Seconds of the board's unit of time; 0: shots take no time of their own. */
  readonly unitS: number;
}

interface Descriptor {
  readonly sites: { readonly max: number };
  readonly shots?: { readonly max?: number | null };
  readonly duration?: { readonly max?: number | null };
  readonly readout?: { readonly minEvery?: number | null };
  readonly dynamics?: {
    readonly temperature?: { readonly range?: readonly [number, number] | null } | null;
  };
  readonly units?: { readonly time?: { readonly seconds?: number | null } | null };
  readonly features?: readonly string[];
}

/** Shots are counted in 32 bits. */
const MOST_SHOTS = 2 ** 32 - 1;

export function limitsOf(descriptor: object): BoardLimits {
  const d = descriptor as Descriptor;
  return {
    sites: d.sites.max,
    shots: d.shots?.max ?? MOST_SHOTS,
    duration: d.duration?.max ?? Number.MAX_VALUE,
    minEvery: d.readout?.minEvery ?? 0,
    temperature: d.dynamics?.temperature?.range ?? [0, Number.MAX_VALUE],
    perSiteTemperature: d.features?.includes('per-site-temperature') ?? false,
    unitS: d.units?.time?.seconds ?? 0,
  };
}
