import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { DliError } from '../contract/errors.ts';

/** A certificate and its private key, as text. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** Reads the files of `tls`, once: a renewed certificate takes a restart. @throws DLI-504 when they cannot be used */
export function readTls(paths: TlsFiles): TlsFiles {
  const files = { cert: readPem('cert', paths.cert), key: readPem('key', paths.key) };
  try {
    createSecureContext(files);
  } catch (cause) {
    throw new DliError(
      'DLI-504',
      `tls: ${paths.cert} and ${paths.key} are no certificate and its key: ${wordsOf(cause)}`,
      {
        hints: ['Give two PEM files that belong together; the key has no passphrase'],
        cause,
      },
    );
  }
  return files;
}

function readPem(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new DliError('DLI-504', `tls.${name}: ${path} cannot be read: ${wordsOf(cause)}`, {
      hints: ['Paths are relative to the configuration file; the server’s user has to be allowed to read them'],
      cause,
    });
  }
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
