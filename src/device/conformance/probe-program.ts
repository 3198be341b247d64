import {
  defaultOrder,
  defaultRule,
  descriptorAt,
  type Descriptor,
  type Range,
} from '../descriptor.js';
import type { Device } from '../device.js';
import type { Order, Program, Rule } from '../program.js';
import { readProgram } from '../read-program.js';

export interface ProbeChoice {
  readonly fidelity?: string | null;
  readonly rule?: Rule;
  readonly order?: Order;
  readonly kernel?: string | null;
  readonly sites?: number;
  readonly shots?: number;
}
/** A program document, for changing. */
export type ProbeDocument = Record<string, unknown> & {
  readonly sites: number;
  readonly dynamics: Record<string, unknown>;
  readonly duration: number;
  readonly readout: { readonly every: number; readonly channels: string[] };
};

const MOST_SITES = 6;
/** Shots of a run that is still under way when something is done to it. */
export const LONG_RUN = 1_000_000;

/** The value in the range that is nearest to the one wanted, on the grid of the resolution (towards 0). */
export function fitted(wanted: number, range: Range | null, resolution: number | null): number {
  const inside = range === null ? wanted : Math.min(Math.max(wanted, range[0]), range[1]);
  if (resolution === null) return inside;
  const steps = Math.trunc(inside / resolution + Math.sign(inside) * 1e-9);
  return steps * resolution;
}

/**
 * A small program that a device must take, made of nothing but its descriptor: every site coupled to every other one with
 * the same strength, every channel read.
 */
export function probeDocument(device: Descriptor, choice: ProbeChoice = {}): ProbeDocument {
  const fidelity = choice.fidelity ?? device.dynamics.fidelities[0] ?? null;
  const descriptor = descriptorAt(device, fidelity);
  const rule = choice.rule ?? defaultRule(descriptor);
  const order = choice.order ?? defaultOrder(descriptor, rule);
  const sites = Math.min(choice.sites ?? MOST_SITES, descriptor.sites.max);
  const kind = descriptor.sites.kinds[0]!;
  const duration = Math.min(4, descriptor.duration.max);
  const every = Math.max(duration / 8, descriptor.readout.minEvery ?? 0);
  const initial = descriptor.initial.includes('random') ? 'random' : descriptor.initial[0]!;
  return {
    version: 1,
    sites,
    siteKinds: kind,
    couplings: probeCouplings(descriptor, sites),
    references: [Array.from({ length: sites }, (_, i) => (i % 2 === 0 ? 1 : -1))],
    dynamics: {
      rule,
      order,
      temperature: rule === 'zero-temperature' ? 0 : descriptor.dynamics.temperature.default,
      ...(fidelity === null ? {} : { fidelity }),
      ...(choice.kernel == null ? {} : { kernel: choice.kernel }),
    },
    initial: initialDocument(initial, sites),
    duration,
    readout: { every, channels: descriptor.readout.channels.map(({ name }) => name) },
    shots: Math.min(choice.shots ?? 3, descriptor.shots.max),
  };
}

export function initialDocument(kind: string, sites: number): Record<string, unknown> {
  const values = Array.from({ length: sites }, () => 1);
  if (kind === 'pattern') return { kind, values };
  if (kind === 'corrupted') return { kind, values, flips: Math.min(1, sites) };
  return { kind };
}

function probeCouplings(descriptor: Descriptor, sites: number): Record<string, unknown> {
  const { kinds, range, resolution, perSiteSum } = descriptor.couplings;
  const most = perSiteSum === null || sites < 2 ? Infinity : perSiteSum / (sites - 1);
  const wanted = range !== null && range[1] <= 0 ? -0.1 : 0.25;
  const strength = fitted(Math.sign(wanted) * Math.min(Math.abs(wanted), most), range, resolution);
  if (kinds.includes('dense')) return denseCouplings(sites, (i, j) => (i === j ? 0 : strength));
  if (kinds.includes('coo')) {
    const entries = [];
    for (let i = 0; i < sites; i++)
      for (let j = i + 1; j < sites; j++) entries.push([i, j, strength]);
    return { kind: 'coo', entries };
  }
  if (kinds.includes('memories')) {
    return { kind: 'memories', patterns: [Array.from({ length: sites }, () => 1)] };
  }
  return {
    kind: 'positions',
    geometry: descriptor.couplings.geometries[0],
    xy: Array.from({ length: sites }, (_, i) => [0.3 * i, 0.1 * i]),
  };
}

export const denseCouplings = (
  sites: number,
  J: (i: number, j: number) => number,
): Record<string, unknown> => ({
  kind: 'dense',
  data: Array.from({ length: sites * sites }, (_, k) => J(Math.floor(k / sites), k % sites)),
});

/** One coupling, of j to i and, unless told otherwise, as much back. */
export function pairCoupling(
  sites: number,
  i: number,
  j: number,
  J: number,
  back = J,
): Record<string, unknown> {
  const data = new Array<number>(sites * sites).fill(0);
  data[i * sites + j] = J;
  data[j * sites + i] = back;
  return { kind: 'dense', data };
}

export const probeProgram = (
  device: Descriptor,
  choice: ProbeChoice = {},
  changes: Record<string, unknown> = {},
): Program => readProgram({ ...probeDocument(device, choice), ...changes });

export interface WayToMove {
  readonly fidelity: string | null;
  readonly rule: Rule;
  readonly order: Order;
  /** Null: the device's own choice. */
  readonly kernel: string | null;
}

export const nameOfWay = ({ fidelity, rule, order, kernel }: WayToMove): string =>
  [fidelity, rule, order, kernel].filter((part) => part !== null).join(', ');

/**
 * Every way in which the device says that it can move its sites. Some kernels know only some orders: each way comes with a
 * kernel that the device takes it with.
 */
export async function waysToMove(device: Device): Promise<WayToMove[]> {
  const descriptor = await device.describe();
  const { fidelities } = descriptor.dynamics;
  const ways: WayToMove[] = [];
  for (const fidelity of fidelities.length === 0 ? [null] : fidelities) {
    const { rules, kernels } = descriptorAt(descriptor, fidelity).dynamics;
    for (const [rule, orders] of Object.entries(rules)) {
      for (const order of orders) {
        const choices = [null, ...kernels].map((kernel) => ({
          fidelity,
          rule: rule as Rule,
          order,
          kernel,
        }));
        let taken = choices[0]!;
        for (const choice of choices) {
          const found = await device.validate(probeProgram(descriptor, choice));
          if (found.length > 0) continue;
          taken = choice;
          break;
        }
        ways.push(taken);
      }
    }
  }
  return ways;
}
