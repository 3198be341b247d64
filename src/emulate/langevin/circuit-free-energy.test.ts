import { describe, expect, it } from 'vitest';
import { circuit } from '../../../test/support/circuit.js';
import { circuitGibbsEnds } from './circuit-free-energy.js';

describe('the free energy change of a circuit', () => {
  it('is −A²/2κ of a dragged trap and ½T ln of a stiffness', () => {
    const program = (more: object) =>
      circuit({
        sites: 1,
        wells: { quadratic: 0.5, quartic: 0 },
        drives: [
          {
            pattern: [1],
            amplitude: [
              [0, 0],
              [1, 3],
            ],
          },
        ],
        duration: 1,
        ...more,
      });
    expect(circuitGibbsEnds(program({}), 0.7).freeEnergyChange).toBeCloseTo(-4.5, 12);
    const stiffer = program({
      drives: [],
      controls: {
        quadratic: [
          [0, 0.5],
          [1, 2],
        ],
      },
    });
    expect(circuitGibbsEnds(stiffer, 0.7).freeEnergyChange).toBeCloseTo(0.35 * Math.log(4), 12);
  });

  it('is that of TC-20 for a quartic site, J2 from 1 to 2: .2007279', () => {
    const program = circuit({
      sites: 1,
      wells: { quadratic: 1, quartic: 1 },
      controls: {
        quadratic: [
          [0, 1],
          [1, 2],
        ],
      },
      duration: 1,
    });
    expect(circuitGibbsEnds(program, 1).freeEnergyChange).toBeCloseTo(0.2007279, 7);
  });

  it('is that of a determinant for coupled sites', () => {
    const program = circuit({
      sites: 2,
      wells: { quadratic: [1, 2], quartic: 0 },
      couplings: { kind: 'coo', entries: [[0, 1, 1]] },
      controls: {
        coupling: [
          [0, 0],
          [1, 1.5],
        ],
      },
      duration: 1,
    });
    expect(circuitGibbsEnds(program, 1).freeEnergyChange).toBeCloseTo(
      0.5 * Math.log((8 - 2.25) / 8),
      12,
    );
  });

  it('is not known of coupled quartic sites, of held ones, and where there is no Gibbs state', () => {
    const pair = { couplings: { kind: 'coo', entries: [[0, 1, 1]] }, sites: 2, duration: 1 };
    const bent = circuit({ ...pair, wells: { quadratic: 1, quartic: 1 } });
    const held = circuit({
      ...pair,
      wells: { quadratic: 1, quartic: 0 },
      clamped: [0],
      inputs: [[1]],
    });
    const open = circuit({ ...pair, wells: { quadratic: 0.25, quartic: 0 } });
    for (const program of [bent, held, open])
      expect(circuitGibbsEnds(program, 1).freeEnergyChange).toBeNull();
  });
});
