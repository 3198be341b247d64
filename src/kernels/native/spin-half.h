// Spins ½ under homodyne detection, sixteen shots side by side: see ../spin-half/spin-half-columns.ts for the block's words and
// ../spin-half/spin-half-reference.ts for the steps.
#pragma once
#include "columns.h"

namespace {

struct SpinHalfBlock {
  uint32_t sites, modes, pairs, fieldsChange, ket, spare, drift, magnetisation, interaction, bits,
      driftPairs, interactionPairs, modeRows, numbers, controls, fields, noise, means, totals, terms;
};

struct SpinHalf {
  const SpinHalfBlock& b;
  const size_t n, modes, size, pairs;
  double *const re, *const im;
  double *const spare;
  double *const meanX, *const coherence, *const signal, *const kick;
  const double *const driftReal, *const driftImaginary, *const magnetisation, *const interaction;
  const uint32_t* const bits;
  const double *const driftPairs, *const interactionPairs, *const modeRows, *const numbers;
  double *const totals, *const terms;
  const float* noise;
  const double* field;

  SpinHalf(Memory m, const SpinHalfBlock& b)
      : b(b), n(b.sites), modes(b.modes), size(size_t(1) << b.sites), pairs(b.pairs),
        re(m.at<double>(b.ket)), im(re + COLUMNS * size), spare(m.at<double>(b.spare)),
        meanX(m.at<double>(b.means)), coherence(meanX + COLUMNS * n),
        signal(coherence + COLUMNS * n), kick(signal + COLUMNS * b.modes),
        driftReal(m.at<double>(b.drift)), driftImaginary(driftReal + size),
        magnetisation(m.at<double>(b.magnetisation)), interaction(m.at<double>(b.interaction)),
        bits(m.at<uint32_t>(b.bits)), driftPairs(m.at<double>(b.driftPairs)),
        interactionPairs(m.at<double>(b.interactionPairs)), modeRows(m.at<double>(b.modeRows)),
        numbers(m.at<double>(b.numbers)), totals(m.at<double>(b.totals)),
        terms(m.at<double>(b.terms)), noise(m.at<float>(b.noise)), field(m.at<double>(b.fields)) {}

  f64x8 norm(size_t half) const {
    f64x8 sum = {};
    for (size_t e = half; e < COLUMNS * size; e += COLUMNS) {
      const f64x8 a = load<f64x8>(re + e), c = load<f64x8>(im + e);
      sum += a * a + c * c;
    }
    return sum;
  }
  void normalise() {
    for (size_t half = 0; half < COLUMNS; half += 8) {
      const f64x8 scale = 1.0 / root(norm(half));
      for (size_t e = half; e < COLUMNS * size; e += COLUMNS) {
        store(re + e, scale * load<f64x8>(re + e));
        store(im + e, scale * load<f64x8>(im + e));
      }
    }
  }
  /** ⟨S_i⁻⟩ of every spin, whatever the norm. */
  void lowering() {
    for (size_t half = 0; half < COLUMNS; half += 8) {
      const f64x8 share = 1.0 / norm(half);
      for (size_t i = 0; i < n; i++) {
        const size_t bit = size_t(1) << i;
        f64x8 real = {}, imaginary = {};
        for (size_t block = 0; block < size; block += 2 * bit) {
          for (size_t down = block; down < block + bit; down++) {
            const size_t d = COLUMNS * down + half, u = d + COLUMNS * bit;
            const f64x8 dr = load<f64x8>(re + d), di = load<f64x8>(im + d);
            const f64x8 ur = load<f64x8>(re + u), ui = load<f64x8>(im + u);
            real += dr * ur + di * ui;
            imaginary += dr * ui - di * ur;
          }
        }
        store(meanX + COLUMNS * i + half, share * real);
        store(coherence + COLUMNS * i + half, share * imaginary);
      }
    }
  }

  void detect(double h, double pump) {
    const double kappa = numbers[1], cos = numbers[2], sin = numbers[3];
    const double lr = numbers[4], li = numbers[5], rr = numbers[6], ri = numbers[7];
    const double amplitude = __builtin_sqrt(2 * kappa * pump), width = __builtin_sqrt(h);
    lowering();
    for (size_t half = 0; half < COLUMNS; half += 8) {
      for (size_t m = 0; m < modes; m++) store(signal + COLUMNS * m + half, f64x8{});
      for (size_t i = 0; i < n; i++) {
        const f64x8 c = load<f64x8>(meanX + COLUMNS * i + half);
        const f64x8 d = load<f64x8>(coherence + COLUMNS * i + half);
        const f64x8 real = (lr + rr) * c + (ri - li) * d;
        const f64x8 imaginary = (li + ri) * c + (lr - rr) * d;
        const f64x8 inPhase = 2 * amplitude * (cos * real + sin * imaginary);
        for (size_t m = 0; m < modes; m++) {
          double* const s = signal + COLUMNS * m + half;
          store(s, load<f64x8>(s) + modeRows[m * n + i] * inPhase);
        }
        store(kick + COLUMNS * i + half, f64x8{});
      }
      for (size_t m = 0; m < modes; m++) {
        const f64x8 dY = load<f64x8>(signal + COLUMNS * m + half) * h +
                         width * widen(noise + COLUMNS * m + half);
        for (size_t i = 0; i < n; i++) {
          double* const k = kick + COLUMNS * i + half;
          store(k, load<f64x8>(k) + modeRows[m * n + i] * dY);
        }
      }
    }
    noise += COLUMNS * modes;
    if (amplitude == 0) return;
    for (size_t half = 0; half < COLUMNS; half += 8) {
      for (size_t i = 0; i < n; i++) {
        const f64x8 eta = amplitude * load<f64x8>(kick + COLUMNS * i + half);
        kickSpin(i, half, eta * cos, -eta * sin);
      }
    }
  }

  void kickSpin(size_t site, size_t half, f64x8 a, f64x8 c) {
    const double lr = numbers[4], li = numbers[5], rr = numbers[6], ri = numbers[7];
    const double pr = lr * rr - li * ri, pi = lr * ri + li * rr;
    const f64x8 sr = a * a - c * c, si = 2.0 * a * c;
    const f64x8 wr = sr * pr - si * pi, wi = sr * pi + si * pr;
    f64x8 cr = splat8(1), ci = {}, tr = splat8(1), ti = {};
    for (int k = 8; k >= 2; k -= 2) {
      const double even = 1.0 / (k * (k - 1)), odd = 1.0 / (k * (k + 1));
      const f64x8 next = 1.0 + even * (wr * cr - wi * ci);
      ci = even * (wr * ci + wi * cr);
      cr = next;
      const f64x8 other = 1.0 + odd * (wr * tr - wi * ti);
      ti = odd * (wr * ti + wi * tr);
      tr = other;
    }
    const f64x8 er = a * tr - c * ti, ei = a * ti + c * tr;
    const f64x8 Lr = er * lr - ei * li, Li = er * li + ei * lr;
    const f64x8 Rr = er * rr - ei * ri, Ri = er * ri + ei * rr;
    const size_t bit = size_t(1) << site;
    for (size_t block = 0; block < size; block += 2 * bit) {
      for (size_t down = block; down < block + bit; down++) {
        const size_t d = COLUMNS * down + half, u = d + COLUMNS * bit;
        const f64x8 dr = load<f64x8>(re + d), di = load<f64x8>(im + d);
        const f64x8 ur = load<f64x8>(re + u), ui = load<f64x8>(im + u);
        store(re + d, cr * dr - ci * di + Lr * ur - Li * ui);
        store(im + d, cr * di + ci * dr + Lr * ui + Li * ur);
        store(re + u, cr * ur - ci * ui + Rr * dr - Ri * di);
        store(im + u, cr * ui + ci * ur + Rr * di + Ri * dr);
      }
    }
  }

  /** out ← share·K in, ket ← ket + out */
  void generate(const double* in, double* out, double share, double pump, size_t half) {
    const double* const a = in;
    const double* const c = in + COLUMNS * size;
    for (size_t s = 0; s < size; s++) {
      const size_t e = COLUMNS * s + half;
      f64x8 pr = {}, pi = {};
      if (pump > 0) {
        const f64x8 x = load<f64x8>(a + e), y = load<f64x8>(c + e);
        pr = driftReal[s] * x - driftImaginary[s] * y;
        pi = driftReal[s] * y + driftImaginary[s] * x;
        for (size_t k = 0; k < pairs; k++) {
          const uint32_t low = bits[2 * k], high = bits[2 * k + 1];
          const bool first = s & low, second = s & high;
          const double* const q = driftPairs + 6 * k + (first != second ? 4 : first ? 0 : 2);
          const size_t t = COLUMNS * (s ^ low ^ high) + half;
          const f64x8 u = load<f64x8>(a + t), v = load<f64x8>(c + t);
          const f64x8 qr = splat8(q[0]), qi = splat8(q[1]);
          pr = mulAdd(qr, u, pr);
          pr = mulAdd(-qi, v, pr);
          pi = mulAdd(qr, v, pi);
          pi = mulAdd(qi, u, pi);
        }
      }
      f64x8 real = pump * pr + magnetisation[s] * load<f64x8>(c + e);
      f64x8 imaginary = pump * pi - magnetisation[s] * load<f64x8>(a + e);
      for (size_t i = 0; i < n; i++) {
        const double h = 0.5 * field[i];
        if (h == 0) continue;
        const size_t t = COLUMNS * (s ^ (size_t(1) << i)) + half;
        real -= h * load<f64x8>(c + t);
        imaginary += h * load<f64x8>(a + t);
      }
      store(out + e, share * real);
      store(out + COLUMNS * size + e, share * imaginary);
    }
    for (size_t e = half; e < COLUMNS * size; e += COLUMNS) {
      store(re + e, load<f64x8>(re + e) + load<f64x8>(out + e));
      store(im + e, load<f64x8>(im + e) + load<f64x8>(out + COLUMNS * size + e));
    }
  }

  void evolve(double dt, double pump) {
    double* const first = spare;
    double* const second = spare + 2 * COLUMNS * size;
    for (size_t half = 0; half < COLUMNS; half += 8) {
      for (size_t e = half; e < COLUMNS * 2 * size; e += COLUMNS) {
        store(first + e, load<f64x8>(re + e));
      }
      for (int k = 1; k <= 4; k++) {
        generate(k % 2 == 1 ? first : second, k % 2 == 1 ? second : first, dt / k, pump, half);
      }
    }
  }

  /** Of a normalised state: 2⟨H_int⟩ at threshold, 2⟨Σ S^z⟩, and the spins' means. */
  void takeTerms() {
    lowering();
    for (size_t half = 0; half < COLUMNS; half += 8) {
      f64x8 energy = {}, up = {};
      for (size_t s = 0; s < size; s++) {
        const f64x8 a = load<f64x8>(re + COLUMNS * s + half), c = load<f64x8>(im + COLUMNS * s + half);
        const f64x8 weight = a * a + c * c;
        energy += interaction[s] * weight;
        up += magnetisation[s] * weight;
      }
      for (size_t k = 0; k < pairs; k++) {
        const size_t low = bits[2 * k], high = bits[2 * k + 1];
        const double* const q = interactionPairs + 3 * k;
        f64x8 cr = {}, ci = {}, d = {};
        for (size_t outer = 0; outer < size; outer += 2 * high) {
          for (size_t inner = outer; inner < outer + high; inner += 2 * low) {
            for (size_t none = inner; none < inner + low; none++) {
              const size_t o = COLUMNS * none + half, f = o + COLUMNS * low,
                           g = o + COLUMNS * high, t = g + COLUMNS * low;
              const f64x8 or_ = load<f64x8>(re + o), oi = load<f64x8>(im + o);
              const f64x8 tr = load<f64x8>(re + t), ti = load<f64x8>(im + t);
              cr += tr * or_ + ti * oi;
              ci += tr * oi - ti * or_;
              d += load<f64x8>(re + f) * load<f64x8>(re + g) +
                   load<f64x8>(im + f) * load<f64x8>(im + g);
            }
          }
        }
        energy += q[0] * cr + q[1] * ci + q[2] * d;
      }
      store(terms + half, 2.0 * energy);
      store(terms + COLUMNS + half, 2.0 * up);
    }
  }

  f64x8 energy(double control, size_t half) const {
    f64x8 sum = control * load<f64x8>(terms + half) + load<f64x8>(terms + COLUMNS + half);
    for (size_t i = 0; i < n; i++) sum -= 2 * field[i] * load<f64x8>(meanX + COLUMNS * i + half);
    return sum;
  }
};

void spinHalf(Memory m, uint32_t block, int32_t steps) {
  const SpinHalfBlock& b = *m.at<SpinHalfBlock>(block);
  SpinHalf s(m, b);
  const double* const controls = m.at<double>(b.controls);
  const double dt = s.numbers[0];
  s.takeTerms();
  for (int32_t k = 0; k < steps; k++) {
    const double pump = controls[k + 1], change = pump - controls[k];
    const double* const old = s.field;
    if (b.fieldsChange) s.field += s.n;
    for (size_t half = 0; half < COLUMNS; half += 8) {
      f64x8 work = change * load<f64x8>(s.terms + half);
      store(s.totals + 2 * COLUMNS + half, load<f64x8>(s.totals + 2 * COLUMNS + half) + work);
      for (size_t i = 0; i < s.n && old != s.field; i++) {
        work -= 2 * (s.field[i] - old[i]) * load<f64x8>(s.meanX + COLUMNS * i + half);
      }
      store(s.totals + half, load<f64x8>(s.totals + half) + work);
      store(s.terms + 2 * COLUMNS + half, s.energy(pump, half));
    }
    s.detect(0.5 * dt, pump);
    s.evolve(dt, pump);
    s.detect(0.5 * dt, pump);
    s.normalise();
    s.takeTerms();
    for (size_t half = 0; half < COLUMNS; half += 8) {
      const f64x8 heat = load<f64x8>(s.terms + 2 * COLUMNS + half) - s.energy(pump, half);
      store(s.totals + COLUMNS + half, load<f64x8>(s.totals + COLUMNS + half) + heat);
    }
  }
}

}  // namespace
