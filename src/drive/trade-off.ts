import { asRelaxdError, throwIfAborted } from '../core/index.js';
import { descriptorAt, descriptorHash, type Device, type Estimate } from '../device/index.js';
import { driveOnDevice, type DriveRun } from './drive-on-device.js';
import { paretoFront } from './pareto-front.js';
import { ramp, step, triangle } from './protocol.js';
import { randomMemories } from './random-memories.js';
import type { ComparedQuantity } from './summarise-drive.js';
import type { TradeOffDocument, TradeOffRow, TradeOffSpec } from './trade-off-document.js';

export interface SweepPorts {
  readonly device: (id: string) => Device;
  /** Of relaxd, for the record. */
  readonly version: string;
  readonly signal: AbortSignal;
  readonly progress?: (fraction: number) => void;
}

/** A point of a sweep; `temperature` null: the device's own. */
interface SweepPoint {
  readonly order: number;
  readonly memories: number;
  readonly temperature: number | null;
  readonly field: number;
  readonly duration: number;
}

/**
 * Drives a memory back from the paramagnet at every combination of a spec's lists, on every device, one run each with the seed
 * of its number; what a device cannot do is a row that says why. Circuits keep the temperature that their compiled wells
 * have (T is 1/40 of a stored site's energy), so that the list of temperatures is the spins'.
 *
 * @throws RelaxdError `unknown-device`, `aborted`
 */
export async function sweepTradeOff(
  spec: TradeOffSpec,
  ports: SweepPorts,
): Promise<TradeOffDocument> {
  const rows: TradeOffRow[] = [];
  const devices: TradeOffDocument['provenance']['devices'] = [];
  let done = 0;
  for (const id of spec.devices) {
    const device = ports.device(id);
    const descriptor = await device.describe(ports.signal);
    const spins = descriptor.sites.kinds.includes('ising');
    const sites = Math.min(spec.sites, descriptor.sites.max);
    const points = pointsOf(spec, spins);
    let engine: string | null = null;
    for (const [number, point] of points.entries()) {
      throwIfAborted(ports.signal);
      const seed = spec.seed + number;
      try {
        const run = await driveOnDevice(device, requestOf(spec, point, sites, seed), ports);
        engine = run.result.engine;
        rows.push(rowOf(id, point, run, descriptorAt(descriptor, fidelityOf(run)).units));
      } catch (error) {
        const known = asRelaxdError(error);
        // A run that fails is no property of the device: only what it refuses is a row.
        if (known.row.status >= 500 || known.code === 'aborted') throw known;
        rows.push(refusedRow(id, point, sites, known.message));
      }
      done++;
      ports.progress?.(done / (points.length * spec.devices.length));
    }
    devices.push({
      id,
      origin: device.origin,
      descriptor: descriptorHash(descriptor),
      ...(engine === null ? {} : { engine }),
    });
  }
  return {
    version: 1,
    kind: 'trade-off',
    spec,
    provenance: { relaxd: ports.version, devices },
    rows,
    front: spec.devices.map((device) => ({ device, rows: frontOf(rows, device) })),
  };
}

/** A spec of a device or two more joined to another: one record of several sweeps. */
export function joinTradeOffs(documents: readonly TradeOffDocument[]): TradeOffDocument {
  const [first] = documents;
  if (first === undefined) throw new Error('no trade-off to join');
  const rows = documents.flatMap((d) => d.rows);
  const devices = documents.flatMap((d) => d.provenance.devices);
  return {
    ...first,
    spec: { ...first.spec, devices: devices.map(({ id }) => id) },
    provenance: { ...first.provenance, devices },
    rows,
    front: devices.map(({ id }) => ({ device: id, rows: frontOf(rows, id) })),
  };
}

function pointsOf(spec: TradeOffSpec, spins: boolean): SweepPoint[] {
  const temperatures = spins ? spec.temperatures : [null];
  return spec.orders.flatMap((order) =>
    spec.memories.flatMap((memories) =>
      temperatures.flatMap((temperature) =>
        spec.durations.flatMap((duration) =>
          spec.fields.map((field) => ({ order, memories, temperature, field, duration })),
        ),
      ),
    ),
  );
}

const SHAPES = { step, ramp, triangle } as const;

function requestOf(spec: TradeOffSpec, point: SweepPoint, sites: number, seed: number) {
  return {
    memories: randomMemories(point.memories, sites, seed),
    order: point.order,
    ...(point.temperature === null ? {} : { temperature: point.temperature }),
    from: 'paramagnet' as const,
    cue: { memory: 0, accuracy: spec.accuracy },
    protocol: SHAPES[spec.shape](point.field, point.duration).map(([t, h]) => [t, h]),
    ...(spec.relax === undefined || spec.relax === null ? {} : { relax: spec.relax }),
    shots: spec.shots,
    seed,
  };
}

const fidelityOf = ({ plan }: DriveRun): string | null => plan.program.dynamics.fidelity;

function rowOf(
  device: string,
  point: SweepPoint,
  { plan, observed }: DriveRun,
  units: {
    readonly time: { readonly name: string; readonly seconds: number | null };
    readonly energy: { readonly joules: number | null };
  },
): TradeOffRow {
  const { drive } = observed;
  const { duration } = plan.program;
  const fidelity = plan.program.dynamics.fidelity;
  const over = (quantity: ComparedQuantity, by: number): Told => ({
    mean: quantity.mean === null ? null : quantity.mean / by,
    sem: quantity.sem === null ? null : quantity.sem / by,
    theory: quantity.theory === null ? null : quantity.theory / by,
  });
  const told = (quantity: ComparedQuantity): Told => over(quantity, 1);
  const { joules } = units.energy;
  return withoutNulls({
    device,
    order: point.order,
    memories: point.memories,
    load: plan.load,
    temperature: plan.temperature,
    field: point.field,
    duration: point.duration,
    sites: drive.sites,
    fidelity,
    success: told(drive.success),
    overlap: told(drive.overlap),
    work: told(drive.work),
    heat: told(drive.heat),
    workOverT: plan.temperature > 0 ? over(drive.work, plan.temperature) : null,
    mediumEntropy: told(drive.mediumEntropy),
    entropyProduction: told(drive.entropyProduction),
    transitionTime: told(drive.transitionTime),
    time: {
      device: duration,
      unit: units.time.name,
      seconds: units.time.seconds === null ? null : duration * units.time.seconds,
    },
    workJ:
      joules === null || drive.work.mean === null
        ? null
        : {
            mean: drive.work.mean * plan.unit.energy * joules,
            sem: drive.work.sem === null ? null : drive.work.sem * plan.unit.energy * joules,
          },
    noTheory: plan.noTheory,
  }) as TradeOffRow;
}

interface Told extends Estimate {
  readonly theory: number | null;
}

const refusedRow = (
  device: string,
  point: SweepPoint,
  sites: number,
  refused: string,
): TradeOffRow => ({
  device,
  order: point.order,
  memories: point.memories,
  load: point.memories / sites ** (point.order - 1),
  temperature: point.temperature ?? 0,
  field: point.field,
  duration: point.duration,
  refused,
});

/** Null and left out are the same in documents; left out is shorter. */
function withoutNulls(value: object): object {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([key, member]: [string, unknown]) => [
        key,
        typeof member === 'object' && member !== null ? withoutNulls(member) : member,
      ]),
  );
}

/** What a row costs and gets, all to be small: entropy produced (or, where that is not known, given to the bath), errors, time. */
export function costsOf(row: TradeOffRow): readonly [number, number, number] {
  const entropy = row.entropyProduction?.mean ?? row.mediumEntropy?.mean ?? NaN;
  return [entropy, 1 - (row.overlap?.mean ?? NaN), row.duration];
}

/** A device's Pareto front of (entropy production, 1 − overlap, duration of the drive) over rows whose order and load may differ. */
function frontOf(rows: readonly TradeOffRow[], device: string): number[] {
  const own = rows.flatMap((row, k) => (row.device === device ? [k] : []));
  return paretoFront(own.map((k) => costsOf(rows[k]!))).map((k) => own[k]!);
}
