import { Type } from '../core/index.js';

/**
 * The program as a document: what `compile` writes, `run` takes and `POST /v1/programs` reads
 * (docs/formats/program.md). The whole schema is here from the start; what a device cannot do, its
 * descriptor refuses by name.
 */
const object = <T extends Type.TProperties>(properties: T): Type.TObject<T> =>
  Type.Object(properties, { additionalProperties: false });
const maybe = Type.Optional;
const numbers = Type.Array(Type.Number());
const spins = Type.Array(Type.Number());
const oneOf = <T extends readonly string[]>(...names: T) =>
  Type.Union(names.map((name) => Type.Literal(name)));
const curve = Type.Array(Type.Array(Type.Number(), { minItems: 2, maxItems: 2 }), { minItems: 1 });

export const RULES = [
  'glauber',
  'metropolis',
  'zero-temperature',
  'steepest-descent',
  'langevin',
  'underdamped',
  'spiking',
] as const;
export const ORDERS = ['continuous-time', 'random', 'sequential', 'synchronous'] as const;
export const CHANNELS = ['energy', 'overlaps', 'state', 'work', 'heat'] as const;
export const CONTROLS = ['temperature', 'pump', 'coupling', 'quadratic', 'quartic'] as const;

const interaction = Type.Union([
  object({
    kind: Type.Literal('polynomial'),
    degree: Type.Integer({ minimum: 2, maximum: 200 }),
    rectified: maybe(Type.Boolean()),
  }),
  object({ kind: Type.Literal('log-sum-exp'), beta: Type.Number({ exclusiveMinimum: 0 }) }),
  object({ kind: Type.Literal('exponential') }),
]);

const couplings = Type.Union([
  object({ kind: Type.Literal('dense'), data: numbers }),
  object({
    kind: Type.Literal('coo'),
    entries: Type.Array(Type.Array(Type.Number(), { minItems: 3, maxItems: 3 })),
  }),
  object({
    kind: Type.Literal('memories'),
    patterns: Type.Array(spins, { minItems: 1 }),
    weights: maybe(Type.Array(numbers)),
    next: maybe(Type.Array(Type.Integer({ minimum: 0 }))),
    interaction: maybe(interaction),
  }),
  object({
    kind: Type.Literal('positions'),
    geometry: oneOf('confocal', 'four-sevenths'),
    xy: Type.Array(Type.Array(Type.Number(), { minItems: 2, maxItems: 2 }), { minItems: 1 }),
    waist: maybe(Type.Number({ exclusiveMinimum: 0 })),
    n0: maybe(Type.Integer({ minimum: 0, maximum: 6 })),
    cloudSigma: maybe(Type.Number({ minimum: 0 })),
    stiffness: maybe(Type.Number({ exclusiveMinimum: 0 })),
  }),
]);

const siteKind = oneOf('ising', 'continuous');
const siteKinds = Type.Union([
  siteKind,
  Type.Array(
    object({
      kind: siteKind,
      hidden: maybe(Type.Boolean()),
      prior: maybe(oneOf('gaussian', 'binary', 'one-hot', 'poisson')),
    }),
    { minItems: 1 },
  ),
]);

/** Flip laws of the cavity at fidelity `kinetic`. */
const FLIP_KERNELS = [
  'ohmic',
  'dephased',
  'cavity',
  'power',
  'steepest-descent',
  'avalanche',
  'resolved',
] as const;
/** Light of the cavity at fidelity `semiclassical`. */
const LIGHT_KERNELS = ['eliminated', 'truncated-wigner'] as const;
/** Neuron models of rule `spiking`. */
const NEURON_KERNELS = ['lif', 'srm0', 'memoryless'] as const;
/** By name with a kernel's defaults, or as one of the objects below. */
export const KERNELS = [...FLIP_KERNELS, ...LIGHT_KERNELS, ...NEURON_KERNELS] as const;
const positive = Type.Number({ exclusiveMinimum: 0 });
/** Narrower lines would make rates that overflow. */
const width = Type.Number({ minimum: 1e-9 });
const ohmicKernel = object({
  kind: Type.Literal('ohmic'),
  temperature: maybe(Type.Number({ minimum: 0 })),
});
const cavityKernel = object({
  kind: Type.Literal('cavity'),
  detuning: maybe(Type.Number({ exclusiveMaximum: 0 })),
  linewidth: maybe(width),
  width: maybe(width),
});
const spinSize = maybe(Type.Number({ minimum: 0.5, maximum: 1e9 }));
const kernel = Type.Union([
  oneOf(...KERNELS),
  ohmicKernel,
  object({ kind: Type.Literal('dephased'), width: maybe(width) }),
  cavityKernel,
  object({
    kind: Type.Literal('power'),
    p: maybe(Type.Number({ minimum: 0, maximum: 64 })),
  }),
  object({ kind: Type.Literal('steepest-descent') }),
  object({
    kind: Type.Literal('avalanche'),
    p: maybe(Type.Number({ minimum: 0, maximum: 16 })),
    spin: spinSize,
    local: maybe(Type.Boolean()),
  }),
  object({
    kind: Type.Literal('resolved'),
    spin: spinSize,
    law: maybe(Type.Union([ohmicKernel, cavityKernel])),
    local: maybe(Type.Boolean()),
    leap: maybe(Type.Number({ exclusiveMinimum: 0, maximum: 0.5 })),
  }),
  ...LIGHT_KERNELS.map((name) => object({ kind: Type.Literal(name) })),
  ...NEURON_KERNELS.map((name) =>
    object({
      kind: Type.Literal(name),
      window: maybe(positive),
      response: maybe(oneOf('box', 'exponential')),
      escape: maybe(oneOf('sigmoidal', 'exponential')),
      escapeTime: maybe(positive),
    }),
  ),
]);

const dynamics = object({
  rule: maybe(oneOf(...RULES)),
  order: maybe(oneOf(...ORDERS)),
  temperature: maybe(Type.Union([Type.Number({ minimum: 0 }), numbers])),
  fidelity: maybe(oneOf('discrete', 'kinetic', 'semiclassical', 'quantum')),
  kernel: maybe(kernel),
  ties: maybe(oneOf('keep', 'plus')),
  integrator: maybe(
    oneOf('auto', 'exact', 'strang', 'euler-maruyama', 'heun', 'leimkuhler-matthews', 'baoab'),
  ),
  dt: maybe(Type.Number({ exclusiveMinimum: 0 })),
  burnIn: maybe(Type.Number({ minimum: 0 })),
  synapse: maybe(
    object({
      kernel: oneOf('delay', 'box', 'exponential'),
      tau: Type.Number({ exclusiveMinimum: 0 }),
      lambda: Type.Number(),
    }),
  ),
  spiking: maybe(
    object({
      tau: maybe(Type.Number({ exclusiveMinimum: 0 })),
      rest: maybe(Type.Number()),
      reset: maybe(Type.Number()),
      threshold: maybe(Type.Number()),
      refractory: maybe(Type.Number({ minimum: 0 })),
      resistance: maybe(Type.Number({ exclusiveMinimum: 0 })),
    }),
  ),
});

const initial = Type.Union([
  object({ kind: Type.Literal('pattern'), values: numbers }),
  object({
    kind: Type.Literal('corrupted'),
    values: spins,
    flips: Type.Integer({ minimum: 0 }),
  }),
  object({ kind: Type.Literal('random') }),
  object({ kind: Type.Literal('zero') }),
  object({ kind: Type.Literal('equilibrium') }),
]);

export const PROGRAM_SCHEMA = object({
  version: Type.Literal(1),
  sites: Type.Integer({ minimum: 1, maximum: 1_048_576 }),
  siteKinds: maybe(siteKinds),
  couplings,
  references: maybe(Type.Array(spins)),
  fields: maybe(numbers),
  wells: maybe(
    object({
      quadratic: maybe(Type.Union([Type.Number(), numbers])),
      quartic: maybe(Type.Union([Type.Number({ minimum: 0 }), numbers])),
    }),
  ),
  clamped: maybe(Type.Array(Type.Integer({ minimum: 0 }))),
  inputs: maybe(Type.Array(numbers)),
  dynamics: maybe(dynamics),
  initial: maybe(initial),
  drives: maybe(Type.Array(object({ pattern: numbers, amplitude: curve }))),
  controls: maybe(
    object({
      temperature: maybe(curve),
      pump: maybe(curve),
      coupling: maybe(curve),
      quadratic: maybe(curve),
      quartic: maybe(curve),
    }),
  ),
  duration: Type.Number({ exclusiveMinimum: 0 }),
  readout: maybe(
    object({
      every: maybe(Type.Number({ exclusiveMinimum: 0 })),
      channels: maybe(Type.Array(oneOf(...CHANNELS))),
    }),
  ),
  shots: maybe(Type.Integer({ minimum: 1, maximum: 100_000_000 })),
  seed: maybe(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
  calibration: maybe(Type.String({ pattern: '^sha256:[0-9a-f]{64}$' })),
});
