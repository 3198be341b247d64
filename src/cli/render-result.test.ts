import { describe, expect, it } from 'vitest';
import { Output } from './output.js';
import { renderResult, type ShownResult } from './render-result.js';

const quantity = { mean: 1, sem: 0.5, variance: 0.5 };
const bath = (temperature: number, mean: number) => ({
  ...quantity,
  bath: `bath at T = ${temperature}`,
  temperature,
  mean,
});

function rendered(
  heat: ShownResult['thermodynamics']['heat'],
  units: Parameters<typeof renderResult>[3],
): string {
  let text = '';
  const stream = { write: (part: string) => (text += part), isTTY: false } as unknown;
  const output = new Output(stream as NodeJS.WriteStream, stream as NodeJS.WriteStream, false);
  const result = {
    run: 'r',
    device: 'd',
    origin: 'emulator',
    seed: 1,
    shots: 2,
    durationS: 1,
    engine: 'reference',
    program: { hash: 'sha256:0', rule: null },
    final: { states: [], overlaps: [] },
    thermodynamics: {
      work: null,
      heat,
      energyChange: null,
      entropyProduction: null,
      firstLawResidual: null,
      jarzynski: null,
    },
    warnings: [],
  } as unknown as ShownResult;
  renderResult(output, result, null, units);
  return text;
}

describe('a result for people', () => {
  const units = {
    time: { name: 't0', seconds: 2e-6 },
    energy: { name: 'kT_eff', joules: 4.141947e-21 },
  };

  it('lists the heat of each of several baths, which their sum hides', () => {
    const text = rendered({ ...quantity, baths: [bath(0.25, 7.5), bath(1, -8.5)] }, units);
    expect(text).toMatch(/into that at T = 0\.25 +7\.50 ± 0\.50/);
    expect(text).toMatch(/into that at T = 1 +-8\.50 ± 0\.50/);
    expect(rendered({ ...quantity, baths: [bath(1, 1)] }, units)).not.toContain('into that');
  });

  it('names the units of times and, where there are energies, of those', () => {
    const text = rendered({ ...quantity, baths: [bath(1, 1)] }, units);
    expect(text).toContain('unit of time: t0 = 2.000e-6 s; of energy: kT_eff = 4.142e-21 J');
    expect(rendered(null, units)).toContain('unit of time: t0 = 2.000e-6 s\n');
    expect(rendered(null, null)).not.toContain('unit of');
  });
});
