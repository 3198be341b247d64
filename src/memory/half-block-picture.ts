import { RelaxdError } from '../core/index.js';
import { pictureShape } from './picture-shape.js';

/** Indexed by (upper half filled) + 2 (lower half filled). */
const BLOCKS = [' ', '▀', '▄', '█'] as const;
const DEFAULT_COLUMNS = 64;

/**
 * A pattern drawn for a terminal: two rows of sites a line, in ▀ ▄ █ and spaces. A picture wider than
 * `columns` is made smaller, in proportion, each cell filled where more than half of it (or half of it, and
 * its middle) is ink. A pattern of one dimension is folded to a near-square.
 *
 * @param pattern ±1 (of real numbers the sign counts), product(shape) entries
 * @param options `columns` of the terminal that may be used (64), `ink` the spin that is filled (+1)
 * @throws RelaxdError `wrong-size` where pattern and shape disagree
 */
export function halfBlockPicture(
  pattern: ArrayLike<number>,
  shape: readonly number[],
  options: { readonly columns?: number; readonly ink?: 1 | -1 } = {},
): string[] {
  const sites = shape.reduce((product, length) => product * length, 1);
  if (sites !== pattern.length) {
    throw new RelaxdError(
      'wrong-size',
      `a pattern of ${pattern.length} sites is not of shape [${shape.join(',')}]`,
      { path: 'shape', value: pattern.length, limit: sites },
    );
  }
  const [rows, columns] = pictureShape(shape, sites);
  const most = Math.max(1, Math.floor(options.columns ?? DEFAULT_COLUMNS));
  const factor = Math.min(1, most / columns);
  const width = Math.min(columns, most);
  const height = Math.max(1, Math.round(rows * factor));
  const ink = options.ink ?? 1;
  const filled = (x: number, y: number): boolean => {
    if (y >= height) return false;
    const [left, right] = span(x, width, columns);
    const [top, bottom] = span(y, height, rows);
    let balance = 0;
    for (let row = top; row < bottom; row++) {
      for (let column = left; column < right; column++) {
        const site = row * columns + column;
        if (site < sites) balance += pattern[site]! * ink > 0 ? 1 : -1;
      }
    }
    if (balance !== 0) return balance > 0;
    const middle = ((top + bottom) >> 1) * columns + ((left + right) >> 1);
    return middle < sites && pattern[middle]! * ink > 0;
  };
  const lines: string[] = [];
  for (let y = 0; y < height; y += 2) {
    let line = '';
    for (let x = 0; x < width; x++) {
      line += BLOCKS[(filled(x, y) ? 1 : 0) + (filled(x, y + 1) ? 2 : 0)]!;
    }
    lines.push(line);
  }
  return lines;
}

/** The old cells [from, to) that cell `i` of `count` covers, of `length`. */
function span(i: number, count: number, length: number): [from: number, to: number] {
  const from = Math.floor((i * length) / count);
  return [from, Math.max(from + 1, Math.floor(((i + 1) * length) / count))];
}
