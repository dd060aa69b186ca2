import { createHash } from 'node:crypto';

/** Digests a stored file's text (SHA-256, hex). */
export function fileDigest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
