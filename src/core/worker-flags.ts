/**
 * Flags of worker threads. They load their modules by `import`, not by `require`: on Node 20 a thread that is ended while
 * it requires an ES module takes the whole process with it ("IsGraphAsync must be used on an instantiated module").
 */
export const WORKER_FLAGS: string[] = process.allowedNodeEnvironmentFlags.has(
  '--experimental-require-module',
)
  ? ['--no-experimental-require-module']
  : [];
