import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { driverContext } from '../../test/support/run-device.js';
import { systemClock, VirtualTimeline } from '../../src/core/index.js';
import { DeviceRegistry, readManifest, readProgram, type Device } from '../../src/device/index.js';
import { createDevice as nullDevice } from '../null/index.js';
import { DeviceGuard, type GuardWiring } from './device-guard.js';
import { lineNumber, readChips } from './gpio-chips.js';
import { createGuard } from './index.js';
import { MemoryLines } from './memory-lines.js';
import { loadOnoff, openOnoffLines, type OnoffModule } from './onoff-lines.js';
import { TreeLines } from './tree-lines.js';

const root = mkdtempSync(join(tmpdir(), 'relaxd-gpio-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let trees = 0;

/** A folder as /sys/class/gpio is laid out. */
function tree(...chips: readonly { label: string; base: number; ngpio: number }[]): string {
  const folder = join(root, `tree-${++trees}`);
  for (const { label, base, ngpio } of chips) {
    const chip = join(folder, `gpiochip${base}`);
    mkdirSync(chip, { recursive: true });
    writeFileSync(join(chip, 'label'), `${label}\n`);
    writeFileSync(join(chip, 'base'), `${base}\n`);
    writeFileSync(join(chip, 'ngpio'), `${ngpio}\n`);
  }
  return folder;
}
const PI = { label: 'pinctrl-bcm2711', base: 0, ngpio: 58 };
const PI_66 = { ...PI, base: 512 };
const EXPANDER = { label: 'pcf8574', base: 570, ngpio: 8 };

describe('addresses of lines', () => {
  it.each([
    ['0, as up to Linux 6.5', PI, 17, 17],
    ['512, as since Linux 6.6', PI_66, 17, 529],
    ['570, of a chip beside it', EXPANDER, 3, 573],
  ])('chip and offset give the number behind base %s', (_, chip, offset, number) => {
    const folder = chip === EXPANDER ? tree(PI_66, EXPANDER) : tree(chip);
    expect(lineNumber(readChips(folder), { chip: chip.label, offset })).toBe(number);
  });

  it('that do not exist are refused with what does', () => {
    const chips = readChips(tree(PI_66, EXPANDER));
    expect(() => lineNumber(chips, { chip: 'pinctrl-rp1', offset: 1 })).toThrow(
      expect.objectContaining({
        code: 'invalid-input',
        details: expect.objectContaining({ limit: [PI.label, EXPANDER.label] }) as object,
      }),
    );
    expect(() => lineNumber(chips, { chip: EXPANDER.label, offset: 8 })).toThrow(/0 … 7, not 8/);
    const twins = readChips(tree(EXPANDER, { ...EXPANDER, base: 600 }));
    expect(() => lineNumber(twins, { chip: EXPANDER.label, offset: 1 })).toThrow(/2 GPIO chips/);
    expect(() => readChips(join(root, 'nowhere'))).toThrow(/there is no GPIO/);
  });
});

describe('lines of the machine', () => {
  /** What onoff would do, written down: it acts on /sys/class/gpio only, which no test machine has. */
  function onoff(accessible = true): { module: OnoffModule; done: string[] } {
    const done: string[] = [];
    class Gpio {
      static accessible = accessible;
      constructor(
        private readonly line: number,
        direction: string,
        edge = 'none',
      ) {
        done.push(`${line} ${direction} ${edge}`);
      }
      readSync = (): 1 => 1;
      writeSync = (level: number): void => void done.push(`${this.line} = ${level}`);
      watch = (listener: (error: null, level: 0 | 1) => void): void => listener(null, 0);
      unexport = (): void => void done.push(`${this.line} unexport`);
    }
    return { module: { Gpio }, done };
  }

  it.each([
    [0, PI],
    [512, PI_66],
  ])('are those that onoff knows behind base %i', async (base, chip) => {
    const { module, done } = onoff();
    const lines = await openOnoffLines(async () => module, tree(chip));
    const enable = lines.output({ chip: chip.label, offset: 4 });
    enable.write(1);
    enable.close();
    const stop = lines.input({ chip: chip.label, offset: 27 });
    const levels: number[] = [];
    stop.onEdge((level) => levels.push(level));
    expect(stop.read()).toBe(1);
    stop.close();
    expect(levels).toEqual([0]);
    expect(done).toEqual([
      `${base + 4} low none`,
      `${base + 4} = 1`,
      `${base + 4} = 0`,
      `${base + 4} unexport`,
      `${base + 27} in both`,
      `${base + 27} unexport`,
    ]);
  });

  it('that this process may not use are refused with what to do', async () => {
    const { module } = onoff(false);
    await expect(openOnoffLines(async () => module, tree(PI))).rejects.toMatchObject({
      code: 'device-offline',
      details: { hint: expect.stringMatching(/gpio/) as string },
    });
  });

  it('are refused in words where onoff’s native part is of another Node', async () => {
    const broken = async (): Promise<never> => {
      throw new Error('epoll.node was compiled against NODE_MODULE_VERSION 93\n  at …');
    };
    await expect(openOnoffLines(() => loadOnoff(broken), tree(PI))).rejects.toMatchObject({
      code: 'not-supported',
      message: 'onoff cannot be loaded: epoll.node was compiled against NODE_MODULE_VERSION 93',
      details: { hint: expect.stringMatching(/ABI \d+\): npm rebuild epoll/) as string },
    });
  });

  it.skipIf(existsSync('/sys/class/gpio'))('are refused where there are none', async () => {
    const wiring = { enable: { chip: PI.label, offset: 1 } };
    await expect(createGuard(wiring, [], driverContext(1))).rejects.toMatchObject({
      code: expect.stringMatching(/device-offline|not-supported/) as string,
    });
  });
});

const at = (offset: number): { chip: string; offset: number } => ({ chip: PI.label, offset });
const STOP = at(1);
const INTERLOCK = at(2);
const ENABLE = at(3);
const TRIGGER = at(4);
const GATE = at(5);
const LONG = readProgram({
  version: 1,
  sites: 2,
  couplings: { kind: 'memories', patterns: [[1, 1]] },
  duration: 1,
  readout: { every: 1, channels: [] },
  shots: 50_000_000,
});

describe('a guard', () => {
  const open: AsyncDisposable[] = [];
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
  });

  interface Guarded {
    readonly device: Device;
    readonly lines: MemoryLines;
    readonly timeline: VirtualTimeline;
    readonly guard: DeviceGuard;
    /** Edges of the enable so far. */
    readonly edges: () => number;
  }
  async function guarded(wiring: Partial<GuardWiring> = {}): Promise<Guarded> {
    const device = nullDevice('null', {}, driverContext(1));
    open.push(device);
    await device.connect();
    const lines = new MemoryLines([{ label: PI.label, base: 512, lines: 58 }]);
    lines.set(STOP, 1);
    lines.set(INTERLOCK, 1);
    let edges = 0;
    lines.watch(ENABLE, () => edges++);
    const timeline = new VirtualTimeline();
    const guard = new DeviceGuard(
      lines,
      { emergencyStop: STOP, interlock: INTERLOCK, enable: ENABLE, ...wiring },
      [device],
      driverContext(1),
      timeline,
    );
    open.push(guard);
    return { device, lines, timeline, guard, edges: () => edges };
  }
  async function acquire(device: Device): Promise<{ ended: Promise<string> }> {
    await device.load(LONG);
    await device.arm({ run: 'run-1', seed: 1 });
    await device.start();
    const ended = device.readResult().then(
      () => 'done',
      (error: Error) => error.message,
    );
    return { ended };
  }
  const settled = async (device: Device): Promise<void> => {
    const beganMs = performance.now();
    while (device.equipment !== 'safe' && performance.now() - beganMs < 5000) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };

  it('pulses the enable while a device is armed or acquiring, and only then', async () => {
    const { device, lines, timeline, edges } = await guarded({ pulseHz: 50 });
    await timeline.advance(1000);
    expect(edges()).toBe(0);
    await device.load(LONG);
    await device.arm({ run: 'run-1', seed: 1 });
    await timeline.advance(995);
    expect(edges()).toBe(100); // 50 Hz: an edge at once, and each 10 ms
    await device.start();
    await timeline.advance(1000);
    expect(edges()).toBe(200);
    await device.abort();
    expect(lines.level(ENABLE)).toBe(0);
    const before = edges();
    await timeline.advance(1000);
    expect(edges()).toBe(before);
  });

  it.each([
    ['emergency stop', STOP],
    ['interlock', INTERLOCK],
  ])(
    'ends everything at an edge of the %s, and lets nothing begin before it is well',
    async (name, input) => {
      const { device, lines, timeline, edges } = await guarded();
      const { ended } = await acquire(device);
      await timeline.advance(100);
      lines.set(input, 0);
      expect(lines.level(ENABLE)).toBe(0); // at once, not when the device has answered
      expect(device.equipment).toBe('safe');
      expect(device.reason).toContain(name);
      expect(await ended).toContain(name);
      const before = edges();
      await timeline.advance(1000);
      expect(edges()).toBe(before);
      const clear = { fault: 'safe-state', operator: 'tester', note: 'too early' };
      await device.clearFault(clear);
      expect(device.equipment).toBe('safe'); // still tripped
      lines.set(input, 1);
      expect(device.equipment).toBe('safe'); // a person has to clear it
      await device.clearFault(clear);
      expect(device.equipment).toBe('standby');
      await acquire(device);
      await timeline.advance(100);
      expect(edges()).toBeGreaterThan(before);
    },
  );

  it('takes a glitch for an edge, and a line that cannot be read for one that trips', async () => {
    const { device, lines } = await guarded();
    await acquire(device);
    lines.set(STOP, 0);
    lines.set(STOP, 1);
    await settled(device);
    expect(device.equipment).toBe('safe');

    const folder = tree(PI_66);
    const timeline = new VirtualTimeline();
    const files = new TreeLines(folder, timeline);
    mkdirSync(join(folder, 'gpio513'), { recursive: true });
    writeFileSync(files.valueFile(STOP), '1');
    await device.clearFault({ fault: 'safe-state', operator: 'tester', note: 'again' });
    const guard = new DeviceGuard(
      files,
      { emergencyStop: STOP, enable: ENABLE },
      [device],
      driverContext(1),
      timeline,
    );
    open.push(guard);
    await acquire(device);
    await timeline.advance(20);
    expect(device.equipment).toBe('acquiring');
    rmSync(files.valueFile(STOP));
    await timeline.advance(20);
    await settled(device);
    expect(device.equipment).toBe('safe');
    expect(device.reason).toMatch(/emergency stop cannot be read/);
    expect(readFileSync(files.valueFile(ENABLE), 'utf8')).toBe('0');
  });

  it('sends one trigger, and holds the gate for as long as a device acquires', async () => {
    const { device, lines, timeline } = await guarded({
      trigger: TRIGGER,
      triggerMs: 3,
      gate: GATE,
    });
    const told: string[] = [];
    lines.watch(TRIGGER, (level) => told.push(`trigger ${level} at ${timeline.monotonicMs()}`));
    lines.watch(GATE, (level) => told.push(`gate ${level} at ${timeline.monotonicMs()}`));
    await acquire(device);
    await timeline.advance(50);
    await device.abort();
    expect(told).toEqual(['gate 1 at 0', 'trigger 1 at 0', 'trigger 0 at 3', 'gate 0 at 50']);
  });

  it('brings a device that is found with the stop pressed to its safe state, and leaves lines low', async () => {
    const { device, lines, guard } = await guarded();
    await guard[Symbol.asyncDispose]();
    lines.set(STOP, 0);
    const other = new DeviceGuard(
      lines,
      { emergencyStop: STOP, enable: ENABLE },
      [device],
      driverContext(1),
      new VirtualTimeline(),
    );
    open.push(other);
    await settled(device);
    expect(device.equipment).toBe('safe');
    const inverted = { ...STOP, okLevel: 0 as const };
    await other[Symbol.asyncDispose]();
    await device.clearFault({ fault: 'safe-state', operator: 'tester', note: 'normally open' });
    open.push(
      new DeviceGuard(
        lines,
        { emergencyStop: inverted },
        [device],
        driverContext(1),
        new VirtualTimeline(),
      ),
    );
    expect(device.equipment).toBe('standby');
    lines.set(STOP, 1);
    expect(device.equipment).toBe('safe');
  });
});

describe('guards of a configuration', () => {
  const drivers = fileURLToPath(new URL('..', import.meta.url));
  const registry = (guard: object): Promise<DeviceRegistry> =>
    DeviceRegistry.open({
      driversRoot: drivers,
      guards: [{ driver: 'gpio', devices: ['null'], ...guard }],
      context: { clock: systemClock, log: () => undefined, threads: 1 },
    });

  it('bring a running device to its safe state when a file says that the stop was pressed', async () => {
    const folder = tree(PI_66);
    mkdirSync(join(folder, 'gpio513'));
    const stop = join(folder, 'gpio513', 'value');
    writeFileSync(stop, '1');
    await using devices = await registry({
      options: { simulated: folder, emergencyStop: STOP, enable: ENABLE },
    });
    const device = devices.get('null');
    await device.load(LONG);
    await device.arm({ run: 'run-1', seed: 1 });
    await device.start();
    const ended = device.readResult().catch((error: Error) => error.message);
    const levels = new Set<string>();
    for (let k = 0; k < 40; k++) {
      levels.add(readFileSync(join(folder, 'gpio515', 'value'), 'utf8'));
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    expect([...levels].filter((level) => level !== '').sort()).toEqual(['0', '1']);
    writeFileSync(stop, '0');
    expect(await ended).toMatch(/emergency stop/);
    expect(device.equipment).toBe('safe');
    expect(readFileSync(join(folder, 'gpio515', 'value'), 'utf8')).toBe('0');
  });

  it.each([
    ['a line that is not there', { options: { simulated: 'nowhere', enable: ENABLE } }, /no GPIO/],
    ['an option that is none', { options: { simulated: '.', enabel: ENABLE } }, /enabel/],
    ['no line at all', {}, /has no line/],
    ['a device that is none', { devices: ['null', 'nil'], options: {} }, /no device 'nil'/],
  ])('with %s withhold their devices, and no others', async (_, guard, why) => {
    await using devices = await registry(guard);
    expect(devices.list().some(({ id }) => id === 'glauber')).toBe(true);
    expect(() => devices.get('null')).toThrow(why);
    expect(() => devices.get('null')).toThrow(/null is withheld: its guard 'gpio'/);
  });

  it('has a manifest without devices', () => {
    expect(readManifest(join(drivers, 'gpio')).devices).toEqual([]);
  });
});
