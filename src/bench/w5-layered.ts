import { RandomStream } from '../core/index.js';
import {
  LANE_STATE,
  LayeredNetwork,
  layeredProduct,
  layeredSteps,
  LayerPlaces,
  seedLanes,
  type Engine,
} from '../kernels/index.js';
import type { Trial, Workload } from './workload.js';

const SIZES = [784, 256, 10];
const UNITS = 1050;
const STEPS = 1000;
/** Steps of one call: some milliseconds. */
const STEPS_A_CALL = 100;
const DT = 0.01;
const TEMPERATURE = 0.2;
const WELLS = { quadratic: 0.5, quartic: 0.125 };
const COUPLED_PAIRS = 784 * 256 + 256 * 10;

/** The network with weights of variance 1/inputs. */
function layeredNetwork(engine: Engine): LayeredNetwork {
  const places = new LayerPlaces(SIZES, engine.kind);
  const weights = engine.arena.float32(places.weights);
  const stream = RandomStream.of(5, 'disorder');
  for (let l = 0; l + 1 < SIZES.length; l++) {
    const spread = 1 / Math.sqrt(SIZES[l]!);
    for (let i = 0; i < SIZES[l + 1]!; i++) {
      for (let j = 0; j < SIZES[l]!; j++) {
        weights[places.weightAt(l, i, j)] = spread * stream.normal();
      }
    }
  }
  const network = new LayeredNetwork(engine.arena, places, weights);
  for (const unit of places.unitOf) {
    network.twiceQuadratic[unit] = 2 * WELLS.quadratic;
    network.fourQuartic[unit] = 4 * WELLS.quartic;
    network.amplitude[unit] = Math.sqrt(2 * TEMPERATURE * DT);
  }
  return network;
}

/**
 * W5: layers of 784, 256 and 10 quartic units, all of them moving, 32-bit floating point, Euler–Maruyama; milliseconds for an
 * image of 1000 steps, one after the other.
 */
export const layers: Workload = {
  name: 'W5',
  title: 'Layered Langevin network, batch 1',
  unit: 'ms an image',
  lowerIsBetter: true,
  on(engine): Trial {
    const images = engine.kind === 'reference' ? 1 : engine.kind === 'wasm' ? 10 : 20;
    const network = layeredNetwork(engine);
    const { x, force, twiceQuadratic, fourQuartic, places } = network;
    const state = engine.arena.uint32(LANE_STATE);
    const scheme = { dt: DT, coupling: 1, stiffest: 0.5, paired: false };
    let image = 0;
    return {
      run: () => {
        for (let k = 0; k < images; k++) {
          seedLanes(state, 5, 'dynamics', image++);
          x.fill(0);
          for (let s = 0; s < STEPS; s += STEPS_A_CALL) {
            layeredSteps(engine, network, state, STEPS_A_CALL, scheme);
          }
        }
      },
      figure: (seconds) => (1000 * seconds) / images,
      // Each weight: two products and two sums; each unit: 13 for its step, 33 for its normal number.
      operations: images * STEPS * (4 * COUPLED_PAIRS + 46 * UNITS),
      bytes: images * STEPS * 4 * COUPLED_PAIRS,
      check: () => {
        // Equipartition after ten relaxation times: ⟨x ∂V⟩ = T a unit; 1050 of them scatter by 4 %, the step shifts it by 2 %.
        layeredProduct(engine, network);
        let virial = 0;
        for (const u of places.unitOf) {
          const z = x[u]!;
          virial += z * ((twiceQuadratic[u]! + fourQuartic[u]! * z * z) * z - force[u]!);
        }
        const ratio = virial / UNITS / TEMPERATURE;
        if (!(Math.abs(ratio - 1) < 0.2)) throw new Error(`equipartition: ${ratio} T a unit`);
      },
    };
  },
};
