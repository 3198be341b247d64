import type { CutLine } from './cut-line.js';
import type { NodeWire } from './node-network.js';

/** Where there can be no network of the campaign's own: lines on 127.0.0.1 that fall silent, all alike. */
export const lineWire = (lines: readonly CutLine[]): NodeWire => ({
  prefix: [],
  host: '127.0.0.1',
  cut: () => {
    for (const line of lines) line.cut();
  },
  mend: () => {
    for (const line of lines) line.mend();
  },
});
