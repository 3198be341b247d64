import { describe, expect, it } from 'vitest';
import { createDevice as cavity } from '../../drivers/cavity-qed/index.js';
import { createDevice as glauber } from '../../drivers/glauber/index.js';
import { createDevice as nothing } from '../../drivers/null/index.js';
import { createDevice as spiking } from '../../drivers/spiking/index.js';
import { driverContext } from '../support/run-device.js';

describe('options of a configured device', () => {
  it.each([
    ['cavity-qed', cavity],
    ['glauber', glauber],
    ['null', nothing],
    ['spiking', spiking],
  ])('that driver %s does not have are refused, not lost', (_, create) => {
    expect(() => create('mine', { hiddenRate: 5 }, driverContext(1))).toThrow(
      /options of mine: hiddenRate: unknown field; known here: none/,
    );
  });
});
