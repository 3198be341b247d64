import { checkDocument, RelaxdError, throwViolations, Type } from '../../src/core/index.js';
import {
  resolveProgram,
  type Descriptor,
  type Device,
  type DriverContext,
  type ResolvedProgram,
} from '../../src/device/index.js';
import {
  boardThermodynamics,
  CIRCUIT_PRESET,
  CIRCUIT_PRESETS,
  circuitDescriptor,
  circuitShotsABlock,
  circuitUnits,
  circuitViolations,
  couplingBiasPowerW,
  EmulatedDevice,
  IMPERFECTION_SETS,
  imperfectionSet,
  langevinSimulatorUrl,
  realiseCircuit,
  requireParametersInRange,
  type CircuitComponents,
  type CircuitPreset,
  type CircuitPresetName,
  type ImperfectionSet,
} from '../../src/emulate/index.js';

const positive = Type.Optional(Type.Number({ exclusiveMinimum: 0 }));
const oneOf = <T extends string>(names: readonly T[]) =>
  Type.Union(names.map((name) => Type.Literal(name)));
/** From `driver.json` or the configuration; the driver's README explains each. */
const OPTIONS = Type.Object(
  {
    resistanceOhm: positive,
    capacitanceF: positive,
    temperatureK: positive,
    preset: Type.Optional(oneOf(CIRCUIT_PRESETS)),
    coupling: Type.Optional(oneOf(['transconductor', 'capacitor'])),
    reads: Type.Optional(oneOf(['charge', 'voltage'])),
    nonIdealities: Type.Optional(
      Type.Union([oneOf(IMPERFECTION_SETS), Type.Record(Type.String(), Type.Number())]),
    ),
    boardSeed: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
    adcRateHz: positive,
  },
  { additionalProperties: false },
);
interface Options extends Partial<CircuitComponents> {
  readonly preset?: CircuitPresetName;
  readonly coupling?: 'transconductor' | 'capacitor';
  readonly reads?: 'charge' | 'voltage';
  readonly nonIdealities?: ImperfectionSet | Readonly<Record<string, number>>;
  readonly boardSeed?: number;
  readonly adcRateHz?: number;
}

/**
 * An emulated overdamped RC circuit.
 * @param options components (1 MΩ, 1 pF, 300 K where left out), preset, couplings, non-idealities: see the README
 * @throws RelaxdError `invalid-input` for options that it does not know or that do not go together
 */
export function createDevice(
  id: string,
  options: Readonly<Record<string, unknown>>,
  context: DriverContext,
): Device {
  throwViolations('invalid-input', `options of ${id}`, checkDocument(OPTIONS, options));
  const given = options as Options;
  const name = given.preset ?? (given.coupling === 'capacitor' ? 'charge' : 'chip');
  const preset = CIRCUIT_PRESET[name];
  requireConsistent(id, given, preset);
  const components: CircuitComponents = {
    ...preset.components,
    ...pick(given, ['resistanceOhm', 'capacitanceF', 'temperatureK']),
  };
  const { nonIdealities } = given;
  const descriptor = circuitDescriptor(id, 'rc-langevin', components, {
    preset: name,
    ...pick(given, ['coupling', 'reads', 'boardSeed', 'adcRateHz']),
    ...(nonIdealities === undefined || nonIdealities === 'none'
      ? {}
      : {
          parameters:
            typeof nonIdealities === 'string'
              ? imperfectionSet(nonIdealities, components)
              : nonIdealities,
          imperfectionsText: `non-idealities of ${typeof nonIdealities === 'string' ? `the set '${nonIdealities}'` : 'the configuration'}, as the parameters say`,
        }),
  });
  requireInRange(id, descriptor, typeof nonIdealities === 'object' ? nonIdealities : {});
  requireParametersInRange(descriptor);
  const withScheme = (program: ResolvedProgram): ResolvedProgram => scheduled(program, preset);
  return new EmulatedDevice(
    {
      descriptor,
      simulator: langevinSimulatorUrl(),
      shotsABlock: circuitShotsABlock,
      furtherViolations: (program, parameters) =>
        circuitViolations(program, withScheme(resolveProgram(program, descriptor, 0)), parameters),
      realise: (program, parameters) => {
        const real = realiseCircuit(withScheme(program), parameters);
        if (name !== 'ota') return real;
        return { ...real, warnings: [...real.warnings, supplyWarning(real.program, components)] };
      },
      thermodynamics: boardThermodynamics,
    },
    context,
  );
}

/** The preset's scheme where the program names none. */
function scheduled(program: ResolvedProgram, { scheme }: CircuitPreset): ResolvedProgram {
  if (scheme === null) return program;
  const { dynamics } = program;
  const integrator = dynamics.integrator ?? scheme.integrator;
  const dt = dynamics.dt ?? (integrator === scheme.integrator ? scheme.dt : null);
  return { ...program, dynamics: { ...dynamics, integrator, dt } };
}

/** Supply of the transconductors of preset `ota`; a choice: 1.8 V, weak inversion. */
const SUPPLY = { supplyV: 1.8, efficiencyPerV: 25 };

/** What the heat of an effective potential leaves out. */
function supplyWarning(program: ResolvedProgram, components: CircuitComponents): string {
  const watts = couplingBiasPowerW(program, components, SUPPLY);
  const { timeS, energyJ } = circuitUnits(components);
  const perTime = (watts * timeS) / energyJ;
  return `heat is that of the effective potential: the couplings’ bias currents take ${watts.toPrecision(3)} W besides (${perTime.toPrecision(3)} k_B T_eff a t₀, at ${SUPPLY.supplyV} V and ${SUPPLY.efficiencyPerV}/V), and every node k_B T_eff/(RC) or more from its noise generator`;
}

function requireConsistent(id: string, options: Options, preset: CircuitPreset): void {
  const refuse = (path: string, message: string, limit: unknown): never => {
    throw new RelaxdError('invalid-input', `options of ${id}: ${message}`, {
      path,
      value: options[path as keyof Options],
      limit,
    });
  };
  if (options.coupling === 'capacitor' && preset.wells !== 'charge') {
    refuse('coupling', `capacitors couple charges; preset '${options.preset}' has voltages`, [
      'transconductor',
    ]);
  }
  if (options.reads === 'voltage' && options.coupling !== 'capacitor') {
    refuse('reads', 'voltages V = C⁻¹q are read of capacitively coupled nodes only', ['charge']);
  }
  if (preset.dimensional) return;
  for (const path of [
    'resistanceOhm',
    'capacitanceF',
    'temperatureK',
    'nonIdealities',
    'adcRateHz',
  ] as const) {
    if (options[path] !== undefined) {
      refuse(path, `preset '${options.preset}' is dimensionless and has no components`, null);
    }
  }
}

function requireInRange(
  id: string,
  descriptor: Descriptor,
  values: Readonly<Record<string, number>>,
): void {
  for (const [name, value] of Object.entries(values)) {
    const parameter = descriptor.parameters.find((p) => p.name === name && p.writable);
    if (parameter === undefined) {
      const known = descriptor.parameters.filter((p) => p.writable).map((p) => p.name);
      throw new RelaxdError(
        'invalid-input',
        `options of ${id}: no non-ideality '${name}'; there are: ${known.join(', ')}`,
        { path: `nonIdealities.${name}`, value: name, limit: known },
      );
    }
    const [least, most] = parameter.range;
    if (!(value >= least && value <= most)) {
      throw new RelaxdError(
        'invalid-input',
        `options of ${id}: ${name} = ${value} ${parameter.unit} is outside ${least} … ${most}`,
        { path: `nonIdealities.${name}`, value, limit: parameter.range },
      );
    }
  }
}

function pick<T extends object, K extends keyof T>(
  from: T,
  names: readonly K[],
): Partial<Pick<T, K>> {
  const out: Partial<Pick<T, K>> = {};
  for (const name of names) if (from[name] !== undefined) out[name] = from[name];
  return out;
}
