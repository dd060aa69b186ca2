import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A token that was just made. It is `dli_<id>_<secret>`: the id is public, the secret is 256 random bits. */
export interface NewToken {
  readonly tokenId: string;
  readonly token: string;
  readonly digest: Uint8Array;
}

const form = /^dli_([0-9a-f]{12})_[0-9a-f]{64}$/;

/** Makes a token, for an id that is there already where one is given. */
export function newToken(tokenId = randomBytes(6).toString('hex')): NewToken {
  const token = `dli_${tokenId}_${randomBytes(32).toString('hex')}`;
  return { tokenId, token, digest: digestOf(token) };
}

/** The public id that a text begins with, if it is a token by its form. */
export function tokenIdOf(token: string): string | undefined {
  return form.exec(token)?.[1];
}

/** What a token is recognised by. A token cannot be guessed, so it needs no slow hash. */
export function digestOf(token: string): Uint8Array {
  return createHash('sha256').update(token).digest();
}

/** Tells in constant time whether two digests are the same. */
export function sameDigest(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}
