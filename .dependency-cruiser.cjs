/** The rooms and the direction of their imports: docs/architecture.md, section "Rooms". */
const room = (name) => `^src/${name}/`;
const may = {
  core: [],
  access: ['core'],
  memory: ['core'],
  model: ['core', 'memory'],
  device: ['core'],
  thermo: ['core'],
  kernels: ['core'],
  compile: ['core', 'memory', 'model', 'device'],
  emulate: ['core', 'model', 'thermo', 'device', 'kernels'],
  link: ['core'],
  calibrate: ['core', 'device', 'model', 'thermo'],
  train: ['core', 'device', 'model', 'memory', 'thermo'],
  drive: ['core', 'memory', 'model', 'compile', 'device', 'thermo'],
  lab: ['core', 'access', 'device'],
  service: ['core', 'access', 'memory', 'model', 'compile', 'device', 'drive', 'calibrate', 'lab'],
  reproduce: ['core', 'memory', 'model', 'device', 'emulate', 'thermo', 'drive'],
  bench: ['core', 'memory', 'model', 'compile', 'device', 'emulate', 'kernels', 'lab'],
  dashboard: [],
  cli: [
    'core',
    'access',
    'memory',
    'model',
    'compile',
    'device',
    'emulate',
    'thermo',
    'drive',
    'calibrate',
    'lab',
    'service',
    'reproduce',
    'bench',
    'kernels',
  ],
};
const rules = Object.entries(may).map(([name, allowed]) => ({
  name: `room-${name}`,
  comment: `src/${name} may import only: ${allowed.join(', ') || 'nothing of ours'}`,
  severity: 'error',
  from: { path: room(name) },
  to: {
    path: '^(src|drivers|firmware-sim)/',
    pathNot: [room(name), ...allowed.map(room)],
  },
}));
const only = (pkg, places) => ({
  name: `only-${pkg.replace(/[^a-z]/g, '-')}`,
  severity: 'error',
  comment: `${pkg} belongs to ${places.join(', ')}`,
  from: { path: '^(src|drivers|firmware-sim)/', pathNot: places },
  to: { path: `node_modules/${pkg}` },
});
/** Modules that are loaded by who needs them at the moment that they do: each costs time and memory (docs/decisions/0038). */
const lazy = (name, from, to) => ({
  name: `lazy-${name}`,
  severity: 'error',
  comment: 'is to be imported when it is needed, with import(): see docs/decisions/0038',
  from,
  to: { path: to, dependencyTypesNot: ['type-only', 'dynamic-import'] },
});
const ARROW = '^src/lab/(arrow-stream|record-reader)[.]ts$';
const POSTGRES = '^src/lab/postgres-database[.]ts$';
const REDIS = '^src/lab/redis-line[.]ts$';
const PNG = '^src/memory/png-(folder|picture)[.]ts$';
module.exports = {
  forbidden: [
    ...rules,
    {
      name: 'typebox-is-types',
      severity: 'error',
      comment:
        'schemas are made by src/core/schema.ts: TypeBox itself is 370 modules in each thread',
      from: { path: '^(src|drivers|firmware-sim)/', pathNot: '[.]test-support[.]ts$' },
      to: { path: 'node_modules/typebox', dependencyTypesNot: ['type-only'] },
    },
    lazy('arrow', { path: '^src/', pathNot: [ARROW] }, ARROW),
    lazy('postgres', { path: '^src/', pathNot: [POSTGRES] }, POSTGRES),
    lazy('postgres-client', { path: POSTGRES }, 'node_modules/pg/'),
    lazy('redis', { path: '^src/', pathNot: [REDIS] }, REDIS),
    lazy('redis-clients', { path: REDIS }, 'node_modules/(ioredis|bullmq)/'),
    lazy('png', { path: '^src/', pathNot: [PNG] }, PNG),
    lazy(
      'commands',
      { path: '^src/(command-line|cli/cli)[.]ts$' },
      '^src/(bench|calibrate|compile|device|drive|emulate|kernels|lab|reproduce|service)/|^src/serve[.]ts$',
    ),
    lazy(
      'workers',
      { path: '^src/(kernels|model|thermo|device|core)/' },
      'node_modules/(apache-arrow|fastify|piscina|fast-png|ml-matrix)/',
    ),
    {
      name: 'room-drivers',
      severity: 'error',
      comment:
        'drivers/* may import device, emulate, link, thermo, core; what supports their tests also the simulated board',
      from: { path: '^drivers/([^/]+)/', pathNot: '[.]test-support[.]ts$' },
      to: {
        path: '^(src|drivers|firmware-sim)/',
        pathNot: [
          '^drivers/$1/',
          room('device'),
          room('emulate'),
          room('link'),
          room('thermo'),
          room('core'),
        ],
      },
    },
    {
      name: 'front-door',
      severity: 'error',
      comment: 'another room is entered only through its index.ts (its public names)',
      from: { path: '^(src/[^/]+|drivers/[^/]+|firmware-sim)/', pathNot: '\\.test\\.ts$' },
      to: {
        path: '^src/[^/]+/(?!index\\.ts$).+',
        // The conformance kit is a door of its own: runs do not load it.
        pathNot: ['^$1/', '^src/device/conformance/index\\.ts$'],
      },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphan-packages',
      severity: 'error',
      from: {},
      to: {
        dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'],
        couldNotResolve: true,
        // The template imports relaxd as a driver from outside does.
        pathNot: ['proto/gen', 'node:sqlite', '^relaxd/'],
      },
    },
    only('apache-arrow', [ARROW]),
    only('fast-png', [PNG]),
    only('@observablehq/plot', ['^src/reproduce']),
    only('serialport', ['^drivers/serial-board']),
    only('onoff', ['^drivers/gpio']),
    only('fastify', ['^src/service']),
    only('ws', ['^src/service', '^src/cli', '^src/bench']),
    only('@photostructure/sqlite', ['^src/lab']),
    only('pg/', [POSTGRES]),
    only('ioredis', [REDIS]),
    only('bullmq', [REDIS]),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['^dist', 'src/dashboard', 'src/kernels/assembly', '\\.test\\.ts$'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js'],
    },
  },
};
