import { resultLater, type Bench } from './bench.js';
import { demand, demandEqual, demandRefused, type Checks } from './checks.js';
import { LONG_RUN, probeProgram } from './probe-program.js';

/** The safe state can be reached from everywhere, ends what runs, and is left by a person only. */
export async function safeStateGroup(checks: Checks, bench: Bench): Promise<void> {
  const descriptor = await (await bench.fresh()).describe();
  const short = probeProgram(descriptor);
  const long = probeProgram(descriptor, { shots: LONG_RUN });
  const preparations = {
    standby: () => bench.fresh(),
    armed: () => bench.armed(short),
    acquiring: async () => {
      const device = await bench.fresh();
      await bench.begin(device, long);
      return device;
    },
  };
  for (const [state, prepare] of Object.entries(preparations)) {
    await checks.check(
      `from ${state}: safe, with its cause; nothing runs until it is cleared`,
      async () => {
        const device = await prepare();
        const reading = state === 'acquiring' ? resultLater(device) : null;
        const told: (string | undefined)[] = [];
        device.on('equipment', ({ equipment, reason }) => {
          if (equipment === 'safe') told.push(reason);
        });
        await bench.patiently(device.toSafeState('conformance test'), 'toSafeState did not end');
        demandEqual(device.equipment, 'safe', 'the equipment’s state');
        demand(
          device.reason?.includes('conformance test') === true,
          `the reason is '${device.reason}'`,
        );
        demand(
          told.some((reason) => reason?.includes('conformance test')),
          'no equipment event told the cause',
        );
        if (reading !== null) {
          await demandRefused('readResult', ['aborted', 'device-fault'], () =>
            bench.patiently(reading, 'the run did not end'),
          );
        }
        await demandRefused('load', ['illegal-transition', 'device-fault'], () =>
          device.load(short),
        );
        await demandRefused('start', ['illegal-transition', 'device-fault'], () => device.start());
        await bench.clear(device);
        demandEqual(device.equipment, 'standby', 'the equipment’s state after it was cleared');
        const { result } = await bench.gather(device, short);
        demandEqual(result.shots, short.shots, 'the shots of a run afterwards');
      },
    );
  }
  await checks.check('a second safe state changes nothing', async () => {
    const device = await bench.fresh();
    await device.toSafeState('first');
    await device.toSafeState('second');
    demandEqual(device.equipment, 'safe', 'the equipment’s state');
    await bench.clear(device);
  });
  await checks.check('a program must be loaded again afterwards', async () => {
    const device = await bench.fresh();
    await device.load(short);
    await device.toSafeState('conformance test');
    await bench.clear(device);
    await demandRefused('arm', ['illegal-transition'], () =>
      device.arm({ run: bench.nextRun(), seed: 1 }),
    );
  });
}
