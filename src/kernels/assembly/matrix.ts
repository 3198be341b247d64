// Matrix products: packed rows times columns in groups of sixteen. See ../matrix.

/** Rows of a packed panel, columns of a group. */
const PANEL: usize = 8;
const GROUP: usize = 16;

/** a·b + c: fused where the build has relaxed SIMD. */
// @ts-ignore: decorator
@inline
export function multiplyAdd<T>(a: v128, b: v128, c: v128): v128 {
  // @ts-ignore: a constant of the build
  if (RELAXED) return v128.relaxed_madd<T>(a, b, c);
  return v128.add<T>(v128.mul<T>(a, b), c);
}

/** y ← alpha·sum + beta·y */
// @ts-ignore: decorator
@inline
function put<T>(y: usize, sum: v128, alpha: T, beta: T): void {
  let out = v128.mul<T>(sum, v128.splat<T>(alpha));
  if (beta != <T>0) out = v128.add<T>(out, v128.mul<T>(v128.splat<T>(beta), v128.load(y)));
  v128.store(y, out);
}

/** Four rows of a panel times two vectors of columns; sums run over k in order. */
// @ts-ignore: decorator
@inline
function tile<T>(a: usize, m: i32, x: usize, y: usize, rows: i32, alpha: T, beta: T): void {
  let s00 = i64x2.splat(0);
  let s01 = i64x2.splat(0);
  let s10 = i64x2.splat(0);
  let s11 = i64x2.splat(0);
  let s20 = i64x2.splat(0);
  let s21 = i64x2.splat(0);
  let s30 = i64x2.splat(0);
  let s31 = i64x2.splat(0);
  const end = a + (<usize>m * PANEL) * sizeof<T>();
  while (a < end) {
    const b0 = v128.load(x);
    const b1 = v128.load(x, 16);
    let f = v128.load_splat<T>(a);
    s00 = multiplyAdd<T>(f, b0, s00);
    s01 = multiplyAdd<T>(f, b1, s01);
    f = v128.load_splat<T>(a, sizeof<T>());
    s10 = multiplyAdd<T>(f, b0, s10);
    s11 = multiplyAdd<T>(f, b1, s11);
    f = v128.load_splat<T>(a, 2 * sizeof<T>());
    s20 = multiplyAdd<T>(f, b0, s20);
    s21 = multiplyAdd<T>(f, b1, s21);
    f = v128.load_splat<T>(a, 3 * sizeof<T>());
    s30 = multiplyAdd<T>(f, b0, s30);
    s31 = multiplyAdd<T>(f, b1, s31);
    a += PANEL * sizeof<T>();
    x += GROUP * sizeof<T>();
  }
  put<T>(y, s00, alpha, beta);
  put<T>(y + 16, s01, alpha, beta);
  y += GROUP * sizeof<T>();
  if (rows < 2) return;
  put<T>(y, s10, alpha, beta);
  put<T>(y + 16, s11, alpha, beta);
  y += GROUP * sizeof<T>();
  if (rows < 3) return;
  put<T>(y, s20, alpha, beta);
  put<T>(y + 16, s21, alpha, beta);
  y += GROUP * sizeof<T>();
  if (rows < 4) return;
  put<T>(y, s30, alpha, beta);
  put<T>(y + 16, s31, alpha, beta);
}

export function multiplyGroups<T>(
  packed: usize,
  x: usize,
  y: usize,
  n: i32,
  m: i32,
  groups: i32,
  alpha: T,
  beta: T,
): void {
  const across = <usize>m * GROUP * sizeof<T>();
  const up = <usize>n * GROUP * sizeof<T>();
  for (let row = 0; row < n; row += 4) {
    const a = packed + (<usize>(row >> 3) * PANEL * <usize>m + <usize>(row & 7)) * sizeof<T>();
    const out = y + <usize>row * GROUP * sizeof<T>();
    for (let g = 0; g < groups; g++) {
      const from = x + <usize>g * across;
      const into = out + <usize>g * up;
      for (let c: usize = 0; c < GROUP * sizeof<T>(); c += 32) {
        tile<T>(a, m, from + c, into + c, min(4, n - row), alpha, beta);
      }
    }
  }
}

/** One column: the same sums in the same order as with many. Four panels at a time, each a vector or more wide. */
function multiplyColumn<T>(
  packed: usize,
  x: usize,
  y: usize,
  n: i32,
  m: i32,
  alpha: T,
  beta: T,
): void {
  const width = <i32>(16 / sizeof<T>());
  const step = PANEL * sizeof<T>();
  for (let row = 0; row < n; row += 4 * width) {
    let a0 = at<T>(packed, m, row);
    const a1 = at<T>(packed, m, row + width < n ? row + width : row) - a0;
    const a2 = at<T>(packed, m, row + 2 * width < n ? row + 2 * width : row) - a0;
    const a3 = at<T>(packed, m, row + 3 * width < n ? row + 3 * width : row) - a0;
    let s0 = i64x2.splat(0);
    let s1 = i64x2.splat(0);
    let s2 = i64x2.splat(0);
    let s3 = i64x2.splat(0);
    let from = x;
    const end = x + <usize>m * sizeof<T>();
    while (from < end) {
      const b = v128.load_splat<T>(from);
      s0 = multiplyAdd<T>(v128.load(a0), b, s0);
      s1 = multiplyAdd<T>(v128.load(a0 + a1), b, s1);
      s2 = multiplyAdd<T>(v128.load(a0 + a2), b, s2);
      s3 = multiplyAdd<T>(v128.load(a0 + a3), b, s3);
      a0 += step;
      from += sizeof<T>();
    }
    putColumn<T>(y, row, n, s0, alpha, beta);
    putColumn<T>(y, row + width, n, s1, alpha, beta);
    putColumn<T>(y, row + 2 * width, n, s2, alpha, beta);
    putColumn<T>(y, row + 3 * width, n, s3, alpha, beta);
  }
}

// @ts-ignore: decorator
@inline
function at<T>(packed: usize, m: i32, row: i32): usize {
  return packed + (<usize>(row >> 3) * PANEL * <usize>m + <usize>(row & 7)) * sizeof<T>();
}

function putColumn<T>(y: usize, row: i32, n: i32, sum: v128, alpha: T, beta: T): void {
  const width = <i32>(16 / sizeof<T>());
  const to = y + <usize>row * sizeof<T>();
  if (row + width <= n) {
    put<T>(to, sum, alpha, beta);
    return;
  }
  if (row >= n) return;
  const count = n - row;
  putOne<T>(to, v128.extract_lane<T>(sum, 0), alpha, beta);
  if (sizeof<T>() == 8) return;
  if (count > 1) putOne<T>(to + sizeof<T>(), v128.extract_lane<T>(sum, 1), alpha, beta);
  if (count > 2) putOne<T>(to + 2 * sizeof<T>(), <T>f32x4.extract_lane(sum, 2), alpha, beta);
}

function putOne<T>(y: usize, sum: T, alpha: T, beta: T): void {
  store<T>(y, beta == <T>0 ? alpha * sum : alpha * sum + beta * load<T>(y));
}

function multiplyRows<T>(
  packed: usize,
  x: usize,
  y: usize,
  n: i32,
  m: i32,
  r: i32,
  alpha: T,
  beta: T,
  work: usize,
): void {
  if (r == 1) {
    multiplyColumn<T>(packed, x, y, n, m, alpha, beta);
    return;
  }
  const result = work + <usize>m * GROUP * sizeof<T>();
  for (let c = 0; c < r; c += <i32>GROUP) {
    const width = min(<i32>GROUP, r - c);
    let to = work;
    for (let k = 0; k < m; k++) {
      const row = x + (<usize>k * <usize>r + <usize>c) * sizeof<T>();
      if (width == <i32>GROUP) memory.copy(to, row, GROUP * sizeof<T>());
      else {
        for (let j = 0; j < <i32>GROUP; j++) {
          const place = <usize>j * sizeof<T>();
          store<T>(to + place, j < width ? load<T>(row + place) : <T>0);
        }
      }
      to += GROUP * sizeof<T>();
    }
    multiplyGroups<T>(packed, work, result, n, m, 1, <T>1, <T>0);
    for (let i = 0; i < n; i++) {
      const sums = result + <usize>i * GROUP * sizeof<T>();
      const row = y + (<usize>i * <usize>r + <usize>c) * sizeof<T>();
      for (let j = 0; j < width; j++) {
        const place = <usize>j * sizeof<T>();
        putOne<T>(row + place, load<T>(sums + place), alpha, beta);
      }
    }
  }
}

export function multiplyGroups32(packed: usize, x: usize, y: usize, n: i32, m: i32, groups: i32, alpha: f32, beta: f32): void {
  multiplyGroups<f32>(packed, x, y, n, m, groups, alpha, beta);
}
export function multiplyGroups64(packed: usize, x: usize, y: usize, n: i32, m: i32, groups: i32, alpha: f64, beta: f64): void {
  multiplyGroups<f64>(packed, x, y, n, m, groups, alpha, beta);
}
export function multiplyRows32(packed: usize, x: usize, y: usize, n: i32, m: i32, r: i32, alpha: f32, beta: f32, work: usize): void {
  multiplyRows<f32>(packed, x, y, n, m, r, alpha, beta, work);
}
export function multiplyRows64(packed: usize, x: usize, y: usize, n: i32, m: i32, r: i32, alpha: f64, beta: f64, work: usize): void {
  multiplyRows<f64>(packed, x, y, n, m, r, alpha, beta, work);
}
