/**
 * Rates of single flips in 32-bit numbers, operation by operation as all engines have them: no fused multiply-add, and the
 * same bits everywhere where fields are of 64 bits. A law sees z = slope × field of a site, the slope with the spin's sign in it.
 */

/** Laws of a flip of cost ΔE, by the number that kernels know them by; rates are those of weight 1. */
export const FLIP_LAW = {
  /** 1/(1 + 2^z), z = ΔE log₂e/T. */
  glauber: 0,
  /** min(1, 2^−z), z = ΔE log₂e/T. */
  metropolis: 1,
  /** 1 downhill, z = ΔE; at z = 0 only where `ties` is 1 and the spin is −1. */
  step: 2,
  /** −z downhill, z = ΔE: the ohmic law at T = 0. */
  linear: 3,
  /** z/(2^z − 1), z = ΔE log₂e/T: the ohmic law, in units of T ln 2. */
  ohmic: 4,
  /** −z/(Γ² + z²) downhill, z = ΔE; `a` is Γ². */
  dephased: 5,
  /** `a`/{(z² + `b`) [(`c` − z)² + `d`]}, z = ΔE: a = Δ² + κ², b = γ², c = Δ, d = κ². */
  cavity: 6,
} as const;

export type FlipLawName = keyof typeof FLIP_LAW;

/** Numbers of a law; those that it does not have are not read. */
export interface FlipLawNumbers {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  /** Costs of this size and below count as 0 (step, linear, dephased): what rounding leaves of a spin in no field. */
  readonly rest: number;
  /** 1: at T = 0 a spin of −1 in no field goes to +1. */
  readonly ties: number;
}

const { fround } = Math;
const word = new Int32Array(1);
const number = new Float32Array(word.buffer);

/** 1.5·2²³: adding it rounds a number to an integer, which then stands in the low bits. */
const ROUNDER = 12582912;
/** Beyond ±this rates no longer change: 2^−125 is as good as never. */
export const MOST_EXPONENT = 125;
/** (2^f − 1)/f on |f| ≤ ½, least largest relative error of 2^f (1.6e-7 with rounding); lowest power first. */
export const EXP2 = [
  0.6931470036506653, 0.24022242426872253, 0.05550733581185341, 0.009671512059867382,
  0.0013264736626297235,
] as const;
/** 1/ln 2: the limit of z/(2^z − 1). */
const ROOT = fround(Math.LOG2E);

/** f q(f) = 2^f − 1 and k of 2^z = 2^k 2^f, by the last call of {@link split}. */
let low = 0;
let k = 0;

function split(z: number): void {
  const held = Math.min(Math.max(z, -MOST_EXPONENT), MOST_EXPONENT);
  const shifted = fround(held + ROUNDER);
  const f = fround(held - fround(shifted - ROUNDER));
  let q: number = EXP2[4];
  for (let n = 3; n >= 0; n--) q = fround(fround(q * f) + EXP2[n]!);
  low = fround(q * f);
  number[0] = shifted;
  k = word[0]! << 23;
}

/** 2^z. */
export function exp2(z: number): number {
  split(z);
  number[0] = fround(low + 1);
  word[0] = word[0]! + k;
  return number[0];
}

/** 2^z − 1, good to the last digits near z = 0. */
function exp2Less1(z: number): number {
  split(z);
  word[0] = k + 0x3f800000;
  const power = number[0]!;
  return fround(fround(power - 1) + fround(power * low));
}

/**
 * Rate of a flip, at weight 1.
 * @param z slope × field, a 32-bit number
 * @param spin anything of the spin's sign
 */
export function flipRate(law: number, z: number, spin: number, numbers: Float32Array): number {
  const a = numbers[0]!;
  switch (law) {
    case FLIP_LAW.glauber:
      return fround(1 / fround(1 + exp2(z)));
    case FLIP_LAW.metropolis:
      return exp2(Math.min(-z, 0));
    case FLIP_LAW.step:
      if (Math.abs(z) > numbers[4]!) return z < 0 ? 1 : 0;
      return numbers[5] === 1 && spin < 0 ? 1 : 0;
    case FLIP_LAW.linear:
      return z < -numbers[4]! ? -z : 0;
    case FLIP_LAW.ohmic:
      return z === 0 ? ROOT : fround(z / exp2Less1(z));
    case FLIP_LAW.dephased:
      return z < -numbers[4]! ? fround(-z / fround(a + fround(z * z))) : 0;
    default: {
      const off = fround(numbers[2]! - z);
      const near = fround(fround(z * z) + numbers[1]!);
      return fround(a / fround(near * fround(fround(off * off) + numbers[3]!)));
    }
  }
}
