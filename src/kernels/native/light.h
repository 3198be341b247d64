// Vector spins in a cavity's light, sixteen shots side by side: see ../light/light-columns.ts for the block's words and
// ../light/light-reference.ts for the steps.
#pragma once
#include "columns.h"

namespace {

/** sin and cos, |a| < 10⁵: quarter turns off, then Taylor–minimax polynomials on ±π/4. */
inline void sineCosine(f64x8 a, f64x8& sine, f64x8& cosine) {
  const f64x8 shifter = splat8(6755399441055744.0);
  const f64x8 shifted = a * 0.63661977236758134308 + shifter;
  const f64x8 k = shifted - shifter;
  const i64x8 turns = (i64x8)shifted;
  const f64x8 r = (a - k * 1.5707963267341256142) - k * 6.0771005065061922e-11;
  const f64x8 q = r * r;
  const f64x8 s =
      r + r * q *
              (-1.66666666666666324348e-01 +
               q * (8.33333333332248946124e-03 +
                    q * (-1.98412698298579493134e-04 +
                         q * (2.75573137070700676789e-06 +
                              q * (-2.50507602534068634195e-08 + q * 1.58969099521155010221e-10)))));
  const f64x8 c =
      1.0 - 0.5 * q +
      q * q *
          (4.16666666666666019037e-02 +
           q * (-1.38888888888741095749e-03 +
                q * (2.48015872894767294178e-05 +
                     q * (-2.75573143513906633035e-07 +
                          q * (2.08757232129817482790e-09 + q * -1.13596475577881948265e-11)))));
  const i64x8 odd = -(turns & 1);
  const i64x8 top = ((i64x8){} + 1) << 63;
  sine = (f64x8)((i64x8)pick(odd, c, s) ^ ((turns << 62) & top));
  cosine = (f64x8)((i64x8)pick(odd, s, c) ^ (((turns + 1) << 62) & top));
}

struct LightBlock {
  uint32_t sites, modes, flags, spins, matrix, positive, coupling, projection, strengths, numbers,
      controls, fields, noise, light, work, totals, terms;
};
enum { LIGHT_LAGS = 1, LIGHT_APART = 2, LIGHT_FIELDS = 4, LIGHT_MIDDLE = 8, LIGHT_NOISE = 16 };

struct Light {
  const LightBlock& b;
  const size_t n, modes, rows;
  double *const x, *const y, *const z;
  double *const direct, *const lagged, *const shake, *const along, *const mixed, *const wide;
  double *const p, *const q, *const r, *const u, *const v, *const w;
  const double *const matrix, *const positive, *const coupling, *const numbers;
  double *const totals, *const terms;
  const float* noise;
  const double* field;

  Light(Memory m, const LightBlock& b)
      : b(b), n(b.sites), modes(b.modes), rows(COLUMNS * b.sites), x(m.at<double>(b.spins)),
        y(x + rows), z(y + rows), direct(m.at<double>(b.work)), lagged(direct + rows),
        shake(lagged + rows), along(shake + rows), mixed(along + rows), wide(mixed + rows),
        p(wide + COLUMNS * 2 * b.modes), q(p + rows), r(q + rows), u(r + rows), v(u + rows),
        w(v + rows), matrix(m.at<double>(b.matrix)), positive(m.at<double>(b.positive)),
        coupling(m.at<double>(b.coupling)), numbers(m.at<double>(b.numbers)), totals(m.at<double>(b.totals)),
        terms(m.at<double>(b.terms)), noise(m.at<float>(b.noise)), field(m.at<double>(b.fields)) {}

  double dt() const { return numbers[0]; }
  double damping() const { return numbers[1]; }
  double delay() const { return numbers[2]; }

  /** along ← shake − field − pump·(Ĵ x + delay Ĵ₊ y) */
  void fieldOf(const double* fx, const double* fy, double pump) {
    if (!(b.flags & LIGHT_LAGS)) product(matrix, n, n, fx, nullptr, along);
    else {
      const bool apart = b.flags & LIGHT_APART;
      for (size_t e = 0; e < rows; e += 8) {
        const f64x8 lag = delay() * load<f64x8>(fy + e);
        store(mixed + e, apart ? lag : load<f64x8>(fx + e) + lag);
      }
      if (apart) {
        product(matrix, n, n, fx, nullptr, along);
        product(positive, n, n, mixed, along, along);
      } else product(matrix, n, n, mixed, nullptr, along);
    }
    gather(pump);
  }
  void gather(double pump) {
    for (size_t e = 0; e < rows; e += 8) {
      store(along + e, load<f64x8>(shake + e) - field[e / COLUMNS] - pump * load<f64x8>(along + e));
    }
  }

  void drawShake(double pump) {
    if (!(b.flags & LIGHT_NOISE)) return;
    const double width = __builtin_sqrt(numbers[3] * pump / dt());
    for (size_t e = 0; e < COLUMNS * modes; e += 8) store(wide + e, width * widen(noise + e));
    product(coupling, n, modes, wide, nullptr, shake);
    noise += COLUMNS * (modes + modes % 2);
  }

  void aboutZ() {
    const double cos = numbers[4], sin = numbers[5], pull = numbers[6], narrow = numbers[7];
    for (size_t e = 0; e < rows; e += 8) {
      f64x8 a = load<f64x8>(x + e), c = load<f64x8>(y + e);
      if (pull != 0) {
        const f64x8 up = load<f64x8>(z + e);
        const f64x8 shrink = 1.0 / (1.0 - up * pull);
        a *= narrow * shrink;
        c *= narrow * shrink;
        store(z + e, (up - pull) * shrink);
      }
      store(x + e, a * cos - c * sin);
      store(y + e, a * sin + c * cos);
    }
  }
  void aboutX(double h, double* tx, double* ty, double* tz) {
    const bool damped = damping() != 0;
    for (size_t e = 0; e < rows; e += 8) {
      const f64x8 angle = h * load<f64x8>(along + e);
      f64x8 sin, cos;
      sineCosine(angle, sin, cos);
      f64x8 a = load<f64x8>(x + e), c = load<f64x8>(y + e), d = load<f64x8>(z + e);
      if (damped) {
        const f64x8 pull = hyperbolicTangent(damping() * angle);
        const f64x8 shrink = 1.0 / (1.0 - a * pull);
        const f64x8 across = root(1.0 - pull * pull) * shrink;
        a = (a - pull) * shrink;
        c *= across;
        d *= across;
      }
      store(tx + e, a);
      store(ty + e, c * cos - d * sin);
      store(tz + e, c * sin + d * cos);
    }
  }

  /** T = −½ Σ x (Ĵx), R = Σ z */
  void takeTerms() {
    for (size_t half = 0; half < COLUMNS; half += 8) {
      f64x8 t = {}, s = {};
      for (size_t e = half; e < rows; e += COLUMNS) {
        t += load<f64x8>(x + e) * load<f64x8>(direct + e);
        s += load<f64x8>(z + e);
      }
      store(terms + half, -0.5 * t);
      store(terms + COLUMNS + half, s);
    }
  }

  /** The controls go to those of step s (work), which then will be ascribed heat −ΔE; until {@link after}. */
  void before(Memory m, int32_t s) {
    const double* const controls = m.at<double>(b.controls);
    const double change = controls[s + 1] - controls[s];
    const double* const old = field;
    if (b.flags & LIGHT_FIELDS) field += n;
    for (size_t half = 0; half < COLUMNS; half += 8) {
      f64x8 work = change * load<f64x8>(terms + half);
      store(totals + 2 * COLUMNS + half, load<f64x8>(totals + 2 * COLUMNS + half) + work);
      f64x8 fed = {};
      for (size_t i = 0; i < n; i++) {
        const f64x8 v = load<f64x8>(x + COLUMNS * i + half);
        if (old != field) work -= (field[i] - old[i]) * v;
        fed += field[i] * v;
      }
      store(totals + half, load<f64x8>(totals + half) + work);
      const f64x8 energy = controls[s + 1] * load<f64x8>(terms + half) +
                           load<f64x8>(terms + COLUMNS + half) - fed;
      store(terms + 2 * COLUMNS + half, energy);
    }
  }
  void after(Memory m, int32_t s) {
    const double control = m.at<double>(b.controls)[s + 1];
    for (size_t half = 0; half < COLUMNS; half += 8) {
      f64x8 fed = {};
      for (size_t i = 0; i < n; i++) fed += field[i] * load<f64x8>(x + COLUMNS * i + half);
      const f64x8 energy =
          control * load<f64x8>(terms + half) + load<f64x8>(terms + COLUMNS + half) - fed;
      const f64x8 heat = load<f64x8>(terms + 2 * COLUMNS + half) - energy;
      store(totals + COLUMNS + half, load<f64x8>(totals + COLUMNS + half) + heat);
    }
  }
};

/** Terms of the energy at the spins as they are, light eliminated. */
inline void eliminatedTerms(Light& s) {
  product(s.matrix, s.n, s.n, s.x, nullptr, s.direct);
  if (s.b.flags & LIGHT_LAGS) product(s.positive, s.n, s.n, s.y, nullptr, s.lagged);
  s.takeTerms();
}

void lightHeun(Memory m, uint32_t block, int32_t steps) {
  const LightBlock& b = *m.at<LightBlock>(block);
  Light s(m, b);
  const double* const controls = m.at<double>(b.controls);
  const double dt = s.dt(), alpha = s.damping(), delay = s.delay();
  const bool lags = b.flags & LIGHT_LAGS;
  eliminatedTerms(s);
  for (int32_t k = 0; k < steps; k++) {
    s.before(m, k);
    const double pump = controls[k + 1];
    s.drawShake(pump);
    for (size_t e = 0; e < s.rows; e += 8) {
      const f64x8 x = load<f64x8>(s.x + e), y = load<f64x8>(s.y + e), z = load<f64x8>(s.z + e);
      f64x8 light = load<f64x8>(s.direct + e);
      if (lags) light += delay * load<f64x8>(s.lagged + e);
      const f64x8 field = load<f64x8>(s.shake + e) - s.field[e / COLUMNS] - pump * light;
      const f64x8 along = x * field + z;
      const f64x8 p = alpha * (x * along - field) - y;
      const f64x8 q = x - field * z + alpha * y * along;
      const f64x8 r = field * y + alpha * (z * along - 1.0);
      store(s.p + e, p);
      store(s.q + e, q);
      store(s.r + e, r);
      store(s.u + e, x + dt * p);
      store(s.v + e, y + dt * q);
      store(s.w + e, z + dt * r);
    }
    s.fieldOf(s.u, s.v, pump);
    for (size_t e = 0; e < s.rows; e += 8) {
      const f64x8 u = load<f64x8>(s.u + e), v = load<f64x8>(s.v + e), w = load<f64x8>(s.w + e);
      const f64x8 field = load<f64x8>(s.along + e);
      const f64x8 along = u * field + w;
      const f64x8 p = load<f64x8>(s.x + e) +
                      0.5 * dt * (load<f64x8>(s.p + e) - v + alpha * (u * along - field));
      const f64x8 q = load<f64x8>(s.y + e) +
                      0.5 * dt * (load<f64x8>(s.q + e) + u - field * w + alpha * v * along);
      const f64x8 r = load<f64x8>(s.z + e) +
                      0.5 * dt * (load<f64x8>(s.r + e) + field * v + alpha * (w * along - 1.0));
      const f64x8 scale = 1.0 / root(p * p + q * q + r * r);
      store(s.x + e, scale * p);
      store(s.y + e, scale * q);
      store(s.z + e, scale * r);
    }
    eliminatedTerms(s);
    s.after(m, k);
  }
}

void lightStrang(Memory m, uint32_t block, int32_t steps) {
  const LightBlock& b = *m.at<LightBlock>(block);
  Light s(m, b);
  const double* const controls = m.at<double>(b.controls);
  product(s.matrix, s.n, s.n, s.x, nullptr, s.direct);
  s.takeTerms();
  for (int32_t k = 0; k < steps; k++) {
    s.before(m, k);
    const double pump = controls[k + 1];
    s.drawShake(pump);
    s.aboutZ();
    s.fieldOf(s.x, s.y, pump);
    if (b.flags & LIGHT_MIDDLE) {
      s.aboutX(0.5 * s.dt(), s.u, s.v, s.w);
      s.fieldOf(s.u, s.v, pump);
    }
    s.aboutX(s.dt(), s.x, s.y, s.z);
    s.aboutZ();
    product(s.matrix, s.n, s.n, s.x, nullptr, s.direct);
    s.takeTerms();
    s.after(m, k);
  }
}

/** Terms of the energy with the light kept: T = 2 Σ γ Re α Σ v x, R = Σ z − Δ Σ (|α|² − ½)/S. */
inline void wignerTerms(Light& s, const double* projection, const double* strengths,
                        const double* real, const double* imaginary) {
  product(projection, s.modes, s.n, s.x, nullptr, s.wide);
  for (size_t half = 0; half < COLUMNS; half += 8) {
    f64x8 t = {}, quanta = splat8(-0.5 * double(s.modes)), up = {};
    for (size_t a = 0; a < s.modes; a++) {
      const size_t e = COLUMNS * a + half;
      const f64x8 re = load<f64x8>(real + e), im = load<f64x8>(imaginary + e);
      t += strengths[a] * re * load<f64x8>(s.wide + e);
      quanta += re * re + im * im;
    }
    for (size_t e = half; e < s.rows; e += COLUMNS) up += load<f64x8>(s.z + e);
    store(s.terms + half, 2.0 * t);
    store(s.terms + COLUMNS + half, up + quanta * s.numbers[14]);
  }
}

void lightWigner(Memory m, uint32_t block, int32_t steps) {
  const LightBlock& b = *m.at<LightBlock>(block);
  Light s(m, b);
  const double* const controls = m.at<double>(b.controls);
  const double* const projection = m.at<double>(b.projection);
  const double* const strengths = m.at<double>(b.strengths);
  double* const real = m.at<double>(b.light);
  double* const imaginary = real + COLUMNS * s.modes;
  const double turnReal = s.numbers[8], turnImaginary = s.numbers[9], pushReal = s.numbers[10],
               pushImaginary = s.numbers[11], width = s.numbers[12], spinSize = s.numbers[13];
  wignerTerms(s, projection, strengths, real, imaginary);
  for (int32_t k = 0; k < steps; k++) {
    s.before(m, k);
    const double rootPump = controls[k + 1];
    s.aboutZ();
    product(s.coupling, s.n, s.modes, real, nullptr, s.along);
    s.gather(-rootPump);
    s.aboutX(0.5 * s.dt(), s.x, s.y, s.z);
    product(projection, s.modes, s.n, s.x, nullptr, s.wide);
    for (size_t a = 0; a < s.modes; a++) {
      const double scale = rootPump * spinSize * strengths[a];
      for (size_t half = 0; half < COLUMNS; half += 8) {
        const size_t e = COLUMNS * a + half;
        const f64x8 force = scale * load<f64x8>(s.wide + e);
        const f64x8 re = load<f64x8>(real + e), im = load<f64x8>(imaginary + e);
        const float* const own = s.noise + COLUMNS * 2 * a + half;
        store(real + e, turnReal * re - turnImaginary * im + force * pushImaginary +
                            width * widen(own));
        store(imaginary + e, turnReal * im + turnImaginary * re - force * pushReal +
                                 width * widen(own + COLUMNS));
      }
    }
    s.noise += COLUMNS * 2 * s.modes;
    product(s.coupling, s.n, s.modes, real, nullptr, s.along);
    s.gather(-rootPump);
    s.aboutX(0.5 * s.dt(), s.x, s.y, s.z);
    s.aboutZ();
    wignerTerms(s, projection, strengths, real, imaginary);
    s.after(m, k);
  }
}

}  // namespace
