import { RelaxdError, throwViolations } from '../core/index.js';
import type { Calibration } from '../device/index.js';
import type { DevicePlaces, DeviceSource } from './device-places.js';
import type { JobRow } from './job.js';
import type { JobKind, PreparedRun } from './job-kind.js';
import type { Library } from './library.js';

export interface PreparationPorts {
  readonly devices: DeviceSource;
  readonly places: DevicePlaces;
  readonly library: Pick<Library, 'memorySet' | 'program'>;
  /** The calibration in force on a device; null: there is none. */
  calibration(device: string): Promise<Calibration | null>;
  /** @throws RelaxdError `unknown-kind` */
  kind(name: string): JobKind;
  /** The body that a job is prepared from. */
  bodyOf(row: JobRow): Promise<unknown>;
}

/** Compiles bodies of jobs into what their runs need, and asks their devices whether they take it. */
export class Preparation {
  constructor(private readonly ports: PreparationPorts) {}

  /** @throws RelaxdError `program-refused`, `unknown-device`, `device-offline`, and what the kind throws */
  async ofBody(kind: JobKind, body: unknown): Promise<PreparedRun> {
    const { devices, places, library } = this.ports;
    const prepared = await kind.prepare(body, {
      descriptor: (id) => places.describe(id),
      memorySet: async (id) => (await library.memorySet(id))?.document ?? null,
      program: (hash) => library.program(hash),
      calibration: (id) => this.ports.calibration(id),
    });
    const { device: asked } = body as { device: string };
    if (prepared.device !== asked) {
      throw new RelaxdError(
        'internal',
        `job kind '${kind.name}' prepared a run for ${prepared.device}, asked for was ${asked}`,
      );
    }
    // The node that has the device looks at the program before the run.
    if (places.elsewhere(asked) !== null) return prepared;
    for (const { program } of [prepared, ...(prepared.series?.more ?? [])]) {
      const violations = await devices.get(asked).validate(program);
      throwViolations('program-refused', `program on ${asked}`, violations);
    }
    return prepared;
  }

  /** @throws RelaxdError as {@link ofBody}, `unknown-kind` */
  async ofJob(row: JobRow): Promise<PreparedRun> {
    const kind = this.ports.kind(row.kind);
    const absent = this.ports.places.absence(row.device);
    if (absent !== null) {
      // Jobs outlive a start at which their device was not there.
      throw new RelaxdError('device-offline', absent, { device: row.device });
    }
    return this.ofBody(kind, await this.ports.bodyOf(row));
  }
}
