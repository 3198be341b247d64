import {
  checkDocument,
  RelaxdError,
  systemTimeline,
  throwViolations,
  Type,
} from '../../src/core/index.js';
import type { Device, DriverContext, Guard } from '../../src/device/index.js';
import { DeviceGuard, type GuardWiring } from './device-guard.js';
import { openOnoffLines } from './onoff-lines.js';
import { TreeLines } from './tree-lines.js';

const line = {
  chip: Type.String({ minLength: 1 }),
  offset: Type.Integer({ minimum: 0 }),
};
const output = Type.Optional(Type.Object(line, { additionalProperties: false }));
const input = Type.Optional(
  Type.Object(
    { ...line, okLevel: Type.Optional(Type.Integer({ minimum: 0, maximum: 1 })) },
    { additionalProperties: false },
  ),
);
/** Options of a guard (README.md). */
const GUARD_OPTIONS = Type.Object(
  {
    simulated: Type.Optional(Type.String({ minLength: 1 })),
    emergencyStop: input,
    interlock: input,
    enable: output,
    pulseHz: Type.Optional(Type.Number({ minimum: 1, maximum: 500 })),
    trigger: output,
    triggerMs: Type.Optional(Type.Number({ minimum: 1, maximum: 1000 })),
    gate: output,
  },
  { additionalProperties: false },
);

/** @throws RelaxdError `invalid-input`, `unknown-field` */
export function checkGuard(options: Readonly<Record<string, unknown>>): void {
  throwViolations('invalid-input', 'options of guard gpio', checkDocument(GUARD_OPTIONS, options));
  const { simulated: _simulated, ...wiring } = options;
  if (Object.keys(wiring).length === 0) {
    throw new RelaxdError('invalid-input', 'guard gpio has no line', {
      limit: ['emergencyStop', 'interlock', 'enable', 'trigger', 'gate'],
    });
  }
}

/**
 * Guards devices by GPIO lines. onoff is loaded here, and only where the lines are the machine's own.
 *
 * @throws RelaxdError `invalid-input`, `not-supported` where onoff cannot be loaded, `device-offline` where there is no GPIO
 */
export async function createGuard(
  options: Readonly<Record<string, unknown>>,
  devices: readonly Device[],
  context: DriverContext,
): Promise<Guard> {
  checkGuard(options);
  const { simulated, ...wiring } = options as GuardWiring & { readonly simulated?: string };
  const lines =
    simulated === undefined ? await openOnoffLines() : new TreeLines(simulated, systemTimeline);
  return new DeviceGuard(lines, wiring, devices, context, systemTimeline);
}

/** There is no device in here. */
export function createDevice(id: string): Device {
  throw new RelaxdError('not-supported', `${id}: driver gpio makes guards, not devices`, {
    hint: "name it under 'guards' in the configuration: drivers/gpio/README.md",
  });
}
