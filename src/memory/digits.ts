import { memorySet, type MemorySet } from './memory-set.js';
import { loadMnist, type MnistImages } from './mnist.js';
import { pickLabels } from './pick-labels.js';

const CLASSES = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
/** Pictures of a class that its exemplar is chosen of. */
const CANDIDATES = 200;
/** The first training pictures, which hold at least {@link CANDIDATES} of every class (5 has 200 by 2,335). */
const PICTURES_READ = 3000;
const INK_LEVEL = 127;

/**
 * One MNIST digit of each class on 28×28 sites, ink (a byte above 127) +1. The exemplar of a class is, of its
 * first 200 training pictures, the one nearest (least square distance, the earlier at a tie) to their mean: a
 * clean, upright one.
 *
 * @param labels which classes, in which order; all ten where left out
 * @throws RelaxdError `unknown-memory-set`, `file-unreadable`
 */
export function digits(labels?: readonly string[]): MemorySet {
  const picked = pickLabels('digits', CLASSES, labels);
  const mnist = loadMnist('train', PICTURES_READ);
  return memorySet({
    name: 'digits',
    shape: [mnist.rows, mnist.columns],
    labels: picked,
    patterns: picked.map((label) =>
      Int8Array.from(exemplar(mnist, Number(label)), (byte) => (byte > INK_LEVEL ? 1 : -1)),
    ),
  });
}

function exemplar(mnist: MnistImages, label: number): Uint8Array {
  const size = mnist.rows * mnist.columns;
  const candidates: Uint8Array[] = [];
  for (let k = 0; k < mnist.count && candidates.length < CANDIDATES; k++) {
    if (mnist.labels[k] === label) candidates.push(mnist.images.subarray(k * size, (k + 1) * size));
  }
  const mean = new Float64Array(size);
  for (const picture of candidates) {
    for (let i = 0; i < size; i++) mean[i]! += picture[i]! / candidates.length;
  }
  let nearest = candidates[0]!;
  let least = Infinity;
  for (const picture of candidates) {
    let distance = 0;
    for (let i = 0; i < size; i++) distance += (picture[i]! - mean[i]!) ** 2;
    if (distance < least) {
      least = distance;
      nearest = picture;
    }
  }
  return nearest;
}
