import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Io } from './io.ts';

/** Where the server is and with which token to speak to it. */
export interface ServerSettings {
  readonly url: string;
  readonly apiKey: string | undefined;
}

const defaultUrl = 'http://127.0.0.1:8081';
const fileName = 'dli.yaml';

/**
 * Finds the server, first match wins: `--server`, `DLI_SERVER_URL`, `server.url` in the nearest dli.yaml, this machine.
 * The token: `DLI_API_KEY`, then `server.api_key`.
 *
 * @throws DLI-504 when dli.yaml is wrong, with file and line
 */
export async function findServer(
  { env, cwd }: Pick<Io, 'env' | 'cwd'>,
  { server }: { readonly server: string | undefined },
): Promise<ServerSettings> {
  const url = server ?? (env.DLI_SERVER_URL || undefined);
  const apiKey = env.DLI_API_KEY || undefined;
  if (url !== undefined && apiKey !== undefined) return { url, apiKey };
  const file = nearestFile(cwd);
  const fromFile = file === undefined ? {} : (await import('./settings-file.ts')).readSettings(file);
  return { url: url ?? fromFile.url ?? defaultUrl, apiKey: apiKey ?? fromFile.api_key };
}

function nearestFile(folder: string): string | undefined {
  const file = join(folder, fileName);
  if (existsSync(file)) return file;
  const parent = dirname(folder);
  return parent === folder ? undefined : nearestFile(parent);
}
