import { readoutTimes, resolveProgram } from '../device/index.js';
import { Arena } from '../kernels/index.js';
import { simulateHere, spinSimulatorUrl, type SimulatorModule } from '../emulate/index.js';
import type { MemoryCase } from './measure-memory.js';
import { denseCouplings, memories, programOf } from './sweep-programs.js';

/** Entry point of a process that runs one program and says by how much its resident memory rose at most, in bytes. */
process.once('message', (run: MemoryCase) => {
  void probe(run).then((bytes) => {
    process.send!(bytes, () => process.disconnect());
  });
});

async function probe({
  engine,
  sites,
  memories: count,
  descriptor,
  parameters,
}: MemoryCase): Promise<number> {
  const { simulate } = (await import(spinSimulatorUrl().href)) as SimulatorModule;
  const before = process.memoryUsage.rss();
  const rectified = { kind: 'polynomial', degree: 3, rectified: true } as const;
  const program = resolveProgram(
    programOf({
      sites,
      couplings:
        count === 0
          ? denseCouplings(sites, 1, roomInArena(sites))
          : memories(count, sites, rectified),
      dynamics: { rule: 'metropolis', order: 'sequential', temperature: 1 },
      duration: 2,
      shots: 1,
    }),
    descriptor,
    1,
  );
  simulateHere(
    simulate,
    { program, parameters, firstShot: 0, shots: 1, times: readoutTimes(program) },
    { readout: () => undefined, shotEnd: () => undefined, progress: () => undefined },
    engine,
  );
  return process.resourceUsage().maxRSS * 1024 - before;
}

/** Room for N × N couplings where `relaxd run` reads them: in the memory that the run then has. */
function roomInArena(sites: number): Float64Array {
  const list = Arena.create().begin();
  const row = new Float64Array(sites);
  for (let i = 0; i < sites; i++) list.add(row);
  return list.finish();
}
