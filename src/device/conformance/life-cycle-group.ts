import { asRelaxdError, type ErrorCode } from '../../core/index.js';
import type { Device } from '../device.js';
import { legalEquipmentEvents, nextEquipment, type EquipmentState } from '../equipment.js';
import { resultLater, type Bench } from './bench.js';
import { demand, demandEqual, demandRefused, type Checks } from './checks.js';
import { LONG_RUN, probeProgram } from './probe-program.js';

type Call =
  | 'load'
  | 'arm'
  | 'start'
  | 'pauseAtShot'
  | 'resume'
  | 'clearFault'
  | 'writeParameter'
  | 'selfTest';
/** How a call may be refused in a state that it is not legal in. */
const REFUSED: Readonly<Record<Call, readonly ErrorCode[]>> = {
  load: ['illegal-transition', 'device-busy', 'device-fault'],
  arm: ['illegal-transition', 'device-busy', 'device-fault'],
  start: ['illegal-transition', 'device-fault'],
  pauseAtShot: ['illegal-transition', 'device-fault'],
  resume: ['illegal-transition', 'device-fault'],
  clearFault: ['illegal-transition'],
  writeParameter: ['illegal-transition', 'device-busy'],
  selfTest: ['illegal-transition', 'device-busy'],
};
/** Calls that each state must refuse. */
const ILLEGAL: Readonly<
  Record<'standby' | 'loaded' | 'armed' | 'acquiring' | 'ended' | 'safe', readonly Call[]>
> = {
  standby: ['arm', 'start', 'pauseAtShot', 'resume', 'clearFault'],
  loaded: ['start', 'pauseAtShot', 'resume', 'clearFault'],
  armed: ['load', 'arm', 'pauseAtShot', 'clearFault', 'writeParameter', 'selfTest'],
  acquiring: ['load', 'arm', 'start', 'clearFault', 'writeParameter', 'selfTest'],
  ended: ['start', 'pauseAtShot', 'resume', 'clearFault'],
  safe: ['load', 'arm', 'start', 'pauseAtShot', 'resume'],
};

/** Every legal and illegal edge of the two state machines. */
export async function lifeCycleGroup(checks: Checks, bench: Bench): Promise<void> {
  const descriptor = await (await bench.fresh()).describe();
  const short = probeProgram(descriptor);
  const long = probeProgram(descriptor, { shots: LONG_RUN });
  const writable = descriptor.parameters.find((parameter) => parameter.writable);

  const call = (device: Device, name: Call): Promise<unknown> => {
    switch (name) {
      case 'load':
        return device.load(short);
      case 'arm':
        return device.arm({ run: bench.nextRun(), seed: 1 });
      case 'clearFault':
        return device.clearFault({ fault: 'none', operator: 'conform', note: 'illegal here' });
      case 'writeParameter':
        return device.writeParameter(writable!.name, writable!.default);
      default:
        return device[name]();
    }
  };
  const refuses = async (
    device: Device,
    state: keyof typeof ILLEGAL,
    equipment: EquipmentState,
  ): Promise<void> => {
    demandEqual(device.equipment, equipment, 'the equipment’s state');
    for (const name of ILLEGAL[state]) {
      if (name === 'writeParameter' && writable === undefined) continue;
      await demandRefused(`${name} in '${state}'`, REFUSED[name], () => call(device, name));
      demandEqual(device.equipment, equipment, `the equipment’s state after the refused ${name}`);
    }
  };

  await checks.check('before it is connected it is offline, and refuses to load', async () => {
    const device = await bench.unconnected();
    demandEqual(device.link, 'offline', 'the link’s state');
    await demandRefused('load', ['device-offline', 'illegal-transition'], () => device.load(short));
  });
  await checks.check(
    'connect brings it online, into standby, and tells so; a second connect changes nothing',
    async () => {
      const device = await bench.unconnected();
      const links: string[] = [];
      device.on('link', ({ link }) => void links.push(link));
      await device.connect();
      demandEqual(device.link, 'online', 'the link’s state');
      demandEqual(device.equipment, 'standby', 'the equipment’s state');
      demandEqual(links.at(-1), 'online', 'the last link event');
      const told = links.length;
      await device.connect();
      demandEqual(links.length, told, 'the number of link events after a second connect');
    },
  );
  await checks.check(
    'standby, without a program: arm, start, pause, resume and clear are refused',
    async () => {
      await refuses(await bench.fresh(), 'standby', 'standby');
    },
  );
  await checks.check(
    'standby, with a program: start, pause, resume and clear are refused',
    async () => {
      const device = await bench.fresh();
      await device.load(short);
      await refuses(device, 'loaded', 'standby');
    },
  );
  await checks.check(
    'armed: load, arm, pause, clear, parameters and self-test are refused; stop disarms',
    async () => {
      const device = await bench.armed(short);
      await refuses(device, 'armed', 'armed');
      await device.stop();
      demandEqual(device.equipment, 'standby', 'the equipment’s state after stop');
      await device.arm({ run: bench.nextRun(), seed: 1 });
      await device.abort();
      demandEqual(device.equipment, 'standby', 'the equipment’s state after abort');
    },
  );
  await checks.check(
    'acquiring: load, arm, start, clear, parameters and self-test are refused; the run goes on',
    async () => {
      const device = await bench.fresh();
      await bench.begin(device, long);
      const reading = resultLater(device);
      await refuses(device, 'acquiring', 'acquiring');
      await bench.patiently(device.stop(), 'stop did not end');
      const { shots } = await bench.patiently(reading, 'the run did not end after stop');
      demand(shots <= long.shots, `${shots} shots of ${long.shots}`);
      demandEqual(device.equipment, 'standby', 'the equipment’s state after the run');
    },
  );
  await checks.check(
    'after a run: it is in standby; start, pause and resume are refused, and it can be armed again',
    async () => {
      const device = await bench.fresh();
      const { states } = await bench.gather(device, short);
      demandEqual(states.join(), 'armed,acquiring,standby', 'the states of a run');
      await refuses(device, 'ended', 'standby');
      await device.arm({ run: bench.nextRun(), seed: 1 });
      await device.start();
      await bench.patiently(device.readResult(), 'a second run did not end');
    },
  );
  await checks.check(
    'abort ends a run at once; its result is refused as aborted; the next run is a whole one',
    async () => {
      const device = await bench.fresh();
      await bench.begin(device, long);
      const reading = resultLater(device);
      await bench.patiently(device.abort(), 'abort did not end');
      await demandRefused('readResult after abort', ['aborted'], () => reading);
      demandEqual(device.equipment, 'standby', 'the equipment’s state after abort');
      const { result } = await bench.gather(device, short);
      demandEqual(result.shots, short.shots, 'the shots of the next run');
    },
  );
  await checks.check('stop and abort after the end change nothing', async () => {
    const device = await bench.fresh();
    await bench.gather(device, short);
    for (const name of ['stop', 'abort'] as const) {
      try {
        await device[name]();
      } catch (error) {
        const { code } = asRelaxdError(error);
        demandEqual(code, 'illegal-transition', `what ${name} was refused with`);
      }
      demandEqual(device.equipment, 'standby', `the equipment’s state after ${name}`);
    }
  });
  await checks.check(
    'a call whose signal has fired already is refused as aborted, and changes nothing',
    async () => {
      const device = await bench.fresh();
      const fired = AbortSignal.abort();
      const run = bench.nextRun();
      const calls: readonly (readonly [string, () => Promise<unknown>])[] = [
        ['describe', () => device.describe(fired)],
        ['readParameters', () => device.readParameters(fired)],
        ['validate', () => device.validate(short, fired)],
        ['load', () => device.load(short, fired)],
        ['arm', () => device.arm({ run, seed: 1 }, fired)],
        ['health', () => device.health(fired)],
      ];
      for (const [name, refused] of calls) {
        if (name === 'arm') await device.load(short);
        await demandRefused(name, ['aborted'], refused);
        demandEqual(device.equipment, 'standby', `the equipment’s state after the aborted ${name}`);
      }
    },
  );
  await checks.check('a reader of the result may leave without ending the run', async () => {
    const device = await bench.fresh();
    await bench.begin(device, long);
    const leaving = new AbortController();
    const left = resultLater(device, leaving.signal);
    leaving.abort();
    await demandRefused('the reader that left', ['aborted'], () => left);
    demandEqual(device.equipment, 'acquiring', 'the equipment’s state');
    await device.abort();
  });
  await checks.check(
    'each event of the equipment is a legal step from the one before',
    async () => {
      const device = await bench.fresh();
      let before = device.equipment;
      const wrong: string[] = [];
      device.on('equipment', ({ equipment }) => {
        const reachable = legalEquipmentEvents(before).map((event) => nextEquipment(before, event));
        if (!reachable.includes(equipment)) wrong.push(`${before} → ${equipment}`);
        before = equipment;
      });
      await bench.gather(device, short);
      await bench.begin(device, long);
      await device.toSafeState('conformance');
      await bench.clear(device);
      demand(wrong.length === 0, `no legal step: ${wrong.join(', ')}`);
      demandEqual(before, device.equipment, 'the state of the last event');
    },
  );
  await checks.check('closing during a run ends it, and leaves the device offline', async () => {
    const device = await bench.fresh();
    await bench.begin(device, long);
    const reading = resultLater(device);
    await bench.patiently(device.close(), 'close did not end');
    demandEqual(device.link, 'offline', 'the link’s state');
    await demandRefused('readResult', ['aborted', 'device-offline'], () => reading);
    await bench.close();
  });
}
