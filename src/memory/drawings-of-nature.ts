import {
  blob,
  both,
  box,
  type Canvas,
  disc,
  ellipse,
  minus,
  polygon,
  ring,
  type Shape,
  star,
  stroke,
} from './canvas.js';

/** A crescent moon and stars in a round of night. */
export function drawMoon(canvas: Canvas): void {
  canvas.lens(1.08, [64, 64]);
  canvas.ink(disc(64, 64, 52)).paper(ring(64, 64, 48.5, 46.8));
  canvas.paper(minus(disc(58, 66, 32), disc(71, 57, 27)));
  canvas.paper(star(83, 48, 9, 3.6), star(94, 73, 6.5, 2.6), star(69, 66, 5, 2));
  canvas.paper(star(66, 30, 4.5, 1.6, 4), star(95, 37, 3.5, 1.4, 4), star(87, 92, 4.5, 1.6, 4));
  canvas.paper(star(30, 42, 3.5, 1.4, 4), disc(103, 60, 1.3), disc(76, 23, 1.3), disc(98, 86, 1.3));
}

/** An old oak on a hill, with birds. */
export function drawTree(canvas: Canvas): void {
  canvas.ink(minus(ellipse(64, 141, 96, 29), ellipse(64, 144, 98, 29)));
  canvas.lens(0.92, [64, 114]);
  canvas.ink(
    stroke('64,106 64,94 63,70', 14, 9),
    stroke('64,88 78,74 92,62', 7, 3),
    stroke('63,84 50,74 38,64', 7, 3),
    polygon('46,114 54,110 57,100 71,100 74,110 83,114'),
  );
  const crown: readonly [number, number, number][] = [
    [64, 28, 20],
    [44, 36, 17],
    [85, 37, 18],
    [30, 53, 15],
    [98, 55, 15],
    [48, 54, 16],
    [79, 55, 17],
    [64, 46, 18],
    [38, 66, 10],
    [91, 68, 10],
  ];
  canvas.ink(...crown.map(([x, y, r]) => disc(x, y, r)));
  // Light between the leaves.
  const gaps: readonly [number, number, number, number, number][] = [
    [54, 33, 5, 2, -0.6],
    [76, 31, 6, 2, 0.5],
    [38, 48, 5, 2, -0.7],
    [90, 49, 6, 2, 0.6],
    [64, 52, 6, 2, 0],
    [50, 63, 4, 1.8, 0.3],
    [78, 64, 4, 1.8, -0.3],
    [65, 18, 5, 1.6, 0],
    [27, 58, 4, 1.5, -0.5],
    [101, 60, 4, 1.5, 0.5],
  ];
  canvas.paper(...gaps.map(([x, y, rx, ry, a]) => ellipse(x, y, rx, ry, a)));
  canvas.ink(...bird(16, 22, 7), ...bird(112, 18, 6), ...bird(106, 28, 4));
}

/** Peaks with snow, the sun, and firs before them. */
export function drawMountains(canvas: Canvas): void {
  canvas.ink(ring(98, 26, 13, 11));
  canvas.ink(
    ...Array.from({ length: 12 }, (_, k) => {
      const [c, s] = [Math.cos((k * Math.PI) / 6), Math.sin((k * Math.PI) / 6)];
      return stroke(
        [
          [98 + 16 * c, 26 + 16 * s],
          [98 + 21 * c, 26 + 21 * s],
        ],
        2,
      );
    }),
  );
  const left: Shape = polygon('-8,104 14,68 30,50 40,60 54,76 72,104');
  const main: Shape = polygon('14,104 40,62 66,18 84,46 96,58 126,104');
  canvas.ink(left).paper(polygon('-8,104 14,68 30,50 25,66 30,74 20,86 24,104'));
  canvas.ink(stroke('-2,93 30,50', 2), stroke('30,50 70,102', 2));
  canvas.paper(main);
  canvas.ink(polygon('66,18 84,46 96,58 126,104 62,104 72,84 60,66 70,50 62,38'));
  canvas.ink(stroke('16,104 40,62', 2), stroke('40,62 66,18', 2.2));
  // Snow on the shaded side, and rock on the lit one.
  canvas.paper(polygon('66,20 80,44 74,41 76,50 69,44 66,38'));
  canvas.ink(stroke('50,58 44,72', 2, 1), stroke('56,72 46,92', 2, 1), stroke('40,78 32,94', 2, 1));
  canvas.ink(polygon('-1,102 24,98 52,104 84,99 129,104 129,108 -1,108'));
  for (const [x, top, half] of [
    [14, 76, 9],
    [30, 86, 7],
    [108, 78, 9],
    [92, 88, 7],
    [122, 86, 8],
  ] as const) {
    canvas.paper(...fir(x, top - 2, half + 2)).ink(...fir(x, top, half));
  }
  // A lake, with the light of the sun on it.
  for (const [y, left, right] of [
    [113, 10, 60],
    [113, 82, 120],
    [118, 30, 92],
    [123, 4, 44],
    [123, 70, 124],
  ] as const) {
    canvas.ink(
      stroke(
        [
          [left, y],
          [right, y],
        ],
        1.8,
      ),
    );
  }
}

/** A cat's face, seen from the front. */
export function drawCat(canvas: Canvas): void {
  canvas.lens(0.92, [64, 64]);
  canvas.ink(
    blob('64,36 84,38 100,52 106,74 96,98 78,110 64,112 50,110 32,98 22,74 28,52 44,38'),
    polygon('26,58 24,14 56,38'),
    polygon('102,58 104,14 72,38'),
  );
  canvas.paper(polygon('31,44 30,25 44,36'), polygon('97,44 98,25 84,36'));
  for (const side of [-1, 1]) {
    const x = 64 + 20 * side;
    canvas.paper(both(disc(x, 75, 15), disc(x, 59, 15)));
    canvas.ink(ellipse(x, 67, 3.2, 8));
    canvas.paper(disc(x + 1, 63, 1.4));
    canvas.paper(
      stroke(
        [
          [64, 92],
          [64 + 5 * side, 98],
          [64 + 13 * side, 97],
        ],
        2,
      ),
      stroke(
        [
          [64 + 14 * side, 86],
          [64 + 30 * side, 83],
          [64 + 39 * side, 82],
        ],
        1.5,
      ),
      stroke(
        [
          [64 + 14 * side, 90],
          [64 + 30 * side, 91],
          [64 + 37 * side, 92],
        ],
        1.5,
      ),
    );
    canvas.ink(
      stroke(
        [
          [64 + 41 * side, 82],
          [64 + 52 * side, 80],
          [64 + 60 * side, 76],
        ],
        1.5,
      ),
      stroke(
        [
          [64 + 39 * side, 93],
          [64 + 50 * side, 95],
          [64 + 60 * side, 99],
        ],
        1.5,
      ),
    );
    canvas.paper(
      stroke(
        [
          [64 + 6 * side, 40],
          [64 + 5 * side, 50],
        ],
        2.4,
        1.2,
      ),
    );
  }
  canvas.paper(stroke('64,38 64,53', 2.6, 1.2));
  canvas.paper(polygon('57,83 71,83 64,91'));
  canvas.paper(stroke('64,89 64,93', 1.8));
}

/** A fish with its scales, weeds and bubbles. */
export function drawFish(canvas: Canvas): void {
  canvas.lens(0.92, [60, 66]);
  const body: Shape = blob('12,66 24,50 48,39 74,44 96,60 104,65 96,71 74,86 48,92 24,81');
  canvas.ink(body);
  canvas.ink(
    blob('92,65 106,50 122,40 117,64 122,90 106,80'),
    blob('38,43 50,26 76,26 86,50 70,44'),
    blob('46,88 54,104 68,106 66,88'),
    polygon('78,82 90,94 94,74'),
  );
  for (let k = 0; k < 6; k++) {
    const y = 49 + 6.4 * k;
    canvas.paper(
      stroke(
        [
          [108, 65 + (y - 65) * 0.55],
          [118, y],
        ],
        1.4,
      ),
    );
  }
  for (let k = 0; k < 5; k++)
    canvas.paper(
      stroke(
        [
          [52 + 6 * k, 40 + k],
          [55 + 6.5 * k, 30 + 0.6 * k],
        ],
        1.4,
      ),
    );
  const scales: Shape = minus(body, box(0, 0, 42, 128), box(96, 0, 128, 128));
  for (let column = 0; column < 6; column++) {
    for (let row = -3; row <= 3; row++) {
      const x = 44 + 9 * column;
      const y = 66 + 11 * row + (column % 2 === 0 ? 0 : 5.5);
      canvas.paper(both((u) => u > x, ring(x, y, 6.4, 5), scales));
    }
  }
  canvas.paper(stroke('39,44 43,55 43,66 42,77 37,88', 2));
  canvas.paper(disc(27, 60, 5)).ink(disc(26.5, 60, 2.6));
  canvas.paper(stroke('13,70 20,72 26,70', 1.8));
  canvas.ink(
    ring(12, 42, 4.5, 3),
    ring(20, 28, 3.5, 2.2),
    ring(10, 18, 5.5, 4),
    ring(24, 10, 3, 1.7),
  );
  canvas.ink(
    stroke('104,128 100,120 106,112 101,102', 4, 1.5),
    stroke('112,128 116,118 111,108 115,98', 4, 1.5),
    stroke('22,128 27,118 21,108 25,99', 4, 1.5),
    stroke('32,128 30,120 35,112', 4, 1.5),
    ellipse(64, 133, 90, 11),
  );
}

function bird(x: number, y: number, span: number): Shape[] {
  return [
    stroke(
      [
        [x - span, y - 1],
        [x - span / 2, y - span / 2],
        [x, y],
      ],
      1,
      2.2,
    ),
    stroke(
      [
        [x, y],
        [x + span / 2, y - span / 2],
        [x + span, y - 1],
      ],
      2.2,
      1,
    ),
  ];
}

function fir(x: number, top: number, half: number): Shape[] {
  const tier = (k: number): Shape => {
    const width = half * (0.55 + 0.225 * k);
    const y = top + 7 * k;
    return polygon([
      [x, y],
      [x + width, y + 11],
      [x - width, y + 11],
    ]);
  };
  return [tier(0), tier(1), tier(2), box(x - 1.5, top + 22, x + 1.5, 108)];
}
