import { afterAll, describe, expect, it } from 'vitest';
import { driverContext, runOnDevice } from '../../test/support/run-device.js';
import { prepareRetrieval } from '../../src/compile/index.js';
import { readDescriptor, readManifest, readProgram } from '../../src/device/index.js';
import { loadMemories } from '../../src/memory/index.js';
import { createDevice, spikingDescriptor } from './index.js';

const folder = new URL('.', import.meta.url).pathname;
const device = createDevice('spiking', {}, driverContext(2));
afterAll(async () => {
  await device.close();
});

const memory = [1, 1, 1, -1, -1, 1, -1, 1, -1, -1];
const base = {
  version: 1,
  sites: 10,
  couplings: { kind: 'memories', patterns: [memory] },
  dynamics: { rule: 'spiking' },
  duration: 10,
};

describe('spiking device', () => {
  it('has a manifest that names it and a descriptor that can be read, its constants and its time in SI', () => {
    expect(readManifest(folder)).toMatchObject({ name: 'spiking', devices: [{ id: 'spiking' }] });
    const descriptor = readDescriptor(spikingDescriptor('spiking'));
    expect(descriptor.units.time).toEqual({ name: 'membrane time', seconds: 0.008 });
    const constants = Object.fromEntries(
      descriptor.parameters.map(({ name, default: value, unit }) => [name, `${value} ${unit}`]),
    );
    expect(constants).toMatchObject({
      tau: '0.008 s',
      rest: '-0.07 V',
      reset: '-0.065 V',
      threshold: '-0.05 V',
      refractory: '0.002 s',
      resistance: '10000000 Ω',
      fieldCurrentA: '1e-9 A',
    });
  });

  it.each([
    [0, 1],
    [0.1, 1],
    [0.15, 1],
  ])(
    'retrieves letters from cues with a share of %s wrong: success %s (projection, 20 shots)',
    async (corrupt, success) => {
      const memories = await loadMemories('letters:A,B,C');
      const prepared = prepareRetrieval(
        { memories, rule: 'projection', corrupt, shots: 20 },
        await device.describe(),
      );
      expect(prepared.program.duration).toBe(40);
      device.on('samples', (chunk) => prepared.observer.onSamples(chunk));
      const { result } = await runOnDevice(device, prepared.program, { seed: 4 });
      const { retrieval } = prepared.observer.finish(result);
      expect(retrieval.success).toBe(success);
      expect(retrieval.time.mean).toBeLessThan(4);
    },
  );

  it('has no energies and says why, also where a program asks for them', async () => {
    const program = readProgram({
      ...base,
      shots: 3,
      readout: { every: 5, channels: ['energy', 'work', 'heat', 'overlaps'] },
    });
    const { result } = await runOnDevice(device, program, { seed: 1 });
    expect(result.observables.energy?.mean).toEqual([null, null, null]);
    const { work, heat, energyChange, entropyProduction, firstLawResidual, jarzynski } =
      result.thermodynamics;
    for (const none of [work, heat, energyChange, entropyProduction, firstLawResidual, jarzynski]) {
      expect(none).toBeNull();
    }
    const said = result.warnings.join('\n');
    expect(said).toMatch(/work, energyChange and firstLawResidual are null: neurons are fed/);
    expect(said).toMatch(/heat and firstLawResidual are null: .*not modelled/);
    expect(said).toMatch(/entropyProduction is null: a spike resets/);
    expect(said).toMatch(/jarzynski is null/);
  });

  it('reports the entropy production of memoryless neurons, and why there is none at T = 0', async () => {
    const dynamics = { rule: 'spiking', kernel: 'memoryless', order: 'synchronous' };
    const program = (temperature: number): unknown => ({
      ...base,
      dynamics: { ...dynamics, temperature },
      initial: { kind: 'pattern', values: memory },
      shots: 4,
    });
    const warm = await runOnDevice(device, readProgram(program(0.5)), { seed: 1 });
    expect(warm.result.thermodynamics.entropyProduction).toMatchObject({ method: 'medium' });
    expect(warm.result.thermodynamics.entropyProduction?.mean).toEqual(expect.any(Number));
    const cold = await runOnDevice(device, readProgram(program(0)), { seed: 1 });
    expect(cold.result.thermodynamics.entropyProduction).toBeNull();
    expect(cold.result.warnings.join('\n')).toMatch(/entropyProduction is null: .*T = 0/);
  });

  it('takes its currents from its parameters', async () => {
    const program = readProgram({
      ...base,
      couplings: { kind: 'coo', entries: [] },
      references: [new Array<number>(10).fill(1)],
      initial: { kind: 'pattern', values: memory },
      fields: new Array<number>(10).fill(1.9),
      duration: 20,
    });
    await device.connect();
    const before = await runOnDevice(device, program, { seed: 1 });
    expect(before.result.final.overlaps[0]).toEqual([1]);
    await device.writeParameter('biasOverRheobase', 0); // 1.9 nA alone is below the rheobase
    const without = await runOnDevice(device, program, { seed: 1 });
    expect(without.result.final.overlaps[0]).toEqual([-1]);
    await device.writeParameter('fieldCurrentA', 2e-9);
    const doubled = await runOnDevice(device, program, { seed: 1 });
    expect(doubled.result.final.overlaps[0]).toEqual([1]);
    await device.writeParameter('biasOverRheobase', 1);
    await device.writeParameter('fieldCurrentA', 1e-9);
    await expect(device.writeParameter('tau', 0.01)).rejects.toMatchObject({
      code: 'parameter-out-of-range',
    });
  });

  it('follows a temperature control down to a sharp threshold, and says that it runs in steps', async () => {
    const program = readProgram({
      ...base,
      dynamics: { rule: 'spiking' },
      controls: {
        temperature: [
          [0, 2],
          [20, 0],
        ],
      },
      duration: 40,
      shots: 20,
    });
    const { result, warnings } = await runOnDevice(device, program, { seed: 3 });
    expect(warnings.join()).toMatch(/steps of 0.0125 membrane times/);
    for (const [m] of result.final.overlaps) expect(Math.abs(m!)).toBe(1);
  });

  it('stands still at a shot, then goes on to the same result', async () => {
    const program = readProgram({
      ...base,
      dynamics: { rule: 'spiking', temperature: 0.2 },
      duration: 30,
      shots: 30,
    });
    const whole = await runOnDevice(device, program, { seed: 5 });
    await device.load(program);
    await device.arm({ run: 'run-2', seed: 5 });
    await device.start();
    await device.pauseAtShot();
    await device.resume();
    expect(await device.readResult()).toEqual(whole.result);
  });

  const refusals: [string, Record<string, unknown>, string, RegExp][] = [
    ['constants in ms', { spiking: { tau: 8 } }, 'dynamics.spiking.tau', /seconds/],
    ['constants in mV', { spiking: { threshold: -50 } }, 'dynamics.spiking.threshold', /volts/],
    ['a resistance in MΩ', { spiking: { resistance: 10 } }, 'dynamics.spiking.resistance', /ohms/],
    [
      'a threshold below rest',
      { spiking: { threshold: -0.07, reset: -0.08 } },
      'dynamics.spiking.threshold',
      /rheobase/,
    ],
    [
      'a reset at the threshold',
      { spiking: { reset: -0.05 } },
      'dynamics.spiking.reset',
      /below its threshold/,
    ],
    [
      'no refractory time without noise',
      { spiking: { refractory: 0 } },
      'dynamics.spiking.refractory',
      /without end/,
    ],
    ['all together', { order: 'synchronous' }, 'dynamics.order', /continuous time/],
    [
      'a membrane of memoryless neurons',
      { kernel: 'memoryless', spiking: { tau: 0.01 } },
      'dynamics.spiking',
      /no membrane/,
    ],
    [
      'a window of memoryless neurons',
      { kernel: { kind: 'memoryless', window: 2 } },
      'dynamics.kernel',
      /one step/,
    ],
    [
      'a kernel of another device',
      { kernel: { kind: 'ohmic' } },
      'dynamics.kernel',
      /no kernel 'ohmic'/,
    ],
    [
      'exponential synapses from event to event',
      { kernel: { kind: 'lif', response: 'exponential' } },
      'dynamics.kernel.response',
      /no closed spike times/,
    ],
    ['a step longer than the window', { dt: 5 }, 'dynamics.dt', /window/],
    ['a step of nothing', { dt: 1e-9 }, 'dynamics.dt', /below/],
    [
      'synapses with memory',
      { synapse: { kernel: 'box', tau: 1, lambda: 1 } },
      'dynamics.synapse',
      /memory/,
    ],
    ['another rule', { rule: 'glauber' }, 'dynamics.rule', /no rule/],
  ];
  it.each(refusals)('refuses %s', async (_, dynamics, path, message) => {
    const violations = await device.validate(
      readProgram({ ...base, dynamics: { ...base.dynamics, ...dynamics } }),
    );
    expect(violations.map((violation) => violation.path)).toEqual([path]);
    expect(violations[0]!.message).toMatch(message);
    expect(violations[0]).toHaveProperty('limit');
  });

  it.each([
    ['a step without noise', { dt: 0.01 }],
    [
      'exponential synapses in steps',
      { dt: 0.01, kernel: { kind: 'lif', response: 'exponential' } },
    ],
    ['SRM0', { temperature: 0.2, kernel: 'srm0', spiking: { reset: -0.06, refractory: 0.003 } }],
    ['exponential escape', { temperature: 0.2, kernel: { kind: 'srm0', escape: 'exponential' } }],
  ])('takes %s', async (_, dynamics) => {
    const program = readProgram({
      ...base,
      dynamics: { ...base.dynamics, ...dynamics },
      initial: { kind: 'corrupted', values: memory, flips: 1 },
      duration: 20,
      shots: 4,
    });
    const { result, warnings } = await runOnDevice(device, program, { seed: 2 });
    expect(warnings.join()).toMatch(/in steps of/);
    for (const [m] of result.final.overlaps) expect(m).toBeGreaterThanOrEqual(0.8);
  });
});
