export { multiply, multiplyGroups, workLength } from './multiply.js';
export {
  GROUP,
  pack,
  pack32,
  pack64,
  packTransposed64,
  panelsLength,
  type Numbers,
  type Panels,
} from './panels.js';
