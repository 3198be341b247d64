import * as Type from 'typebox';
import { checkDocument, throwViolations } from '../../src/core/index.js';
import { resolveProgram, type Device, type DriverContext } from '../../src/device/index.js';
import {
  CHIP,
  circuitDescriptor,
  circuitThermodynamics,
  circuitViolations,
  EmulatedDevice,
  langevinSimulatorUrl,
  realiseCircuit,
  type CircuitComponents,
} from '../../src/emulate/index.js';

const positive = Type.Optional(Type.Number({ exclusiveMinimum: 0 }));
/** Components of a node, from `driver.json` or the configuration. */
const OPTIONS = Type.Object(
  { resistanceOhm: positive, capacitanceF: positive, temperatureK: positive },
  { additionalProperties: false },
);

/**
 * An emulated overdamped RC circuit.
 * @param options `resistanceOhm`, `capacitanceF`, `temperatureK`; 1 MΩ, 1 pF, 300 K where left out
 * @throws RelaxdError for options that it does not know
 */
export function createDevice(
  id: string,
  options: Readonly<Record<string, unknown>>,
  context: DriverContext,
): Device {
  throwViolations('invalid-input', `options of ${id}`, checkDocument(OPTIONS, options));
  const descriptor = circuitDescriptor(id, 'rc-langevin', {
    ...CHIP,
    ...(options as Partial<CircuitComponents>),
  });
  return new EmulatedDevice(
    {
      descriptor,
      simulator: langevinSimulatorUrl(),
      engine: 'reference',
      furtherViolations: (program) =>
        circuitViolations(program, resolveProgram(program, descriptor, 0)),
      realise: realiseCircuit,
      thermodynamics: circuitThermodynamics,
    },
    context,
  );
}
