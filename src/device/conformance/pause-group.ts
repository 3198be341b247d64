import { resultLater, type Bench } from './bench.js';
import { demand, demandEqual, type Checks } from './checks.js';
import { probeProgram } from './probe-program.js';

const STILL_MS = 150;
/** A busy machine gives a device that goes on no time in one look: so many of them. */
const LOOKS = 6;

/** Pausing between two shots, going on, and ending at one. */
export async function pauseGroup(checks: Checks, bench: Bench): Promise<void> {
  const device = await bench.fresh();
  const descriptor = await device.describe();
  const long = probeProgram(
    descriptor,
    { shots: descriptor.origin === 'emulator' ? 20_000 : 200 },
    { readout: { every: null, channels: [] } },
  );
  if (!descriptor.shots.pauseAtShot) {
    checks.skip('pause', 'the descriptor does not claim shots.pauseAtShot');
  } else {
    await checks.check('a paused device stands still, and goes on to the same end', async () => {
      let seen = 0;
      const pausing = await bench.gather(await bench.fresh(), long, {
        during: async (running) => {
          running.on('shot', ({ shots }) => void (seen = shots));
          await bench.patiently(running.pauseAtShot(), 'pauseAtShot did not end');
          await bench.sleep(STILL_MS); // what was finished before is told still
          const before = seen;
          demandEqual(running.equipment, 'acquiring', 'the equipment’s state while it is paused');
          demand(before < long.shots, 'the run was over before it could be paused');
          for (let look = 0; look < LOOKS; look++) {
            await bench.sleep(STILL_MS);
            demandEqual(seen, before, 'the number of shots after a while of pausing');
          }
          await running.resume();
        },
      });
      demandEqual(pausing.result.shots, long.shots, 'the shots of the run');
      if (descriptor.origin !== 'emulator') return;
      const without = await bench.gather(await bench.fresh(), long);
      demandEqual(
        JSON.stringify(pausing.result),
        JSON.stringify(without.result),
        'the result of the paused run (and of one that was not)',
      );
    });
    await checks.check('a paused run can be stopped, and aborted', async () => {
      for (const end of ['stop', 'abort'] as const) {
        const running = await bench.fresh();
        await bench.begin(running, long);
        const reading = resultLater(running);
        await bench.patiently(running.pauseAtShot(), 'pauseAtShot did not end');
        await bench.patiently(running[end](), `${end} did not end`);
        demandEqual(running.equipment, 'standby', `the equipment’s state after ${end}`);
        await (end === 'stop' ? bench.patiently(reading, 'the result did not come') : undefined);
      }
    });
    await checks.check(
      'pausing twice, and resuming twice, is pausing and resuming once',
      async () => {
        const { result } = await bench.gather(await bench.fresh(), long, {
          during: async (running) => {
            await Promise.all([running.pauseAtShot(), running.pauseAtShot()]);
            await running.resume();
            await running.resume();
          },
        });
        demandEqual(result.shots, long.shots, 'the shots of the run');
      },
    );
  }
  await checks.check(
    'stop ends the run at a shot: the result has the shots that were done, and says so',
    async () => {
      const running = await bench.fresh();
      const run = await bench.gather(running, long, {
        during: (busy) => bench.patiently(busy.stop(), 'stop did not end'),
      });
      demand(run.result.shots < long.shots, 'the run was over before it could be stopped');
      demandEqual(
        run.result.shots,
        run.shotsSeen.at(-1) ?? 0,
        'the shots of the result (and those that were told)',
      );
      demand(
        run.result.warnings.some((warning) => warning.includes('stopped')),
        'no warning says that the run was stopped',
      );
      demandEqual(running.equipment, 'standby', 'the equipment’s state');
    },
  );
}
