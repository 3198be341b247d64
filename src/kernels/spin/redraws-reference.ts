import { drawLanes, LANES } from '../random/lanes.js';
import { naturalExponential } from '../random/natural-exponential.js';
import { normalCosine, normalRadius } from '../random/normal-numbers.js';
import { thresholdOf } from './flip-draws.js';
import { ACCOUNT, FLIP_MODEL, STRETCH } from './flip-layout.js';
import type { FlipRecord } from './flip-record.js';
import { HIDDEN, SIXTEEN } from './hidden-layout.js';
import { poissonNumber } from './poisson-number.js';
import { addTo, RecordCourse } from './record-course.js';
import type { RedrawnUnit, Redraws } from './redraws.js';

/** Attempts at fractions of a sweep and redraws compare to this. */
const TIME_SLACK = 1e-9;
const words = new Uint32Array(LANES);
const angles = new Uint32Array(LANES);

/**
 * Attempts on visible spins and redraws of hidden units (see VisibleHiddenDynamics), one after the other up to the record's
 * limit, as far as its budget goes: the reference of the compiled loop. The protocol, the work and the rule of attempts
 * are those of runFlipsReference.
 *
 * A redraw takes the unit's values from their law given its fields b: Gaussian N(b/2q, T/2q); binary +1 where
 * −2b < T · (a logistic number); one-hot by e^{b/T}; Poisson with mean e^{b/T}. At T = 0 a unit goes to its least energy.
 * Where its values change, the work that is due is booked, and the bath gets what the energy falls by.
 */
export function runRedrawsReference(record: FlipRecord, redraws: Redraws): void {
  const { parts, lanes } = record;
  const { order, rule, free, account } = parts;
  const course = new RecordCourse(record);
  const { slots, floats } = redraws;
  const { state, units, rate, pace, places, across, sums, among } = redraws.parts;
  const n = free.length;
  const limit = record.get('limit');
  let budget = record.get('budget');
  let [next, attempts] = [record.get('next'), record.get('attempts')];

  /** The place of the next number of a kind; sixteen more are drawn where there is none left. */
  const place = (kind: keyof typeof SIXTEEN): number => {
    const slot = HIDDEN.used + SIXTEEN[kind];
    const base = SIXTEEN[kind] * LANES;
    if (slots[slot] === LANES) {
      drawLanes(lanes, words);
      if (kind === 'normals') drawLanes(lanes, angles);
      for (let l = 0; l < LANES; l++) {
        const word = words[l]!;
        if (kind === 'words') redraws.words[base + l] = word;
        else if (kind === 'thresholds') floats[base + l] = thresholdOf(rule, word);
        else if (kind === 'logistics') floats[base + l] = thresholdOf('glauber', word);
        else if (kind === 'waits') floats[base + l] = thresholdOf('metropolis', word);
        else floats[base + l] = normalRadius(word) * normalCosine(angles[l]!);
      }
      slots[slot] = 0;
    }
    return base + slots[slot]!++;
  };
  const number = (kind: Exclude<keyof typeof SIXTEEN, 'words'>): number => floats[place(kind)]!;
  const uniform = (): number => (redraws.words[place('words')]! + 0.5) * 2 ** -32;

  const change = (site: number, value: number): void => {
    const by = value - state[site]!;
    state[site] = value;
    course.project(site, by);
  };

  /** One attempt on a visible site. */
  const attempt = (site: number): void => {
    const p = places[site]!;
    let sum = among.unit * among.fields[p]!;
    const end = across.starts[site + 1]!;
    for (let k = across.starts[site]!; k < end; k++) {
      sum += across.couplings[k]! * state[across.ends[k]!]!;
    }
    const coupling = course.at(STRETCH.coupling);
    const spin = state[site]!;
    const cost = 2 * spin * (coupling * sum + course.externalField(site));
    const temperature = course.temperatureOf(site);
    const accepted =
      temperature > 0
        ? cost < temperature * number('thresholds')
        : cost < 0 || (cost === 0 && parts.plus && spin < 0);
    if (!accepted) return;
    course.settle(coupling);
    if (parts.followsCoupling) addTo(account, ACCOUNT.coupling, 2 * spin * sum);
    course.pay(site, -cost, temperature);
    change(site, -spin);
    among.state[p] = -spin;
    const twice = -2 * spin;
    for (let k = among.starts[p]!; k < among.starts[p + 1]!; k++) {
      const to = among.ends[k]!;
      among.fields[to] = among.fields[to]! + twice * among.couplings[k]!;
    }
    for (let k = across.starts[site]!; k < end; k++) {
      const to = across.ends[k]!;
      sums[to] = sums[to]! + twice * across.couplings[k]!;
    }
    slots[FLIP_MODEL.flips]!++;
    budget -= parts.flipCost;
  };

  /** Which of a group's sites is to be 1. @param b field on the k-th of them */
  const level = (
    { first, count }: RedrawnUnit,
    b: (k: number) => number,
    temperature: number,
  ): number => {
    if (temperature > 0) {
      let largest = b(0);
      for (let k = 1; k < count; k++) largest = Math.max(largest, b(k));
      const weights = Float64Array.from({ length: count }, (_, k) =>
        naturalExponential((b(k) - largest) / temperature),
      );
      let rest = uniform() * weights.reduce((sum, w) => sum + w, 0);
      for (let k = 0; k < count - 1; k++) {
        rest -= weights[k]!;
        if (rest < 0) return k;
      }
      return count - 1;
    }
    // The present one where it is among the best, else the first of them.
    let best = 0;
    for (let k = 0; k < count; k++) if (state[first + k] === 1) best = k;
    for (let k = 0; k < count; k++) if (b(k) > b(best)) best = k;
    return best;
  };

  const redraw = (unit: RedrawnUnit): void => {
    const { first, count, prior } = unit;
    const coupling = course.at(STRETCH.coupling);
    const temperature = course.temperatureOf(first);
    const field = (k: number): number =>
      coupling * sums[first + k]! + course.externalField(first + k);
    let [cost, energy] = [0, 0];
    if (prior === 'one-hot') {
      const chosen = level(unit, field, temperature);
      if (state[first + chosen] === 1) return;
      for (let k = 0; k < count; k++) {
        const by = (k === chosen ? 1 : 0) - state[first + k]!;
        if (by === 0) continue;
        cost -= field(k) * by;
        energy -= sums[first + k]! * by;
      }
      course.settle(coupling);
      for (let k = 0; k < count; k++) {
        const value = k === chosen ? 1 : 0;
        if (value !== state[first + k]) change(first + k, value);
      }
    } else {
      const b = field(0);
      const old = state[first]!;
      const q = unit.quadratic ?? 0;
      let value = old;
      if (prior === 'gaussian') {
        value = b / (2 * q);
        if (temperature > 0) value += Math.sqrt(temperature / (2 * q)) * number('normals');
      } else if (prior === 'binary') {
        if (temperature > 0) value = -2 * b < temperature * number('logistics') ? 1 : -1;
        else if (b !== 0 || parts.plus) value = b >= 0 ? 1 : -1;
      } else value = poissonNumber(naturalExponential(b / temperature), uniform);
      if (value === old) return;
      const by = value - old;
      cost = -(b * by);
      if (prior === 'gaussian') cost += q * by * (value + old);
      energy = -(sums[first]! * by);
      course.settle(coupling);
      change(first, value);
    }
    if (parts.followsCoupling) addTo(account, ACCOUNT.coupling, energy);
    course.pay(first, -cost, temperature);
  };

  const schedule = (): void => {
    attempts++;
    if (order === 'continuous-time') next += number('waits') / pace;
    else if (order === 'random') next = attempts / pace;
    else next = n === 0 ? Infinity : attempts / n;
  };

  if (attempts === 0) schedule();
  while (budget > 0 && redraws.flips < redraws.parts.mostFlips) {
    if (order === 'sequential') {
      const sweep = (slots[HIDDEN.sweeps]! + 1) / rate;
      if (Math.min(next, sweep) > limit) break;
      if (next <= sweep + TIME_SLACK) {
        course.go(next);
        attempt(free[(attempts - 1) % n]!);
        budget--;
        schedule();
      } else {
        course.go(sweep);
        units.forEach(redraw);
        slots[HIDDEN.sweeps]!++;
        budget -= units.length;
      }
    } else {
      if (next > limit) break;
      course.go(next);
      const pick = uniform() * pace;
      if (pick < n) attempt(free[Math.floor(pick)]!);
      else redraw(units[Math.min(Math.floor((pick - n) / rate), units.length - 1)]!);
      budget--;
      schedule();
    }
  }
  record.set('next', next);
  record.set('attempts', attempts);
  record.set('stretch', course.stretch);
}
