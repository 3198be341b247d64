import { resultLater, type Bench } from './bench.js';
import { demand, demandEqual, demandRefused, type Checks } from './checks.js';
import { LONG_RUN, probeProgram } from './probe-program.js';

/** Faults are latched, named, end what runs, and are cleared by name. */
export async function faultsGroup(checks: Checks, bench: Bench): Promise<void> {
  const device = await bench.fresh();
  const descriptor = await device.describe();
  const short = probeProgram(descriptor);
  const long = probeProgram(descriptor, { shots: LONG_RUN });
  await checks.check(
    'a listener that throws ends the run with its reason, and not the device',
    async () => {
      const listened = await bench.fresh();
      await listened.load(short);
      const stop = listened.on('samples', () => {
        throw new Error('a listener of the conformance kit threw this');
      });
      await listened.arm({ run: bench.nextRun(), seed: 1 });
      await listened.start();
      const ended = await bench.patiently(
        listened.readResult().then(
          () => null,
          (error: unknown) => error as Error,
        ),
        'the run did not end',
      );
      stop();
      if (ended !== null)
        demand(ended.message.includes('threw this'), `the run ended with '${ended.message}'`);
      const { result } = await bench.gather(listened, short);
      demandEqual(result.shots, short.shots, 'the shots of a run afterwards');
    },
  );
  const injector = bench.faults;
  if (injector === null || injector.faults.length === 0) {
    const claims = descriptor.features.includes('fault-injection');
    if (!claims)
      checks.skip(
        'faults that are made',
        'no fault injector was given, and the descriptor claims no fault-injection',
      );
    else {
      await checks.check('faults can be made', () =>
        demand(false, 'the descriptor claims fault-injection, and no fault injector was given'),
      );
    }
    return;
  }
  for (const fault of injector.faults) {
    await checks.check(
      `fault '${fault}' during a run: latched, told once, the run ends with it, cleared by its own name only`,
      async () => {
        const hit = await bench.fresh();
        const told: { id: string; cause: string }[] = [];
        hit.on('fault', (event) => void told.push(event));
        await bench.begin(hit, long);
        const reading = resultLater(hit);
        await injector.inject(fault, hit);
        await demandRefused('readResult', ['device-fault', 'aborted'], () =>
          bench.patiently(reading, 'the run did not end'),
        );
        demand(['fault', 'safe'].includes(hit.equipment), `the equipment is '${hit.equipment}'`);
        demandEqual(told.length, 1, 'the number of fault events');
        demand(told[0]!.cause !== '', 'the fault has no cause');
        demand(hit.reason !== null && hit.reason !== '', 'the device gives no reason');
        const { fault: latched } = hit; // left out by devices that do not tell
        if (latched !== undefined) {
          demandEqual(latched?.id, told[0]!.id, 'the id of the latched fault');
        }
        await demandRefused('load', ['illegal-transition', 'device-fault'], () => hit.load(short));
        await demandRefused(
          'clearing another fault',
          ['illegal-transition', 'device-fault', 'not-found', 'invalid-input'],
          () =>
            hit.clearFault({
              fault: 'some other fault',
              operator: 'conform',
              note: 'must be refused',
            }),
        );
        await injector.remove(fault, hit);
        await hit.clearFault({ fault: told[0]!.id, operator: 'conform', note: 'conformance test' });
        demandEqual(hit.equipment, 'standby', 'the equipment’s state after it was cleared');
        demandEqual(hit.fault ?? null, null, 'the latched fault after it was cleared');
        const { result } = await bench.gather(hit, short);
        demandEqual(result.shots, short.shots, 'the shots of a run afterwards');
      },
    );
  }
}
