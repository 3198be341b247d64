import { appendFileSync } from 'node:fs';
import { nothingDefined, nullDescriptor } from '../../../drivers/null/index.js';
import { compiledUrl } from '../../../src/core/index.js';
import type { Descriptor, Device, DriverContext, RunPlan } from '../../../src/device/index.js';
import { EmulatedDevice } from '../../../src/emulate/index.js';

export interface WitnessOptions {
  /** File that gets a line for each start. */
  readonly witness: string;
  /** What it says that it is. */
  readonly origin: 'emulator' | 'hardware';
}

/** Writes down each start where no relaxd can change it, before anything of the run happens. */
class WitnessDevice extends EmulatedDevice {
  private plan: RunPlan | null = null;

  constructor(
    descriptor: Descriptor,
    context: DriverContext,
    private readonly witness: string,
  ) {
    super(
      {
        descriptor,
        simulator: compiledUrl(import.meta.url, './witness-simulator.js'),
        engineName: 'none',
        thermodynamics: nothingDefined,
      },
      context,
    );
  }

  override async arm(plan: RunPlan, signal?: AbortSignal): Promise<void> {
    await super.arm(plan, signal);
    this.plan = plan;
  }

  override async start(signal?: AbortSignal): Promise<void> {
    const { run, seed } = this.plan!;
    appendFileSync(this.witness, `${this.id} ${run} ${seed}\n`, { flag: 'a' });
    await super.start(signal);
  }
}

/** The device of the kill campaign's own drivers. */
export function createDevice(
  id: string,
  options: Readonly<Record<string, unknown>>,
  context: DriverContext,
): Device {
  const { witness, origin } = options as unknown as WitnessOptions;
  const descriptor: Descriptor = {
    ...nullDescriptor(id),
    driver: 'witness',
    serial: `witness-${id}`,
    origin,
    title: 'Witness',
    units: { time: { name: 'ms', seconds: 1e-3 }, energy: { name: 'none', joules: null } },
  };
  const device = new WitnessDevice(descriptor, context, witness);
  // An emulator is one by its type; here it stands for a thing that moves.
  Object.defineProperty(device, 'origin', { value: origin });
  return device;
}
