import {
  driveOnDevice,
  predictDrive,
  randomMemories,
  readProtocol,
  type ComparedQuantity,
  type DriveModel,
  type DrivePrediction,
  type DriveRequest,
  type DriveSummary,
  type ProtocolPoint,
} from '../../drive/index.js';
import type { Device } from '../../device/index.js';
import { COLORS } from '../figure.js';
import { quantity, type Quantity } from '../quantity.js';

/** What the items of driven retrieval compare themselves with. */
export const OVERLAP_THEORY =
  'exact N → ∞ overlap dynamics at low load, physics page MT §2.4 (derived there; the theory that the abstract of arXiv:2601.01253 describes, no figure of that paper)';

export const ORDERS = [
  { order: 2, color: COLORS.blue },
  { order: 3, color: COLORS.vermilion },
  { order: 4, color: COLORS.green },
] as const;

/** Theory of a drive with as many random sites as it takes: populations (1 ± c)/4. */
export function idealDrive(
  setting: {
    readonly order: number;
    readonly temperature: number;
    readonly accuracy: number;
    /** Of the start; left out: the paramagnet. */
    readonly initial?: DriveModel['initial'];
    readonly entropy?: number;
  },
  points: readonly ProtocolPoint[],
  relax: number,
): DrivePrediction {
  const { order, temperature, accuracy, initial, entropy } = setting;
  const [right, wrong] = [(1 + accuracy) / 4, (1 - accuracy) / 4];
  const protocol = readProtocol(points, null);
  const duration = protocol.release + relax;
  return predictDrive(
    {
      order,
      temperature,
      cueAccuracy: accuracy,
      shares: [right, wrong, right, wrong],
      initial: initial ?? [0, 0, 0, 0],
      entropy: entropy ?? Math.LN2,
      fromOther: initial !== undefined,
    },
    protocol.points,
    { release: protocol.release, duration, every: protocol.release / 50 },
  );
}

/** One drive between two random memories (or more) on a device of this process. */
export async function measureDrive(
  device: Device,
  setting: Omit<DriveRequest, 'memories' | 'cue' | 'protocol'> & {
    readonly sites: number;
    readonly count?: number;
    readonly accuracy: number;
    readonly points: readonly ProtocolPoint[];
  },
  signal: AbortSignal,
): Promise<DriveSummary> {
  const { sites, count = 2, accuracy, points, ...rest } = setting;
  const { observed } = await driveOnDevice(
    device,
    {
      ...rest,
      memories: randomMemories(count, sites, setting.seed),
      cue: { memory: 0, accuracy },
      protocol: points.map(([t, h]) => [t, h]),
    },
    { signal },
  );
  return observed.drive;
}

/** A measured quantity against theory of the same patterns, within 4 standard errors and what 1/N may be. */
export function besideTheory(
  name: string,
  found: ComparedQuantity,
  sites: number,
  /** Largest size of the 1/N correction, in units of 1/N. */
  order = 4,
): Quantity {
  return quantity({
    name,
    value: found.mean,
    standardError: found.sem,
    expected: found.theory,
    tolerance: found.sem === null ? null : 4 * found.sem + order / sites,
    class: 'exact',
    source: `${OVERLAP_THEORY}; tolerance 4 standard errors and ${order}/N`,
  });
}

/** What of a measured quantity goes into an item's JSON file. */
export const kept = ({ mean, sem, theory }: ComparedQuantity) => ({ mean, sem, theory });
