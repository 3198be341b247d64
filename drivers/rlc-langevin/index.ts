import { checkDocument, throwViolations, Type } from '../../src/core/index.js';
import { resolveProgram, type Device, type DriverContext } from '../../src/device/index.js';
import {
  BENCH_CELL,
  benchPreset,
  circuitThermodynamics,
  EmulatedDevice,
  listedCells,
  requireParametersInRange,
  realiseRlc,
  rlcDescriptor,
  rlcShotsABlock,
  rlcSimulatorUrl,
  rlcViolations,
  SPU8,
  type RlcComponents,
  type RlcPreset,
} from '../../src/emulate/index.js';

const positive = Type.Number({ exclusiveMinimum: 0 });
/** Components of a cell, from `driver.json` or the configuration. */
const OPTIONS = Type.Object(
  {
    preset: Type.Optional(Type.Union([Type.Literal('bench'), Type.Literal('spu8')])),
    inductanceH: Type.Optional(positive),
    capacitanceF: Type.Optional(positive),
    resistanceOhm: Type.Optional(
      Type.Union([positive, Type.Array(positive, { minItems: 1, maxItems: 1280 })]),
    ),
    temperatureK: Type.Optional(positive),
    noise: Type.Optional(Type.Union([Type.Literal('johnson'), Type.Literal('source')])),
  },
  { additionalProperties: false },
);

/**
 * An emulated underdamped RLC circuit.
 * @param options `preset` (`bench`, `spu8`), and `inductanceH`, `capacitanceF`, `resistanceOhm` (of all cells, or a list of one
 *   a cell), `temperatureK`, `noise` (`johnson`, `source`) in place of the preset's
 * @throws RelaxdError for options that it does not know
 */
export function createDevice(
  id: string,
  options: Readonly<Record<string, unknown>>,
  context: DriverContext,
): Device {
  throwViolations('invalid-input', `options of ${id}`, checkDocument(OPTIONS, options));
  const preset = presetOf(options);
  const descriptor = rlcDescriptor(id, 'rlc-langevin', preset);
  requireParametersInRange(descriptor);
  return new EmulatedDevice(
    {
      descriptor,
      simulator: rlcSimulatorUrl(),
      furtherViolations: (program) =>
        rlcViolations(program, resolveProgram(program, descriptor, 0), preset),
      realise: (program, parameters) =>
        realiseRlc(program, parameters, preset.components, preset.couplingRange),
      thermodynamics: circuitThermodynamics,
      shotsABlock: rlcShotsABlock,
    },
    context,
  );
}

function presetOf({ preset, ...own }: Readonly<Record<string, unknown>>): RlcPreset {
  const base = preset === 'spu8' ? SPU8 : benchPreset(BENCH_CELL);
  const components = { ...base.components, ...(own as Partial<RlcComponents>) };
  return { ...base, components, cells: listedCells(components) ?? base.cells };
}
