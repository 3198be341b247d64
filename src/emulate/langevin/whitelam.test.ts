import { describe, expect, it } from 'vitest';
import { CHIP, circuitUnits } from './circuit-units.js';
import { energyFromScratch } from './potential.js';
import { fromWhitelam, toWhitelam } from './whitelam.js';
import { circuit } from '../../../test/support/circuit.js';

describe('Whitelam’s convention', () => {
  const published = {
    quadratic: [1, 2, 0.5],
    quartic: [1, 0.5, 2],
    biases: [0.3, -1, 0],
    couplings: [0, 0.7, -0.2, 0.7, 0, 1.1, -0.2, 1.1, 0],
  };
  const x = [0.4, -1.3, 0.8];

  it('gives the same potential: V = Σ (J2 x² + J4 x⁴) + Σ b x + Σ_(ij) J x x, each pair once', () => {
    let V = 0;
    for (let i = 0; i < 3; i++) {
      V += published.quadratic[i]! * x[i]! ** 2 + published.quartic[i]! * x[i]! ** 4;
      V += published.biases[i]! * x[i]!;
      for (let j = 0; j < i; j++) V += published.couplings[i * 3 + j]! * x[i]! * x[j]!;
    }
    const members = fromWhitelam(published);
    const program = circuit({
      sites: 3,
      couplings: { kind: 'dense', data: Array.from(members.couplings.data) },
      fields: Array.from(members.fields),
      wells: {
        quadratic: Array.from(members.wells.quadratic),
        quartic: Array.from(members.wells.quartic),
      },
      duration: 1,
    });
    const knobs = Float64Array.of(1, 1, 0, 0);
    expect(energyFromScratch(program, Float64Array.from(x), knobs)).toBeCloseTo(V, 14);
  });

  it('changes the sign of couplings and biases, there and back, without negative zeros', () => {
    const members = fromWhitelam({ ...published, quadratic: 1, quartic: 2 });
    expect(Array.from(members.fields)).toEqual([-0.3, 1, 0]);
    expect(members.couplings.data[1]).toBe(-0.7);
    expect(Array.from(members.wells.quartic)).toEqual([2, 2, 2]);
    const back = toWhitelam(fromWhitelam(published));
    expect(Array.from(back.biases)).toEqual(published.biases);
    expect(Array.from(back.couplings)).toEqual(published.couplings);
  });

  it('refuses couplings that are not N×N', () => {
    expect(() => fromWhitelam({ ...published, couplings: [0, 1] })).toThrow(
      /2 entries for 3 biases/,
    );
  });
});

describe('units of a circuit', () => {
  it('are those of the worked preset: 1 MΩ, 1 pF, 300 K', () => {
    const units = circuitUnits(CHIP);
    expect(units.timeS).toBeCloseTo(2e-6, 15);
    expect(units.voltageV * 1e6).toBeCloseTo(91.0, 1);
    expect(units.transconductanceS * 1e6).toBeCloseTo(0.5, 12);
    expect(units.currentA * 1e12).toBeCloseTo(45.5, 1);
    expect(units.cubicAPerV3).toBeCloseTo(241, 0);
    expect(units.noiseAPerRootHz * 1e12).toBeCloseTo(0.129, 3);
    expect(units.energyJ).toBeCloseTo(4.141947e-21, 27);
  });
});
