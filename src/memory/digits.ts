import { memorySet, type MemorySet } from './memory-set.js';
import { loadMnist, type MnistImages } from './mnist.js';
import { pickLabels } from './pick-labels.js';

const CLASSES = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
/** Pictures of a class that its exemplar is chosen of. */
const CANDIDATES = 200;
/** The first training pictures, which hold at least {@link CANDIDATES} of every class (the 2,249th completes them). */
const PICTURES_READ = 3000;
const INK_LEVEL = 127;

/**
 * One MNIST digit of each class on 28×28 sites, ink (a byte above 127) +1. The exemplar of a class is, of its
 * first 200 training pictures, the clearest: taken to ±1, its correlation with the mean of its own class
 * exceeds that with the mean of any other class by the most (the earlier at a tie). The picture nearest to the
 * mean would be a blot.
 *
 * @param labels which classes, in which order; all ten where left out
 * @throws RelaxdError `unknown-memory-set`, `file-unreadable`
 */
export function digits(labels?: readonly string[]): MemorySet {
  const picked = pickLabels('digits', CLASSES, labels);
  const mnist = loadMnist('train', PICTURES_READ);
  const candidates = CLASSES.map((_, digit) => firstOfClass(mnist, digit));
  const means = candidates.map(meanPicture);
  return memorySet({
    name: 'digits',
    shape: [mnist.rows, mnist.columns],
    labels: picked,
    patterns: picked.map((label) => clearest(candidates[Number(label)]!, Number(label), means)),
  });
}

function firstOfClass(mnist: MnistImages, digit: number): Uint8Array[] {
  const size = mnist.rows * mnist.columns;
  const found: Uint8Array[] = [];
  for (let k = 0; k < mnist.count && found.length < CANDIDATES; k++) {
    if (mnist.labels[k] === digit) found.push(mnist.images.subarray(k * size, (k + 1) * size));
  }
  return found;
}

function meanPicture(pictures: readonly Uint8Array[]): Float64Array {
  const mean = new Float64Array(pictures[0]!.length);
  for (const picture of pictures) {
    for (let i = 0; i < mean.length; i++) mean[i]! += picture[i]! / pictures.length;
  }
  return mean;
}

function clearest(
  candidates: readonly Uint8Array[],
  digit: number,
  means: readonly Float64Array[],
): Int8Array {
  let best = new Int8Array(0);
  let most = -Infinity;
  for (const picture of candidates) {
    const spins = Int8Array.from(picture, (byte) => (byte > INK_LEVEL ? 1 : -1));
    const likeness = means.map((mean) => correlation(spins, mean));
    const margin = likeness[digit]! - Math.max(...likeness.filter((_, other) => other !== digit));
    if (margin > most) {
      most = margin;
      best = spins;
    }
  }
  return best;
}

/** Pearson's correlation over the sites. */
function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const n = a.length;
  let [sumA, sumB, sumAA, sumBB, sumAB] = [0, 0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    sumA += a[i]!;
    sumB += b[i]!;
    sumAA += a[i]! * a[i]!;
    sumBB += b[i]! * b[i]!;
    sumAB += a[i]! * b[i]!;
  }
  return (
    (n * sumAB - sumA * sumB) / Math.sqrt((n * sumAA - sumA * sumA) * (n * sumBB - sumB * sumB))
  );
}
