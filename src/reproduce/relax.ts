import type { RandomStream } from '../core/index.js';
import type { SpinModel } from '../model/index.js';

/**
 * Zero-temperature asynchronous relaxation: attempts on uniformly drawn sites, a spin flips where that lowers the energy
 * and keeps its value in zero field, until no site would flip. The state is left in the model.
 */
export function relax(model: SpinModel, stream: RandomStream): void {
  const { sites } = model;
  let quiet = 0;
  for (;;) {
    const site = stream.integer(sites);
    if (model.state[site]! * model.field(site) < 0) {
      model.flip(site);
      quiet = 0;
    } else if (++quiet >= sites) {
      if (isStill(model)) return;
      quiet = 0;
    }
  }
}

function isStill(model: SpinModel): boolean {
  for (let i = 0; i < model.sites; i++) if (model.state[i]! * model.field(i) < 0) return false;
  return true;
}

/** Smallest s_i b_i over the sites: positive where the model's state is strictly a fixed point, 0 with ties. */
export function leastMargin(model: SpinModel): number {
  let least = Infinity;
  for (let i = 0; i < model.sites; i++) {
    least = Math.min(least, model.state[i]! * model.field(i));
  }
  return least;
}
