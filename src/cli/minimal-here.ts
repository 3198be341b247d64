import { asRelaxdError, RelaxdError } from '../core/index.js';
import {
  driveOnDevice,
  measureMinimum,
  modelOf,
  prepareDrive,
  step,
  theoreticalMinimum,
  type DriveRequest,
  type MinimalDrive,
} from '../drive/index.js';
import type { MemorySet } from '../memory/index.js';
import type { Composition } from './composition.js';
import { Interrupt } from './interrupt.js';
import type { Output } from './output.js';
import { readyDevice } from './ready-device.js';

/** The least step that brings the target back, as `relaxd drive --minimal` prints it. */
export interface MinimumDocument extends MinimalDrive {
  readonly version: 1;
  readonly device: string;
  readonly origin: string;
  readonly order: number;
  readonly temperature: number;
  readonly sites: number;
  readonly hold: number;
  readonly relax: number;
  readonly seed: number;
}

/** Runs of {@link measureMinimum}: at most 9 doublings, the field 0 and 6 halvings. */
const MOST_RUNS = 16;

/** Measures the least step on a device of this process: a run a step, with a seed of its own each. */
export async function minimalHere(
  composition: Composition,
  output: Output,
  body: Readonly<Record<string, unknown>> & { readonly device: string; readonly seed: number },
  memories: MemorySet,
): Promise<MinimumDocument> {
  const {
    kind: _kind,
    device: id,
    protocol,
    seed,
    ...rest
  } = body as typeof body & {
    readonly kind: string;
    readonly protocol: unknown;
    readonly release?: number;
  };
  if (!Array.isArray(protocol)) {
    throw new RelaxdError('wrong-call', '--minimal varies the height of a step', {
      path: '--optimise',
      hint: '--step H:T says how long it is; H is not used',
    });
  }
  const last = (protocol as [number, number][]).at(-1)![0];
  const hold = rest.release ?? last;
  const registry = await composition.openDevices(id);
  const bar = output.progress(id);
  const interrupt = new Interrupt();
  try {
    const device = readyDevice(registry.get(id));
    await device.connect();
    const request = (height: number, number: number): DriveRequest =>
      ({
        ...rest,
        memories,
        protocol: step(height, hold),
        release: hold,
        seed: seed + number,
      }) as unknown as DriveRequest;
    const plan = prepareDrive(request(1, 0), await device.describe());
    const theory =
      plan.noTheory === null ? theoreticalMinimum(modelOf(plan), hold, plan.relax) : null;
    let runs = 0;
    const minimum = await measureMinimum(async (height, number) => {
      const { observed } = await driveOnDevice(device, request(height, number), {
        signal: interrupt.signal,
      });
      bar.update(++runs / MOST_RUNS, `h = ${height.toPrecision(4)}`);
      const { success, ended } = observed.drive;
      return { succeeded: Math.round((success.mean ?? 0) * ended), shots: ended };
    }, theory);
    return {
      version: 1,
      device: id,
      origin: device.origin,
      order: plan.order,
      temperature: plan.temperature,
      sites: plan.program.sites,
      hold,
      relax: plan.relax,
      seed,
      ...minimum,
    };
  } catch (error) {
    throw asRelaxdError(error);
  } finally {
    bar.stop();
    interrupt[Symbol.dispose]();
    await registry[Symbol.asyncDispose]();
  }
}
