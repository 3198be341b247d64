/** True inside. Coordinates in pixels, x to the right and y down, (0, 0) the picture's upper left corner. */
export type Shape = (x: number, y: number) => boolean;
export type Point = readonly [x: number, y: number];
/** A list of points, or the same as text: `'12,30 40,18'`. */
export type Path = string | readonly Point[];

/** A square black-and-white drawing: paper +1, ink −1, row by row. A pixel belongs to a shape by its centre. */
export class Canvas {
  readonly spins: Int8Array;
  private zoom = 1;
  private fixed: Point = [0, 0];

  constructor(readonly side: number) {
    this.spins = new Int8Array(side * side).fill(1);
  }

  /** What is drawn from here on comes out larger by `zoom`, about the point that stays where it is. */
  lens(zoom: number, fixed: Point): this {
    this.zoom = zoom;
    this.fixed = fixed;
    return this;
  }

  ink(...shapes: readonly Shape[]): this {
    return this.paint(shapes, -1);
  }

  paper(...shapes: readonly Shape[]): this {
    return this.paint(shapes, 1);
  }

  private paint(shapes: readonly Shape[], spin: 1 | -1): this {
    const [fx, fy] = this.fixed;
    for (let row = 0; row < this.side; row++) {
      const y = fy + (row + 0.5 - fy) / this.zoom;
      for (let column = 0; column < this.side; column++) {
        const x = fx + (column + 0.5 - fx) / this.zoom;
        if (shapes.some((shape) => shape(x, y))) {
          this.spins[row * this.side + column] = spin;
        }
      }
    }
    return this;
  }
}

export const disc = (cx: number, cy: number, radius: number): Shape =>
  ellipse(cx, cy, radius, radius);

/** An ellipse turned clockwise by `angle` (radians). */
export function ellipse(cx: number, cy: number, rx: number, ry: number, angle = 0): Shape {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return (x, y) => {
    const u = ((x - cx) * c + (y - cy) * s) / rx;
    const v = ((y - cy) * c - (x - cx) * s) / ry;
    return u * u + v * v <= 1;
  };
}

export const ring = (cx: number, cy: number, outer: number, inner: number): Shape =>
  minus(disc(cx, cy, outer), disc(cx, cy, inner));

export const box =
  (left: number, top: number, right: number, bottom: number): Shape =>
  (x, y) =>
    x >= left && x <= right && y >= top && y <= bottom;

/** Inside of a closed polygon by the even–odd rule. */
export function polygon(path: Path): Shape {
  const corners = points(path);
  const near = bounds(corners, 0);
  return (x, y) => {
    if (!near(x, y)) return false;
    let inside = false;
    let [px, py] = corners[corners.length - 1]!;
    for (const [qx, qy] of corners) {
      if (qy > y !== py > y && x < ((px - qx) * (y - qy)) / (py - qy) + qx) inside = !inside;
      [px, py] = [qx, qy];
    }
    return inside;
  };
}

/** Inside of a smooth closed curve through the points (Catmull–Rom). */
export function blob(path: Path): Shape {
  return polygon(smooth(points(path), true));
}

/**
 * A line through the points, smooth (Catmull–Rom) where there are more than two, its width going from
 * `width` to `end`.
 */
export function stroke(line: Path, width: number, end = width): Shape {
  const given = points(line);
  const path = given.length > 2 ? smooth(given, false) : given;
  const pieces = path.length - 1;
  const near = bounds(path, Math.max(width, end) / 2);
  return (x, y) => {
    if (!near(x, y)) return false;
    for (let k = 0; k < pieces; k++) {
      const [ax, ay] = path[k]!;
      const [bx, by] = path[k + 1]!;
      const [dx, dy] = [bx - ax, by - ay];
      const length = dx * dx + dy * dy;
      const along = length === 0 ? 0 : ((x - ax) * dx + (y - ay) * dy) / length;
      const t = Math.min(1, Math.max(0, along));
      const half = (width + ((end - width) * (k + t)) / pieces) / 2;
      if ((x - ax - t * dx) ** 2 + (y - ay - t * dy) ** 2 <= half * half) return true;
    }
    return false;
  };
}

/** A star of `rays` points, one of them up. */
export function star(cx: number, cy: number, outer: number, inner: number, rays = 5): Shape {
  return polygon(
    Array.from({ length: 2 * rays }, (_, k): Point => {
      const [radius, angle] = [k % 2 === 0 ? outer : inner, (Math.PI * k) / rays];
      return [cx + radius * Math.sin(angle), cy - radius * Math.cos(angle)];
    }),
  );
}

export const minus =
  (shape: Shape, ...others: readonly Shape[]): Shape =>
  (x, y) =>
    shape(x, y) && !others.some((other) => other(x, y));

export const both =
  (...shapes: readonly Shape[]): Shape =>
  (x, y) =>
    shapes.every((shape) => shape(x, y));

/** The shape moved so that (0, 0) lies at (cx, cy), turned clockwise by `angle` and enlarged by `scale`. */
export function placed(shape: Shape, cx: number, cy: number, angle: number, scale = 1): Shape {
  const [c, s] = [Math.cos(angle) / scale, Math.sin(angle) / scale];
  return (x, y) => shape((x - cx) * c + (y - cy) * s, (y - cy) * c - (x - cx) * s);
}

function points(path: Path): readonly Point[] {
  if (typeof path !== 'string') return path;
  return path.split(' ').map((pair): Point => {
    const [x, y] = pair.split(',').map(Number);
    return [x!, y!];
  });
}

/** The box round the points, with a margin: most pixels lie outside and need no closer look. */
function bounds(corners: readonly Point[], margin: number): Shape {
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
  return box(
    Math.min(...xs) - margin,
    Math.min(...ys) - margin,
    Math.max(...xs) + margin,
    Math.max(...ys) + margin,
  );
}

const STEPS = 10;

function smooth(corners: readonly Point[], closed: boolean): Point[] {
  const n = corners.length;
  const at = (i: number): Point =>
    closed ? corners[(i + n) % n]! : corners[Math.min(n - 1, Math.max(0, i))]!;
  const path: Point[] = [];
  for (let i = 0; i < (closed ? n : n - 1); i++) {
    const [p, q, r, s] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
    for (let k = 0; k < STEPS; k++) {
      const t = k / STEPS;
      path.push([spline(p[0], q[0], r[0], s[0], t), spline(p[1], q[1], r[1], s[1], t)]);
    }
  }
  if (!closed) path.push(at(n - 1));
  return path;
}

/** Catmull–Rom between q (t = 0) and r (t = 1). */
function spline(p: number, q: number, r: number, s: number, t: number): number {
  return q + 0.5 * t * (r - p + t * (2 * p - 5 * q + 4 * r - s + t * (3 * (q - r) + s - p)));
}
