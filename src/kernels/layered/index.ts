export { LayerPlaces } from './layer-places.js';
export { LayeredNetwork } from './layered-network.js';
export { layeredProduct } from './layered-product.js';
export { layeredSteps, type LayeredScheme } from './layered-steps.js';
