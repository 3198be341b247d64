import type { Engine } from '../engine.js';
import { fillNormal } from '../random/fill-normal.js';
import type { LayeredNetwork } from './layered-network.js';
import { productOf } from './layered-product.js';

/** How a step is made. */
export interface LayeredScheme {
  readonly dt: number;
  /** c, which all weights are multiplied by. */
  readonly coupling: number;
  /** Steps end where 4 r x² dt of a unit is above this. */
  readonly stiffest: number;
  /**
   * False: Euler–Maruyama, x' = x + F dt + √(2T dt) ξ. True: Leimkuhler–Matthews, with ½(ξ + ξ') of this step and the one before:
   * `network.earlier` must hold ξ' before the first step.
   */
  readonly paired: boolean;
}

/**
 * Langevin steps of all units at once.
 * @param state of 16 lanes: unit i of a step has number i of its {@link fillNormal}
 * @returns steps done: all of them, or as many as it took until 4 r x² dt of a unit is above the limit or no number
 */
export function layeredSteps(
  engine: Engine,
  network: LayeredNetwork,
  state: Uint32Array,
  steps: number,
  scheme: LayeredScheme,
): number {
  const { dt, coupling, stiffest, paired } = scheme;
  if (engine.raw !== null) {
    return engine.raw.layeredSteps(
      network.plan.byteOffset,
      state.byteOffset,
      steps,
      dt,
      coupling * network.scale,
      stiffest,
      paired ? 1 : 0,
    );
  }
  for (let step = 0; step < steps; step++) {
    fillNormal(engine, state, network.noise);
    if (!move(network, scheme)) return step + 1;
  }
  return steps;
}

/** The reference: one step with the noise that is there. @returns whether another one may follow */
function move(network: LayeredNetwork, { dt, coupling, stiffest, paired }: LayeredScheme): boolean {
  const { x, force, field, twiceQuadratic, fourQuartic, amplitude, noise, earlier } = network;
  productOf(network);
  let within = true;
  for (let i = 0; i < x.length; i++) {
    const xi = paired ? 0.5 * (noise[i]! + earlier[i]!) : noise[i]!;
    const wells = (twiceQuadratic[i]! + fourQuartic[i]! * x[i]! * x[i]!) * x[i]!;
    x[i]! += dt * (field[i]! + coupling * force[i]! - wells) + amplitude[i]! * xi;
    if (!(fourQuartic[i]! * x[i]! * x[i]! * dt <= stiffest)) within = false;
  }
  if (paired) earlier.set(noise);
  return within;
}
