import { COLUMNS } from '../board/board-columns.js';
import { SPIN_HALF_NUMBER, type SpinHalfColumns } from './spin-half-columns.js';

/** Terms of the exponential of a step. */
const TERMS = 4;

/** The steps of spins ½ in plain TypeScript, all sixteen columns at once. */
export class SpinHalfReference {
  private readonly n: number;
  private readonly size: number;
  private readonly meanX: Float64Array;
  private readonly coherence: Float64Array;
  private readonly signal: Float64Array;
  private readonly kick: Float64Array;
  private at = 0;
  private row = 0;

  constructor(private readonly s: SpinHalfColumns) {
    const { sites, modes } = s.shape;
    this.n = sites;
    this.size = s.size;
    const part = (from: number, length: number): Float64Array =>
      s.means.subarray(from * COLUMNS, (from + length) * COLUMNS);
    this.meanX = part(0, sites);
    this.coherence = part(sites, sites);
    this.signal = part(2 * sites, modes);
    this.kick = part(2 * sites + modes, sites);
  }

  run(steps: number): void {
    const { s, n, meanX } = this;
    const dt = this.number('dt');
    this.takeTerms();
    for (let k = 0; k < steps; k++) {
      const pump = s.controls[k + 1]!;
      const old = this.row;
      if (s.fieldsChange) this.row++;
      for (let c = 0; c < COLUMNS; c++) {
        let work = (pump - s.controls[k]!) * s.terms[c]!;
        s.totals[2 * COLUMNS + c]! += work;
        for (let i = 0; i < n; i++) {
          work -=
            2 * (s.fields[this.row * n + i]! - s.fields[old * n + i]!) * meanX[i * COLUMNS + c]!;
        }
        s.totals[c]! += work;
        s.terms[2 * COLUMNS + c] = this.energy(c, pump);
      }
      this.detect(0.5 * dt, pump);
      this.evolve(dt, pump);
      this.detect(0.5 * dt, pump);
      this.normalise();
      this.takeTerms();
      for (let c = 0; c < COLUMNS; c++) {
        s.totals[COLUMNS + c]! += s.terms[2 * COLUMNS + c]! - this.energy(c, pump);
      }
    }
  }

  private number(name: keyof typeof SPIN_HALF_NUMBER): number {
    return this.s.numbers[SPIN_HALF_NUMBER[name]]!;
  }

  private energy(column: number, pump: number): number {
    const { s, n, meanX } = this;
    let energy = pump * s.terms[column]! + s.terms[COLUMNS + column]!;
    for (let i = 0; i < n; i++) {
      energy -= 2 * s.fields[this.row * n + i]! * meanX[i * COLUMNS + column]!;
    }
    return energy;
  }

  private normalise(): void {
    const { ket } = this.s;
    for (let c = 0; c < COLUMNS; c++) {
      const scale = 1 / Math.sqrt(this.norm(c));
      for (let e = c; e < ket.length; e += COLUMNS) ket[e]! *= scale;
    }
  }
  private norm(column: number): number {
    const { ket } = this.s;
    let sum = 0;
    for (let e = column; e < ket.length; e += COLUMNS) sum += ket[e]! * ket[e]!;
    return sum;
  }

  /** ⟨S_i⁻⟩ of every spin, whatever the norm. */
  private lowering(): void {
    const { s, n, size, meanX, coherence } = this;
    const { ket } = s;
    const imaginary = size * COLUMNS;
    for (let c = 0; c < COLUMNS; c++) {
      const norm = this.norm(c);
      for (let i = 0; i < n; i++) {
        const bit = 1 << i;
        let real = 0;
        let other = 0;
        for (let down = 0; down < size; down++) {
          if ((down & bit) !== 0) continue;
          const d = down * COLUMNS + c;
          const u = (down + bit) * COLUMNS + c;
          real += ket[d]! * ket[u]! + ket[imaginary + d]! * ket[imaginary + u]!;
          other += ket[d]! * ket[imaginary + u]! - ket[imaginary + d]! * ket[u]!;
        }
        meanX[i * COLUMNS + c] = real / norm;
        coherence[i * COLUMNS + c] = other / norm;
      }
    }
  }

  /** Draws the record of a time h with the signal of the present state, and what it does to the state. */
  private detect(h: number, pump: number): void {
    const { s, n, meanX, coherence, signal, kick } = this;
    const { modes } = s.shape;
    const amplitude = Math.sqrt(2 * this.number('kappa') * pump);
    const [lr, li] = [this.number('lowerReal'), this.number('lowerImaginary')];
    const [rr, ri] = [this.number('raiseReal'), this.number('raiseImaginary')];
    const [cos, sin] = [this.number('cos'), this.number('sin')];
    this.lowering();
    signal.fill(0);
    kick.fill(0);
    for (let c = 0; c < COLUMNS; c++) {
      for (let i = 0; i < n; i++) {
        const a = meanX[i * COLUMNS + c]!;
        const d = coherence[i * COLUMNS + c]!;
        const real = (lr + rr) * a + (ri - li) * d;
        const imaginary = (li + ri) * a + (lr - rr) * d;
        const inPhase = 2 * amplitude * (cos * real + sin * imaginary);
        for (let m = 0; m < modes; m++)
          signal[m * COLUMNS + c]! += s.modeRows[m * n + i]! * inPhase;
      }
      for (let m = 0; m < modes; m++) {
        const noise = s.noise[this.at + m * COLUMNS + c]!;
        const dY = signal[m * COLUMNS + c]! * h + Math.sqrt(h) * noise;
        for (let i = 0; i < n; i++) kick[i * COLUMNS + c]! += s.modeRows[m * n + i]! * dY;
      }
      if (amplitude === 0) continue;
      for (let i = 0; i < n; i++) {
        const eta = amplitude * kick[i * COLUMNS + c]!;
        this.kickSpin(i, c, eta * cos, -eta * sin);
      }
    }
    this.at += modes * COLUMNS;
  }

  /** e^{ηa} on one spin: cosh ζ + η a sinh ζ/ζ with ζ² = η² lower·raise, by its series (|ζ| ≪ 1). */
  private kickSpin(site: number, column: number, a: number, b: number): void {
    const { s, size } = this;
    const { ket } = s;
    const [lr, li] = [this.number('lowerReal'), this.number('lowerImaginary')];
    const [rr, ri] = [this.number('raiseReal'), this.number('raiseImaginary')];
    const [pr, pi] = [lr * rr - li * ri, lr * ri + li * rr];
    const [qr, qi] = [a * a - b * b, 2 * a * b];
    const [wr, wi] = [qr * pr - qi * pi, qr * pi + qi * pr];
    let [cr, ci, tr, ti] = [1, 0, 1, 0];
    for (let k = 8; k >= 2; k -= 2) {
      const even = 1 / (k * (k - 1));
      const odd = 1 / (k * (k + 1));
      [cr, ci] = [1 + even * (wr * cr - wi * ci), even * (wr * ci + wi * cr)];
      [tr, ti] = [1 + odd * (wr * tr - wi * ti), odd * (wr * ti + wi * tr)];
    }
    const [er, ei] = [a * tr - b * ti, a * ti + b * tr];
    const [Lr, Li] = [er * lr - ei * li, er * li + ei * lr];
    const [Rr, Ri] = [er * rr - ei * ri, er * ri + ei * rr];
    const bit = 1 << site;
    const imaginary = size * COLUMNS;
    for (let down = 0; down < size; down++) {
      if ((down & bit) !== 0) continue;
      const d = down * COLUMNS + column;
      const u = (down + bit) * COLUMNS + column;
      const dr = ket[d]!;
      const di = ket[imaginary + d]!;
      const ur = ket[u]!;
      const ui = ket[imaginary + u]!;
      ket[d] = cr * dr - ci * di + Lr * ur - Li * ui;
      ket[imaginary + d] = cr * di + ci * dr + Lr * ui + Li * ur;
      ket[u] = cr * ur - ci * ui + Rr * dr - Ri * di;
      ket[imaginary + u] = cr * ui + ci * ur + Rr * di + Ri * dr;
    }
  }

  /** |ψ⟩ → e^{K dt}|ψ⟩ by its series, K = −iω_z ΣS^z + i Σ h S^x + p·drift. */
  private evolve(dt: number, pump: number): void {
    const { ket, spare } = this.s;
    let from = 0;
    for (let e = 0; e < ket.length; e++) spare[e] = ket[e]!;
    for (let k = 1; k <= TERMS; k++) {
      const to = ket.length - from;
      this.generate(from, to, dt / k, pump);
      for (let e = 0; e < ket.length; e++) ket[e]! += spare[to + e]!;
      from = to;
    }
  }

  /** Spare state `to` ← share·K of spare state `from`. */
  private generate(from: number, to: number, share: number, pump: number): void {
    const { s, n, size } = this;
    const { spare, drift, magnetisation, bits, driftPairs } = s;
    const im = size * COLUMNS;
    for (let state = 0; state < size; state++) {
      for (let c = 0; c < COLUMNS; c++) {
        const e = from + state * COLUMNS + c;
        const x = spare[e]!;
        const y = spare[im + e]!;
        const [dr, di] = [drift[state]!, drift[size + state]!];
        let pr = dr * x - di * y;
        let pi = dr * y + di * x;
        for (let k = 0; k < s.shape.pairs; k++) {
          const [low, high] = [bits[2 * k]!, bits[2 * k + 1]!];
          const first = (state & low) !== 0;
          const second = (state & high) !== 0;
          const q = 6 * k + (first !== second ? 4 : first ? 0 : 2);
          const t = from + (state ^ low ^ high) * COLUMNS + c;
          pr += driftPairs[q]! * spare[t]! - driftPairs[q + 1]! * spare[im + t]!;
          pi += driftPairs[q]! * spare[im + t]! + driftPairs[q + 1]! * spare[t]!;
        }
        let real = pump * pr + magnetisation[state]! * y;
        let imaginary = pump * pi - magnetisation[state]! * x;
        for (let i = 0; i < n; i++) {
          const h = 0.5 * s.fields[this.row * n + i]!;
          const t = from + (state ^ (1 << i)) * COLUMNS + c;
          real -= h * spare[im + t]!;
          imaginary += h * spare[t]!;
        }
        spare[to + state * COLUMNS + c] = share * real;
        spare[to + im + state * COLUMNS + c] = share * imaginary;
      }
    }
  }

  /** Of a normalised state: 2⟨H_int⟩ at threshold, 2⟨Σ S^z⟩, and the spins' means. */
  private takeTerms(): void {
    const { s, size } = this;
    const { ket, magnetisation, interaction, bits, interactionPairs } = s;
    const im = size * COLUMNS;
    this.lowering();
    for (let c = 0; c < COLUMNS; c++) {
      let energy = 0;
      let up = 0;
      for (let state = 0; state < size; state++) {
        const e = state * COLUMNS + c;
        const weight = ket[e]! * ket[e]! + ket[im + e]! * ket[im + e]!;
        energy += interaction[state]! * weight;
        up += magnetisation[state]! * weight;
      }
      for (let k = 0; k < s.shape.pairs; k++) {
        const [low, high] = [bits[2 * k]!, bits[2 * k + 1]!];
        let [cr, ci, d] = [0, 0, 0];
        for (let none = 0; none < size; none++) {
          if ((none & (low | high)) !== 0) continue;
          const o = none * COLUMNS + c;
          const f = (none + low) * COLUMNS + c;
          const g = (none + high) * COLUMNS + c;
          const t = (none + low + high) * COLUMNS + c;
          cr += ket[t]! * ket[o]! + ket[im + t]! * ket[im + o]!;
          ci += ket[t]! * ket[im + o]! - ket[im + t]! * ket[o]!;
          d += ket[f]! * ket[g]! + ket[im + f]! * ket[im + g]!;
        }
        energy +=
          interactionPairs[3 * k]! * cr +
          interactionPairs[3 * k + 1]! * ci +
          interactionPairs[3 * k + 2]! * d;
      }
      s.terms[c] = 2 * energy;
      s.terms[COLUMNS + c] = 2 * up;
    }
  }
}
