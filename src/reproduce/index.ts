export { drawDrive } from './draw-drive.js';
export { drawTradeOff } from './draw-trade-off.js';
export { COLORS, drawFigure, measured, theory, type Figure, type Point } from './figure.js';
export { REPRODUCTIONS } from './items/index.js';
export type { ExpectationClass, Quantity } from './quantity.js';
export type { Reproduction } from './reproduction.js';
export {
  chooseReproductions,
  runReproductions,
  type ReproducedItem,
  type ReproduceRequest,
} from './run-reproductions.js';
