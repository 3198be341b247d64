import { LANES } from '../random/lanes.js';
import { drawAttempts } from './flip-draws.js';
import { ACCOUNT, STRETCH } from './flip-layout.js';
import type { FlipRecord } from './flip-record.js';
import { addTo, RecordCourse } from './record-course.js';

/** A model as the loop needs it. */
export interface FlippingModel {
  /** The field b_i (couplings only, at scale 1) is unit · rawField(i). */
  readonly unit: number;
  rawField(i: number): number;
  /** The field that the heat of a flip is of, where it is another one. */
  rawEnergyField?(i: number): number;
  flip(i: number): void;
  /** Tells the time of an attempt, where fields move on by themselves. */
  advance?(t: number): void;
  /** Whether fields are to be computed afresh before the next attempt. */
  readonly isStale: boolean;
}

/**
 * Attempts one after the other up to the record's limit, as far as its budget goes: the reference of every compiled loop.
 *
 * Attempt a (from 1) is due at a/n in random and sequential order, after an exponential time of mean 1/n in continuous
 * time. It sees the protocol of that moment. It flips its site where cost = 2 s b is less than T · threshold (at T = 0:
 * less than 0; a tie goes where it is told). Before a flip the work of what the protocol has changed since the last one
 * is booked, in the state of the meantime; the flip gives the bath −cost, or what it costs in another field.
 */
export function runFlipsReference(record: FlipRecord, model: FlippingModel): void {
  const { parts, lanes, thresholds } = record;
  const { order, rule, free, state, siteTemperature, account } = parts;
  const course = new RecordCourse(record);
  const n = free.length;
  const picks = order === 'sequential' ? null : record.picks;
  const waits = order === 'continuous-time' ? record.waits : null;
  const limit = record.get('limit');
  const settledAt = record.get('settledAt');
  let budget = record.get('budget');
  let [next, attempts, lane] = [record.get('next'), record.get('attempts'), record.get('lane')];
  let [sinceFlip, flips] = [record.get('sinceFlip'), record.get('flips')];
  let still = record.get('still') === 1;

  const schedule = (): void => {
    attempts++;
    if (++lane === LANES) {
      drawAttempts(lanes, rule, n, thresholds, picks, waits);
      lane = 0;
    }
    next = waits === null ? attempts / n : next + waits[lane]! / n;
  };
  const isUnstable = (site: number, scale: number): boolean => {
    const cost = 2 * state[site]! * (scale * model.rawField(site) + course.externalField(site));
    return cost < 0 || (cost === 0 && parts.plus && state[site]! < 0);
  };

  if (attempts === 0 && !still) schedule();
  while (!still && next <= limit && budget > 0 && !model.isStale) {
    budget--;
    course.go(next);
    const site = free[picks === null ? (attempts - 1) % n : picks[lane]!]!;
    const coupling = course.at(STRETCH.coupling);
    const scale = coupling * model.unit;
    const temperature = course.temperatureOf(site);
    const spin = state[site]!;
    model.advance?.(next);
    const raw = model.rawField(site);
    const cost = 2 * spin * (scale * raw + course.externalField(site));
    const accepted =
      temperature > 0 ? cost < temperature * thresholds[lane]! : isUnstable(site, scale);
    if (accepted) {
      course.settle(coupling);
      if (parts.followsCoupling) {
        addTo(account, ACCOUNT.coupling, 2 * spin * (model.unit * raw));
      }
      const heat =
        model.rawEnergyField === undefined
          ? -cost
          : -(2 * spin * (scale * model.rawEnergyField(site) + course.externalField(site)));
      course.pay(site, heat, temperature);
      model.flip(site);
      course.project(site, -2 * spin);
      sinceFlip = 0;
      flips++;
      budget -= parts.flipCost;
    } else if (++sinceFlip >= n && next >= settledAt) {
      sinceFlip = 0;
      still =
        siteTemperature === null &&
        temperature === 0 &&
        !free.some((one) => isUnstable(one, scale));
    }
    schedule();
  }
  record.set('next', next);
  record.set('attempts', attempts);
  record.set('lane', lane);
  record.set('stretch', course.stretch);
  record.set('sinceFlip', sinceFlip);
  record.set('flips', flips);
  record.set('still', Number(still));
}
