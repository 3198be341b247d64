/**
 * Acceptance tests that compute on no engine (exact sums, the board's own simulation): on another one they would repeat themselves, so
 * `npm run test:engine` leaves them out. That it is so is held where they run (without-engine.ts).
 */
export const ENGINE_FREE: readonly string[] = [
  'calibration-dissipation-job',
  'calibration-drift',
  'calibration-large',
  'calibration-pole',
  'calibration-recovery',
  'calibration-spin-checks',
  'calibration-spread',
  'calibration-supply',
  'calibration-twin-job',
  'cavity-couplings',
  'cavity-glass',
  'cavity-observables',
  'cavity-plasticity',
  'cavity-rates',
  'glauber-exact',
  'model-energy',
  'model-theory',
].map((name) => `test/acceptance/${name}.test.ts`);
