import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../core/index.js';
import { createSpinModel, type SpinCouplings } from '../../model/index.js';
import { TraceFields } from './trace-fields.js';

const N = 12;
const random = RandomStream.of(3);
const patterns = Array.from({ length: 3 }, () =>
  Int8Array.from({ length: N }, () => random.sign()),
);
const memories = (more: object): SpinCouplings => ({
  kind: 'memories',
  patterns,
  weights: null,
  next: null,
  interaction: { kind: 'polynomial', degree: 2, rectified: false },
  ...more,
});
const dense = Float64Array.from({ length: N * N }, (_, k) =>
  k % (N + 1) === 0 ? 0 : random.normal(),
);

describe('fields of graded synapses', () => {
  const cases: [string, SpinCouplings][] = [
    ['dense asymmetric', { kind: 'dense', data: dense }],
    ['coo', { kind: 'coo', entries: Float64Array.of(0, 1, 0.5, 3, 1, -1, 7, 11, 2, 2, 9, 0.25) }],
    ['memories', memories({})],
    ['weighted memories', memories({ weights: Float64Array.of(2, 1, 0, 1, 3, -1, 0, -1, 4) })],
    ['sequences', memories({ next: Int32Array.of(1, 2, 0) })],
  ];
  it.each(cases)(
    'of %s are Σ J (2x − 1) of traces that fade and saturate, clamped sites as held',
    (_, couplings) => {
      const model = createSpinModel(couplings, N);
      // J column by column, from the model: fields are linear in the states.
      const J = Array.from({ length: N }, () => new Float64Array(N));
      const [up, down] = [new Float64Array(N), new Float64Array(N)];
      for (let j = 0; j < N; j++) {
        model.reset(Int8Array.from({ length: N }, () => 1));
        model.fieldsFromScratch(up);
        model.reset(Int8Array.from({ length: N }, (__, i) => (i === j ? -1 : 1)));
        model.fieldsFromScratch(down);
        for (let i = 0; i < N; i++) J[i]![j] = (up[i]! - down[i]!) / 2;
      }
      const free = Int32Array.from({ length: N - 2 }, (__, k) => k + 2); // 0 and 1 clamped
      const state = Int8Array.from({ length: N }, () => random.sign());
      model.reset(state);
      const fields = new TraceFields(couplings, model, free, 0.9);
      const x = Float64Array.from({ length: N }, () => random.uniform());
      fields.reset(x);
      expect(model.state).toEqual(state);
      for (let step = 0; step < 50; step++) {
        fields.fade();
        for (const j of free) x[j] = x[j]! * 0.9;
        for (const j of random.sample(N - 2, 2)) {
          fields.spike(j + 2);
          x[j + 2] = 1;
        }
      }
      const s = (j: number): number => (j < 2 ? state[j]! : 2 * x[j]! - 1);
      for (const i of free) {
        let expected = 0;
        for (let j = 0; j < N; j++) expected += J[i]![j]! * s(j);
        expect(fields.field(i)).toBeCloseTo(expected, 12);
      }
    },
  );
});
