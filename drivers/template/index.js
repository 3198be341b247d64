import { RelaxdError } from 'relaxd/dist/src/core/index.js';
import { CoinBench } from './coin-bench.js';
import { CoinDevice } from './coin-device.js';

const MOST_COINS = 1024;

/**
 * What relaxd calls: once for each device of driver.json or of the configuration.
 *
 * @param {string} id the device's name in this laboratory
 * @param {Readonly<Record<string, unknown>>} options the driver's own; say which ones you know, refuse the others
 * @param {import('relaxd/dist/src/device/index.js').DriverContext} context clock, log, threads
 * @returns {import('relaxd/dist/src/device/index.js').Device}
 */
export function createDevice(id, options, context) {
  const { coins = 16, ...unknown } = options;
  const [name] = Object.keys(unknown);
  if (name !== undefined) {
    throw new RelaxdError('unknown-field', `${id} has no option '${name}'`, {
      path: `options.${name}`,
      limit: ['coins'],
    });
  }
  if (!Number.isInteger(coins) || coins < 1 || coins > MOST_COINS) {
    throw new RelaxdError('invalid-input', `options.coins of ${id} is ${JSON.stringify(coins)}`, {
      path: 'options.coins',
      value: coins,
      limit: [1, MOST_COINS],
    });
  }
  return new CoinDevice(id, new CoinBench(coins), context);
}

/**
 * May be left out. Lets `relaxd conform` see what the device does with a fault: for simulators, and for benches with a relay.
 *
 * @param {CoinDevice} device
 * @returns {import('relaxd/dist/src/device/index.js').FaultInjector | null}
 */
export function faultInjector(device) {
  return {
    faults: ['jam'],
    inject: async () => device.bench.jam(true),
    remove: async () => device.bench.jam(false),
  };
}
