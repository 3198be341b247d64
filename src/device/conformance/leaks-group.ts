import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Bench } from './bench.js';
import { demand, type Checks } from './checks.js';
import { probeProgram } from './probe-program.js';

const CYCLES = 12;
const BYTES_A_RUN = 64 * 1024;

/** What is opened is closed: handles, timers, listeners, memory. */
export async function leaksGroup(checks: Checks, bench: Bench): Promise<void> {
  const descriptor = await (await bench.fresh()).describe();
  const program = probeProgram(descriptor);
  await checks.check(
    `${CYCLES} times connecting, running and closing leave no handle`,
    async () => {
      const cycle = async (): Promise<void> => {
        await bench.gather(await bench.fresh(), program);
        await bench.close();
        await bench.sleep(50);
      };
      await cycle();
      await cycle();
      const before = handles();
      for (let k = 0; k < CYCLES; k++) await cycle();
      await bench.sleep(200);
      const grown = [...handles()].filter(([kind, count]) => count > (before.get(kind) ?? 0) + 1);
      demand(grown.length === 0, () =>
        grown.map(([kind, count]) => `${kind}: ${before.get(kind) ?? 0} → ${count}`).join(', '),
      );
    },
  );
  await checks.check('a listener that was taken away hears nothing more', async () => {
    const device = await bench.fresh();
    let heard = 0;
    device.on('samples', () => void heard++)();
    await bench.gather(device, program);
    demand(heard === 0, `it heard ${heard} chunks`);
  });
  await checks.check(
    `runs keep nothing: less than ${BYTES_A_RUN / 1024} KiB each on the heap`,
    async () => {
      const device = await bench.fresh();
      const runs = async (count: number): Promise<void> => {
        for (let k = 0; k < count; k++) await bench.gather(device, program);
      };
      await runs(CYCLES);
      const before = heap();
      await runs(CYCLES);
      const each = (heap() - before) / CYCLES;
      demand(each < BYTES_A_RUN, `each run kept ${Math.round(each / 1024)} KiB`);
    },
  );
}

function handles(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    if (kind === 'Timeout' || kind === 'Immediate' || kind.endsWith('Request')) continue;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

/** Bytes in use on the heap after a collection. */
function heap(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}
