import { createHash, timingSafeEqual } from 'node:crypto';

const ID_LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789';
const ID_LENGTH = 12;
const SECRET_BYTES = 32;
const FORM = new RegExp(`^rlx_([${ID_LETTERS}]{${ID_LENGTH}})_([A-Za-z0-9_-]{43})$`);

/** Bytes that nobody can foretell: `randomBytes` of node:crypto, injected. */
export type DrawBytes = (n: number) => Uint8Array;

/** The two parts of a key's text. */
export interface KeyText {
  readonly id: string;
  /** 256 random bits, base64url. */
  readonly secret: string;
}

/** 12 letters and digits that are not mistaken for one another: 60 random bits. */
export function drawKeyId(draw: DrawBytes): string {
  return Array.from(draw(ID_LENGTH), (byte) => ID_LETTERS[byte % ID_LETTERS.length]!).join('');
}

export const drawSecret = (draw: DrawBytes): string =>
  Buffer.from(draw(SECRET_BYTES)).toString('base64url');

/** `rlx_<id>_<secret>`: what a person is given, once. */
export const keyText = ({ id, secret }: KeyText): string => `rlx_${id}_${secret}`;

/** null: the text has not the form of a key. */
export function readKeyText(text: string): KeyText | null {
  const match = FORM.exec(text);
  return match === null ? null : { id: match[1]!, secret: match[2]! };
}

/**
 * What is stored of a secret. SHA-256 and nothing slower: a slow hash makes guessing dear where there is something to
 * guess, and of 2²⁵⁶ secrets nobody tries a noticeable part (decision 0065).
 */
export const secretHash = (secret: string): string =>
  createHash('sha256').update(secret).digest('hex');

/** Compares two hashes in a time that does not tell where they differ. */
export function sameHash(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
