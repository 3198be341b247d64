/**
 * The full master equation of spins ½ and one mode of light with its photons (physics page §3.1): the oracle of
 * everything that eliminates the light.
 * H = −Δ a†a + ω_z Σ S^z + Σ_i g_i S_i^x (a† + a) − Σ h_i S_i^x, ρ̇ = −i[H, ρ] + κ(2aρa† − a†aρ − ρa†a).
 * Frequencies in ω_z; fourth-order Runge–Kutta.
 */
export class ExplicitLight {
  private readonly size: number;
  private readonly photons: number;
  private readonly rows: { column: number; value: number }[][];
  private rho: { re: Float64Array; im: Float64Array };

  constructor(
    private readonly g: readonly number[],
    private readonly delta: number,
    private readonly kappa: number,
    /** Highest photon number kept. */
    highest: number,
    fields: readonly number[] = g.map(() => 0),
  ) {
    const spins = 2 ** g.length;
    this.photons = highest + 1;
    this.size = spins * this.photons;
    this.rows = [];
    for (let s = 0; s < spins; s++) {
      for (let n = 0; n < this.photons; n++) {
        const row: { column: number; value: number }[] = [];
        let diagonal = -delta * n;
        for (let i = 0; i < g.length; i++) {
          const flipped = s ^ (1 << i);
          diagonal += (s >> i) & 1 ? 0.5 : -0.5;
          row.push({ column: flipped * this.photons + n, value: -0.5 * fields[i]! });
          if (n > 0)
            row.push({ column: flipped * this.photons + n - 1, value: 0.5 * g[i]! * Math.sqrt(n) });
          if (n < highest)
            row.push({
              column: flipped * this.photons + n + 1,
              value: 0.5 * g[i]! * Math.sqrt(n + 1),
            });
        }
        row.push({ column: s * this.photons + n, value: diagonal });
        this.rows.push(row);
      }
    }
    this.rho = { re: new Float64Array(this.size ** 2), im: new Float64Array(this.size ** 2) };
    this.rho.re[0] = 1; // all spins down, no photons
  }

  step(dt: number): void {
    const { rho } = this;
    const ahead = (k: typeof rho, share: number): typeof rho => ({
      re: rho.re.map((v, at) => v + share * k.re[at]!),
      im: rho.im.map((v, at) => v + share * k.im[at]!),
    });
    const k1 = this.slope(rho);
    const k2 = this.slope(ahead(k1, dt / 2));
    const k3 = this.slope(ahead(k2, dt / 2));
    const k4 = this.slope(ahead(k3, dt));
    const mean = (part: 're' | 'im', at: number): number =>
      (k1[part][at]! + 2 * k2[part][at]! + 2 * k3[part][at]! + k4[part][at]!) / 6;
    this.rho = {
      re: rho.re.map((v, at) => v + dt * mean('re', at)),
      im: rho.im.map((v, at) => v + dt * mean('im', at)),
    };
  }

  /** The state of the spins alone, ρ_ss' row-major. */
  private spinState(): { re: Float64Array; im: Float64Array; spins: number } {
    const { photons, size, rho } = this;
    const spins = size / photons;
    const out = { re: new Float64Array(spins ** 2), im: new Float64Array(spins ** 2), spins };
    for (let s = 0; s < spins; s++) {
      for (let r = 0; r < spins; r++) {
        for (let n = 0; n < photons; n++) {
          const at = (s * photons + n) * size + r * photons + n;
          out.re[s * spins + r]! += rho.re[at]!;
          out.im[s * spins + r]! += rho.im[at]!;
        }
      }
    }
    return out;
  }

  /** Σ_i ⟨S_i^z⟩ */
  totalSz(): number {
    const { re, spins } = this.spinState();
    let sum = 0;
    for (let s = 0; s < spins; s++) {
      for (let i = 0; i < this.g.length; i++)
        sum += re[s * spins + s]! * ((s >> i) & 1 ? 0.5 : -0.5);
    }
    return sum;
  }
  /** ⟨S_i^x S_j^x⟩ */
  correlation(i: number, j: number): number {
    const { re, spins } = this.spinState();
    let sum = 0;
    for (let s = 0; s < spins; s++) sum += 0.25 * re[s * spins + (s ^ (1 << i) ^ (1 << j))]!;
    return sum;
  }
  /** Tr ρ² of the spins */
  purity(): number {
    const { re, im } = this.spinState();
    return re.reduce((sum, v, at) => sum + v * v + im[at]! ** 2, 0);
  }
  /** Population of the highest photon number kept. */
  edge(): number {
    const { photons, size, rho } = this;
    let sum = 0;
    for (let a = photons - 1; a < size; a += photons) sum += rho.re[a * size + a]!;
    return sum;
  }

  private slope(rho: { re: Float64Array; im: Float64Array }): {
    re: Float64Array;
    im: Float64Array;
  } {
    const { size, photons, rows, kappa } = this;
    const out = { re: new Float64Array(size ** 2), im: new Float64Array(size ** 2) };
    for (let a = 0; a < size; a++) {
      for (let b = 0; b < size; b++) {
        let re = 0;
        let im = 0;
        for (const { column, value } of rows[a]!) {
          re += value * rho.im[column * size + b]!;
          im -= value * rho.re[column * size + b]!;
        }
        for (const { column, value } of rows[b]!) {
          re -= value * rho.im[a * size + column]!;
          im += value * rho.re[a * size + column]!;
        }
        const n = a % photons;
        const m = b % photons;
        re -= kappa * (n + m) * rho.re[a * size + b]!;
        im -= kappa * (n + m) * rho.im[a * size + b]!;
        if (n + 1 < photons && m + 1 < photons) {
          const feed = 2 * kappa * Math.sqrt((n + 1) * (m + 1));
          re += feed * rho.re[(a + 1) * size + b + 1]!;
          im += feed * rho.im[(a + 1) * size + b + 1]!;
        }
        out.re[a * size + b] = re;
        out.im[a * size + b] = im;
      }
    }
    return out;
  }
}
