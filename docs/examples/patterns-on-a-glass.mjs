/**
 * Pictures of 4×4 pixels as memories of a spin glass whose couplings are given by where its atoms are:
 *
 *     node docs/examples/patterns-on-a-glass.mjs encode > program.json
 *     node dist/src/main.js run program.json --device cavity-qed --json > result.json
 *     node docs/examples/patterns-on-a-glass.mjs decode < result.json
 */
import { readFileSync } from 'node:fs';
import { argv, stdin, stdout } from 'node:process';
import { RandomStream } from '../../dist/src/core/index.js';
import {
  encodedProgram,
  encodeMemories,
  gaussianPositions,
  stiffnessFor,
} from '../../dist/src/emulate/index.js';

const picture = (rows) => Int8Array.from(rows.join(''), (pixel) => (pixel === '#' ? 1 : -1));
const draw = (spins) =>
  [0, 4, 8, 12]
    .map((row) => Array.from(spins.slice(row, row + 4), (s) => (s > 0 ? '#' : '.')).join(''))
    .join('\n');

const memories = {
  T: picture(['####', '.##.', '.##.', '.##.']),
  L: picture(['#...', '#...', '#...', '####']),
  X: picture(['#..#', '.##.', '.##.', '#..#']),
};

// 16 clouds in the 4/7 cavity, spread by 2 w0, in tweezers that let them move by 0.005 w0.
const rigid = {
  kind: 'positions',
  geometry: 'four-sevenths',
  xy: gaussianPositions(16, 2, RandomStream.of(7, 'disorder')),
  waist: 1,
  n0: 0,
  cloudSigma: 0,
  stiffness: null,
};
const glass = { ...rigid, stiffness: stiffnessFor(rigid, 0.005) };
const encoder = encodeMemories(glass, Object.values(memories));

if (argv[2] === 'encode') {
  const cue = memories.T.slice();
  for (const pixel of [13, 14]) cue[pixel] = -cue[pixel]; // its foot is missing
  stdout.write(`${JSON.stringify(encodedProgram(encoder, glass, cue))}\n`);
} else {
  const [state] = JSON.parse(readFileSync(stdin.fd, 'utf8')).final.states;
  const { memory, overlap } = encoder.nearest(state);
  stdout.write(`${Object.keys(memories)[memory]}, overlap ${overlap} with its attractor\n`);
  stdout.write(`${draw(encoder.decode(state))}\n`);
}
