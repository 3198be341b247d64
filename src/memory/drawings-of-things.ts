import {
  blob,
  both,
  box,
  type Canvas,
  disc,
  ellipse,
  minus,
  placed,
  type Point,
  polygon,
  ring,
  type Shape,
  stroke,
} from './canvas.js';

const GRASS: readonly Point[] = [
  [8, 122],
  [20, 126],
  [30, 121],
  [98, 121],
  [108, 126],
  [119, 122],
];

/** A house with a smoking chimney behind a fence. */
export function drawHouse(canvas: Canvas): void {
  canvas.ink(box(84, 24, 95, 50), box(82, 21, 97, 26));
  canvas.ink(
    ...(
      [
        [91, 14, 4.5],
        [97, 9, 5.5],
        [106, 8, 6.5],
        [116, 11, 5],
      ] as const
    ).map(([x, y, r]) => ring(x, y, r, r - 2)),
  );
  canvas.paper(disc(97, 10, 3.4), disc(106, 9, 4.4), disc(93, 13, 2.2), disc(113, 11, 3.4));
  canvas.ink(polygon('64,20 116,62 108,66 20,66 12,62'));
  canvas.paper(stroke('64,32 96,58', 1.5), stroke('64,32 32,58', 1.5), stroke('32,58 96,58', 1.5));
  canvas.paper(disc(64, 47, 6)).ink(box(63, 40, 65, 54), box(57, 46, 71, 48));
  canvas.ink(box(24, 64, 104, 112)).paper(box(27, 67, 101, 112));
  for (const x of [41, 87]) {
    canvas
      .ink(box(x - 9, 73, x + 9, 95))
      .paper(
        box(x - 6.6, 75.4, x - 1, 83),
        box(x + 1, 75.4, x + 6.6, 83),
        box(x - 6.6, 85, x - 1, 92.6),
        box(x + 1, 85, x + 6.6, 92.6),
      );
    canvas.ink(box(x - 11, 95, x + 11, 98));
  }
  canvas.ink(box(55, 82, 73, 112), disc(64, 82, 9)).paper(disc(69.5, 97, 1.6));
  canvas.paper(both(disc(64, 82, 6), box(56, 74, 72, 81)));
  canvas.ink(box(63, 75, 65, 82));
  canvas.ink(box(0, 112, 54, 115), box(74, 112, 128, 115));
  canvas.ink(stroke('54,113 38,128', 2), stroke('74,113 90,128', 2));
  for (const [x, y] of GRASS) {
    canvas.ink(
      stroke(
        [
          [x - 2, y - 4],
          [x, y],
        ],
        1.2,
      ),
      stroke(
        [
          [x + 2, y - 4],
          [x, y],
        ],
        1.2,
      ),
    );
  }
  for (const x of [3, 11, 19, 109, 117, 125]) {
    canvas.ink(placed(polygon('-2.4,114 -2.4,93 0,89 2.4,93 2.4,114'), x, 0, 0));
  }
  canvas.ink(box(0, 98, 22, 101), box(106, 98, 128, 101));
  canvas.ink(ring(14, 28, 9, 6.8));
}

/** A sailing boat before the wind. */
export function drawBoat(canvas: Canvas): void {
  canvas.lens(0.92, [64, 108]);
  canvas.ink(disc(104, 28, 12));
  canvas.ink(stroke('63,8 63,92', 3));
  const sail = blob('67,14 84,40 96,66 102,80 84,82 67,82 66,48');
  canvas.ink(sail);
  for (const y of [30, 40, 50, 60, 70]) canvas.paper(both(sail, box(64.5, y, 98, y + 4)));
  canvas.ink(
    minus(
      blob('59,16 60,48 59,81 40,81 24,79 38,60 50,38'),
      blob('57,26 57.5,50 57,78 42,78 30,77 42,60 52,40'),
    ),
  );
  canvas.ink(
    both(polygon('20,70 60,66 60,82 20,82'), blob('59,16 60,48 59,81 40,81 24,79 38,60 50,38')),
  );
  canvas.ink(polygon('63,6 63,13 48,9.5'));
  canvas.ink(polygon('12,90 116,87 106,100 96,109 34,109 22,101'));
  canvas.paper(stroke('17,95 111,92.5', 1.8));
  canvas.paper(disc(44, 101, 2), disc(56, 101, 2), disc(68, 101, 2), disc(80, 101, 2));
  const wave =
    (y: number, phase: number, width: number): Shape =>
    (x, v) =>
      Math.abs(v - y - 2.4 * Math.sin((x + phase) / 4.2)) <= width / 2;
  canvas.paper((x, y) => y > 107 + 2.4 * Math.sin(x / 4.2));
  canvas.ink(wave(108, 0, 3), wave(116, 9, 3), wave(124, 3, 3));
  canvas.ink(
    stroke('10,30 15,26 19,31', 1, 2),
    stroke('19,31 23,26 28,30', 2, 1),
    stroke('26,46 29,43 32,47', 1, 2),
    stroke('32,47 35,43 38,46', 2, 1),
  );
}

/** An old key, lying aslant. */
export function drawKey(canvas: Canvas): void {
  const angle = Math.PI / 4;
  const lay = (shape: Shape): Shape => placed(shape, 64, 64, angle);
  canvas.ink(
    ...[
      disc(-58, 0, 15),
      disc(-40, -17, 15),
      disc(-40, 17, 15),
      disc(-42, 0, 12),
      box(-26, -9.5, -21, 9.5),
      box(-20, -7, -15, 7),
      box(-30, -4.5, 66, 4.5),
      disc(66, 0, 4.5),
      box(8, -6.5, 12, 6.5),
      box(56, -6.5, 60, 6.5),
      box(30, 0, 54, 28),
    ].map(lay),
  );
  canvas.paper(
    ...[
      disc(-58, 0, 8.5),
      disc(-40, -17, 8.5),
      disc(-40, 17, 8.5),
      box(36, 21, 40, 29),
      box(44, 21, 48, 29),
      box(34, 9, 50, 13),
      box(40, 9, 44, 24),
      box(-12, -0.8, 4, 0.8),
    ].map(lay),
  );
}

/** A chess board in perspective with a pawn on it. */
export function drawChess(canvas: Canvas): void {
  const horizon = 30;
  // A floor seen from above: depth goes as 1/(y − horizon), so rows of the board close up towards it.
  canvas.ink((x, y) => {
    const depth = 1 / (y - horizon);
    if (y < 74) return false;
    const across = (x - 64) * depth * 6.2;
    const along = depth * 310;
    if (Math.abs(across) > 4 || y > 125) return false;
    return (Math.floor(across + 8) + Math.floor(along)) % 2 === 0;
  });
  const edge = (y: number): number => (4 * (y - horizon)) / 6.2;
  canvas.ink(
    stroke(
      [
        [64 - edge(74), 74],
        [64 + edge(74), 74],
      ],
      1.6,
    ),
    stroke(
      [
        [64 - edge(125), 125],
        [64 + edge(125), 125],
      ],
      2.4,
    ),
    stroke(
      [
        [64 - edge(74), 74],
        [64 - edge(125), 125],
      ],
      2.2,
    ),
    stroke(
      [
        [64 + edge(74), 74],
        [64 + edge(125), 125],
      ],
      2.2,
    ),
  );
  const pawn = (grow: number): Shape[] => [
    disc(64, 26, 14 + grow),
    ellipse(64, 42, 17 + grow, 3.6 + grow),
    polygon([
      [57 - grow, 42],
      [71 + grow, 42],
      [74 + grow, 64],
      [84 + grow, 88],
      [44 - grow, 88],
      [54 - grow, 64],
    ]),
    ellipse(64, 88, 24 + grow, 6 + grow),
    box(38 - grow, 92 - grow, 90 + grow, 100 + grow),
    ellipse(64, 100, 26 + grow, 6 + grow),
  ];
  canvas.paper(...pawn(2.5)).ink(...pawn(0));
  canvas.paper(
    stroke('56,27 56,21 61,17', 2.4, 1.4),
    stroke('59,50 57,66 51,82', 2.6, 1.4),
    stroke('43,97 54,99 64,99.5', 1.8, 1),
  );
}

/** The silhouette of a head, looking to the left, as cut from black paper. */
export function drawPortrait(canvas: Canvas): void {
  canvas.lens(0.9, [64, 128]);
  const face =
    '60,15 50,18 43,25 40.5,34 41,41 38.5,46 34,54 30.5,59.5 33,62.5 37,64 36,67 33.5,70 36,72.5 ' +
    '37.5,74 35,76.5 37,80 38.5,83 38,88 42,92 49,92.5 56,91 60,94 61,100 56,107 44,113 34,121 ' +
    '31,131 112,131 107,120 97,111 86,105 81,97 82,88 88,78 93,66 94,52 91,36 83,23 72,16';
  canvas.ink(blob(face));
  // Hair in a knot, a ribbon and a collar.
  canvas.ink(ellipse(101, 50, 13, 11, 0.5), stroke('95,58 101,70 98,82', 5, 1));
  canvas.paper(
    stroke('45,27 57,32 65,44 68,58 76,67 89,64', 1.8),
    stroke('56,21 72,27 84,40 90,54', 1.4),
    stroke('60,30 73,38 82,48 88,58', 1.4),
    stroke('91,40 94,49 91,59', 2),
    stroke('98,46 104,46 108,51', 1.5),
    stroke('52,108 64,112 80,110 90,106', 2.2),
    disc(74, 80, 1.9),
  );
}
