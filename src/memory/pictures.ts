import { Canvas } from './canvas.js';
import { drawCat, drawFish, drawMoon, drawMountains, drawTree } from './drawings-of-nature.js';
import { drawBoat, drawChess, drawHouse, drawKey, drawPortrait } from './drawings-of-things.js';
import { memorySet, type MemorySet } from './memory-set.js';
import { pickLabels } from './pick-labels.js';

const SIDE = 128;

const DRAWINGS: Readonly<Record<string, (canvas: Canvas) => void>> = {
  moon: drawMoon,
  tree: drawTree,
  house: drawHouse,
  cat: drawCat,
  boat: drawBoat,
  mountains: drawMountains,
  fish: drawFish,
  key: drawKey,
  chess: drawChess,
  portrait: drawPortrait,
};

/**
 * Ten drawings of 128×128, paper +1 and ink −1. They share a light ground, so their means ⟨ξ⟩ are positive and
 * they overlap: the plain Hebb rule collapses them onto one spurious state, steeper interactions do not
 * (biased memories: docs/formats/memory-set.md).
 *
 * @param labels which, in which order; all ten where left out
 * @throws RelaxdError `unknown-memory-set`
 */
export function pictures(labels?: readonly string[]): MemorySet {
  const picked = pickLabels('pictures', Object.keys(DRAWINGS), labels);
  return memorySet({
    name: 'pictures',
    shape: [SIDE, SIDE],
    labels: picked,
    patterns: picked.map((label) => {
      const canvas = new Canvas(SIDE);
      DRAWINGS[label]!(canvas);
      return canvas.spins;
    }),
  });
}
