import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../core/index.js';
import {
  legalEquipmentEvents,
  nextEquipment,
  type EquipmentEvent,
  type EquipmentState,
} from './equipment.js';
import { DeviceRegistry } from './registry.js';
import { sampleDescriptor } from './sample-descriptor.test-support.js';

const STATES: EquipmentState[] = [
  'safe',
  'standby',
  'configuring',
  'armed',
  'acquiring',
  'fault',
  'maintenance',
];
const EVENTS: EquipmentEvent[] = [
  'connected',
  'load',
  'loaded',
  'refused',
  'arm',
  'start',
  'finished',
  'disarm',
  'safe',
  'clear',
  'fail',
  'lock',
  'unlock',
];

describe('the equipment state machine', () => {
  it('answers every state and event: a next state, or an error that names both and what is legal', () => {
    for (const state of STATES) {
      for (const event of EVENTS) {
        if (legalEquipmentEvents(state).includes(event)) {
          expect(STATES).toContain(nextEquipment(state, event));
        } else {
          expect(() => nextEquipment(state, event)).toThrow(
            `'${event}' is not legal in state '${state}'`,
          );
        }
      }
    }
  });

  it('runs the way of a job', () => {
    const way: EquipmentEvent[] = ['connected', 'load', 'loaded', 'arm', 'start', 'finished'];
    const seen = way.reduce<EquipmentState[]>(
      (states, event) => [...states, nextEquipment(states.at(-1)!, event)],
      ['safe'],
    );
    expect(seen).toEqual([
      'safe',
      'standby',
      'configuring',
      'standby',
      'armed',
      'acquiring',
      'standby',
    ]);
  });

  it('reaches the safe state from everywhere but a latched fault and maintenance', () => {
    for (const state of STATES) {
      const next = nextEquipment(state, 'safe');
      expect(next).toBe(state === 'fault' || state === 'maintenance' ? state : 'safe');
    }
  });
});

describe('the registry', () => {
  const root = mkdtempSync(join(tmpdir(), 'relaxd-drivers-'));
  afterAll(() => rmSync(root, { recursive: true }));
  const driver = (name: string, manifest: unknown, code: string): void => {
    mkdirSync(join(root, name), { recursive: true });
    writeFileSync(
      join(root, name, 'driver.json'),
      typeof manifest === 'string' ? manifest : JSON.stringify(manifest),
    );
    writeFileSync(join(root, name, 'index.js'), code);
  };
  const manifest = (name: string): unknown => ({
    version: 1,
    name,
    title: name,
    entry: 'index.js',
    devices: [{ id: name }],
  });

  /** A driver whose devices do nothing, with a descriptor. */
  const deviceCode = (descriptor: unknown): string => `
    const calls = ['connect', 'close', 'readParameters', 'writeParameter', 'validate', 'load', 'arm', 'start',
      'pauseAtShot', 'resume', 'stop', 'abort', 'toSafeState', 'clearFault', 'readResult', 'selfTest', 'health', 'on'];
    export const createDevice = (id) => ({
      id, link: 'online', describe: async () => (${JSON.stringify(descriptor)}),
      ...Object.fromEntries(calls.map((name) => [name, async () => undefined])),
      [Symbol.asyncDispose]: async () => undefined,
    });`;

  it('lists a driver that cannot be loaded with its reason, and opens the others', async () => {
    driver('broken-json', '{', '');
    driver('unknown-field', { ...(manifest('unknown-field') as object), colour: 1 }, '');
    driver('no-export', manifest('no-export'), 'export const x = 1;');
    driver(
      'thrower',
      manifest('thrower'),
      'export function createDevice() { throw new Error("no power"); }',
    );
    driver('no-device', manifest('no-device'), 'export const createDevice = () => ({});');
    driver('odd', manifest('odd'), deviceCode({ ...sampleDescriptor(), colour: 'red' }));
    driver('fine', manifest('fine'), deviceCode(sampleDescriptor()));
    const logged: string[] = [];
    await using registry = await DeviceRegistry.open({
      driversRoot: root,
      devices: [
        { id: 'fine', driver: 'fine' },
        { id: 'second', driver: 'fine' },
      ],
      context: { clock: systemClock, threads: 1, log: (_level, message) => logged.push(message) },
    });
    expect(registry.list().map((device) => device.id)).toEqual(['fine', 'second']);
    const reasons = Object.fromEntries<string>(
      registry.absent.map((a) => [a.id.split('/').at(-1)!, a.failure.message]),
    );
    expect(reasons['thrower']).toBe('no power');
    expect(reasons['no-device']).toMatch(/is no Device: it has no connect, close, describe/);
    expect(reasons['odd']).toMatch(/descriptor: colour: unknown field/);
    expect(reasons['no-export']).toMatch(/no export createDevice/);
    expect(reasons['broken-json']).toMatch(/driver\.json/);
    expect(reasons['unknown-field']).toMatch(/colour: unknown field/);
    expect(reasons['fine']).toMatch(/id 'fine' is taken/);
    expect(() => registry.get('nothing')).toThrow(/there is no device 'nothing'/);
    expect(() => registry.get('thrower')).toThrow('no power');
  });
});
